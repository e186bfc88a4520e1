"""A row in quarantine in plain words: what is wrong in which field of which record, and where to repair it. Pure.

A system has screens that we do not know. What is said here is true of any of them: whose record it is, and by what
it is found. What a menu is called is not said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.pages.fieldwords import FIELDS, _
from portal.repairs import Quarantined

PROBLEMS: Mapping[str, str] = {
    # What stands in the field.
    "missing": _("is empty, and without it there is no record"),
    "key": _("is empty, too long, or no number where there should be one: it is not known which record is meant"),
    "digits": _("should hold nothing but digits"),
    "decimal": _("is no number: at most one comma or point, as in 7,5"),
    "whole": _("should be a whole number, and not too large a one"),
    "boolean": _("is neither yes nor no"),
    "date": _("is no date that exists, or is written in another way than was agreed"),
    "time": _("is no moment that exists, or is written in another way than was agreed"),
    "words": _("holds too many codes, or one that is too long"),
    "twice": _("is there twice, so that nobody can tell which of the two holds"),
    "uuid": _("should be a number of Somtoday's own (UUID)"),
    "dummy": _("is a number for the time being (it begins with #), which means somebody else in the next file"),
    "slots": _("is not divided in the way that was agreed, so that it is not known which children are meant"),
    # The row as a whole.
    "columns": _("has more or fewer cells than the header line"),
    "length": _("has another length than the lines of this kind of file"),
    "malformed": _("has quotation marks in the wrong place"),
    "encoding": _("holds letters that cannot be read: it is in another encoding than the rest"),
    "nul": _("holds a character that no text may hold (NUL)"),
    "kind": _("is of a kind that is not known"),
    "form": _("is not of the form that was agreed"),
    "json": _("cannot be read: it is not the JSON that was agreed"),
    "xml": _("cannot be read: it is not the XML that was agreed"),
    "nested": _("holds a row within the row"),
    "source": _("was asked of a service that is not known here"),
    "data_set": _("belongs to a kind of file that is not in the configuration (any more)"),
    # What no record may hold, whatever the system.
    "string_too_long": _("is too long"),
    "too_long": _("has too many parts"),
    "too_short": _("has too few parts"),
    "string_pattern_mismatch": _("holds a character that no text may hold (NUL)"),
    "string_unicode": _("holds letters that cannot be read: it is in another encoding than the rest"),
    "value_error": _("holds what no text or moment may hold"),
    "decimal_max_digits": _("is a number with too many digits"),
    "finite_number": _("is no number"),
    "greater_than_equal": _("is too small a number"),
    "less_than": _("is too large a number"),
}  # fmt: skip
"""By code, what is said of the field that it is about."""
OTHERWISE = _("is not as it should be")

PLACES: Mapping[str, str] = {
    "school": _("at the data of the school"),
    "locations": _("at this location"),
    "students": _("at the data of this student"),
    "staff": _("at the data of this member of staff"),
    "guardians": _("at the parents and guardians of the student"),
    "groups": _("at this group, or at the groups of the student"),
    "teaching": _("at what this member of staff teaches"),
    "subjects": _("at this subject, or at the subjects of the student"),
    "assessments": _("at the grade columns of the subject"),
    "grades": _("at the grades of this student"),
    "absence_reasons": _("in the school's own list of reasons of absence"),
    "lessons": _("in the timetable, at this lesson"),
    "absences": _("in the register of absence, at this student"),
    "notices": _("in the register of absence, at what was reported of this student"),
    "observations": _("in the register of absence, at this lesson"),
}  # fmt: skip
"""By entity, where in the administration its records are."""
HERE, ELSEWHERE = _("In %(system)s, %(place)s."), _("In %(system)s, at this record.")
AGAIN = _("Then have a new export made and delivered.")
"""Of VOCUS, which delivers files."""
EXPORT = _("Not in the data, but in the file: have the export made and delivered again.")
SETTINGS = _("Not in the data, but in how it is read: run a complete sync by hand; if it stays, ask your supplier.")

BY_FILE = frozenset({"columns", "length", "malformed", "encoding"})
"""Codes that are about how a file was written."""
BY_SETTINGS = frozenset({"source", "data_set"})
DELIVERS = frozenset({"vocus"})

KEYS: Mapping[tuple[str, int], tuple[str, ...]] = {
    ("student", 1): (_("student"),), ("staff", 1): (_("member of staff"),), ("subject", 1): (_("subject"),),
    ("location", 1): (_("location"),), ("school_year", 1): (_("school year"),), ("lesson", 1): (_("lesson"),),
    ("enrolment", 2): (_("student"), _("school year")),
    ("enrolment", 3): (_("student"), _("school year"), _("first day")),
    ("guardian", 1): (_("guardian"),), ("guardian", 2): (_("student"), _("guardian")),
    ("guardianship", 2): (_("student"), _("guardian")),
    ("group", 1): (_("group"),), ("group", 3): (_("school year"), _("location"), _("group")),
    ("group_member", 2): (_("group"), _("student")),
    ("group_member", 4): (_("school year"), _("location"), _("group"), _("student")),
    ("student_subject", 2): (_("student"), _("subject")),
    ("grading_period", 1): (_("grading period"),), ("grading_period", 2): (_("school year"), _("grading period")),
    ("assessment", 1): (_("grade column"),),
    ("grade", 2): (_("grade"), _("attempt")), ("grade", 3): (_("student"), _("grade column"), _("attempt")),
    ("absence_reason", 1): (_("reason of absence"),),
    ("absence_notice", 1): (_("absence"),), ("absence_notice", 2): (_("student"), _("begin")),
    ("absence_notice", 3): (_("student"), _("day"), _("begin")),
    ("attendance_observation", 1): (_("absence"),),
    ("attendance_observation", 3): (_("student"), _("day"), _("lesson hour")),
    ("lesson_remark", 1): (_("remark"),), ("lesson_remark", 3): (_("student"), _("day"), _("lesson hour")),
}  # fmt: skip
"""What the columns of a source's own key are, by kind of record and how many there are. Of others it is not said."""

