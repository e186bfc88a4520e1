"""One sync: read an entity from its source, map it, hand it to the store, and say how it went.

    read (I/O) -> unchanged rows recognised by their bytes -> map (pure) -> one transaction a batch -> guarded sweep

The network is never used inside a transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from prometheus_client import Counter
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import OperationalError

from canonical.batch import Mapped, Place
from canonical.content import row_hasher
from canonical.ending import Ending
from canonical.errors import LeaseLost, Refused
from canonical.lease import this_process
from canonical.quarantine import Bad
from canonical.records import RECORDS, Key, Record
from canonical.store import FORM_CHANGED, Store, Summary, SyncRun
from connectors.contract import BATCH_ROWS, Batch, Connector, Entity, RawRecord
from connectors.errors import BadRow, Broken, Denied, Retry, SourceError
from scheduler.delivery import newest_of
from scheduler.rest import CLOSED, opens_at, sentence

SCHOOL = "school"
"""The entity that the configuration itself brings: the school's name and number."""

MANY_RECORDS = BATCH_ROWS
"""With so many records a transaction is full: a row may bring many, and memory stays flat."""

WAITING = "waiting"
"""The outcome of a delivered entity of which nothing new has come: neither a success nor a failure, and no run."""

_ADDED = ("read", "inserted", "updated", "unchanged", "tombstoned", "quarantined", "ignored")

OWNER = this_process()

LEASES_LOST = Counter(
    "schoolbrug_process_leases_lost", "Reads of this process that another worker took over.", ["source", "entity"],
    registry=None,
)  # fmt: skip

_KEY: TypeAdapter[Key] = TypeAdapter(Key)


@dataclass(frozen=True, slots=True)
class Target:
    """A source as the store knows it, and the connection to it."""

    name: str
    source_id: int
    connector: Connector

    def entity(self, name: str) -> Entity | None:
        return next((entity for entity in self.connector.entities if entity.name == name), None)


_UNKEPT = "store."
"""How the code of such a read begins; the database's own name for the error follows."""


@dataclass(frozen=True, slots=True)
class Report:
    """How the sync of one entity went. ``error`` is set when it did not end well.

    ``opens`` is set when the source may not be asked before that moment: no run was begun. ``as_of`` is when the source
    made what was read last, if it is not the beginning of the run.
    """

    source: str
    entity: str
    summary: Summary
    seconds: float
    error: SourceError | Refused | None = None
    opens: datetime | None = None
    as_of: datetime | None = None


def is_unkept(report: Report) -> bool:
    """Whether it was the database that did not keep what was read."""
    return isinstance(report.error, SourceError) and report.error.code.startswith(_UNKEPT)


Progress = Callable[[str, str, int], None]
"""Called with source, entity and the rows read so far."""


def sync_source(
    store: Store,
    target: Target,
    entities: Sequence[Entity],
    *,
    full: bool = True,
    rehearse: bool = False,
    progress: Progress | None = None,
) -> Iterator[Report]:
    """Sync several entities one after the other; a source that denies us is not asked again."""
    for entity in entities:
        report = sync_entity(store, target, entity, full=full, rehearse=rehearse, progress=progress)
        if report is None:
            continue
        yield report
        if isinstance(report.error, Denied):
            return


def sync_entity(
    store: Store,
    target: Target,
    entity: Entity,
    *,
    full: bool = True,
    rehearse: bool = False,
    progress: Progress | None = None,
) -> Report | None:
    """Sync one entity; None while another worker does so, or took over meanwhile.

    Unless ``full``, the read is incremental where possible, and what is delivered is read only when something new has
    come. ``rehearse`` changes nothing and tells what would change.
    """
    if report := _unasked(target, entity):
        return report
    if entity.delivered:
        return _delivered(store, target, entity, full=full, rehearse=rehearse, progress=progress)
    return _once(store, target, entity, full=full, rehearse=rehearse, progress=progress)


