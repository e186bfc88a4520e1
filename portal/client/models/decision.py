from enum import StrEnum


class Decision(StrEnum):
    BLOCKED = "blocked"
    GRANTED = "granted"
    NONE = "none"
    REFUSED = "refused"

    def __str__(self) -> str:
        return str(self.value)