ROW = "row"
"""In the place of a kind: not even the key could be read."""
RECORD = "record"
"""The stage of a row whose fields could be read, but cannot be a record; its fields are ours."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in one field. ``name`` is what the field is called where that is one of our own names, else None:
    then it is the source's."""

    field: str
    name: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ToMend:
    """A row in words. ``key`` are what each column of the key is, None where that is not known, and the column.

    ``place`` goes into ``where``. ``unknown``: the key does not tell a person which row it is.
    """

    kind: str | None
    key: tuple[tuple[str | None, str], ...]
    wrong: tuple[Wrong, ...]
    where: str
    place: str
    further: str | None
    unknown: bool


def to_mend(row: Quarantined, system: str) -> ToMend:
    """A row of ``system`` as a person needs it. All texts are still to be translated."""
    kind, *columns = row.row
    words = KEYS.get((kind, len(columns)), (None,) * len(columns))
    codes = {problem.code for problem in row.problems}
    where, further = HERE if row.entity in PLACES else ELSEWHERE, AGAIN if system in DELIVERS else None
    if any(problem.field == "layout" for problem in row.problems) or codes & BY_SETTINGS:
        where, further = SETTINGS, None
    elif codes & BY_FILE and system in DELIVERS:
        where, further = EXPORT, None
    return ToMend(
        kind=None if kind == ROW else kind,
        key=() if kind == ROW else tuple(zip(words, columns, strict=True)),
        wrong=tuple(
            Wrong(problem.field, name_of(problem.field, row.stage), PROBLEMS.get(problem.code, OTHERWISE))
            for problem in row.problems
        ),
        where=where, place=PLACES.get(row.entity, ""), further=further,
        unknown=kind == ROW or any(map(_UUID.fullmatch, columns)),
    )  # fmt: skip


def name_of(field: str, stage: str) -> str | None:
    """What a field is called; None for a name of the source's own, which whoever keeps its data knows."""
    return FIELDS.get(field.partition(".")[0] if stage == RECORD else field)
