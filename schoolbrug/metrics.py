"""What Prometheus reads. What is in the database is counted there when it is asked for, so that it is right whatever
process is asked, and nothing is counted twice; what a process has waited for is its own.

Served at an address of its own and never by the read layer. Labels are names of sources and entities and outcomes of
runs, never anything of a record.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from prometheus_client import CollectorRegistry, Metric, ProcessCollector, disable_created_metrics, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, Select, and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from canonical import dues
from canonical.tables import DUE, HELD, IDENTITY, QUARANTINE, RUN, SOURCE, STATE
from connectors.counters import RETRIES, THROTTLED
from scheduler.sync import LEASES_LOST, SCHOOL

log = structlog.get_logger("metrics")

RECORDS_EVERY = 300.0
"""Seconds for which a count of all records is good: a country's takes a while."""
_PATIENCE = 5.0
"""Seconds that one who asks waits for another."""
_SETTLED = timedelta(hours=1)
"""A run that began longer ago has its place in the ledger for certain, whatever its number."""

Labelled = dict[tuple[str, ...], float]


class StoreCollector(Collector):
    """What the database tells of ``sources``."""

    def __init__(self, engine: Engine, sources: Collection[str]) -> None:
        self._engine, self._sources = engine, sources
        self._lock = threading.Lock()
        self._runs = _Ledger()
        self._records: Labelled = {}
        self._recorded: float | None = None

    def collect(self) -> Iterator[Metric]:
        found: list[Metric] = []
        # One at a time: a database that does not answer must not keep more than one connection waiting.
        if self._lock.acquire(timeout=_PATIENCE):
            try:
                with self._engine.connect() as connection:
                    found = [*self._of_entities(connection), *self._of_sources(connection)]
            except SQLAlchemyError:
                found = []
            finally:
                self._lock.release()
        yield from found
        yield _gauge("store_up", "1: the database has answered.", (), {(): float(bool(found))})

    def _of_entities(self, connection: Connection) -> Iterator[Metric]:
        now = dues.now(connection)
        rows = [row for row in connection.execute(_STATES) if self._tells(_of(row))]
        ages = {_of(row): max(0.0, (now - row.fresh_at).total_seconds()) for row in rows if row.fresh_at is not None}
        last = [row for row in connection.execute(_LAST_RUNS) if self._tells(_of(row))]
        took = {_of(row): max(0.0, (row.ended_at - row.started_at).total_seconds()) for row in last}
        both = ("source", "entity")
        yield _gauge("freshness_age_seconds", "Since the last read that got everything it asked for.", both, ages)
        yield _gauge(
            "stale", "1: not read for three of its own intervals, and told so.", both,
            {_of(row): float(bool(row.stale)) for row in rows},
        )  # fmt: skip
        yield _gauge("records", "Living records.", both, self._living(connection, map(_of, rows)))
        for name, about in _COUNTED.items():
            yield _gauge(name, about, both, {_of(row): row._mapping[name] for row in rows})
        yield _gauge("last_run_seconds", "How long the last run took.", both, took)
        ended = {(*_of(row), row.outcome): 1.0 for row in last}
        yield _gauge("last_run", "1: how the last run ended.", (*both, "outcome"), ended)
        runs = CounterMetricFamily("schoolbrug_runs", "Runs that have ended.", labels=(*both, "outcome"))
        for labels, number in self._runs.count(connection, now).items():
            if self._tells(labels):
                runs.add_metric(labels, number)
        yield runs

    def _tells(self, labels: Sequence[str]) -> bool:
        # The school's own record comes from the configuration: it is as old as the process, and says nothing.
        return labels[0] in self._sources and labels[1] != SCHOOL

    def _of_sources(self, connection: Connection) -> Iterator[Metric]:
        standings = [one for one in dues.standings(connection) if one.source in self._sources]
        waiting = [one for one in dues.waiting(connection) if one.source in self._sources]
        number = Counter(one.source for one in waiting)
        oldest = {one.source: one.since.total_seconds() for one in reversed(waiting)}

        def gauge(name: str, about: str, values: dict[str, float]) -> Metric:
            each = {(one.source,): values.get(one.source, 0.0) for one in standings}
            return _gauge(name, about, ("source",), each)

        yield gauge("due", "Entities that are due and that nobody reads.", dict(number))
        yield gauge("due_oldest_seconds", "For how long one of them has been due.", oldest)
        yield gauge("reading", "Entities that are being read.", {one.source: one.reading for one in standings})
        yield gauge(
            "paused", "1: left alone until somebody has looked.",
            {one.source: float(one.paused not in (None, dues.PERSON)) for one in standings},
        )  # fmt: skip
        yield gauge(
            "paused_by_person", "1: left alone because somebody wants it so.",
            {one.source: float(one.paused == dues.PERSON) for one in standings},
        )  # fmt: skip
        yield gauge(
            "blocked_seconds", "Until the source may be asked again, as it said itself.",
            {one.source: max(0.0, one.blocked) for one in standings},
        )  # fmt: skip

    def _living(self, connection: Connection, entities: Iterable[tuple[str, str]]) -> Labelled:
        if self._recorded is None or time.monotonic() - self._recorded > RECORDS_EVERY:
            self._records = {_of(row): row.n for row in connection.execute(_LIVING)}
            self._recorded = time.monotonic()
        return {entity: self._records.get(entity, 0) for entity in entities}


