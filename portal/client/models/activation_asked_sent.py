from enum import StrEnum


class ActivationAskedSent(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    SCHOOL = "school"

    def __str__(self) -> str:
        return str(self.value)
