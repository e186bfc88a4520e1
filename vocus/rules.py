"""What the mappings need besides a row: how its file writes dates, and what the school's settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple, TypeVar

from connectors.rows import LONGEST_KEY, Row
from vocus.csv_rows import Layout
from vocus.dates import day_reader, moment_reader
from vocus.fields import DATA_SETS, Type
from vocus.settings import Reason, VocusSettings

MOST_WORDS = 500
"""Codes in one cell; what holds more is something else."""

Word = TypeVar("Word", bound=StrEnum)


class Rules(NamedTuple):
    """``days`` and ``moments`` are the readers of the date columns, by our names; of one that is not mapped too.

    ``mapped`` are the fields that the file has. ``year`` is the school year of what says none. ``reason_by_code``: the
    school's reasons go by their codes.
    """

    days: Mapping[str, Callable[[str], date | None]]
    moments: Mapping[str, Callable[[str], datetime | None]]
    mapped: frozenset[str]
    year: str
    separator: str
    tenths: bool
    unresolved: frozenset[str]
    reasons: Mapping[str, Reason]
    reason_by_code: bool


def rules_of(place: Layout, settings: VocusSettings) -> Rules:
    """The rules for the rows of one layout."""
    data = settings.data[place.data_set]
    types = {name: field.type for name, field in DATA_SETS[place.data_set].fields.items()}
    formats = place.formats
    reasons = settings.data.get("absence_reasons")
    return Rules(
        {name: day_reader(formats[name]) if name in formats else _unsaid
         for name, type_ in types.items() if type_ is Type.DATE},
        {name: moment_reader(formats[name]) if name in formats else _unsaid
         for name, type_ in types.items() if type_ is Type.TIME},
        frozenset(place.fields), place.year, data.separator, data.scale == "tenths",
        frozenset(settings.unresolved_codes), settings.reasons,
        reasons is not None and "reason" not in reasons.columns,
    )  # fmt: skip


def _unsaid(_: str) -> None:
    return None


def words(row: Row, name: str, rules: Rules) -> list[str]:
    """The codes in a cell, each once."""
    parts = [part.strip() for part in (row.text(name) or "").split(rules.separator)]
    found = list(dict.fromkeys(filter(None, parts)))
    if len(found) > MOST_WORDS or any(len(part) > LONGEST_KEY for part in found):
        row.blame(name, "words")
        return []
    return found


def word(row: Row, name: str, vocabulary: type[Word]) -> Word | None:
    """One of our words; None for one that is not, and for none."""
    return _members(vocabulary).get((row.text(name) or "").lower())


@cache
def _members(vocabulary: type[Word]) -> Mapping[str, Word]:
    return {each.value: each for each in vocabulary}
