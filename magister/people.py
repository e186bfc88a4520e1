"""Students, staff and guardians: rows of Magister to canonical records. Pure.

What is not read here is not kept: addresses, telephone numbers of students, log-in names and the like are dropped
by not being named (R68).
"""

from __future__ import annotations

from collections.abc import Sequence

from canonical.records import (
    Enrolment,
    Group,
    GroupMember,
    GroupStaff,
    Guardian,
    Guardianship,
    Location,
    Record,
    SchoolYear,
    Staff,
    Student,
)
from canonical.terms import Gender, GroupKind, Relation, StaffRole
from connectors.relations import RELATIONS
from connectors.rows import Row
from magister.formats import Formats

GENDERS = {"m": Gender.MALE, "man": Gender.MALE, "v": Gender.FEMALE, "vrouw": Gender.FEMALE, "x": Gender.OTHER}
"""Assumed: how Magister writes gender."""


def pupil(row: Row, formats: Formats, _context: str) -> Sequence[Record]:
    """A row of the list of pupils: one for each enrolment, so that a student may come again."""
    number = row.number_key("STAMNR")
    year, location, group = row.reference("LESPERIODE"), row.reference("LOCATIE"), row.reference("KLAS")
    begins, ends = row.key_value("BEGIN", formats.date), row.read("EINDE", formats.date)
    records: list[Record] = [
        Student(
            key=number, local_id=number[0], first_name=row.text("ROEPNAAM"), initials=row.text("VOORLETTERS"),
            prefix=row.text("TUSSENVOEGSEL"), last_name=row.required("ACHTERNAAM"), gender=_gender(row, "GESLACHT"),
            birth_date=row.read("GEBDATUM", formats.date), email=row.text("EMAIL"),
        ),
        Enrolment(
            key=(*number, *row.key("LESPERIODE"), begins.isoformat()), student=number, school_year=year,
            location=location, homeroom=group, study=row.text("STUDIE"), grade_level=row.whole("LEERJAAR"),
            profile=row.text("PROFIEL"), begins=begins, ends=ends, left_on=row.read("VERTREK", formats.date),
        ),
    ]  # fmt: skip
    if year:
        records.append(SchoolYear(
            key=year, code=year[0], begins=row.read("LESPERIODE_BEGIN", formats.date),
            ends=row.read("LESPERIODE_EINDE", formats.date),
        ))  # fmt: skip
    if location:
        name = row.text("LOCATIE_OMSCHR") or location[0]
        records.append(Location(key=location, name=name, city=row.text("LOCATIE_PLAATS")))
    if group:
        records.append(
            Group(key=group, group_kind=GroupKind.HOMEROOM, code=group[0], school_year=year, location=location)
        )
        records.append(GroupMember(key=(*group, *number), group=group, student=number, begins=begins, ends=ends))
        for order, column in ((1, "MENTOR1"), (2, "MENTOR2")):
            mentor = row.reference(column)
            if mentor:
                records.append(GroupStaff(
                    key=(*group, *mentor, StaffRole.MENTOR), group=group, staff=mentor, role=StaffRole.MENTOR,
                    order=order,
                ))  # fmt: skip
    return row.finish(records)


def active_student(row: Row, formats: Formats, _context: str) -> Sequence[Record]:
    """A row of ``GetActiveStudents``, for a school without a list of pupils (wire A4).

    It has no enrolment dates, and mentors only by their names: there are no mentors from here.
    """
    number = row.number_key("stamnr_str")
    year, group = row.reference("Lesperiode.Korte_omschrijving"), row.reference("Klas")
    location = row.reference("Administratieve_eenheid.Omschrijving")
    records: list[Record] = [
        Student(
            key=number, local_id=number[0], first_name=row.text("Roepnaam"), initials=row.text("Voorletters"),
            prefix=row.text("Tussenv"), last_name=row.required("Achternaam"), gender=_gender(row, "Geslacht"),
            birth_date=row.read("geb_datum_str", formats.date), email=row.text("Email"),
        ),
        Enrolment(
            key=(*number, year[0] if year else "now"), student=number, school_year=year, location=location,
            homeroom=group, study=row.text("Studie"), grade_level=row.whole("Leerfase.Leerjaar"),
            profile=row.text("Profiel.Code"),
        ),
    ]  # fmt: skip
    if year:
        records.append(SchoolYear(key=year, code=year[0]))
    if location:
        city = row.text("Administratieve_eenheid.Plaats")
        records.append(Location(key=location, name=location[0], city=city))
    if group:
        records.append(
            Group(key=group, group_kind=GroupKind.HOMEROOM, code=group[0], school_year=year, location=location)
        )
        records.append(GroupMember(key=(*group, *number), group=group, student=number))
    return row.finish(records)


def staff(row: Row, _formats: Formats, _context: str) -> Sequence[Record]:
    """A row of ``GetActiveEmpoyees`` (the name is Magister's own). A code with ``*`` is of somebody who has left.

    The key is the teacher's code: it is what lists, lessons and mentors refer to (assumed: unique within a school).
    """
    code = row.key("Code")
    if "*" in code[0]:
        return ()
    return row.finish([
        Staff(
            key=code, code=code[0], local_id=row.digits("stamnr_str"), first_name=row.text("Roepnaam"),
            initials=row.text("Voorletters"), prefix=row.text("Tussenv"), last_name=row.required("Achternaam"),
            function=row.text("Functie.Omschr"),
        )
    ])  # fmt: skip


def guardian(row: Row, _formats: Formats, _context: str) -> Sequence[Record]:
    """A row of the list of guardians: one for each pair of student and guardian."""
    student, own = row.number_key("STAMNR"), row.number_key("OUDER")
    relation = row.text("RELATIE")
    return row.finish([
        Guardian(
            key=own, title=row.text("AANHEF"), first_name=row.text("ROEPNAAM"), initials=row.text("VOORLETTERS"),
            prefix=row.text("TUSSENVOEGSEL"), last_name=row.required("ACHTERNAAM"), email=row.text("EMAIL"),
            phone=row.text("TELEFOON"), secret=row.flag("GEHEIM") or False,
        ),
        Guardianship(
            key=(*student, *own), student=student, guardian=own,
            relation=RELATIONS.get((relation or "").lower(), Relation.UNKNOWN), relation_text=relation,
            order=row.whole("VOLGNR"), legal_authority=row.flag("GEZAG"), court_block=row.flag("BLOKKADE") or False,
            receives_mail=row.flag("POST"),
        ),
    ])  # fmt: skip


def _gender(row: Row, column: str) -> Gender | None:
    return GENDERS.get((row.text(column) or "").lower())
