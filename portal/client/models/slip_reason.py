from enum import StrEnum


class SlipReason(StrEnum):
    FALLING = "falling"
    INSUFFICIENT = "insufficient"

    def __str__(self) -> str:
        return str(self.value)
