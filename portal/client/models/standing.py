from enum import StrEnum


class Standing(StrEnum):
    EXCUSED = "excused"
    NOT_APPLICABLE = "not_applicable"
    PRESENT = "present"
    UNEXCUSED = "unexcused"
    UNKNOWN = "unknown"
    UNRESOLVED = "unresolved"

    def __str__(self) -> str:
        return str(self.value)
