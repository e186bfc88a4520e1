from enum import StrEnum


class SlippingSubjectOriginType0(StrEnum):
    COMPUTED = "computed"
    SOURCE = "source"

    def __str__(self) -> str:
        return str(self.value)
