from enum import StrEnum


class SickReason(StrEnum):
    LONG = "long"
    OFTEN = "often"

    def __str__(self) -> str:
        return str(self.value)
