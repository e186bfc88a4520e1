"""Locations, staff, subjects, students, groups and guardians: rows of UMService to canonical records. Pure.

What is not named in ``KEPT`` is dropped as it is read: passwords, national numbers, addresses, log-in names, telephone
numbers of students and staff (R68).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from atvo.packed import children, names, without_numbers
from atvo.shape import Keep, Value
from atvo.soap_rows import Layout, texts, within
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
from connectors.columns import ColumnError
from connectors.errors import BadRow, Problem
from connectors.rows import LONGEST_KEY, Row


class UmFormats(NamedTuple):
    """What of the mapping depends on a school's settings."""

    date: Callable[[str], date | None]
    subject_separator: str
    relations: Mapping[str, Relation]


GENDERS = {"man": Gender.MALE, "vrouw": Gender.FEMALE}
"""Assumed for UMService; documented for the sister service HRM (wire 4), where ``ONBEKEND`` says nothing."""

ACTIVE, EMPLOYED = "actief", "in dienst"
"""What ``leerlingActief`` and ``medewerkerActiefOmschrijving`` say of who is there; any other word is of who left."""

MENTORS = {"EersteMentor": 1, "TweedeMentor": 2}
"""Assumed: what ``typeBegeleider`` says of a student's mentors, and which of them comes first."""

GROUPS = ","
"""Between the names in ``leerlingLesgroepen``."""

_PERSON = ("Voorletters", "Voorvoegsel", "Achternaam")


def _kept(role: str, more: str) -> Keep:
    return {f"{role}{name}": None for name in (*_PERSON, *more.split())}


_SUBJECT: Keep = {"afkorting": None, "naam": None}

KEPT: Mapping[str, Keep] = {
    "getInrichtingVestigingen": {
        "afkorting": None, "id": None, "naam": None, "vestigingAdres": {"plaats": None},
    },
    "getDataMedewerkers": _kept("medewerker", "UUID Roepnaam Afkorting Nummer Functie ActiefOmschrijving"),
    "getInrichtingVakken": _SUBJECT,
    "getDataLeerlingen": _kept(
        "leerling",
        "Nummer Roepnaam Geslacht Geboortedatum Email Actief Stamgroep Lesgroepen Vakken OpleidingCode Leerjaar"
        " ProfielSector VestigingAfkorting",
    ),
    "getInrichtingStamgroepen": {
        "naam": None, "id": None,
        "leerlingen": {"mentoren": {"UUID": None, "begeleider": None, "typeBegeleider": None}},
    },
    "getInrichtingLesgroepen": {"naam": None, "id": None, "docenten": {"docentUUID": None}, "vak": _SUBJECT},
    "getDataVerzorgers": {
        **_kept(
            "verzorger",
            "UUID Email AdresTelefoonNummer AdresTelefoonNummerGeheim MobielNummer MobielNummerGeheim",
        ),
        "verzorgerLeerlingRelaties": without_numbers,
    },
}  # fmt: skip
"""By operation: the elements that are kept of each row, and no others."""


def location(values: Mapping[str, Value], _layout: Layout, _formats: UmFormats) -> Sequence[Record]:
    """A row of ``getInrichtingVestigingen``."""
    row = Row(texts(values))
    own = row.key("afkorting")
    cities = [Row(texts(home)).text("plaats") for home in within(values, "vestigingAdres")]
    return row.finish([Location(key=own, name=row.text("naam") or own[0], city=next(iter(cities), None))])


def staff(values: Mapping[str, Value], _layout: Layout, _formats: UmFormats) -> Sequence[Record]:
    """A row of ``getDataMedewerkers``, which gives somebody under each of their locations. Who left is none.

    Who has no abbreviation, because they do not teach, goes by their number.
    """
    row = Row(texts(values))
    own = row.key("medewerkerUUID")
    if (row.text("medewerkerActiefOmschrijving") or "").lower() != EMPLOYED:
        return row.finish(())
    number = row.text("medewerkerNummer")
    return row.finish([
        Staff(
            key=own, code=row.text("medewerkerAfkorting") or number or row.required("medewerkerAfkorting"),
            local_id=number, first_name=row.text("medewerkerRoepnaam"), initials=row.text("medewerkerVoorletters"),
            prefix=row.text("medewerkerVoorvoegsel"), last_name=row.required("medewerkerAchternaam"),
            function=row.text("medewerkerFunctie"),
        )
    ])  # fmt: skip


def subject(values: Mapping[str, Value], _layout: Layout, _formats: UmFormats) -> Sequence[Record]:
    """A row of ``getInrichtingVakken``; every location has the same subject again."""
    row = Row(texts(values))
    own = row.key("afkorting")
    return row.finish([Subject(key=own, code=own[0], name=row.text("naam"))])


