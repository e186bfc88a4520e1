"""How one school's Magister writes things: what of the mapping depends on its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from canonical.terms import AttendanceKind
from connectors.columns import dates, instants
from magister.settings import MagisterSettings


class Formats(NamedTuple):
    """Readers of dates and moments, and the codes of absence whose reason is not known yet."""

    date: Callable[[str], date | None]
    moment: Callable[[str], datetime | None]
    unresolved: frozenset[str]


def formats(settings: MagisterSettings) -> Formats:
    """A date may come with a midnight behind it: whether Magister adds one is not known."""
    return Formats(
        dates(settings.date_format, settings.datetime_format),
        instants(settings.datetime_format, settings.date_format),
        frozenset(settings.unresolved_codes),
    )


ATTENDANCE = {
    "1": AttendanceKind.ABSENT,
    "2": AttendanceKind.LATE,
    "3": AttendanceKind.SICK,
    "4": AttendanceKind.REMOVED,
    "5": AttendanceKind.PRESENT,
    "6": AttendanceKind.EXEMPT,
}
"""Magister's ``Verantwoordingtype`` (wire B5, R33)."""
