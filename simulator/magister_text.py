"""How Magister writes dates, numbers, flags and names."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

FLAG = ("False", "True")
GENDER = {"female": "V", "male": "M", "other": "X"}

MARK = {tenths: f"{tenths // 10},{tenths % 10}" for tenths in range(1001)}
WHOLE = {tenths: str(tenths // 10) for tenths in range(0, 10_001, 10)}


class Days(dict[date | None, str]):
    """``dd-mm-yyyy`` for a date, nothing for none. It remembers, because formatting is slow and dates are few."""

    def __missing__(self, day: date | None) -> str:
        text = self[day] = "" if day is None else f"{day.day:02}-{day.month:02}-{day.year}"
        return text


class Moments(dict[datetime | None, str]):
    """``dd-mm-yyyy HH:MM:SS`` for a wall time, nothing for none."""

    def __missing__(self, at: datetime | None) -> str:
        text = self[at] = "" if at is None else f"{at.day:02}-{at.month:02}-{at.year} {at:%H:%M:%S}"
        return text


def number(value: Decimal | None) -> str:
    """A number with a decimal comma."""
    return "" if value is None else format(value, "f").replace(".", ",")


def flag(value: bool | None) -> str:
    return "" if value is None else FLAG[value]


def full_name(first: str, prefix: str, last: str) -> str:
    """``Berg, Noor van den``."""
    return f"{last}, {first} {prefix}".rstrip()
