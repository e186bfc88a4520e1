from enum import StrEnum


class NeverWhat(StrEnum):
    ACCOUNT = "account"
    INVITATION = "invitation"

    def __str__(self) -> str:
        return str(self.value)
