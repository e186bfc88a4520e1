"""From a raw row of a CSV file to canonical records: which data set has which mapping. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from canonical.records import Record
from connectors.contract import RawRecord
from connectors.errors import BadRow, Problem
from connectors.rows import Row
from vocus import attendance, people, results
from vocus.csv_rows import layout, reader
from vocus.rules import Rules, rules_of
from vocus.settings import VocusSettings

VERSION = "vocus-1"
"""Counts up when a mapping gives something else for the same row."""

Mapper = Callable[[Row, Rules], Sequence[Record]]

MAPPERS: Mapping[str, Mapper] = {
    "students": people.student,
    "staff": people.staff,
    "guardians": people.guardian,
    "groups": people.group,
    "subjects": people.subject,
    "teaching": people.teaching,
    "assessments": results.assessment,
    "grades": results.grade,
    "absence_reasons": attendance.reason,
    "lessons": attendance.lesson,
    "absences": attendance.absence,
    "notices": attendance.notice,
    "observations": attendance.observation,
}
"""By the name of the data set."""


def mapper(settings: VocusSettings) -> Callable[[RawRecord], Iterable[Record]]:
    """A function that gives the records of a row, or raises ``BadRow``. All rows of a file share their layout."""

    @lru_cache(maxsize=64)
    def of_layout(data: bytes) -> Callable[[bytes], Iterable[Record]]:
        place = layout(data)
        if place.data_set not in settings.data:
            raise BadRow([Problem("layout", "data_set")])
        read = reader(place, settings.data[place.data_set])
        rules, map_ = rules_of(place, settings), MAPPERS[place.data_set]
        return lambda row: map_(Row(read(row)), rules)

    return lambda raw: of_layout(raw.layout)(raw.data)
