from enum import StrEnum


class GroupKind(StrEnum):
    HOMEROOM = "homeroom"
    SECTION = "section"

    def __str__(self) -> str:
        return str(self.value)
