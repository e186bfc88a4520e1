from enum import StrEnum


class RemarkKind(StrEnum):
    HOMEWORK = "homework"
    MATERIALS = "materials"
    PHONE = "phone"

    def __str__(self) -> str:
        return str(self.value)
