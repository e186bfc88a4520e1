"""Rows of EDEXML, EDEX2000 and UWLR to canonical records. Pure.

What their codes mean is in wire G: 1 is male and 2 is female here, and other standards have it the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import orjson

from canonical.records import (
    Enrolment,
    Group,
    GroupMember,
    GroupStaff,
    Key,
    Location,
    Record,
    SchoolYear,
    Staff,
    Student,
)
from canonical.terms import Gender, GroupKind, StaffRole
from connectors.columns import ColumnError
from connectors.contract import RawRecord
from connectors.errors import BadRow, Problem
from connectors.rows import Row
from vocus.dates import FIRST_YEAR, LAST_YEAR
from vocus.settings import VocusSettings

EDEXML, EDEX2000, UWLR = "edexml", "edex2000", "uwlr"

GENDERS = {"1": Gender.MALE, "2": Gender.FEMALE, "M": Gender.MALE, "V": Gender.FEMALE}
"""NEN-ISO 5218. 0, 3 and 9 say nothing. M and V are assumed of EDEX2000, whose codes are not public."""

LONGEST_KEY = 200
DUMMY = "#"
"""Begins a key that means something else in the next file (wire C.2)."""

_YEARS = range(11, 17)
"""Jaargroepen of secondary schools: 11 is the first year."""

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)

Values = Mapping[str, Any]


def layout_of(form: str, year: str) -> bytes:
    """The layout's bytes: what kind of file it is, and its school year."""
    return orjson.dumps([form, year])


def map_edex(raw: RawRecord, settings: VocusSettings) -> Iterable[Record]:
    """The records of one row. Raises ``BadRow``."""
    form, year = _layout(raw.layout)
    try:
        values = orjson.loads(raw.data)
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        raise BadRow([Problem("row", "form")])
    if "code" in values:
        raise BadRow([Problem("row", "length")])
    mapper = _MAPPERS.get(str(values.get("kind")))
    if mapper is None:
        raise BadRow([Problem("row", "kind")])
    row = Row({name: value for name, value in values.items() if isinstance(value, str)})
    return mapper(row, values, (form, year), settings)


def _layout(data: bytes) -> tuple[str, str]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, list) and len(found) == 2 and all(isinstance(part, str) for part in found):
        return found[0], found[1]
    raise BadRow([Problem("layout", "form")])


def _location(row: Row, _values: Values, _place: tuple[str, str], _settings: VocusSettings) -> Iterable[Record]:
    own = _own(row)
    return row.finish([Location(key=own, name=row.text("naam") or own[0])])


def _group(row: Row, values: Values, place: tuple[str, str], _settings: VocusSettings) -> Iterable[Record]:
    """A group goes by its name where that is unique (``edex_reading.group_keys``)."""
    own = _own(row)
    kind = GroupKind.SECTION if values.get("section") else GroupKind.HOMEROOM
    return row.finish([Group(key=own, group_kind=kind, code=row.text("naam") or own[0], school_year=_year(place))])


def _student(row: Row, values: Values, place: tuple[str, str], settings: VocusSettings) -> Iterable[Record]:
    own, also = _identity(row, place[0])
    year, homeroom = _year(place), _reference(values.get("groep"))
    location = _reference(values.get("vestiging"))
    given = row.text("roepnaam") or row.text("voornamen")
    last = row.text("achternaam")
    records: list[Record] = [
        # A student of whom only a given name is told goes by that.
        Student(
            key=own, also=also, local_id=_called(row, own), first_name=given if last else None,
            initials=row.text("voorletters-1"), prefix=row.text("voorvoegsel"),
            last_name=last or row.required("roepnaam"), gender=GENDERS.get((row.text("geslacht") or "").upper()),
            birth_date=row.read("geboortedatum", xml_date), email=row.text("emailadres"),
        ),
        Enrolment(
            key=(*own, *(year or ("now",))), student=own, school_year=year, location=location, homeroom=homeroom,
            grade_level=_level(row.text("jaargroep"), settings), left_on=row.read("uitstroomdatum", xml_date),
        ),
    ]  # fmt: skip
    if year:
        records.append(SchoolYear(key=year, code=year[0]))
    groups = [homeroom, *map(_reference, _listed(values.get("sections")))]
    records += [
        GroupMember(key=(*group, *own), group=group, student=own) for group in dict.fromkeys(filter(None, groups))
    ]
    return row.finish(records)