def _once(
    store: Store, target: Target, entity: Entity, *, full: bool, rehearse: bool, progress: Progress | None,
    unread: SourceError | None = None,
) -> Report | None:  # fmt: skip
    """One read of one entity. ``unread`` is an error that came before there was anything to read."""
    began = time.monotonic()
    scope = target.connector.scope
    incremental = entity.incremental and not full
    if rehearse:
        run: SyncRun | None = store.rehearse(
            target.source_id, entity.name, entity.kinds, may_hide=entity.may_hide, scope=scope
        )
    else:
        run = store.begin(
            target.source_id, entity.name, entity.kinds, owner=OWNER, may_hide=entity.may_hide, scope=scope,
            incremental=incremental,
        )  # fmt: skip
    if run is None:
        return None
    try:
        summary, error = _carry_or_fail(run, target, entity, progress, unread)
    except LeaseLost:
        LEASES_LOST.labels(target.name, entity.name).inc()
        return None
    return Report(target.name, entity.name, summary, time.monotonic() - began, error, as_of=run.as_of)


def _delivered(
    store: Store, target: Target, entity: Entity, *, full: bool, rehearse: bool, progress: Progress | None
) -> Report | None:
    """Read what has been delivered since the last read, one delivery after the other; if ``full``, one at least."""
    done: Report | None = None
    read: set[str | None] = set()
    while True:
        before = store.cursor(target.source_id, entity.name)
        read.add(before)
        newest, unread = newest_of(target.connector, entity)
        if unread is None and (newest is None or (newest == before and (done or not full))):
            return done or _waiting(store, target, entity, newest, rehearse=rehearse)
        report = _once(store, target, entity, full=full, rehearse=rehearse, progress=progress, unread=unread)
        if report is None:
            return done
        done = _together(done, report)
        # One whose cursor does not move, or moves in a circle, would be read for ever.
        if report.error or rehearse or store.cursor(target.source_id, entity.name) in read:
            return done


def _waiting(store: Store, target: Target, entity: Entity, newest: str | None, *, rehearse: bool) -> Report:
    """The report of an entity of which nothing new has come. A failure before it is over by that."""
    if not rehearse:
        store.recover(
            target.source_id, entity.name, entity.kinds, owner=OWNER, may_hide=entity.may_hide,
            scope=target.connector.scope,
        )  # fmt: skip
    message = "nothing has been delivered yet" if newest is None else "nothing new has been delivered"
    return Report(target.name, entity.name, Summary(outcome=WAITING, code="source.waiting", message=message), 0.0)


def _together(first: Report | None, then: Report) -> Report:
    """Two reads of one entity, told as one: the numbers of both, the verdict of the last."""
    if first is None:
        return then
    counts: dict[str, Any] = {name: getattr(first.summary, name) + getattr(then.summary, name) for name in _ADDED}
    if first.summary.code == FORM_CHANGED and then.summary.code is None:
        counts |= {"code": FORM_CHANGED, "message": first.summary.message}
    return replace(then, summary=replace(then.summary, **counts), seconds=first.seconds + then.seconds)


def _unasked(target: Target, entity: Entity) -> Report | None:
    """The report of an entity that may not be read now; None when it may be."""
    now = datetime.now(UTC)
    try:
        opens = opens_at(target.connector, entity, now)
    except Broken as error:
        summary = Summary(outcome="failed", code=error.code, message=str(error))
        return Report(target.name, entity.name, summary, 0.0, error)
    if opens is None:
        return None
    summary = Summary(outcome="closed", code=CLOSED, message=sentence(opens, now))
    message = f"{target.name} {entity.name}: {summary.message}"
    retry = Retry(message, code=CLOSED, after=(opens - now).total_seconds())
    return Report(target.name, entity.name, summary, 0.0, retry, opens)


def _carry_or_fail(
    run: SyncRun, target: Target, entity: Entity, progress: Progress | None, unread: SourceError | None
) -> tuple[Summary, SourceError | Refused | None]:
    error: SourceError
    try:
        if unread is not None:
            raise unread
        summary = _carry(run, target, entity, progress)
    except LeaseLost:
        raise
    except SourceError as caught:
        error = caught
    except OperationalError as caught:  # no room, no connection: the rows are not to blame
        name = type(caught.orig).__name__
        error = Broken(f"{target.name} {entity.name}: the database did not keep it ({name})", code=_UNKEPT + name)
    except Exception as caught:  # noqa: BLE001  # an unknown error fails the entity, never the whole schedule
        error = Broken(f"{target.name} {entity.name}: {type(caught).__name__} in the program itself", code="unknown")
    else:
        refused = summary.outcome == "refused"
        return summary, Refused(f"{target.name} {entity.name}: {summary.message}") if refused else None
    # Outside the handlers: were the store to fail now, its error must not drag along one that may hold values.
    return run.fail("failed", error.code, str(error)), error


