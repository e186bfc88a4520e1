from enum import StrEnum


class AssessmentKind(StrEnum):
    AVERAGE = "average"
    CALCULATED = "calculated"
    COMPONENT = "component"
    COMPOSITE = "composite"
    EXAM = "exam"
    REPORT = "report"
    TEST = "test"
    TEXT = "text"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return str(self.value)
