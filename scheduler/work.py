"""One due target: take it, read it, and say when it is due next. Who fails, is stale or works again is told once.

What is remembered between two reads is in the database, so that any worker can do the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.exc import DBAPIError

from canonical import dues
from canonical.dues import EVERYTHING, Taken
from canonical.lease import this_process
from canonical.store import Store
from connectors.contract import Entity
from connectors.errors import Denied, Retry
from scheduler import ledger, telling
from scheduler.cadence import Beat, Rhythm, due, next_night, phase
from scheduler.rest import hours
from scheduler.sync import WAITING, Report, Target, is_unkept, sync_entity
from scheduler.telling import Tell, Transition, to_log

LOOK = timedelta(minutes=1)
"""So often it is looked whether something has been delivered; an interval says how often that is expected."""

DENIED = "denied"
"""Why a source is paused that has refused us: accounts lock, so nobody asks again until a person's own sync worked."""

_SIGN_OF_LIFE = 20.0
"""Seconds between two signs that a target is still being worked on."""
_IN_VAIN = 30.0
"""Seconds until a target is free again whose read the database did not keep."""
_LEAST = timedelta(microseconds=1)
_NEXT_TRY = 1.0
"""Seconds until an entity that another worker reads is tried again at night."""
_PATIENCE = 600.0
"""Seconds for which the night waits for such an entity."""


class Stopped(BaseException):
    """The process is ending, or the source is to be left alone: what a read still had is dropped. Not an ``Exception``,
    so that no sync survives it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source that is kept in sync. ``at_once`` of its entities are read at the same time, all workers together."""

    target: Target
    rhythm: Rhythm
    at_once: int = 2

    def beat(self, entity: Entity) -> Beat:
        """How often it is read. What is delivered is looked for more often than it is expected."""
        beat = self.rhythm.beat(entity.name)
        return replace(beat, every=min(beat.every, LOOK)) if entity.delivered else beat

    def phase(self, entity: str) -> float:
        return phase(f"{self.target.name}/{entity}")


Find = Callable[[], Iterable[Source]]


def _by_number(sources: Iterable[Source]) -> dict[int, Source]:
    return {source.target.source_id: source for source in sources}


class _Next(NamedTuple):
    """When an entity is due next, and how: with the last success of its reads so far; and whether this one was kept."""

    due_at: datetime
    whole: bool
    stale: bool
    fresh_at: datetime | None
    kept: bool = True


