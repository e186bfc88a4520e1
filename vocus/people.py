"""Students, staff, guardians and groups: rows of a delivery to canonical records. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from canonical.records import (
    Enrolment,
    Group,
    GroupMember,
    GroupStaff,
    Guardian,
    Guardianship,
    Key,
    Location,
    Record,
    SchoolYear,
    Staff,
    Student,
    StudentSubject,
    Subject,
)
from canonical.terms import Gender, GroupKind, Relation, StaffRole
from connectors.relations import RELATIONS
from connectors.rows import Row
from vocus.rules import Rules, word, words


def student(row: Row, rules: Rules) -> Sequence[Record]:
    """A student, or one enrolment of a student, who may then come again."""
    number = row.key("number")
    said = row.reference("school_year")
    year = said or (rules.year,)
    location, homeroom = row.reference("location"), row.reference("homeroom")
    begins = row.key_value("begins", rules.days["begins"]) if row.text("begins") else None
    ends = row.read("ends", rules.days["ends"])
    records: list[Record] = [
        Student(
            key=number, local_id=number[0], first_name=row.text("first_name"), initials=row.text("initials"),
            prefix=row.text("prefix"), last_name=row.required("last_name"), gender=word(row, "gender", Gender),
            birth_date=row.read("birth_date", rules.days["birth_date"]), email=row.text("email"),
        ),
        Enrolment(
            key=(*number, *year, *((begins.isoformat(),) if begins else ())), student=number, school_year=year,
            location=location, homeroom=homeroom, study=row.text("study"), grade_level=row.whole("grade_level"),
            profile=row.text("profile"), begins=begins, ends=ends,
            left_on=row.read("left_on", rules.days["left_on"]),
        ),
        SchoolYear(
            key=year, code=year[0], begins=row.read("year_begins", rules.days["year_begins"]),
            ends=row.read("year_ends", rules.days["year_ends"]),
        ),
    ]  # fmt: skip
    if location:
        name = row.text("location_name") or location[0]
        records.append(Location(key=location, name=name, city=row.text("location_city")))
    if homeroom:
        records.append(
            Group(key=homeroom, group_kind=GroupKind.HOMEROOM, code=homeroom[0], school_year=year, location=location)
        )
        records.append(
            GroupMember(key=(*homeroom, *number), group=homeroom, student=number, begins=begins, ends=ends)
        )
        records += [
            GroupStaff(
                key=(*homeroom, mentor, StaffRole.MENTOR), group=homeroom, staff=(mentor,), role=StaffRole.MENTOR,
                order=order,
            )
            for order, mentor in enumerate(words(row, "mentors", rules), 1)
        ]  # fmt: skip
    for code in words(row, "groups", rules):
        # Some administrations name the class among the lesson groups as well; it stays what it is.
        if (code,) != homeroom:
            records += _member((code,), number)
    for code in words(row, "subjects", rules):
        records += _takes(number, (code,), None)
    return row.finish(records)


def _member(group: Key, number: Key) -> list[Record]:
    return [
        Group(key=group, group_kind=GroupKind.SECTION, code=group[0]),
        GroupMember(key=(*group, *number), group=group, student=number),
    ]


def _takes(number: Key, subject: Key, name: str | None) -> list[Record]:
    return [
        StudentSubject(key=(*number, *subject), student=number, subject=subject),
        Subject(key=subject, code=subject[0], name=name),
    ]


def staff(row: Row, _rules: Rules) -> Sequence[Record]:
    """Somebody who works at the school. The key is the code that timetables use."""
    code = row.key("code")
    return row.finish([
        Staff(
            key=code, code=code[0], local_id=row.digits("number"), first_name=row.text("first_name"),
            initials=row.text("initials"), prefix=row.text("prefix"), last_name=row.required("last_name"),
            function=row.text("function"),
        )
    ])  # fmt: skip


def guardian(row: Row, rules: Rules) -> Sequence[Record]:
    """A guardian of one student, or of several. Without a number of its own, the student and the order name one."""
    students: list[Key] = [(number,) for number in words(row, "students", rules)]
    if row.text("student") or not students:
        students = [row.key("student")]
    has_number = row.text("guardian") is not None
    own = row.key("guardian") if has_number else (*students[0], *row.key("order"))
    relation = (row.text("relation") or "").lower()
    records: list[Record] = [
        Guardian(
            key=own, title=row.text("title"), first_name=row.text("first_name"), initials=row.text("initials"),
            prefix=row.text("prefix"), last_name=row.required("last_name"), email=row.text("email"),
            phone=row.text("phone"), secret=row.flag("secret") or False,
        )
    ]  # fmt: skip
    for number in students if has_number else students[:1]:
        records.append(Guardianship(
            key=(*number, *own) if has_number else own, student=number, guardian=own,
            relation=RELATIONS.get(relation) or word(row, "relation", Relation) or Relation.UNKNOWN,
            relation_text=row.text("relation_text"), order=row.whole("order"), legal_authority=row.flag("authority"),
            court_block=row.flag("court_block") or False, receives_mail=row.flag("receives_mail"),
        ))  # fmt: skip
    return row.finish(records)


def group(row: Row, _rules: Rules) -> Sequence[Record]:
    """A student in a lesson group."""
    return row.finish(_member(row.key("group"), row.key("student")))


def subject(row: Row, _rules: Rules) -> Sequence[Record]:
    """A subject that a student takes."""
    return row.finish(_takes(row.key("student"), row.key("subject"), row.text("subject_name")))


def teaching(row: Row, _rules: Rules) -> Sequence[Record]:
    """A subject that somebody teaches to a group."""
    group_, teacher, taught = row.key("group"), row.key("teacher"), row.key("subject")
    return row.finish([
        Subject(key=taught, code=taught[0], name=row.text("subject_name")),
        GroupStaff(
            key=(*group_, *teacher, StaffRole.TEACHER, *taught), group=group_, staff=teacher, role=StaffRole.TEACHER,
            subject=taught,
        ),
    ])  # fmt: skip
