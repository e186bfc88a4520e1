from enum import StrEnum


class Completeness(StrEnum):
    COMPLETE = "complete"
    NOT_OFFERED = "not_offered"
    PARTIAL = "partial"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return str(self.value)
