"""What the parts of a source, their runs and what waits for the application manager are called on a page."""

from __future__ import annotations

from collections.abc import Mapping


def _(text: str) -> str:
    """Marks a text that is translated where it is shown."""
    return text


ENTITIES: Mapping[str, str] = {
    "students": _("students"), "staff": _("staff"), "guardians": _("guardians"), "groups": _("groups"),
    "teaching": _("who teaches what"), "subjects": _("subjects"), "assessments": _("grade columns"),
    "grades": _("grades"), "absence_reasons": _("reasons of absence"), "lessons": _("timetable"),
    "absences": _("absences"), "notices": _("reported absences"), "observations": _("attendance in lessons"),
    "locations": _("locations"), "school": _("the school itself"),
}  # fmt: skip
"""The parts that a source is read in, of all systems."""
KINDS: Mapping[str, str] = {
    "student": _("student"), "enrolment": _("enrolment"), "guardian": _("guardian"),
    "guardianship": _("guardian of a student"), "staff": _("member of staff"), "group": _("group"),
    "group_member": _("student in a group"), "group_staff": _("teacher or mentor of a group"),
    "subject": _("subject"), "student_subject": _("subject of a student"), "school_year": _("school year"),
    "grading_period": _("grading period"), "location": _("location"), "assessment": _("grade column"),
    "grade": _("grade"), "lesson": _("lesson"), "absence_reason": _("reason of absence"),
    "absence_notice": _("reported absence"), "attendance_observation": _("absence in a lesson"),
    "lesson_remark": _("remark about a lesson"), "school": _("school"), "row": _("row"),
}  # fmt: skip
"""The kinds of record; ``row`` is what could not be recognised as any of them."""
OUTCOMES: Mapping[str, str] = {
    "running": _("under way"), "complete": _("complete"), "partial": _("partly"), "failed": _("failed"),
    "refused": _("refused"),
}  # fmt: skip
MESSAGES: Mapping[str, str] = {
    "the read was not proved complete": _("The source did not show that this was everything; nothing was deleted."),
    "the source announced another number of rows":
        _("The source announced another number of rows than came; nothing was deleted."),
    "rows in quarantine could not be identified":
        _("Of some rows it cannot be read which they are; nothing was deleted."),
    "the answer was empty": _("The source answered nothing at all, while there were records before."),
    "more is missing than may go at once": _("More is missing than may go without a person's look."),
    "of many records the source was not asked at all":
        _("About many records the source was not asked; those have stayed."),
    "the source may be hiding them":
        _("The source does not show them any more; they may only have been switched off there."),
    "the source describes its data otherwise than before: ask its supplier what has changed":
        _("The source describes its data otherwise than before: ask its supplier what has changed."),
}  # fmt: skip
"""What a run or a held plan says, to the letter as the store writes it. Any other message is shown as it is."""
DECISIONS: Mapping[str, str] = {
    "open": _("waits for a decision"), "approved": _("approved"), "rejected": _("rejected"),
    "applied": _("carried out"), "closed": _("no longer needed"),
}  # fmt: skip
