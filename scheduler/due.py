"""When something is due, as pure functions: no clock is read here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LONGEST_WAIT = timedelta(hours=1)
"""Failures never make the wait longer than this; an interval that is longer stays as it is."""

STALE_AFTER = 3
"""An entity is stale when this many of its intervals went by without a success."""

Hours = Callable[[datetime], datetime | None]
"""From when something may be read that may not be read at a moment; None when it may be."""


def always(_at: datetime) -> None:
    """The hours of what may be read at any time."""


def wait(interval: timedelta, failures: int) -> timedelta:
    """From one read to the next: the interval, doubled for each failure in a row."""
    if interval >= LONGEST_WAIT:
        return interval
    doublings = min(failures, 16)  # more would overflow, and an hour is reached long before
    return min(interval * float(2**doublings), LONGEST_WAIT)


def next_read(last: datetime | None, interval: timedelta, failures: int, now: datetime) -> datetime:
    """When an entity whose last read began at ``last`` is due: at once when that time has passed, or it was never."""
    if last is None:
        return now
    return max(now, last + wait(interval, failures))


def full_is_overdue(last: datetime | None, at: time, now: datetime) -> bool:
    """Whether the complete read of last night (local time ``at``) was missed. ``last`` is when one last began."""
    if last is None:
        return True
    today = now.astimezone(AMSTERDAM).replace(hour=at.hour, minute=at.minute, second=0, microsecond=0, fold=0)
    due = today if today <= now else today - timedelta(days=1)
    return last < due


def is_stale(success: datetime | None, interval: timedelta, now: datetime, hours: Hours = always) -> bool:
    """Whether what is stored is older than it should be; what was never read is not stale but absent.

    What may not be read when its time is over has the same time once more, from its next opening on.
    """
    if success is None:
        return False
    patience = STALE_AFTER * interval
    due = success + patience
    opens = hours(due) if now > due else None
    return now > (opens + patience if opens else due)
