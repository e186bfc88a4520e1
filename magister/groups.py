"""Lesson groups, and who takes and teaches which subject: rows of ADFuncties to canonical records. Pure (wire A3)."""

from __future__ import annotations

from collections.abc import Sequence

from canonical.records import Group, GroupMember, GroupStaff, Record, StudentSubject, Subject
from canonical.terms import GroupKind, StaffRole
from connectors.rows import Row
from magister.formats import Formats


def student_group(row: Row, _formats: Formats, _context: str) -> Sequence[Record]:
    """A row of ``GetLeerlingGroepen``: a student in a lesson group."""
    student, group = row.number_key("Stamnr"), row.key("groep")
    return row.finish([
        Group(key=group, group_kind=GroupKind.SECTION, code=group[0]),
        GroupMember(key=(*group, *student), group=group, student=student),
    ])  # fmt: skip


def student_subject(row: Row, _formats: Formats, _context: str) -> Sequence[Record]:
    """A row of ``GetLeerlingVakken``: a subject that a student takes, by its code alone."""
    student, subject = row.number_key("Stamnr"), row.key("Vak")
    return row.finish([
        StudentSubject(key=(*student, *subject), student=student, subject=subject),
        Subject(key=subject, code=subject[0]),
    ])  # fmt: skip


def teaching(row: Row, _formats: Formats, context: str) -> Sequence[Record]:
    """A row of ``GetPersoneelGroepVakken``: a subject taught to a group; ``context`` is the teacher's code."""
    group, subject = row.key("Klas"), row.key("Vak.Vakcode")
    return row.finish([
        Subject(key=subject, code=subject[0], name=row.text("Vak.Omschrijving")),
        GroupStaff(
            key=(*group, context, StaffRole.TEACHER, *subject), group=group, staff=(context,), role=StaffRole.TEACHER,
            subject=subject,
        ),
    ])  # fmt: skip
