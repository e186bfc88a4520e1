"""When a result may be seen (R72-R74). Pure: instants in UTC, windows by the clock at school.

A result that was entered at ``t`` comes out at the first allowed moment from ``t`` on. So the results that are out at
``now`` are those entered up to the last allowed moment before it, the horizon: one number a request, not one a result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from portal.access import Role, Viewer
from portal.clock import SCHOOL_TIME, local_day
from portal.rules import Days, Publication, Rules, Window

_DAY = timedelta(days=1)
_LEAST = timedelta(microseconds=1)
"""Moments are no finer than this."""


def horizon(rules: Rules, viewer: Viewer, now: datetime) -> datetime | None:
    """The last moment whose results are out for ``viewer`` at ``now``; None: all are, since nothing holds them back.

    Staff see what they enter. A client is told what students may know, unless its scopes hold ``unpublished``.
    """
    if viewer.role is Role.CLIENT:
        return None if "unpublished" in viewer.scopes else out_until(rules, Role.STUDENT, now)
    return out_until(rules, viewer.role, now)


def out_until(rules: Rules, role: Role, now: datetime) -> datetime | None:
    """The greatest ``t`` with ``published_at(rules, role, t) <= now``; None: no schedule for this role."""
    plan = rules.publication
    if not _is_held_back(plan, role):
        return None
    if role is Role.GUARDIAN:
        if plan.guardian_windows:
            now = _last(rules, plan.guardian_windows, now)
        now = _earlier(now, plan.parent_delay_hours)
    return _last(rules, plan.windows, now) if plan.windows else now


def published_at(rules: Rules, role: Role, entered: datetime) -> datetime | None:
    """When somebody in ``role`` first sees what was entered at ``entered``; None: no schedule, at once.

    A guardian not before the student, and then ``parent_delay_hours`` later; and in a window of the guardians, where
    they have their own (R73).
    """
    plan = rules.publication
    if not _is_held_back(plan, role):
        return None
    out = _first(rules, plan.windows, entered) if plan.windows else entered
    if role is Role.GUARDIAN:
        out = _later(out, plan.parent_delay_hours)
        if plan.guardian_windows:
            out = _first(rules, plan.guardian_windows, out)
    return out


def _is_held_back(plan: Publication, role: Role) -> bool:
    if role is Role.STUDENT:
        return bool(plan.windows)
    return role is Role.GUARDIAN and bool(plan.windows or plan.guardian_windows or plan.parent_delay_hours)


def _first(rules: Rules, windows: Sequence[Window], since: datetime) -> datetime:
    """The first allowed moment from ``since`` on."""
    for day in _school_days(rules, local_day(since), _DAY):
        moments = [max(begins, since) for begins, ends in _spans(windows, day) if ends >= since]
        if moments:
            return min(moments)
    raise AssertionError("holidays end")


def _last(rules: Rules, windows: Sequence[Window], until: datetime) -> datetime:
    """The last allowed moment up to ``until``."""
    for day in _school_days(rules, local_day(until), -_DAY):
        moments = [min(ends, until) for begins, ends in _spans(windows, day) if begins <= until]
        if moments:
            return max(moments)
    raise AssertionError("holidays begin")


def _school_days(rules: Rules, day: date, step: timedelta) -> Iterator[date]:
    """The days on which anything is published, from ``day`` on, forwards or backwards."""
    closed = (*rules.holidays, *rules.test_weeks)
    while True:
        over = next((days for days in closed if days.first <= day <= days.last), None)
        if over is None:
            yield day
            day += step
        else:
            day = _beyond(over, step)


def _beyond(days: Days, step: timedelta) -> date:
    return (days.last if step > timedelta() else days.first) + step


def _spans(windows: Sequence[Window], day: date) -> Iterator[tuple[datetime, datetime]]:
    """The allowed spans of one day, both ends in them. An hour that comes twice is in them twice."""
    for window in windows:
        if day.isoweekday() in window.weekdays:
            begins = _instant(datetime.combine(day, window.begins))
            yield begins, begins if window.ends is None else _end(datetime.combine(day, window.ends))


def _end(wall: datetime) -> datetime:
    """When the clock on the wall last says this."""
    return max(_instant(wall), wall.replace(tzinfo=SCHOOL_TIME, fold=1).astimezone(UTC))


def _later(moment: datetime, hours: int) -> datetime:
    """``hours`` later by the clock on the wall: 24 is the same time on the next day, whatever the night does.

    Never earlier for a later moment: of an hour that comes twice the second counts as its end, and what would fall
    into an hour that does not exist comes when that hour is skipped.
    """
    if not hours:
        return moment
    local = moment.astimezone(SCHOOL_TIME)
    wall = _next_hour(local) if _is_second(local) else local.replace(tzinfo=None)
    return _instant(wall + timedelta(hours=hours))


def _earlier(moment: datetime, hours: int) -> datetime:
    """The greatest moment that ``_later`` does not bring past ``moment``."""
    if not hours:
        return moment
    local = moment.astimezone(SCHOOL_TIME)
    # What was put into an hour that comes twice went into the first.
    wall = _next_hour(local) - _LEAST if _is_second(local) else local.replace(tzinfo=None)
    wall -= timedelta(hours=hours)
    return _instant(wall) - (_LEAST if _is_skipped(wall) else timedelta())


def _instant(wall: datetime) -> datetime:
    """When the clock on the wall first says this, or more."""
    if _is_skipped(wall):
        wall = _next_hour(wall)
    return wall.replace(tzinfo=SCHOOL_TIME, fold=0).astimezone(UTC)


def _next_hour(local: datetime) -> datetime:
    """The end of the hour of a night in which the clock changes: that is an hour from full to full."""
    return local.replace(minute=0, second=0, microsecond=0, tzinfo=None, fold=0) + timedelta(hours=1)


def _is_second(local: datetime) -> bool:
    """Whether this is the second time that the clock says so."""
    return local.fold == 1


def _is_skipped(wall: datetime) -> bool:
    there = wall.replace(tzinfo=SCHOOL_TIME).astimezone(UTC).astimezone(SCHOOL_TIME)
    return there.replace(tzinfo=None, fold=0) != wall
