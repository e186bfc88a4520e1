from enum import StrEnum


class Reason(StrEnum):
    COLUMN_MISSING = "column_missing"
    EXEMPT = "exempt"
    KIND_UNKNOWN = "kind_unknown"
    NO_RESULTS = "no_results"
    RESIT_POLICY_UNKNOWN = "resit_policy_unknown"
    SCHOOL_YEAR_UNKNOWN = "school_year_unknown"
    WEIGHTS_UNKNOWN = "weights_unknown"
    WEIGHTS_ZERO = "weights_zero"

    def __str__(self) -> str:
        return str(self.value)
