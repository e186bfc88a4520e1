"""Which of several formats a column of dates is in: all its values decide it together, or it is refused. Pure.

One value seldom tells: 03-04-2026 is two days. A column tells, unless it holds nothing but such values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from itertools import combinations
from typing import TypeVar

from connectors.columns import ColumnError, dates, instants, parser

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""What lies outside was read in the wrong format."""

T = TypeVar("T", date, datetime)


class Ambiguous(Exception):
    """Two formats read a column equally well, and differently."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other}")
        self.formats = (one, other)


class Decider:
    """Sees the values of one column, then says its format. Holds a few counts, however many there are.

    ``whole_days``: a format may hold a time, which must then be midnight.
    """

    def __init__(self, formats: Sequence[str], *, whole_days: bool) -> None:
        self._formats = formats
        self._parsers = [parser(pattern) for pattern in formats]
        self._whole_days = whole_days
        self._reads = [0] * len(formats)
        self._differ: set[tuple[int, int]] = set()

    def see(self, values: Mapping[str, int]) -> None:
        """Some values and how often each came by; blank ones say nothing."""
        for text, times in values.items():
            found = [self._read(parse, text.strip()) for parse in self._parsers]
            read = [place for place, moment in enumerate(found) if moment is not None]
            for place in read:
                self._reads[place] += times
            for one, other in combinations(read, 2):
                if found[one] != found[other]:
                    self._differ.add((one, other))

    def _read(self, parse: Callable[[str], datetime | None], text: str) -> datetime | None:
        found = parse(text)
        if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
            return None
        return None if self._whole_days and found.time() != time.min else found

    def format(self) -> str:
        """The format that reads the most values, the first one of several that say the same. Raises ``Ambiguous``."""
        most = max(self._reads)
        best = [place for place, reads in enumerate(self._reads) if reads == most]
        for pair in combinations(best, 2):
            if pair in self._differ:
                raise Ambiguous(self._formats[pair[0]], self._formats[pair[1]])
        return self._formats[best[0]]


def day_reader(pattern: str) -> Callable[[str], date | None]:
    """A reader of the dates of a column. Code ``date``."""
    return _within(dates(pattern), "date")


def moment_reader(pattern: str) -> Callable[[str], datetime | None]:
    """A reader of the moments of a column, in UTC. Code ``time``."""
    return _within(instants(pattern), "time")


def _within(read: Callable[[str], T | None], code: str) -> Callable[[str], T | None]:
    def reader(text: str) -> T | None:
        found = read(text)
        if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ColumnError(code)
        return found

    return reader
