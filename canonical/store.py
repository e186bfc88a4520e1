"""The store's only door for writers: register a source, run the sync of one entity, decide on what was held.

    run = store.begin(source, "grades", ("grade",), owner=me)
    known = run.recognise(hashes)          # rows that changed nothing, by their bytes
    run.apply(mapped, bad)                 # one transaction: fence, rows, change log, counters
    summary = run.finish(Ending("closing tag"))    # the guarded sweep, then the verdict and the cursor

A crash at any instant loses at most the transaction that was open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar, cast

import orjson
from pyroaring import BitMap64
from sqlalchemy import Connection, Engine, bindparam, text

from canonical import bulk, hiding, lease, quarantine, sweep
from canonical.batch import Job, Mapped, Place, write
from canonical.columns import iso
from canonical.ending import Ending, Summary
from canonical.plan import Limits, ReadOutcome, Sweep, judge, spare, too_many, too_many_bad
from canonical.quarantine import Bad
from canonical.tables import RUN

__all__ = ["FORM_CHANGED", "LEASE_SECONDS", "OTHER_FORM", "Store", "Summary", "SyncRun"]

T = TypeVar("T")

LEASE_SECONDS = 120.0
"""A batch must be read, mapped and written within this time."""

FORM_CHANGED = "form.changed"
"""The code of the one run that found the source's description of its data to be another than before."""
OTHER_FORM = "the source describes its data otherwise than before: ask its supplier what has changed"


