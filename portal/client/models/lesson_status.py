from enum import StrEnum


class LessonStatus(StrEnum):
    CANCELLED = "cancelled"
    CHANGED = "changed"
    SCHEDULED = "scheduled"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return str(self.value)
