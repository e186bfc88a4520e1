"""EDEXML: the school in the exchange format of Dutch education, in three versions (wire C.2). UWLR carries the same.

What a version has no word for is left out: 1.0.3 knows neither lesson groups nor locations nor e-mail, and of the years
of a secondary school only the first three.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from hashlib import sha512
from itertools import zip_longest
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from simulator.model import Enrolment, Homeroom, School, Section, Staff, Student

XSI = "http://www.w3.org/2001/XMLSchema-instance"
GENDER = {"male": "1", "female": "2", "other": "0"}


class Version(NamedTuple):
    """What a version of the format can say."""

    name: str
    first: bool = False
    """1.0.3: no lesson groups, no locations, no e-mail, one of group and year."""
    eckid: bool = False
    blocks: bool = True
    """Whether a vendor may add blocks of a type that the schema has."""
    keyless: bool = False
    """UWLR 2.3: who has an ECK iD may come without the school's own key."""


VERSIONS = {
    "1.0.3": Version("1.03", first=True), "2.0": Version("2.0"), "2.1": Version("2.1", eckid=True),
}  # fmt: skip


def edexml(school: School, version: str = "2.1") -> dict[str, bytes]:
    """One file. Raises ``KeyError`` for a version that there is not."""
    said = VERSIONS[version]
    body = "".join(content(school, said, school.now))
    place = f'xmlns:xsi="{XSI}" xsi:noNamespaceSchemaLocation="EDEXML.structuur.xsd"'
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<EDEX {place}>\n{body}</EDEX>\n'
    return {"edexml.xml": text.encode()}


def content(school: School, version: Version, made: datetime, *, students: int | None = None) -> Iterator[str]:
    """What stands within the root: school, locations, groups, students and teachers. At most ``students``, if told."""
    yield _school(school, version, made)
    if not version.first:
        yield _block("vestigingen", (_location(code, place.name) for code, place in school.locations.items()))
    groups = [_homeroom(school, room, version) for room in school.homerooms.values()]
    if not version.first:
        sections = [_section(section) for section in school.sections.values()]
        # The order is free: a reader must not count on homerooms first.
        groups = [group for pair in zip_longest(sections, groups, fillvalue="") for group in pair]
    yield _block("groepen", groups)
    yield "<leerlingen>\n"
    for index, student in enumerate(list(school.students.values())[:students]):
        yield _student(school, student, version, index)
    yield "</leerlingen>\n"
    yield _block("leerkrachten", (
        _teacher(school, person, version) for person in school.staff.values() if person.left_on is None
    ))  # fmt: skip


def eck_id(number: int) -> str:
    """The made-up ECK iD of a student."""
    return f"https://ketenid.nl/pilot/{sha512(f'simulator {number}'.encode()).hexdigest()}"


def school_year(school: School) -> str:
    return f"{school.year.begins.year}-{school.year.ends.year}"


def tag(name: str, value: object) -> str:
    """An element with a text; nothing for none."""
    return "" if value in (None, "") else f"<{name}>{escape(str(value))}</{name}>"


def _block(name: str, parts: Iterable[str]) -> str:
    return f"<{name}>\n{''.join(parts)}</{name}>\n"


def _school(school: School, version: Version, made: datetime) -> str:
    day = "" if version.first else tag("peildatum", school.today.isoformat())
    return _block("school", [
        tag("schooljaar", school_year(school)), day, tag("brincode", school.brin), tag("dependancecode", "00"),
        tag("aanmaakdatum", made.replace(microsecond=0, tzinfo=None).isoformat()),
        tag("auteur", "Schoolbrug simulator"), tag("xsdversie", version.name), "\n",
    ])  # fmt: skip


def _location(code: str, name: str) -> str:
    return f"<vestiging key={quoteattr(code)}>{tag('naam', name)}</vestiging>\n"


def _year(level: int, version: Version) -> str:
    """11 to 16 for the years of a secondary school; 1.0.3 ends at 13."""
    return "" if version.first and level > 3 else str(10 + level)


