from enum import StrEnum


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    ATTENDANCE_OFFICER = "attendance_officer"
    CLIENT = "client"
    GUARDIAN = "guardian"
    MANAGER = "manager"
    STAFF = "staff"
    STUDENT = "student"
    TEAM_LEADER = "team_leader"

    def __str__(self) -> str:
        return str(self.value)
