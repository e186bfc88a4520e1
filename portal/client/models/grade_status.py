from enum import StrEnum


class GradeStatus(StrEnum):
    EXEMPT = "exempt"
    LABELLED = "labelled"
    NOT_TAKEN = "not_taken"
    OUT_OF_RANGE = "out_of_range"
    SCORED = "scored"
    TO_BE_MADE_UP = "to_be_made_up"
    UNREADABLE = "unreadable"

    def __str__(self) -> str:
        return str(self.value)
