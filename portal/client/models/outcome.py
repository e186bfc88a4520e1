from enum import StrEnum


class Outcome(StrEnum):
    ALWAYS = "always"
    NEEDED = "needed"
    NOT_ATTAINABLE = "not_attainable"

    def __str__(self) -> str:
        return str(self.value)