class Work:
    """Reads what is due of ``sources``. ``stopping`` says that the process is ending, ``listener`` hears reports,
    ``tell`` what has changed. ``find`` gives the sources as they are by now, an unchanged one as the same object."""

    def __init__(
        self, store: Store, sources: Iterable[Source], *, stopping: Callable[[], bool] = lambda: False,
        listener: Callable[[Report], None] | None = None, tell: Tell = to_log, find: Find | None = None,
    ) -> None:  # fmt: skip
        self.store = store
        self._tell = tell
        self._find = find
        self.sources = _by_number(sources)
        self._stopping = stopping
        self._listener = listener
        self._me = this_process()

    def plan(self) -> None:
        """Put on record when everything is due. It is due sooner than it was before, or at the same time."""
        dues.free_the_dead(self.store, self._me)
        for source in self.sources.values():
            self._plan(source)

    def _plan(self, source: Source) -> None:
        source_id = source.target.source_id
        with self.store.writing() as connection:
            dues.admit(connection, source_id, source.at_once)
            # Only now: a read that ends meanwhile would be thought not to have been.
            latest = _latest(source, ledger.reads(connection, source_id), dues.now(connection))
            dues.plan(connection, source_id, latest)

    def clock(self) -> datetime:
        """The database's time."""
        with self.store.engine.connect() as connection:
            return dues.now(connection)

    def renew(self) -> None:
        """Take up the sources that were added since, and drop those that were removed: what is read of them ends at its
        next batch."""
        if self._find is None:
            return
        found = _by_number(self._find())
        # Planned before they are known, so that one that could not be is new again at the next look.
        for number, source in found.items():
            if self.sources.get(number) is not source:
                self._plan(source)
        self.sources = found

    def ready(self, limit: int) -> list[tuple[int, str]]:
        """The targets that are due, of the sources that this worker knows."""
        with self.store.engine.connect() as connection:
            return dues.ready(connection, self.sources, limit)

    def offer(self, limit: int, seconds: float) -> list[tuple[int, str]]:
        """The targets that are due, of the sources that this worker knows; for so long nobody else offers them."""
        return dues.offer(self.store, self.sources, limit, seconds)

    def do(self, source_id: int, entity: str) -> bool:
        """Read a target, if it is still due and free; False when it is not, or the database did not keep what was read,
        or when another release or configuration offered it, which alone knows what it is.

        Raises ``DBAPIError`` when the database does not keep it. Nothing is told of that here, where each of many reads
        would say so, and the target is free again after a while: no source is asked in vain every second.
        """
        source = self.sources.get(source_id)
        if source is None or (entity != EVERYTHING and source.target.entity(entity) is None):
            return False
        taken = dues.take(self.store, source_id, entity, self._me)
        if taken is None:
            return False
        try:
            return self._everything(source, taken) if entity == EVERYTHING else self._one(source, taken)
        except Stopped:
            dues.let_go(self.store, taken)
        except DBAPIError:
            with suppress(DBAPIError):
                dues.hold(self.store, taken, _IN_VAIN)
            raise
        return True

    def look_at_paused(self) -> None:
        """Go on with a source that had refused us and has answered somebody since."""
        with self.store.engine.connect() as connection:
            works = [
                source_id for source_id, pause in dues.paused(connection).items()
                if source_id in self.sources and pause.why == DENIED
                and ledger.has_worked_since(connection, source_id, pause.run)
            ]  # fmt: skip
        for source_id in works:
            if dues.resume(self.store, source_id):
                self._told(self.sources[source_id], None, "resumed")

    def _one(self, source: Source, taken: Taken) -> bool:
        entity = source.target.entity(taken.entity)
        assert entity is not None
        after, _ = self._read(source, entity, taken, whole=taken.whole, stale=taken.stale)
        number = dues.settle(self.store, taken, after.due_at, whole=after.whole, stale=after.stale)
        if number is not None:
            self._tell_age(source, entity, after, taken.stale, number)
        return after.kept

    def _everything(self, source: Source, taken: Taken) -> bool:
        """All entities, one after the other: what others refer to comes first."""
        source_id, kept = source.target.source_id, True
        for entity in source.target.connector.entities:
            # Many that are quickly read would otherwise take longer together than the night is taken for.
            if not dues.hold(self.store, taken):
                return kept
            with self.store.engine.connect() as connection:
                stale = dues.is_told_stale(connection, source_id, entity.name)
            after, goes_on = self._read(source, entity, taken, whole=True, stale=stale, patience=_PATIENCE)
            number = dues.put_off(
                self.store, source_id, entity.name, after.due_at, whole=after.whole, stale=after.stale
            )
            self._tell_age(source, entity, after, stale, number)
            kept = kept and after.kept
            if not goes_on:
                break
        rhythm = source.rhythm
        then = next_night(taken.at, rhythm.night, rhythm.closed, source.phase(EVERYTHING), taken.at)
        dues.settle(self.store, taken, then, whole=False, stale=False)
        return kept

    def _read(
        self, source: Source, entity: Entity, taken: Taken, *, whole: bool, stale: bool, patience: float = 0.0
    ) -> tuple[_Next, bool]:
        """Read one entity: when it is due next, and whether its source may be asked further."""
        source_id = source.target.source_id
        with self.store.engine.connect() as connection:
            began = dues.now(connection)
            before = ledger.standing(connection, source_id, entity.name)
        report = self._attempt(source, entity, taken, whole, patience)
        if report is not None and report.opens is not None:
            return _Next(report.opens, whole, stale, before.fresh_at), True
        goes_on = report is None or self._minded(source, report)
        for kind, details in telling.outcome(report, before):
            self._told(source, entity, kind, **details)
        with self.store.engine.connect() as connection:
            after = ledger.standing(connection, source_id, entity.name)
        for kind, details in telling.holding(before.held, after.held):
            self._told(source, entity, kind, **details)
        failures = telling.failures(report, before.failures)
        if report is not None and report.summary.outcome != WAITING and self._listener is not None:
            self._listener(report)
        beat, place = source.beat(entity), source.phase(entity.name)
        then = due(began, failures, beat, source.rhythm.closed, place, began + _LEAST)
        is_stale = source.rhythm.is_stale(
            entity.name, after.fresh_at, began, hours(source.target.connector, entity)
        )
        return _Next(then, False, is_stale, after.fresh_at, report is None or not is_unkept(report)), goes_on

    def _attempt(
        self, source: Source, entity: Entity, taken: Taken, whole: bool, patience: float
    ) -> Report | None:
        """The report of a read; None when another worker reads it just now."""
        until = time.monotonic() + patience
        progress = self._progress(source, taken)
        while True:
            report = sync_entity(self.store, source.target, entity, full=whole, progress=progress)
            if report is not None or time.monotonic() >= until:
                return report
            time.sleep(_NEXT_TRY)
            progress("", "", 0)

    def _progress(self, source: Source, taken: Taken) -> Callable[[str, str, int], None]:
        """Between two batches: end when asked, or when the source is not to be read (any more), and say that this is
        still being worked on."""
        said = time.monotonic()

        def progress(_source: str, _entity: str, _rows: int) -> None:
            nonlocal said
            if self._stopping() or self.sources.get(taken.source_id) is not source:
                raise Stopped
            if time.monotonic() - said > _SIGN_OF_LIFE:
                dues.hold(self.store, taken)
                with self.store.engine.connect() as connection:
                    if dues.is_paused(connection, taken.source_id):
                        raise Stopped
                said = time.monotonic()

        return progress

    def _minded(self, source: Source, report: Report) -> bool:
        """Do as the source says; False when it is not to be asked further."""
        source_id = source.target.source_id
        if isinstance(report.error, Retry) and report.error.after:
            dues.block(self.store, source_id, report.error.after)
        if not isinstance(report.error, Denied):
            return True
        with self.store.engine.connect() as connection:
            run = ledger.last_run(connection, source_id)
        if dues.pause(self.store, source_id, DENIED, run):
            advice = f"put it right, then run: schoolbrug sync {source.target.name}"
            self._told(source, None, "paused", code=report.error.code, next=advice)
        return False

    def _tell_age(self, source: Source, entity: Entity, after: _Next, told: bool, number: int) -> None:
        """Tell once that an entity has become stale, and once that it no longer is: a read may bring what is old. So
        many of the source are stale then."""
        if after.stale is told:
            return
        since = {"since": after.fresh_at.isoformat()} if after.stale and after.fresh_at else {}
        self._told(source, entity, "stale" if after.stale else "fresh", **since, stale_entities=number)

    def _told(self, source: Source, entity: Entity | None, kind: str, **details: Any) -> None:
        name = None if entity is None else entity.name
        self._tell(Transition(kind, source.target.name, name, datetime.now(UTC), details))


def _latest(source: Source, reads: Mapping[str, ledger.Reads], now: datetime) -> dict[str, datetime]:
    """When each target of a source is due at the latest, by what was read when."""
    entities, rhythm = source.target.connector.entities, source.rhythm
    # What is delivered comes when it comes: no night was missed.
    asked = [reads.get(entity.name, ledger.NOTHING).full_at for entity in entities if not entity.delivered]
    last = None if None in asked else min([*filter(None, asked), now])
    night = next_night(last, rhythm.night, rhythm.closed, source.phase(EVERYTHING), now)
    found = {EVERYTHING: night}
    for entity in entities:
        read = reads.get(entity.name, ledger.NOTHING)
        began = min(read.fresh_at, now) if read.fresh_at is not None else None
        # What all of them are about to be read with is not read by itself first.
        first = now if night <= now else began
        found[entity.name] = due(
            first, read.failures, source.beat(entity), rhythm.closed, source.phase(entity.name), now
        )
    return found
