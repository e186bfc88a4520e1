from enum import StrEnum


class FactorCodeKind(StrEnum):
    RECOVERY = "recovery"
    TOTP = "totp"

    def __str__(self) -> str:
        return str(self.value)
