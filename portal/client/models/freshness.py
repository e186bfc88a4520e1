from enum import StrEnum


class Freshness(StrEnum):
    FRESH = "fresh"
    NEVER = "never"
    STALE = "stale"

    def __str__(self) -> str:
        return str(self.value)
