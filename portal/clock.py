"""The school's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SCHOOL_TIME = ZoneInfo("Europe/Amsterdam")
"""Where schools are: days, and what people read, follow this clock; everything stored is UTC."""


def now() -> datetime:
    return datetime.now(UTC)


def local_day(moment: datetime) -> date:
    """The day that it is at school at ``moment``."""
    return moment.astimezone(SCHOOL_TIME).date()