def _homeroom(school: School, room: Homeroom, version: Version) -> str:
    level = school.studies[room.study].level
    # 1.0.3 has no word for the higher years, and yet wants one: S is any other kind of education.
    year = _year(level, version) or "S"
    return f"<groep key={quoteattr(room.code)}>{tag('naam', room.code)}{tag('jaargroep', year)}</groep>\n"


def _section(section: Section) -> str:
    key = quoteattr(f"L{section.id}")
    said = tag("naam", section.code) + tag("omschrijving", section.subject)
    return f"<samengestelde_groep key={key}>{said}</samengestelde_groep>\n"


def _names(person: Student | Staff, version: Version) -> str:
    last = person.last_name[:70] if version.first else person.last_name
    return (
        tag("achternaam", last) + tag("voorvoegsel", person.prefix)
        + tag("voorletters-1", person.initials.replace(".", "")[:6]) + tag("roepnaam", person.first_name)
    )  # fmt: skip


def _student(school: School, student: Student, version: Version, index: int) -> str:
    now = school.enrolment(student.number)
    last = now or (school.enrolments.get(student.number) or (None,))[-1]
    key = f" key={quoteattr(str(student.number))}"
    if version.keyless and index % 2:
        key = ""
    mark = f" eckid={quoteattr(eck_id(student.number))}" if version.eckid else ""
    parts = [
        _names(student, version), tag("geboortedatum", student.birth_date.isoformat()),
        tag("geslacht", GENDER[student.gender]),
    ]
    if version.first:
        parts += [_reference("groep", now.homeroom) if now else "", tag("sofinummer", student.bsn)]
    else:
        parts += _placed(school, student, now, last)
    parts += [tag("postcodenl", student.address.postcode.replace(" ", "").upper()), *_stay(school, student, now, last)]
    if version.blocks and index % 10 == 0:
        parts.append(_vendor_block())
    return f"<leerling{key}{mark}>{''.join(parts)}</leerling>\n"


def _placed(school: School, student: Student, now: Enrolment | None, last: Enrolment | None) -> list[str]:
    sections = [_reference("samengestelde_groep", f"L{section.id}") for section in school.sections_of(student.number)]
    return [
        tag("jaargroep", 10 + last.level if last else ""), _reference("groep", now.homeroom) if now else "",
        f"<samengestelde_groepen>{''.join(sections)}</samengestelde_groepen>" if sections else "",
        _reference("vestiging", last.location) if last else "", tag("gebruikersnaam", student.login),
        tag("emailadres", student.email), tag("bsn", student.bsn),
    ]  # fmt: skip


def _stay(school: School, student: Student, now: Enrolment | None, last: Enrolment | None) -> list[str]:
    begins: date | None = last.begins if last else None
    gone = None if now or last is None else last.left_on or last.ends
    return [tag("instroomdatum", begins), tag("uitstroomdatum", gone)]


def _reference(name: str, key: str) -> str:
    return f"<{name} key={quoteattr(key)}/>"


def _vendor_block() -> str:
    """An addition of the vendor's own; schemas know only this kind of block."""
    said = tag("code", "LWOO") + tag("opmerking", "met dispensatie")
    return f'<toevoegingen><blok xmlns:xsi="{XSI}" xsi:type="OpmerkingGegevensType">{said}</blok></toevoegingen>'


def _teacher(school: School, person: Staff, version: Version) -> str:
    groups = [_reference("groep", room.code) for room in school.homerooms.values() if person.code in room.mentors]
    more = ""
    if not version.first:
        groups += [
            _reference("samengestelde_groep", f"L{section.id}") for section in school.sections.values()
            if section.teacher == person.code
        ]  # fmt: skip
        more = tag("gebruikersnaam", person.logins[0] if person.logins else "")
    of = f"<groepen>{''.join(groups)}</groepen>" if groups else ""
    return f"<leerkracht key={quoteattr(person.code)}>{_names(person, version)}{more}{of}</leerkracht>\n"
