from enum import StrEnum


class NewsKind(StrEnum):
    ABSENCE = "absence"
    GRADE = "grade"
    LATE = "late"
    NOTICE = "notice"
    REMARK = "remark"
    REMOVED = "removed"

    def __str__(self) -> str:
        return str(self.value)
