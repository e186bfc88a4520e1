from enum import StrEnum


class AttendanceKind(StrEnum):
    ABSENT = "absent"
    EXEMPT = "exempt"
    LATE = "late"
    NOT_APPLICABLE = "not_applicable"
    PRESENT = "present"
    REMOVED = "removed"
    SICK = "sick"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return str(self.value)
