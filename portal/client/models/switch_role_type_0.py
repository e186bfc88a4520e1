from enum import StrEnum


class SwitchRoleType0(StrEnum):
    ADMINISTRATOR = "administrator"
    ATTENDANCE_OFFICER = "attendance_officer"
    GUARDIAN = "guardian"
    STAFF = "staff"
    STUDENT = "student"
    TEAM_LEADER = "team_leader"

    def __str__(self) -> str:
        return str(self.value)
