from enum import StrEnum


class ReportKind(StrEnum):
    ADULT = "adult"
    SIXTEEN_HOURS = "sixteen_hours"

    def __str__(self) -> str:
        return str(self.value)
