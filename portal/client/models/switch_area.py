from enum import StrEnum


class SwitchArea(StrEnum):
    ABSENCES = "absences"
    CARD = "card"
    FILE = "file"
    GRADES = "grades"
    READERS = "readers"
    REASONS = "reasons"

    def __str__(self) -> str:
        return str(self.value)