class Store:
    """A database with the newest schema. ``key`` seals the rows in quarantine; without it they are not kept."""

    def __init__(self, engine: Engine, *, limits: Limits | None = None, key: bytes | None = None) -> None:
        self.engine = engine
        self.limits = limits or Limits()
        self.key = key
        self.rehearsed = BitMap64()
        """What rehearsals would have held because the source may be hiding it."""

    def source(self, name: str, system: str, school: str) -> int:
        """Register a source under its name, or bring its school's name up to date; gives its number."""
        with self.writing() as connection:
            return int(
                connection.execute(
                    text(
                        "INSERT INTO source (name, system, school_name) VALUES (:n, :y, :c)"
                        " ON CONFLICT (name) DO UPDATE SET system = :y, school_name = :c RETURNING id"
                    ),
                    {"n": name, "y": system, "c": school},
                ).scalar_one()
            )

    def begin(
        self,
        source_id: int,
        entity: str,
        kinds: Sequence[str],
        *,
        owner: str,
        may_hide: Sequence[str] = (),
        scope: str = "",
        incremental: bool = False,
        lease_seconds: float = LEASE_SECONDS,
    ) -> SyncRun | None:
        """Start a run, or give None while another worker has the entity."""
        with self.writing() as connection:
            connection.execute(
                text(
                    "INSERT INTO entity_state (source_id, entity, kinds, may_hide, lease_until, fence, failures)"
                    " VALUES (:s, :e, :k, :m, 0, 0, 0)"
                    " ON CONFLICT (source_id, entity) DO UPDATE SET kinds = :k, may_hide = :m"
                ),
                {"s": source_id, "e": entity, "k": _json(kinds), "m": _json(may_hide)},
            )
            fence = lease.acquire(connection, source_id, entity, owner, lease_seconds)
            if fence is None:
                return None
            now = _iso(lease.hold(connection, source_id, entity, fence, lease_seconds))
            interrupted = connection.execute(
                text(
                    "UPDATE run SET outcome = 'failed', ended_at = :now, code = 'interrupted',"
                    " message = 'the process ended before the run did' WHERE source_id = :s AND entity = :e"
                    " AND outcome = 'running'"
                ),
                {"now": now, "s": source_id, "e": entity},
            )
            cursor = connection.execute(
                text(
                    "UPDATE entity_state SET failures = failures + :k WHERE source_id = :s AND entity = :e"
                    " RETURNING cursor"
                ),
                {"k": interrupted.rowcount, "s": source_id, "e": entity},
            ).scalar()
            incremental = incremental and cursor is not None
            run_id = connection.execute(
                text(
                    "INSERT INTO run (source_id, entity, started_at, outcome, incremental, read, inserted, updated,"
                    " unchanged, tombstoned, quarantined, held, ignored)"
                    " VALUES (:s, :e, :now, 'running', :i, 0, 0, 0, 0, 0, 0, 0, 0) RETURNING id"
                ),
                {"s": source_id, "e": entity, "now": now, "i": incremental},
            ).scalar_one()
        job = Job(source_id, entity, scope, int(run_id))
        return SyncRun(self, job, tuple(kinds), tuple(may_hide), fence, now, cursor, incremental, lease_seconds)

    def rehearse(
        self, source_id: int, entity: str, kinds: Sequence[str], *, may_hide: Sequence[str] = (), scope: str = ""
    ) -> SyncRun:
        """A run that writes nothing: it takes no lease and rolls every transaction back."""
        job = Job(source_id, entity, scope, 0)
        cursor = self.cursor(source_id, entity)
        return SyncRun(self, job, tuple(kinds), tuple(may_hide), None, iso(datetime.now(UTC)), cursor, False, 0)

    def cursor(self, source_id: int, entity: str) -> str | None:
        """Where the last read of an entity that ended well says that the next one may start."""
        statement = text("SELECT cursor FROM entity_state WHERE source_id = :s AND entity = :e")
        with self.engine.connect() as connection:
            return cast("str | None", connection.execute(statement, {"s": source_id, "e": entity}).scalar())

    def recover(
        self, source_id: int, entity: str, kinds: Sequence[str], *, owner: str, may_hide: Sequence[str], scope: str
    ) -> None:
        """Note that an entity can be asked again, where its last run failed: a run in which nothing was read."""
        statement = text("SELECT failures FROM entity_state WHERE source_id = :s AND entity = :e")
        with self.engine.connect() as connection:
            failures = connection.execute(statement, {"s": source_id, "e": entity}).scalar()
        if failures and (run := self.begin(source_id, entity, kinds, owner=owner, may_hide=may_hide, scope=scope)):
            run.nothing_new()

    def resolve(self, number: int, state: str) -> bool:
        """Approve or reject an open held plan; False when there is none of that number."""
        with self.writing() as connection:
            return sweep.resolve(connection, number, state, iso(datetime.now(UTC)))

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[Connection]:
        """One transaction that writes; unless ``keep``, it is rolled back at its end."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin() as transaction:
            yield connection
            if not keep:
                transaction.rollback()


@dataclass
class SyncRun:
    """The sync of one entity, under its lease. Any error leaves the store as the last transaction left it."""

    store: Store
    job: Job
    kinds: tuple[str, ...]
    may_hide: tuple[str, ...]
    """Of these kinds nothing is deleted without a person, nor what refers to a missing one."""
    fence: int | None
    """None for a rehearsal."""
    started: str
    cursor: str | None
    """Where an incremental read may start."""
    incremental: bool
    lease_seconds: float
    summary: Summary = field(default_factory=Summary)
    as_of: datetime | None = None
    """When the source made what was read; None for the beginning of the run."""
    _seen: BitMap64 = field(default_factory=BitMap64)
    _covered: BitMap64 = field(default_factory=BitMap64)
    """What a bad row would have brought: not gone, yet another row may still bring it."""
    _unidentified: int = 0
    _rehearsed: dict[Place, int] = field(default_factory=dict)

    def recognise(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these raw rows are stored to the letter. They count as read, seen and unchanged.

        At most ``BATCH_ROWS`` hashes at a time.
        """
        with self.store.engine.connect() as connection, connection.begin():
            if bulk.is_postgresql(connection):
                statement = text(
                    "SELECT n, raw_hash FROM identity WHERE source_id = :s AND raw_hash = ANY(:h) AND live"
                )
            else:
                statement = text(
                    "SELECT n, raw_hash FROM identity WHERE source_id = :s AND raw_hash IN :h AND live"
                ).bindparams(bindparam("h", expanding=True))
            rows = connection.execute(statement, {"s": self.job.source_id, "h": list(hashes)}).all()
        self._seen.update(row.n for row in rows)
        known = {bytes(row.raw_hash) for row in rows}
        count = sum(1 for value in hashes if value in known)
        self.summary.read += count
        self.summary.unchanged += count
        return known

    def apply(self, rows: Sequence[Mapped], bad: Sequence[Bad] = ()) -> None:
        """Write one batch in one transaction. Raises ``LeaseLost`` when another worker took over."""
        covered = [place for row in bad for place in row.covers]
        again = 0
        if self.fence is None:
            rows, again = self._not_rehearsed(rows)

        def body(connection: Connection, at: str) -> tuple[Summary, BitMap64, BitMap64]:
            quarantine.put(connection, self.job, bad, self.store.key, at)
            counts, shown, spared = write(connection, self.job, rows, covered, self._seen, at)
            after = replace(
                self.summary,
                read=self.summary.read + len(rows) + len(bad),
                quarantined=self.summary.quarantined + len(bad),
                inserted=self.summary.inserted + counts.inserted,
                updated=self.summary.updated + counts.updated,
                unchanged=self.summary.unchanged + counts.unchanged,
                ignored=self.summary.ignored + counts.ignored + again,
            )
            _note(connection, self.job, after)
            return after, shown, spared

        self.summary, shown, spared = self._transaction(body)
        self._seen |= shown
        self._covered |= spared
        self._unidentified += sum(1 for row in bad if not row.covers)

    def _not_rehearsed(self, rows: Sequence[Mapped]) -> tuple[list[Mapped], int]:
        """What earlier batches of a rehearsal would have written is not in the store; it is remembered here instead.

        Gives the rows without it, and how many of their records say otherwise than those batches did.
        """
        kept: list[Mapped] = []
        otherwise = 0
        for row in rows:
            first = [record for record in row.records if (record.kind, record.key) not in self._rehearsed]
            known = [record for record in row.records if (record.kind, record.key) in self._rehearsed]
            otherwise += sum(self._rehearsed[record.kind, record.key] != hash(record) for record in known)
            kept.append(Mapped(first, row.raw_hash))
        for row in kept:
            for record in row.records:
                self._rehearsed.setdefault((record.kind, record.key), hash(record))
        return kept, otherwise

    def finish(self, ending: Ending) -> Summary:
        """End the read: sweep what it proves to be gone, and give the verdict."""
        self.incremental |= ending.changes
        outcome = ReadOutcome(
            self.summary.read, self.summary.quarantined, self._unidentified, self.incremental, ending.proved,
            ending.declared,
        )  # fmt: skip
        if too_many_bad(outcome, self.store.limits):
            message = f"{outcome.bad} of {outcome.rows} rows cannot be read; see quarantine"
            return self.fail("refused", "rows.bad", message)
        return self._sweep(outcome, ending)

    def _sweep(self, outcome: ReadOutcome, ending: Ending) -> Summary:
        with self.store.engine.connect() as connection, connection.begin():
            living = sweep.alive(connection, self.job, self.kinds)
            approved = sweep.decided(connection, self.job, "approved")
            rejected = sweep.decided(connection, self.job, "rejected")
            missing = living - self._seen - self._covered
            unasked = BitMap64()
            if ending.asked is not None:
                unasked, shared = hiding.not_asked(connection, self.job, missing, *ending.asked)
                missing -= unasked
                if too_many(len(unasked), len(living), self.store.limits):
                    missing -= shared  # some of it may be theirs alone
            open_question = missing - approved - rejected
            verdict = judge(
                outcome, alive=len(living), missing=len(open_question), limits=self.store.limits, unasked=len(unasked)
            )
            held = open_question if verdict.sweep is Sweep.HOLD else BitMap64()
            if verdict.sweep is Sweep.APPLY:
                held = self._hidden(connection, missing - approved) & open_question
                verdict = spare(verdict, len(held))
        read_all = verdict.complete and not self.incremental
        known_all = read_all and not outcome.unidentified
        gone = missing & approved if known_all else BitMap64()
        if verdict.sweep in (Sweep.APPLY, Sweep.SPARE):
            gone |= open_question - held
        for page in bulk.in_chunks(gone, sweep.PAGE):
            self._bury(page)
        self.summary.held = len(held)
        self.summary.outcome = "partial" if verdict.reason else "complete"
        self.summary.message = verdict.reason or None

        def end(connection: Connection, at: str) -> None:
            if known_all and self.fence is not None:  # a plan belongs to a run, which a rehearsal is not
                sweep.settle(connection, self.job, missing - gone, held, len(living), verdict.reason, at)
            if ending.form is not None:
                self._described(connection, ending.form)
            if ending.cursor is not None:
                self._may_start(connection, ending.cursor)
            if read_all:
                quarantine.close_unseen(connection, self.job, at)
            if verdict.complete:
                self._fresh(connection, ending.as_of, whole=verdict.whole)
            self._end(connection, at)

        self._transaction(end)
        if self.fence is None and self.may_hide:
            self.store.rehearsed |= held
        return self.summary

    def _hidden(self, connection: Connection, missing: BitMap64) -> BitMap64:
        elsewhere = hiding.waiting(connection, self.job)
        if self.fence is None:  # a sync would have it on file by now
            elsewhere |= self.store.rehearsed
        return hiding.hidden(connection, self.job, missing, self.may_hide, elsewhere)

    def _described(self, connection: Connection, form: str) -> None:
        """Keep how the source describes its data; the run that finds it described otherwise tells so."""
        place = {"s": self.job.source_id, "e": self.job.entity}
        known = text("SELECT form FROM entity_state WHERE source_id = :s AND entity = :e")
        before = connection.execute(known, place).scalar()
        connection.execute(
            text("UPDATE entity_state SET form = :f WHERE source_id = :s AND entity = :e"), {"f": form, **place}
        )
        if before not in (None, form):
            self.summary.code = FORM_CHANGED
            self.summary.message = f"{self.summary.message}; {OTHER_FORM}" if self.summary.message else OTHER_FORM

    def _may_start(self, connection: Connection, cursor: str) -> None:
        """With the verdict, and not with the last rows: what a read proved to be gone belongs to it."""
        connection.execute(
            text("UPDATE entity_state SET cursor = :c WHERE source_id = :s AND entity = :e"),
            {"c": cursor, "s": self.job.source_id, "e": self.job.entity},
        )

    def _bury(self, page: Sequence[int]) -> None:
        def body(connection: Connection, at: str) -> Summary:
            buried = sweep.bury(connection, self.job, page, at)
            after = replace(self.summary, tombstoned=self.summary.tombstoned + buried)
            _note(connection, self.job, after)
            return after

        self.summary = self._transaction(body)

    def nothing_new(self) -> None:
        """End the run well without a read: how fresh the entity is, and where it is, stays as it was."""
        self.incremental = True
        self.summary.outcome = "complete"

        def end(connection: Connection, at: str) -> None:
            connection.execute(
                text("UPDATE entity_state SET failures = 0 WHERE source_id = :s AND entity = :e"),
                {"s": self.job.source_id, "e": self.job.entity},
            )
            self._end(connection, at)

        self._transaction(end)

    def fail(self, outcome: str, code: str, message: str) -> Summary:
        """End the run with an error: ``failed`` or ``refused``. What was applied stays; nothing is deleted."""
        self.summary.outcome, self.summary.code, self.summary.message = outcome, code, message

        def end(connection: Connection, at: str) -> None:
            connection.execute(
                text("UPDATE entity_state SET failures = failures + 1 WHERE source_id = :s AND entity = :e"),
                {"s": self.job.source_id, "e": self.job.entity},
            )
            self._end(connection, at)

        self._transaction(end)
        return self.summary

    def _fresh(self, connection: Connection, as_of: datetime | None, *, whole: bool) -> None:
        """An incremental read keeps what was whole whole; it cannot make it so, nor while older rows are still bad."""
        at = self.started if as_of is None else iso(min(datetime.fromisoformat(self.started), as_of))
        connection.execute(
            text(
                "UPDATE entity_state SET failures = 0, fresh_at = :at,"
                " complete_at = CASE WHEN :w AND (NOT :i OR complete_at = fresh_at AND NOT EXISTS (SELECT 1"
                " FROM quarantine q WHERE q.source_id = :s AND q.entity = :e AND q.closed_at IS NULL))"
                " THEN :at ELSE complete_at END"
                " WHERE source_id = :s AND entity = :e"
            ),
            {"w": whole, "i": self.incremental, "at": at, "s": self.job.source_id, "e": self.job.entity},
        )

    def _end(self, connection: Connection, at: str) -> None:
        _note(connection, self.job, self.summary)
        connection.execute(
            text("UPDATE run SET ended_at = :at, incremental = :i WHERE id = :id"),
            {"at": at, "i": self.incremental, "id": self.job.run_id},
        )
        quarantine.expire(connection, at)
        if self.fence is not None:
            lease.release(connection, self.job.source_id, self.job.entity, self.fence)

    def _transaction(self, body: Callable[[Connection, str], T]) -> T:
        """Run ``body`` in one transaction under the fence."""
        with self.store.writing(keep=self.fence is not None) as connection:
            return body(connection, self._fenced(connection))

    def _fenced(self, connection: Connection) -> str:
        if self.fence is None:
            return self.started
        return _iso(lease.hold(connection, self.job.source_id, self.job.entity, self.fence, self.lease_seconds))


def _note(connection: Connection, job: Job, summary: Summary) -> None:
    """Write the counters into the run ledger."""
    connection.execute(RUN.update().where(RUN.c.id == job.run_id).values(**asdict(summary)))


def _json(names: Sequence[str]) -> str:
    return orjson.dumps(list(names)).decode()


def _iso(seconds: float) -> str:
    return iso(datetime.fromtimestamp(seconds, UTC))
