from enum import StrEnum


class FactorNeededSecondFactorItem(StrEnum):
    PASSKEY = "passkey"
    RECOVERY = "recovery"
    TOTP = "totp"

    def __str__(self) -> str:
        return str(self.value)
