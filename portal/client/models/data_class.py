from enum import StrEnum


class DataClass(StrEnum):
    ENROLMENTS = "enrolments"
    GRADES = "grades"
    GROUPS = "groups"
    HOMEROOMS = "homerooms"
    MENTORS = "mentors"
    NOTICES = "notices"
    OBSERVATIONS = "observations"
    REMARKS = "remarks"
    STUDENTS = "students"
    SUBJECTS = "subjects"

    def __str__(self) -> str:
        return str(self.value)