def student(values: Mapping[str, Value], layout: Layout, formats: UmFormats) -> Sequence[Record]:
    """A row of ``getDataLeerlingen``: there are no dates of enrolment, and one enrolment a year.

    Who is not active is still a student, and is enrolled nowhere and in no group.
    """
    row = Row(texts(values))
    number, year = row.number_key("leerlingNummer"), (layout.year,)
    records: list[Record] = [
        Student(
            key=number, local_id=number[0], first_name=row.text("leerlingRoepnaam"),
            initials=row.text("leerlingVoorletters"), prefix=row.text("leerlingVoorvoegsel"),
            last_name=row.required("leerlingAchternaam"),
            gender=GENDERS.get((row.text("leerlingGeslacht") or "").lower()),
            birth_date=row.read("leerlingGeboortedatum", formats.date), email=row.text("leerlingEmail"),
        ),
        SchoolYear(key=year, code=layout.year),
    ]  # fmt: skip
    if (row.text("leerlingActief") or "").lower() != ACTIVE:
        return row.finish(records)
    homeroom = row.key("leerlingStamgroep") if row.text("leerlingStamgroep") else ()
    records.append(Enrolment(
        key=(*number, *year), student=number, school_year=year,
        location=row.reference("leerlingVestigingAfkorting") or (layout.about,),
        homeroom=_group(layout, homeroom[0]) if homeroom else None, study=row.text("leerlingOpleidingCode"),
        grade_level=row.whole("leerlingLeerjaar"), profile=row.text("leerlingProfielSector"),
    ))  # fmt: skip
    groups = names(row.text("leerlingLesgroepen") or "", GROUPS)
    for group in dict.fromkeys((*homeroom, *_keys(groups, "leerlingLesgroepen"))):
        own = _group(layout, group)
        records.append(GroupMember(key=(*own, *number), group=own, student=number))
    subjects = names(row.text("leerlingVakken") or "", formats.subject_separator)
    records += (
        StudentSubject(key=(*number, code), student=number, subject=(code,))
        for code in _keys(subjects, "leerlingVakken")
    )
    return row.finish(records)


def homeroom(values: Mapping[str, Value], layout: Layout, _formats: UmFormats) -> Sequence[Record]:
    """A row of ``getInrichtingStamgroepen``. Its mentors are those of its students."""
    mentors: dict[Key, int | None] = {}
    for student_ in within(values, "leerlingen"):
        for mentor in within(student_, "mentoren"):
            row = Row(texts(mentor))
            guides = row.flag("begeleider") is not False
            row.finish(())
            if guides and row.text("UUID"):
                mentors.setdefault(row.key("UUID"), MENTORS.get(row.text("typeBegeleider") or ""))
    return _group_row(values, layout, GroupKind.HOMEROOM, StaffRole.MENTOR, mentors, None)


def section(values: Mapping[str, Value], layout: Layout, _formats: UmFormats) -> Sequence[Record]:
    """A row of ``getInrichtingLesgroepen``, which stands under every location where somebody is in it."""
    teachers: dict[Key, int | None] = dict.fromkeys(_own(values, "docenten", "docentUUID"))
    subjects = _own(values, "vak", "afkorting")
    return _group_row(values, layout, GroupKind.SECTION, StaffRole.TEACHER, teachers, next(iter(subjects), None))


def _own(values: Mapping[str, Value], name: str, key: str) -> Sequence[Key]:
    """The keys of the elements ``name`` of a row that have one."""
    found = [Row(texts(inner)) for inner in within(values, name)]
    return [row.key(key) for row in found if row.text(key)]


def _group_row(
    values: Mapping[str, Value], layout: Layout, kind: GroupKind, role: StaffRole, staff_: Mapping[Key, int | None],
    subject_: Key | None,
) -> Sequence[Record]:  # fmt: skip
    """A group, by its name as its members name it, and who is in front of it, by the group's own number."""
    row = Row(texts(values))
    number, name = row.number_key("id"), row.key("naam")
    own = _group(layout, name[0])
    return row.finish([
        Group(key=own, group_kind=kind, code=name[0], school_year=own[:1], location=own[1:2]),
        *(
            GroupStaff(
                key=(*own[1:2], role, *number, *person), group=own, staff=person, role=role, subject=subject_,
                order=order,
            )
            for person, order in staff_.items()
        ),
    ])  # fmt: skip


def guardian(values: Mapping[str, Value], _layout: Layout, formats: UmFormats) -> Sequence[Record]:
    """A row of ``getDataVerzorgers``: somebody comes under each location where a child is, with the children there."""
    row = Row(texts(values))
    own = row.key("verzorgerUUID")
    mobile = row.text("verzorgerMobielNummer")
    secret = (row.flag("verzorgerAdresTelefoonNummerGeheim"), row.flag("verzorgerMobielNummerGeheim"))
    records: list[Record] = [
        Guardian(
            key=own, initials=row.text("verzorgerVoorletters"), prefix=row.text("verzorgerVoorvoegsel"),
            last_name=row.required("verzorgerAchternaam"), email=row.text("verzorgerEmail"),
            phone=mobile or row.text("verzorgerAdresTelefoonNummer"), secret=any(secret),
        )
    ]  # fmt: skip
    try:
        ties = children(row.text("verzorgerLeerlingRelaties") or "")
    except ColumnError as error:
        # Which children are meant is unknown: nothing counts as seen, so that no tie to one looks gone.
        raise BadRow([Problem("verzorgerLeerlingRelaties", error.code)]) from None
    records += (
        Guardianship(
            key=(tie.number, *own), student=(tie.number,), guardian=own,
            relation=formats.relations.get(tie.relation.lower(), Relation.UNKNOWN), relation_text=tie.relation or None,
            legal_authority=tie.legal_authority, receives_mail=tie.receives_mail,
        )
        for tie in ties
    )
    return row.finish(records)


def _group(layout: Layout, name: str) -> Key:
    """Groups go by their names, which may come again in another year or location (wire 10)."""
    return (layout.year, layout.about, name)


def _keys(found: Sequence[str], column: str) -> Sequence[str]:
    """The names. Raises ``BadRow`` where one cannot be a key: what the row stands for is then unknown."""
    if any(len(name) > LONGEST_KEY for name in found):
        raise BadRow([Problem(column, "key")])
    return found
