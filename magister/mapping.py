"""From a raw row to canonical records: which list or function has which mapping. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from canonical.records import Record
from connectors.contract import RawRecord
from connectors.rows import Row
from magister import attendance, groups, people, results
from magister.formats import Formats
from magister.rows import layout, reader, renamed

VERSION = "magister-1"
"""Counts up when a mapping gives something else for the same row."""

Mapper = Callable[[Row, Formats, str], Sequence[Record]]

MAPPERS: Mapping[str, Mapper] = {
    "pupils": people.pupil,
    "GetActiveStudents": people.active_student,
    "GetActiveEmpoyees": people.staff,
    "guardians": people.guardian,
    "GetLeerlingGroepen": groups.student_group,
    "GetLeerlingVakken": groups.student_subject,
    "GetPersoneelGroepVakken": groups.teaching,
    "columns": results.column,
    "grades": results.grade,
    "reasons": attendance.reason,
    "lessons": attendance.lesson,
    "absences": attendance.absence,
}
"""By the name of the list (as the configuration calls it) or function."""


def map_row(raw: RawRecord, formats: Formats, columns: Mapping[str, Mapping[str, str]]) -> Iterable[Record]:
    """The records of one row. Raises ``BadRow``."""
    place = layout(raw.layout)
    values = reader(place.form, place.encoding, place.header)(raw.data)
    return MAPPERS[place.source](Row(renamed(values, columns.get(place.source, {}))), formats, place.context)