def _staff(row: Row, values: Values, place: tuple[str, str], _settings: VocusSettings) -> Iterable[Record]:
    own, also = _identity(row, place[0])
    last = row.text("achternaam")
    records: list[Record] = [
        Staff(
            key=own, also=also, code=_called(row, own),
            first_name=(row.text("roepnaam") or row.text("voornamen")) if last else None,
            initials=row.text("voorletters-1"), prefix=row.text("voorvoegsel"),
            last_name=last or row.required("roepnaam"), function=row.text("rolomschrijving") or row.text("rol"),
        )
    ]  # fmt: skip
    for group in filter(None, map(_reference, _listed(values.get("groepen")))):
        records.append(_teaches(group, own))
    return row.finish(records)


def _teacher_of(row: Row, values: Values, _place: tuple[str, str], _settings: VocusSettings) -> Iterable[Record]:
    """A line of EDEXLG: who teaches which group."""
    own, group = _own(row), _reference(values.get("groep"))
    return row.finish([_teaches(group, own)] if group else [])


def _teaches(group: Key, staff: Key) -> Record:
    return GroupStaff(key=(*group, *staff, StaffRole.TEACHER), group=group, staff=staff, role=StaffRole.TEACHER)


_MAPPERS: Mapping[str, Callable[[Row, Values, tuple[str, str], VocusSettings], Iterable[Record]]] = {
    "vestiging": _location,
    "groep": _group,
    "leerling": _student,
    "leerkracht": _staff,
    "leerkracht_groep": _teacher_of,
}


def _identity(row: Row, form: str) -> tuple[Key, tuple[Key, ...]]:
    """Who somebody is, and under which other key the same source knows them.

    Over UWLR an ECK iD comes before the key, which may be there for a while and then not (wire B.1); in a file it only
    stands in for a key that is none.
    """
    key, eckid = row.text("key"), row.text("eckid")
    if eckid and len(eckid) <= LONGEST_KEY and (form == UWLR or key is None or key.startswith(DUMMY)):
        real = key is not None and not key.startswith(DUMMY) and len(key) <= LONGEST_KEY
        return (eckid,), (((key,),) if key is not None and real else ())
    return _own(row), ()


def _called(row: Row, own: Key) -> str:
    """The number or code that people know somebody by. Of an ECK iD no more than its end is shown (wire E.1)."""
    key = row.text("key")
    return key if key is not None and not key.startswith(DUMMY) else f"eck-{own[0][-6:]}"


def _own(row: Row) -> Key:
    key = row.text("key")
    if key is None or len(key) > LONGEST_KEY:
        raise BadRow([Problem("key", "key")])
    if key.startswith(DUMMY):
        raise BadRow([Problem("key", "dummy")])
    return (key,)


def _reference(value: object) -> Key | None:
    """The key of something else; none for a dummy, which refers to nothing that we know."""
    text = value.strip() if isinstance(value, str) else ""
    return (text,) if text and not text.startswith(DUMMY) and len(text) <= LONGEST_KEY else None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _year(place: tuple[str, str]) -> Key | None:
    return (place[1],) if place[1] else None


def _level(text: str | None, settings: VocusSettings) -> int | None:
    """The grade level, 1 to 6: as the settings say of a jaargroep, or else ten less."""
    if text is None:
        return None
    if text in settings.jaargroepen:
        return settings.jaargroepen[text]
    return int(text) - 10 if text.isascii() and text.isdigit() and int(text) in _YEARS else None


def xml_date(text: str) -> date | None:
    """Read a date of XML: ``2010-03-14``, maybe with a zone. Code ``date``."""
    text = text.strip()
    if not text:
        return None
    found = _DATE.fullmatch(text)
    try:
        day = date.fromisoformat(found[1]) if found else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ColumnError("date")
    return day
