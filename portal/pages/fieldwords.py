"""What the fields of records are called, where they go by our own names and not by those of the administration."""

from __future__ import annotations

from collections.abc import Mapping


def _(text: str) -> str:
    """Marks a text that is translated where it is shown."""
    return text


FIELDS: Mapping[str, str] = {
    "row": _("the row"), "layout": _("how the row was read"), "key": _("the key"), "also": _("a further key"),
    "id": _("number"), "number": _("number"), "code": _("code"), "name": _("name"), "title": _("title"),
    "order": _("order"), "kind": _("kind"), "status": _("status"), "retired": _("no longer in use"),
    # People.
    "student": _("student"), "students": _("students"), "staff": _("member of staff"), "teacher": _("teacher"),
    "guardian": _("guardian"), "mentors": _("mentors"), "first_name": _("first name"), "initials": _("initials"),
    "prefix": _("prefix"), "last_name": _("last name"), "gender": _("gender"), "birth_date": _("date of birth"),
    "email": _("e-mail address"), "phone": _("telephone number"), "secret": _("secret"), "function": _("function"),
    "role": _("role"), "local_id": _("number"), "relation": _("relation to the student"),
    "relation_text": _("relation to the student"), "authority": _("legal authority"),
    "legal_authority": _("legal authority"), "court_block": _("order of a court"), "receives_mail": _("receives mail"),
    # School.
    "brin": _("BRIN"), "city": _("town"), "location": _("location"), "location_name": _("name of the location"),
    "location_city": _("town of the location"), "school_year": _("school year"),
    "year_begins": _("first day of the school year"), "year_ends": _("last day of the school year"),
    "group": _("group"), "groups": _("groups"), "group_kind": _("kind of group"), "homeroom": _("class"),
    "study": _("study"), "grade_level": _("year of study"), "profile": _("profile"), "begins": _("begin"),
    "ends": _("end"), "left_on": _("day of leaving"), "subject": _("subject"), "subjects": _("subjects"),
    "subject_name": _("name of the subject"), "subject.code": _("code of the subject"),
    "subject.name": _("name of the subject"),
    # Grades.
    "column": _("grade column"), "assessment": _("grade column"), "assessment_kind": _("kind of grade column"),
    "column_weight": _("weight of the column"), "parent": _("column that it is part of"),
    "grading_period": _("grading period"), "period": _("grading period"),
    "period_name": _("name of the grading period"), "period_begins": _("first day of the grading period"),
    "period_ends": _("last day of the grading period"), "weight": _("weight"), "exam_weight": _("weight for the exam"),
    "student_weight": _("weight for this student"), "exam": _("part of the exam programme"),
    "exam_column": _("part of the exam programme"), "resit": _("resit"), "resit_of": _("column of which it is a resit"),
    "resit_policy": _("which attempt counts"), "resit_attempts": _("number of resits"), "attempt": _("attempt"),
    "result": _("result"), "results": _("results"), "raw_text": _("result"), "score": _("result"),
    "label": _("result in words"), "made_up": _("to be made up"), "to_be_made_up": _("to be made up"),
    "exempt": _("exempt"), "not_taken": _("not taken"), "counts": _("counts"), "not_counting": _("does not count"),
    "sufficient": _("sufficient"), "entered_at": _("when it was entered"), "achieved_on": _("day of the result"),
    "held_on": _("day of the test"),
    # Absence.
    "absence": _("number of the absence"), "attendance_kind": _("kind of absence"), "seen": _("what was seen"),
    "reason": _("reason of absence"), "reason_code": _("code of the reason"), "reason_name": _("name of the reason"),
    "reason_kind": _("kind of reason"), "excused": _("excused"), "luxury": _("luxury absence"),
    "visible": _("visible to parents"), "visible_to_guardians": _("visible to parents"), "remark": _("remark"),
    "settled": _("dealt with"), "noted_at": _("when it was noted"), "date": _("day"), "day": _("day"),
    "time": _("time"), "until": _("last day"), "until_time": _("time at which it ends"), "hour": _("lesson hour"),
    "first_hour": _("first lesson hour"), "last_hour": _("last lesson hour"), "lesson": _("lesson"),
}  # fmt: skip
"""By our name of a field."""
