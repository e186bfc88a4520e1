"""What UWLR 1.0 tells: the same school in the order and the words of that version (wire B.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import quoteattr

from simulator.edexml import Version, school_year, tag
from simulator.model import School, Staff, Student

GENDER = {"male": "1", "female": "2", "other": "3"}


def first_content(school: School, version: Version, made: datetime, *, students: int | None = None) -> Iterator[str]:
    """What stands within ``leerlinggegevens``. At most ``students``, if told."""
    yield "<school>"
    yield tag("schooljaar", school_year(school)) + tag("brincode", school.brin) + tag("dependancecode", "00")
    yield tag("aanmaakdatum", made.replace(microsecond=0, tzinfo=None).isoformat()) + tag("xsdversie", version.name)
    yield tag("auteur", "Schoolbrug simulator") + "</school>"
    yield _block("groepen", (_group("groep", code, code) for code in school.homerooms))
    yield _block("subgroepen", (_group("subgroep", f"L{one.id}", one.code) for one in school.sections.values()))
    # Who left has no group any more, and this version no day on which it was.
    here = [student for student in school.students.values() if school.enrolment(student.number)]
    yield _block("leerlingen", (_student(school, student) for student in here[:students]))
    staff = (person for person in school.staff.values() if person.left_on is None)
    yield _block("leerkrachten", (_teacher(school, person) for person in staff))


def _block(name: str, parts: Iterable[str]) -> str:
    inside = "".join(parts)
    return f"<{name}>{inside}</{name}>" if inside else ""


def _group(name: str, key: str, said: str) -> str:
    return f"<{name} key={quoteattr(key)}>{tag('naam', said)}</{name}>"


def _reference(key: str) -> str:
    return f"<groep key={quoteattr(key)}/>"


def _names(person: Student | Staff) -> str:
    return (
        tag("achternaam", person.last_name[:70]) + tag("voorvoegsel", person.prefix[:10])
        + tag("voorletters-1", person.initials.replace(".", "")[:6]) + tag("roepnaam", person.first_name)
    )  # fmt: skip


def _student(school: School, student: Student) -> str:
    enrolment = school.enrolment(student.number)
    assert enrolment is not None
    inside = (
        _names(student) + tag("geboortedatum", student.birth_date.isoformat()) + tag("geslacht", GENDER[student.gender])
        + tag("jaargroep", 10 + enrolment.level) + tag("emailadres", student.email) + _reference(enrolment.homeroom)
        + _block("subgroepen", (_reference(f"L{one.id}") for one in school.sections_of(student.number)))
    )  # fmt: skip
    return f"<leerling key={quoteattr(str(student.number))}>{inside}</leerling>"


def _teacher(school: School, person: Staff) -> str:
    rooms = (_reference(room.code) for room in school.homerooms.values() if person.code in room.mentors)
    sections = (_reference(f"L{one.id}") for one in school.sections.values() if one.teacher == person.code)
    inside = _names(person) + _block("groepen", rooms) + _block("subgroepen", sections)
    return f"<leerkracht key={quoteattr(person.code)}>{inside}</leerkracht>"
