"""How Dutch systems write numbers, yes and no, dates and times in text columns.

Each converter is a plain function ``str -> value | None``. Blank text is None: the source does not say. Text that
is not in the format raises ``ColumnError``, whose code is all that it tells; nothing is guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Encoding = Literal["utf-8", "cp1252"]

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_DECIMAL = re.compile(r"-?[0-9]{1,20}(?:[.,][0-9]{1,20})?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]?([0-5][0-9])")
_YES_NO = {
    "true": True, "1": True, "-1": True, "j": True, "ja": True,
    "false": False, "0": False, "n": False, "nee": False,
}  # fmt: skip
_DIRECTIVE = re.compile("%(.)")
_WIDTHS = (("Y", 4, 4), ("m", 1, 2), ("d", 1, 2), ("H", 1, 2), ("M", 2, 2), ("S", 2, 2))
_NUMBERS = {name: f"(?P<{name}>[0-9]{{{least},{most}}})" for name, least, most in _WIDTHS}
_FULL_NUMBERS = {name: f"(?P<{name}>[0-9]{{{most}}})" for name, _, most in _WIDTHS}


_remembered = lru_cache(maxsize=4096)
"""A column of marks, days or flags says the same few things over and over."""


class ColumnError(ValueError):
    """A column is not in its format. ``code`` is short and stable: ``decimal``, ``boolean``, ``date``, ``time``,
    ``encoding``, ``columns``, ``malformed``. It never holds the text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@_remembered
def decimal(text: str) -> Decimal | None:
    """Read ``7,9``, ``7.9``, ``10`` or ``-0,5``: one separator at most, so ``1.234,5`` is refused. Code ``decimal``."""
    text = text.strip()
    if not text:
        return None
    if not _DECIMAL.fullmatch(text):
        raise ColumnError("decimal")
    return Decimal(text.replace(",", "."))


@_remembered
def boolean(text: str) -> bool | None:
    """Read True/False, 1/0, -1/0, J/N, ja/nee in whatever case. Code ``boolean``."""
    text = text.strip()
    if not text:
        return None
    found = _YES_NO.get(text.lower())
    if found is None:
        raise ColumnError("boolean")
    return found


def dates(*formats: str) -> Callable[[str], date | None]:
    """Make a reader of dates in any of ``formats``, tried in their order; directives as in ``strptime``. Code ``date``.

    A format may hold a time, which must then be midnight: what has another time is not a date, and may well be
    the day after or before it.
    """
    parsers = [parser(pattern) for pattern in formats]

    @_remembered
    def read(text: str) -> date | None:
        text = text.strip()
        if not text:
            return None
        for parse in parsers:
            moment = parse(text)
            if moment is not None:
                if moment.time() != time.min:
                    break
                return moment.date()
        raise ColumnError("date")

    return read


def instants(*formats: str) -> Callable[[str], datetime | None]:
    """Make a reader of local times in the Netherlands, as ``dates``; what it gives is in UTC. Code ``time``.

    Two hours a year are not plain. 02:00 to 03:00 when summer time ends happens twice: it is taken as the first,
    still summer time (02:30 is 00:30 UTC). 02:00 to 03:00 when summer time begins does not exist: it is taken as
    if the clock had not yet been put forward (02:30 is 01:30 UTC, which is 03:30 on the clock).
    """
    parsers = [parser(pattern) for pattern in formats]

    def read(text: str) -> datetime | None:
        text = text.strip()
        if not text:
            return None
        for parse in parsers:
            moment = parse(text)
            if moment is not None:
                return _utc(moment)
        raise ColumnError("time")

    return read


@_remembered
def clock(text: str) -> time | None:
    """Read a time of the clock: 0830, 830, 8:30 or 8.30. Code ``time``."""
    text = text.strip()
    if not text:
        return None
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ColumnError("time")
    return time(int(found[1]), int(found[2]))


def decode(data: bytes, encoding: Encoding) -> str:
    """Decode strictly: nothing is dropped or replaced. Code ``encoding``.

    A byte order mark of UTF-8 outweighs ``encoding``: it is there only when the text is UTF-8.
    """
    try:
        if data.startswith(codecs.BOM_UTF8):
            return data[3:].decode("utf-8")
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    # Not within the ``except``: the library's exception holds the bytes.
    raise ColumnError("encoding")


def _utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=AMSTERDAM).astimezone(UTC)
    except OverflowError:
        raise ColumnError("time") from None


def parser(pattern: str) -> Callable[[str], datetime | None]:
    """Make a reader of one format: a moment without a zone, None for what is not in the format.

    Day, month and hour may lack their leading zero, but not where nothing stands between two numbers: 1112026 would
    be two days. A format of plain numbers becomes a regular expression, several times as fast as ``strptime``.
    """
    order = "".join(sorted(_DIRECTIVE.findall(pattern), key="YmdHMS".find))
    if order not in ("Ymd", "YmdHM", "YmdHMS"):
        return _strptime_parser(pattern)
    parts = _DIRECTIVE.split(pattern)
    match = re.compile("".join(_pattern_of(parts, place) for place in range(len(parts))))
    no_time = (0,) * (6 - len(order))

    def parse(text: str) -> datetime | None:
        found = match.fullmatch(text)
        if found is None:
            return None
        year, month, day, hour, minute, second = *map(int, found.group(*order)), *no_time
        try:
            return datetime(year, month, day, hour, minute, second)
        except ValueError:
            return None

    return parse


def _pattern_of(parts: list[str], place: int) -> str:
    """Of a format that is split into texts (even places) and directives (odd places)."""
    if place % 2 == 0:
        return re.escape(parts[place])
    adjoins = (place > 1 and not parts[place - 1]) or (place < len(parts) - 2 and not parts[place + 1])
    return (_FULL_NUMBERS if adjoins else _NUMBERS)[parts[place]]


def _strptime_parser(pattern: str) -> Callable[[str], datetime | None]:
    def parse(text: str) -> datetime | None:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            return None

    return parse
