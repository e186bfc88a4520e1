"""What a column may hold by its values alone: for files without a header, and headers that nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vocus.guess_fits import CERTAIN
from vocus.guess_values import Values
from vocus.guess_words import FLAGS, VALUES, plain

_MOST_HOURS = 15
"""Lesson hours of a day."""

Test = Callable[[Values], bool]


def may_be(data_set: str, field: str, values: Values) -> bool:
    """Whether the values of a column look like a field; False for a field that values cannot tell."""
    test = _TESTS.get((data_set, field)) or _TESTS.get(("", field))
    return bool(values.filled) and test is not None and test(values)


def order(data_set: str) -> tuple[str, ...]:
    """The fields that values can tell, the plainest first."""
    return _ORDER.get(data_set, ())


def unread(values: Values) -> str:
    """Why a column is never read, by its values; empty when nothing speaks against it."""
    if values.part("eleven") >= CERTAIN:
        return "nearly all its values pass the test of a national number (BSN), which is never read"
    if values.part("postcode") >= CERTAIN:
        return "postcodes: addresses and origin are never read"
    return ""


def is_phone(values: Values) -> bool:
    return values.part("phone") >= CERTAIN


def _number(values: Values) -> bool:
    """A number that is a name: digits alone, too long for an hour or a mark, and no date."""
    longest = max(values.widths, default=0)
    return values.digits == values.filled and 4 <= longest <= 12 and not _date(values) and not unread(values)


def _own_number(values: Values) -> bool:
    """The same, another one on nearly every row."""
    return _number(values) and not values.blank and values.distinct >= 0.8 * values.sampled


def _date(values: Values) -> bool:
    return bool(values.formats(moments=False))


def _birth_date(values: Values) -> bool:
    """Dates that seldom come twice: those of an enrolment are the same for many."""
    return _date(values) and values.distinct >= 0.4 * values.sampled


def _name(values: Values) -> bool:
    """Names differ, and are no words out of a list."""
    return values.part("name") >= CERTAIN and values.part("email") < 0.1 and values.distinct >= min(8, values.sampled)


def _prefix(values: Values) -> bool:
    return values.part("lower") >= CERTAIN and values.blank > 0.2 * values.filled and values.words is not None


def _gender(values: Values) -> bool:
    words = set(values.words or ())
    return len(words) > 1 and (words <= set(VALUES["gender"]) | {"j"} or words <= {"0", "1", "2", "9"})


def _code(values: Values) -> bool:
    """A short code out of a list: many rows have the same."""
    return (
        values.part("key") >= CERTAIN and not values.numbers and not _date(values) and values.part("short") >= CERTAIN
        and values.distinct <= max(2, 0.5 * values.sampled)
    )  # fmt: skip


def _homeroom(values: Values) -> bool:
    """A code with a digit in it, for many rows the same."""
    return _code(values) and values.part("lettered digits") >= 0.5


def _subject(values: Values) -> bool:
    return _code(values) and not _homeroom(values) and not _gender(values) and not _kind(values)


def _result(values: Values) -> bool:
    """Marks from 1 to 10, or in tenths; some may be labels."""
    if values.numbers < 0.7 * values.filled or values.smallest < 0 or values.largest > 100 or values.zeros:
        return False
    return values.comma + values.pointed > 0 or values.largest > 2 * _MOST_HOURS


def _hour(values: Values) -> bool:
    return values.whole == values.filled and values.largest <= _MOST_HOURS and len(values.words or ()) > 2


def _kind(values: Values) -> bool:
    words: Mapping[str, int] = values.words or {}
    known = sum(count for word, count in words.items() if plain(word) in VALUES["kind"])
    return known >= CERTAIN * values.filled


def _flag(values: Values) -> bool:
    return bool(values.words) and set(values.words or ()) <= FLAGS


def _period(values: Values) -> bool:
    return values.whole == values.filled and values.largest <= 6


def _email(values: Values) -> bool:
    return values.part("email") >= CERTAIN


def _moment(values: Values) -> bool:
    return bool(values.formats(moments=True))


def _level(values: Values) -> bool:
    return values.whole == values.filled and 1 <= values.largest <= 6


_TESTS: Mapping[tuple[str, str], Test] = {
    ("students", "number"): _own_number, ("", "student"): _number, ("", "first_name"): _name, ("", "last_name"): _name,
    ("", "prefix"): _prefix, ("", "gender"): _gender, ("", "birth_date"): _birth_date, ("", "email"): _email,
    ("", "homeroom"): _homeroom, ("", "grade_level"): _level, ("", "subject"): _subject, ("", "result"): _result,
    ("", "achieved_on"): _date, ("", "entered_at"): _moment, ("", "period"): _period, ("", "date"): _date,
    ("", "hour"): _hour, ("", "kind"): _kind, ("", "excused"): _flag, ("", "code"): _code, ("", "students"): _number,
    ("", "noted_at"): _moment, ("", "group"): _homeroom,
}  # fmt: skip

_ORDER: Mapping[str, tuple[str, ...]] = {
    "students": ("number", "birth_date", "gender", "email", "prefix", "homeroom", "first_name", "last_name"),
    "grades": ("student", "result", "achieved_on", "entered_at", "period", "subject", "code"),
    "absences": ("student", "date", "hour", "noted_at", "kind", "excused", "code"),
}
