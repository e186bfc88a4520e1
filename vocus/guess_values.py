"""What the values of one column have in common, gathered chunk by chunk. Pure.

Nothing here is for showing but counts, formats and shapes: a shape says where letters and digits stand, not which.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from connectors.columns import AMSTERDAM, ColumnError, dates, decimal, instants
from connectors.results import HIGHEST

DATE_FORMATS = (
    "%d-%m-%Y", "%m-%d-%Y", "%Y-%m-%d", "%Y%m%d", "%d%m%Y", "%m%d%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y",
    "%d %m %Y",
)  # fmt: skip
TIME_FORMATS = tuple(
    f"{day}{between}{clock}"
    for day in DATE_FORMATS
    for between in (" ", "T", "")
    for clock in ("%H:%M:%S", "%H:%M", "%H%M%S", "%H%M")
)
"""What is tried. A month that comes first is not Dutch, and is looked at only to see whether it would read as well."""

NULLS = frozenset({"", "-", "NULL"})
"""Cells that say nothing, as the settings have it unless they say otherwise."""

FEW = 40
"""A column with more different words than this is no list of words."""

_YEARS = range(1900, 2101)
_LONGEST_SHAPE = 16
_LEAST = 0.5
"""The part of the first values that a format must read to be looked at in the rest."""

_RUNS = re.compile(r"a{4,}")
_WORDS = re.compile(r"[^,;|/ ]+(?:([,;|/])[^,;|/ ]+)+")
_POSTCODE = re.compile(r"[1-9][0-9]{3} ?[A-Za-z]{2}")
_PHONE = re.compile(r"(?:\+31|0031|0)[-0-9 ()]{8,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-3])[:.]?[0-5][0-9]")


def shape(text: str) -> str:
    """Where letters and digits stand: ``Aaaa-99``. Long runs of small letters and long texts are cut short."""
    marks = "".join(map(_mark, text[: 4 * _LONGEST_SHAPE]))
    short = _RUNS.sub("aaa", marks)
    return short if len(short) <= _LONGEST_SHAPE else f"{short[: _LONGEST_SHAPE - 1]}…"


def _mark(letter: str) -> str:
    if letter.isdigit():
        return "9"
    if letter.isalpha():
        return "A" if letter.isupper() else "a"
    return letter if letter.isascii() and letter.isprintable() else "·"


@cache
def _reader(pattern: str) -> Callable[[str], date | datetime | None]:
    return instants(pattern) if "%H" in pattern else dates(pattern)


def reads(pattern: str, text: str) -> date | datetime | None:
    """What a format makes of a text; None when it does not read it, or as a year that is none."""
    try:
        found = _reader(pattern)(text)
    except ColumnError:
        return None
    if found is None:
        return None
    year = found.astimezone(AMSTERDAM).year if isinstance(found, datetime) else found.year
    return found if year in _YEARS else None


def eleven(text: str) -> bool:
    """Whether nine digits pass the eleven test of a national number, BSN or onderwijsnummer (wire G)."""
    if len(text) != 9 or not (text.isascii() and text.isdigit()):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, text, strict=True)) % 11 in (0, 5)


@dataclass
class Values:
    """The values of a column so far: those of the first chunk are the sample."""

    filled: int = 0
    blank: int = 0
    sampled: int = 0
    sample: Counter[str] = field(default_factory=Counter)
    """What the values of the sample are, by kind: ``eleven``, ``postcode``, ``phone``, ``email``, ``clock``, ``words,``
    (several values with that mark between), ``name``, ``spaces``, ``key`` and so on (``_kinds``)."""
    shapes: Counter[str] = field(default_factory=Counter)
    read_as: Counter[str] = field(default_factory=Counter)
    """Format of a date or moment -> how many values it reads."""
    differ: set[frozenset[str]] = field(default_factory=set)
    """Pairs of formats that read some value differently."""
    widths: Counter[int] = field(default_factory=Counter)
    """Length -> how many values of digits alone have it."""
    zeros: int = 0
    """Values of digits alone, of more than one digit, that begin with 0."""
    whole: int = 0
    pointed: int = 0
    comma: int = 0
    """Numbers without decimals, with a point and with a comma."""
    above: int = 0
    """Numbers above 10, which no mark is."""
    largest: Decimal = Decimal(0)
    smallest: Decimal = Decimal(0)
    words: Counter[str] | None = field(default_factory=Counter)
    """The different values in small letters, as long as they are few. Never to be shown as they are."""
    distinct: int = 0
    """Different values in the sample."""

    def add(self, values: Mapping[str, int], *, sample: bool) -> None:
        """Take in a chunk: each different text with how often it occurs."""
        texts: Counter[str] = Counter()
        for text, count in values.items():
            texts[text.strip()] += count
        for null in NULLS:
            self.blank += texts.pop(null, 0)
        if sample:
            self._sample(texts)
        formats = (*DATE_FORMATS, *TIME_FORMATS) if sample else self._likely()
        self.filled += sum(texts.values())
        for text, count in texts.items():
            self._number(text, count)
            self._date(text, count, formats)
        self._words(texts)

    def _sample(self, texts: Mapping[str, int]) -> None:
        self.distinct = len(texts)
        for text, count in texts.items():
            self.sampled += count
            self.shapes[shape(text)] += count
            for kind in _kinds(text):
                self.sample[kind] += count

    def _likely(self) -> tuple[str, ...]:
        return tuple(name for name, count in self.read_as.items() if count >= _LEAST * max(1, self.filled))

    def _date(self, text: str, count: int, formats: tuple[str, ...]) -> None:
        if not formats or len(text) > 30 or sum(letter.isdigit() for letter in text) < 6:
            return
        found = {name: moment for name in formats if (moment := reads(name, text)) is not None}
        for name in found:
            self.read_as[name] += count
        if len(set(found.values())) > 1:
            self.differ |= {
                frozenset((one, other)) for one in found for other in found if found[one] != found[other]
            }  # fmt: skip

    def _number(self, text: str, count: int) -> None:
        if text.isascii() and text.isdigit():
            self.widths[len(text)] += count
            self.zeros += count if len(text) > 1 and text[0] == "0" else 0
        try:
            number = decimal(text)
        except ColumnError:
            return
        if number is None:
            return
        if "," in text:
            self.comma += count
        elif "." in text:
            self.pointed += count
        else:
            self.whole += count
        self.above += count if number > HIGHEST else 0
        self.largest, self.smallest = max(self.largest, number), min(self.smallest, number)

    def _words(self, texts: Mapping[str, int]) -> None:
        if self.words is not None:
            for text, count in texts.items():
                self.words[text.casefold()] += count
            if len(self.words) > FEW:
                self.words = None

    @property
    def numbers(self) -> int:
        return self.whole + self.pointed + self.comma

    @property
    def digits(self) -> int:
        """Values of digits alone."""
        return sum(self.widths.values())

    def part(self, kind: str) -> float:
        """How much of the sample is of a kind."""
        return self.sample[kind] / self.sampled if self.sampled else 0.0

    def formats(self, *, moments: bool) -> list[str]:
        """The formats that read the most values, in the order in which they are tried; none when few are read."""
        wanted = TIME_FORMATS if moments else DATE_FORMATS
        most = max((self.read_as[name] for name in wanted), default=0)
        if most < _LEAST * max(1, self.filled):
            return []
        return [name for name in wanted if self.read_as[name] == most]

    def separator(self) -> str | None:
        """What stands between several values in a cell, in a good part of the cells."""
        return next((mark for mark in ",|;/" if self.part(f"words{mark}") >= 0.1), None)


def _kinds(text: str) -> list[str]:
    """What a value may be."""
    found = [
        name
        for name, matches in (
            ("eleven", eleven(text)),
            ("postcode", _POSTCODE.fullmatch(text)),
            ("phone", _PHONE.fullmatch(text) and sum(letter.isdigit() for letter in text) >= 10),
            ("email", _EMAIL.fullmatch(text)),
            ("clock", _CLOCK.fullmatch(text)),
            ("name", text[:1].isupper() and sum(letter.isalpha() for letter in text) > 2 and not _has_digit(text)),
            ("spaces", " " in text),
            ("key", len(text) <= 64 and " " not in text),
            ("lower", text.islower() and not _has_digit(text)),
            ("short", len(text) <= 8),
            ("longest", len(text) > 64),
            ("lettered digits", _has_digit(text) and any(letter.isalpha() for letter in text)),
        )
        if matches
    ]
    several = _WORDS.fullmatch(text)
    return [*found, f"words{several.group(1)}"] if several else found


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)