def _carry(run: SyncRun, target: Target, entity: Entity, progress: Progress | None) -> Summary:
    proof = form = cursor = None
    since = run.cursor if run.incremental or entity.delivered else None
    hasher = _hasher(target.connector, entity)
    for batch in target.connector.read(entity, since):
        _check_batch(batch)
        rows = _unknown(run, batch.rows, hasher) if entity.one_to_one else batch.rows
        pieces = _map(target.connector, entity, rows, hasher)
        for mapped, bad in pieces:
            run.apply(mapped, bad)
        if progress is not None:
            progress(target.name, entity.name, run.summary.read)
        proof, form, cursor = batch.proof, batch.form or form, batch.cursor or cursor
    if proof is None:
        return run.finish(Ending(cursor=cursor, form=form))
    if proof.as_of is not None and proof.as_of.tzinfo is None:
        raise Broken(f"{entity.name}: a moment without a zone", code="contract.as_of")
    run.as_of = proof.as_of
    asked = (entity.asked_per, proof.about) if entity.asked_per else None
    return run.finish(Ending(proof.by, proof.declared, cursor, form, asked, proof.as_of, proof.changes))


def _check_batch(batch: Batch) -> None:
    if len(batch.rows) > BATCH_ROWS:
        raise Broken(f"a batch of {len(batch.rows)} rows; {BATCH_ROWS} is the most", code="contract.batch")


Hasher = Callable[[RawRecord], bytes]


def _hasher(connector: Connector, entity: Entity) -> Hasher:
    """A hash of everything that decides what a row becomes: its bytes, their layout, the mapping, the scope."""

    @cache
    def of_layout(layout: bytes) -> Callable[[bytes], bytes]:
        return row_hasher(connector.mapping_version, entity.name, connector.scope, layout)

    return lambda raw: of_layout(raw.layout)(raw.data)


def _unknown(run: SyncRun, rows: Sequence[RawRecord], hasher: Hasher) -> list[RawRecord]:
    """The rows that the store does not already hold to the letter."""
    hashes = [hasher(raw) for raw in rows]
    known = run.recognise(hashes) if hashes else set()
    return [raw for raw, value in zip(rows, hashes, strict=True) if value not in known]


def _map(
    connector: Connector, entity: Entity, rows: Iterable[RawRecord], hasher: Hasher
) -> Iterator[tuple[list[Mapped], list[Bad]]]:
    """What a batch comes to, in pieces that are written in a transaction each; at least one."""
    mapped: list[Mapped] = []
    bad: list[Bad] = []
    count = 0
    for raw in rows:
        if count >= MANY_RECORDS:
            yield mapped, bad
            mapped, bad, count = [], [], 0
        try:
            records = tuple(connector.map(raw))
        except BadRow as caught:
            bad.append(Bad(raw.data, "map", caught.problems, _covers(entity, caught)))
            continue
        except ValidationError as caught:
            bad.append(Bad(raw.data, "record", problems(caught), ()))
            continue
        _check_kinds(entity, records)
        mapped.append(Mapped(records, hasher(raw) if entity.one_to_one and records else None))
        count += len(records)
    yield mapped, bad


def _covers(entity: Entity, error: BadRow) -> list[Place]:
    """The places as the store knows them; none at all if one cannot be right, because its record would look gone."""
    try:
        places = [(kind, _KEY.validate_python(key)) for kind, key in error.covers]
    except ValidationError:
        return []
    return places if all(kind in entity.kinds for kind, _ in places) else []


def problems(error: ValidationError) -> list[tuple[str, str]]:
    """(field, code) of a validation error, without the values."""
    return [(".".join(map(str, item["loc"])), item["type"]) for item in error.errors(include_input=False)]


def _check_kinds(entity: Entity, records: Sequence[Record]) -> None:
    for record in records:
        if record.kind not in entity.kinds or record.kind not in RECORDS:
            raise Broken(f"{entity.name}: its rows may not bring a {record.kind}", code="contract.kind")
    if entity.one_to_one and len(records) > 1:
        raise Broken(f"{entity.name}: a row brought {len(records)} records instead of one", code="contract.one_to_one")
