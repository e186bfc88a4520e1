"""When an entity is to be read, in the school's own rhythm. Pure: no clock is read here, instants are in UTC.

A beat is an interval within hours of some weekdays, by the clock on the wall in Amsterdam; between the hours nothing
is read, nor on days on which the source is left alone. Everything is read at night. Each target has a place of its own
within its interval, so that hundreds of schools do not call at the same second. What was missed is made up for once,
however often it was missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from itertools import islice
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LONGEST_WAIT = timedelta(hours=1)
"""Failures never make the wait longer than this; an interval that is longer stays as it is."""
STALE_AFTER = 3
"""An entity is stale when it was to be read this many times without a success."""

Hours = Callable[[datetime], datetime | None]
"""From when something may be read that may not be read at a moment; None when it may be."""

EVERY_DAY = frozenset(range(1, 8))
"""Weekdays, 1 is Monday."""
_DAY = timedelta(days=1)
_MOST_DAYS = 3 * 366
"""Nothing rests for longer."""


@dataclass(frozen=True, slots=True)
class Days:
    """From ``first`` to ``last``, both inclusive."""

    first: date
    last: date


Closed = Sequence[Days]
"""Days on which a source is left alone: holidays, or when it is being worked on."""


@dataclass(frozen=True, slots=True)
class Beat:
    """``every`` so long between the local times ``begins`` and ``ends`` (None: midnight), on ``weekdays``."""

    every: timedelta
    begins: time = time(0)
    ends: time | None = None
    weekdays: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Night:
    """When everything is read: at ``begins`` exactly, or anywhere between it and ``ends``, which may be past midnight.

    Without ``ends`` a night that was missed is made up for at once, and with it in the next night.
    """

    begins: time
    ends: time | None = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a source's entities are read: all of them by ``default`` but those that are named."""

    default: Beat
    night: Night
    entities: Mapping[str, Beat] = field(default_factory=dict)
    closed: Closed = ()

    def beat(self, entity: str) -> Beat:
        return self.entities.get(entity, self.default)

    def is_stale(self, entity: str, success: datetime | None, now: datetime, hours: Hours | None = None) -> bool:
        """Whether an entity is stale, as the function of that name says."""
        return is_stale(success, self.beat(entity), self.closed, now, hours or always)


def always(_at: datetime) -> None:
    """The hours of what may be read at any time."""


def wait(interval: timedelta, failures: int) -> timedelta:
    """From one read to the next: the interval, doubled for each failure in a row."""
    if interval >= LONGEST_WAIT:
        return interval
    doublings = min(failures, 16)  # more would overflow, and an hour is reached long before
    return min(interval * float(2**doublings), LONGEST_WAIT)


def phase(target: str) -> float:
    """The place of a target within its interval, 0 up to 1: always the same one."""
    return int.from_bytes(blake2b(target.encode(), digest_size=8).digest()) / 2**64


def next_slot(beat: Beat, closed: Closed, at: float, since: datetime) -> datetime:
    """The first moment after ``since`` at which a target whose phase is ``at`` is to be read."""
    return next(_slots(beat, closed, at, since))


def due(
    last: datetime | None, failures: int, beat: Beat, closed: Closed, at: float, now: datetime
) -> datetime:
    """When a target is due whose last read began at ``last`` (None: never, so now), after ``failures`` in a row."""
    if last is None:
        return now
    slot = next_slot(beat, closed, at, last + wait(beat.every, failures) - beat.every)
    if slot > now:
        return slot
    return now if _is_open(beat, closed, now) else next_slot(beat, closed, at, now)


def is_stale(success: datetime | None, beat: Beat, closed: Closed, now: datetime, hours: Hours = always) -> bool:
    """Whether ``STALE_AFTER`` intervals of its hours went by since the last success; what was never read is not stale
    but absent.

    What its source lets nobody read when that time is over has the same time once more, from its next opening on.
    """
    if success is None:
        return False
    over = _later(success, beat, closed)
    opens = hours(over) if now > over else None
    return now > (over if opens is None else _later(opens, beat, closed))


def _later(since: datetime, beat: Beat, closed: Closed) -> datetime:
    """When ``STALE_AFTER`` intervals have passed, of the hours alone; of hours that are shorter, so many days."""
    left = float(STALE_AFTER)
    for begin, end in _open(_local(since) - _DAY, beat, closed):
        unit, start = min(beat.every, end - begin), max(begin, since)
        if end > start:
            if left * unit <= end - start:
                return start + left * unit
            left -= (end - start) / unit
    raise AssertionError("closed days end")


def next_night(last: datetime | None, night: Night, closed: Closed, at: float, now: datetime) -> datetime:
    """When everything is due, of a target of which everything was last read at ``last`` (None: never, so now)."""
    if last is None:
        return now
    slot = _night_after(night, closed, at, last)
    if slot > now:
        return slot
    if night.ends is None and not _rests(closed, _local(now)):
        return now
    begins = (_span(day, night.begins, night.ends or night.begins) for day in (_local(now) - _DAY, _local(now)))
    return now if any(begin <= now < end for begin, end in begins) else _night_after(night, closed, at, now)


def _slots(beat: Beat, closed: Closed, at: float, since: datetime) -> Iterator[datetime]:
    for begin, end in _open(_local(since) - _DAY, beat, closed):
        slot = begin + timedelta(seconds=int(at * min(beat.every, end - begin).total_seconds()))
        if slot <= since:
            slot += beat.every * ((since - slot) // beat.every + 1)
        while slot < end:
            yield slot
            slot += beat.every


def _is_open(beat: Beat, closed: Closed, moment: datetime) -> bool:
    # Yesterday's hours may go on past midnight.
    return any(begin <= moment < end for begin, end in islice(_open(_local(moment) - _DAY, beat, closed), 2))


def _open(first: date, beat: Beat, closed: Closed) -> Iterator[tuple[datetime, datetime]]:
    """The hours of each day on which there are any."""
    for day in _days(first):
        begin, end = _span(day, beat.begins, beat.ends)
        if begin < end and day.isoweekday() in beat.weekdays and not _rests(closed, day):
            yield begin, end


def _night_after(night: Night, closed: Closed, at: float, since: datetime) -> datetime:
    for day in _days(_local(since) - _DAY):
        begin, end = _span(day, night.begins, night.ends or night.begins)
        slot = begin + at * (end - begin)
        if slot > since and not _rests(closed, day):
            return slot
    raise AssertionError("closed days end")


def _span(day: date, begins: time, ends: time | None) -> tuple[datetime, datetime]:
    """The hours of a day. An end before the beginning is on the next day; without a length there are no hours."""
    begin = _instant(day, begins, fold=0)
    if ends == begins:
        return begin, begin
    later = ends is None or ends < begins
    return begin, _instant(day + _DAY if later else day, ends or time(0), fold=1)


def _instant(day: date, at: time, fold: int) -> datetime:
    """When the clock on the wall says this; of an hour that comes twice its first or its second coming, and of one that
    does not come the moment at which it is skipped."""
    wall = datetime.combine(day, at.replace(fold=fold), AMSTERDAM)
    moment = wall.astimezone(UTC)
    if moment.astimezone(AMSTERDAM).time() == at:
        return moment
    return wall.replace(minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def _local(moment: datetime) -> date:
    return moment.astimezone(AMSTERDAM).date()


def _days(first: date) -> Iterator[date]:
    return (first + n * _DAY for n in range(_MOST_DAYS))


def _rests(closed: Closed, day: date) -> bool:
    return any(days.first <= day <= days.last for days in closed)
