from enum import StrEnum


class ResitPolicy(StrEnum):
    AVERAGE = "average"
    BEST = "best"
    LAST = "last"
    NONE = "none"

    def __str__(self) -> str:
        return str(self.value)
