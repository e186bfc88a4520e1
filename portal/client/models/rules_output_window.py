from enum import StrEnum


class RulesOutputWindow(StrEnum):
    ROLLING = "rolling"
    WEEK_BLOCKS = "week_blocks"

    def __str__(self) -> str:
        return str(self.value)
