from enum import StrEnum


class Area(StrEnum):
    ABSENCES = "absences"
    CARD = "card"
    FILE = "file"
    GRADES = "grades"
    READERS = "readers"
    REASONS = "reasons"

    def __str__(self) -> str:
        return str(self.value)