class _Ledger:
    """The runs by outcome. The ledger only grows: what was settled in it is not counted again."""

    def __init__(self) -> None:
        self._settled: Counter[tuple[str, ...]] = Counter()
        self._after = 0

    def count(self, connection: Connection, now: datetime) -> Counter[tuple[str, ...]]:
        new = RUN.c.id > self._after
        unsettled = or_(RUN.c.ended_at.is_(None), RUN.c.started_at > now - _SETTLED)
        first = connection.execute(select(func.min(RUN.c.id)).where(new, unsettled)).scalar()
        newest = connection.execute(select(func.max(RUN.c.id))).scalar() or 0
        until = newest if first is None else first - 1
        self._settled.update(_ended(connection, new, RUN.c.id <= until))
        self._after = max(self._after, until)
        return self._settled + _ended(connection, RUN.c.id > self._after)


def _ended(connection: Connection, *which: Any) -> Counter[tuple[str, ...]]:
    rows = connection.execute(_ENDED.where(*which, RUN.c.ended_at.is_not(None)))
    return Counter({(*_of(row), row.outcome): row.n for row in rows})


def _open(table: Any, *which: Any) -> Any:
    here = (table.c.source_id == STATE.c.source_id, table.c.entity == STATE.c.entity)
    return select(func.count()).where(*here, *which).correlate(STATE).scalar_subquery()


_COUNTED = {
    "failures": "Runs in a row that did not end well.",
    "quarantine_open": "Rows in quarantine.",
    "held_open": "Plans of deletions that wait for a person.",
}
_LATER = RUN.alias("later")
_NAMES = (SOURCE.c.name.label("source"), STATE.c.entity)
_STATES: Select[Any] = (
    select(
        *_NAMES, STATE.c.fresh_at, STATE.c.failures, DUE.c.stale,
        _open(QUARANTINE, QUARANTINE.c.closed_at.is_(None)).label("quarantine_open"),
        _open(HELD, HELD.c.state == "open").label("held_open"),
    )
    .select_from(STATE)
    .join(SOURCE)
    .outerjoin(DUE, and_(DUE.c.source_id == STATE.c.source_id, DUE.c.entity == STATE.c.entity))
)  # fmt: skip
_LAST_RUNS: Select[Any] = (
    select(*_NAMES, RUN.c.started_at, RUN.c.ended_at, RUN.c.outcome)
    .select_from(STATE)
    .join(SOURCE)
    .join(RUN, RUN.c.id == (
        select(_LATER.c.id)
        .where(
            _LATER.c.source_id == STATE.c.source_id, _LATER.c.entity == STATE.c.entity, _LATER.c.ended_at.is_not(None)
        )
        .order_by(_LATER.c.id.desc()).limit(1).correlate(STATE).scalar_subquery()
    ))
)  # fmt: skip
_LIVING: Select[Any] = (
    select(SOURCE.c.name.label("source"), IDENTITY.c.entity, func.count().label("n"))
    .join_from(IDENTITY, SOURCE, SOURCE.c.id == IDENTITY.c.source_id)
    .where(IDENTITY.c.live)
    .group_by(SOURCE.c.name, IDENTITY.c.entity)
)
_ENDED: Select[Any] = (
    select(SOURCE.c.name.label("source"), RUN.c.entity, RUN.c.outcome, func.count().label("n"))
    .join_from(RUN, SOURCE)
    .group_by(SOURCE.c.name, RUN.c.entity, RUN.c.outcome)
)


def _of(row: Any) -> tuple[str, str]:
    return row.source, row.entity


def _gauge(name: str, about: str, labels: tuple[str, ...], values: Any) -> Metric:
    family = GaugeMetricFamily(f"schoolbrug_{name}", about, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def registry(engine: Engine, sources: Collection[str]) -> CollectorRegistry:
    """Everything that a process tells of itself and of the store."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # when each counter was made is nobody's question
    made = CollectorRegistry()
    for collector in (StoreCollector(engine, sources), RETRIES, THROTTLED, LEASES_LOST):
        made.register(collector)
    ProcessCollector(registry=made)
    return made


@contextmanager
def told_at(address: str | None, engine: Engine, sources: Collection[str]) -> Iterator[None]:
    """Metrics are served at ``host:port`` within this block; nowhere when it is None.

    Who watches must not stop the work: an address that cannot be had is told in the log, and everything goes on.
    """
    if address is None:
        yield
        return
    place = urlsplit(f"//{address}")
    try:
        server, thread = start_http_server(place.port or 0, place.hostname or "", registry(engine, sources))
    except OSError as error:
        log.error("metrics_not_served", at=address, error=error.strerror)
        yield
        return
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_PATIENCE)
