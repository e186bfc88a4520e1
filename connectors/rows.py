"""A row of text columns that notes what is wrong with it instead of stopping at the first thing.

A mapping reads all the columns it needs, makes its records, and ends with ``row.finish(records)``: a row with
problems becomes a ``BadRow`` that names every bad column and, because the records were made all the same, every
record that the row stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from canonical.records import Key, Record
from connectors.columns import ColumnError, boolean, decimal
from connectors.errors import BadRow, Problem

T = TypeVar("T")

UNREADABLE = "?"
"""Stands in a record for a text that is missing; such a record never leaves ``finish``."""

LONGEST_KEY = 64
"""Characters of a key column; what is longer is no key."""


class Row:
    """``values`` by column name. Each reader gives None for a blank or absent column."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._problems: list[Problem] = []

    def text(self, name: str) -> str | None:
        return self._values.get(name, "").strip() or None

    def required(self, name: str) -> str:
        """A text without which there is no record."""
        found = self.text(name)
        if found is None:
            self._problems.append(Problem(name, "missing"))
        return found or UNREADABLE

    def key(self, *names: str) -> Key:
        """Key columns. A key that cannot be one ends the reading at once: what the row stands for is unknown."""
        parts = tuple([self._values.get(name, "").strip() for name in names])
        for name, part in zip(names, parts, strict=True):
            if not part or len(part) > LONGEST_KEY:
                raise BadRow([Problem(name, "key")])
        return parts

    def number_key(self, *names: str) -> Key:
        """Key columns that hold whole numbers: anything else there means that the columns have shifted."""
        parts = self.key(*names)
        for name, part in zip(names, parts, strict=True):
            if not (part.isascii() and part.isdigit()):
                raise BadRow([Problem(name, "key")])
        return parts

    def key_value(self, name: str, reader: Callable[[str], T | None]) -> T:
        """A column that is part of the key, through a reader; what cannot be read ends the reading at once."""
        try:
            found = reader(self._values.get(name, ""))
        except ColumnError:
            found = None
        if found is None:
            raise BadRow([Problem(name, "key")])
        return found

    def digits(self, name: str) -> str | None:
        """A number that is a name: its digits to the letter."""
        found = self.text(name)
        if found is not None and not (found.isascii() and found.isdigit()):
            self._problems.append(Problem(name, "digits"))
        return found

    def reference(self, name: str) -> Key | None:
        """The key of another record, or None."""
        found = self.text(name)
        if found is not None and len(found) > LONGEST_KEY:
            self._problems.append(Problem(name, "key"))
            return None
        return None if found is None else (found,)

    def read(self, name: str, reader: Callable[[str], T | None]) -> T | None:
        """A column through one of the readers of ``connectors.columns``."""
        try:
            return reader(self._values.get(name, ""))
        except ColumnError as error:
            self._problems.append(Problem(name, error.code))
            return None

    def must(self, name: str, reader: Callable[[str], T | None], otherwise: T) -> T:
        """A column without which there is no record; ``otherwise`` stands in until ``finish``."""
        before = len(self._problems)
        found = self.read(name, reader)
        if found is None and len(self._problems) == before:
            self._problems.append(Problem(name, "missing"))
        return otherwise if found is None else found

    def flag(self, name: str) -> bool | None:
        return self.read(name, boolean)

    def decimal(self, name: str) -> Decimal | None:
        return self.read(name, decimal)

    def whole(self, name: str) -> int | None:
        return self.read(name, _whole)

    def blame(self, name: str, code: str) -> None:
        """Note a problem that only the mapping can see."""
        self._problems.append(Problem(name, code))

    def finish(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records, or ``BadRow`` when a column was bad."""
        if self._problems:
            raise BadRow(self._problems, covers=[(record.kind, record.key) for record in records])
        return records


_LARGEST = 2**31 - 1
"""What every database keeps in a column of whole numbers."""

SOME_DAY = date(1, 1, 1)
SOME_TIME = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
"""Stand-ins for ``Row.must``."""


def _whole(text: str) -> int | None:
    number = decimal(text)
    if number is None:
        return None
    if number != number.to_integral_value() or abs(number) > _LARGEST:
        raise ColumnError("whole")
    return int(number)
