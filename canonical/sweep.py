"""Deletions: what a proved complete read did not show becomes a tombstone, or waits for a person under a number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pyroaring import BitMap64
from sqlalchemy import ColumnElement, Connection, and_, bindparam, select, text

from canonical import bulk
from canonical.batch import LOG_COLUMNS, Job, contents_of
from canonical.tables import HELD, IDENTITY

DELETE = "delete"
PAGE = 5_000
"""How many tombstones one transaction sets."""


def alive(connection: Connection, job: Job, kinds: Iterable[str]) -> BitMap64:
    """The identities that the entity holds alive within the scope."""
    statement = select(IDENTITY.c.n).where(
        IDENTITY.c.source_id == job.source_id,
        IDENTITY.c.kind.in_(list(kinds)),
        IDENTITY.c.entity == job.entity,
        IDENTITY.c.scope == job.scope,
        IDENTITY.c.live,
    )
    found = BitMap64()
    # The option is the statement's: set on the connection it would hold for all that follows.
    for page in connection.execute(statement.execution_options(stream_results=True)).partitions(PAGE):
        found.update(row.n for row in page)
    return found


def bury(connection: Connection, job: Job, page: Sequence[int], at: str) -> int:
    """Set tombstones on ``page``, within the caller's transaction; gives how many were alive."""
    statement = text("SELECT n, kind, id, version FROM identity WHERE n IN :page AND live").bindparams(
        bindparam("page", expanding=True)
    )
    by_kind: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for row in connection.execute(statement, {"page": list(page)}):
        by_kind[row.kind].append((row.n, str(row.id), row.version + 1))
    for kind, members in by_kind.items():
        before = dict(contents_of(connection, job.source_id, kind, [id_ for _, id_, _ in members]))
        bulk.update(
            connection, kind, ("id", "source_id"), ("version", "tombstoned_at"),
            [(version, at, id_, job.source_id) for _, id_, version in members],
        )  # fmt: skip
        bulk.update(
            connection, "identity", ("n",), ("version", "live", "raw_hash"),
            [(version, False, None, n) for n, _, version in members],
        )  # fmt: skip
        bulk.insert(connection, "change", LOG_COLUMNS, [
            (job.source_id, job.run_id, kind, id_, version, DELETE, at, before[id_].decode(), None)
            for _, id_, version in members
        ])  # fmt: skip
    return sum(map(len, by_kind.values()))


def decided(connection: Connection, job: Job, state: str) -> BitMap64:
    """The identities of all the entity's held plans in ``state``."""
    statement = select(HELD.c.members).where(_of(job), HELD.c.state == state)
    found = BitMap64()
    for members in connection.execute(statement).scalars():
        found |= BitMap64.deserialize(members)
    return found


def resolve(connection: Connection, number: int, decision: str, at: str) -> bool:
    """Let an open plan be ``approved`` or ``rejected``, as a person has decided; False when it is not open (any more).

    Nothing is deleted here: the entity's next complete read applies it to what is still missing then.
    """
    changed = connection.execute(
        text("UPDATE held SET state = :st, decided_at = :at WHERE id = :n AND state = 'open'"),
        {"st": decision, "at": at, "n": number},
    )
    return changed.rowcount == 1


def settle(connection: Connection, job: Job, left: BitMap64, held: BitMap64, of: int, reason: str, at: str) -> None:
    """Bring the entity's held plans in line with a fresh complete read; ``left`` is alive but was not shown by it.

    What was approved in time has been applied. A rejected plan forgets the records that are back, so that they can go
    another day. Of the open ones, that with the very same records keeps its number; any other is closed and, if need
    be, replaced.
    """
    rows = connection.execute(select(HELD.c.id, HELD.c.state, HELD.c.members).where(
        _of(job), HELD.c.state.in_(("open", "approved", "rejected")))).all()  # fmt: skip
    standing = False
    for row in rows:
        members = BitMap64.deserialize(row.members)
        still = members & left
        if row.state == "approved" and not still:
            _move(connection, row.id, "applied", at)
        elif row.state == "rejected" and not still:
            _move(connection, row.id, "closed", at)
        elif row.state == "rejected" and still != members:
            _shrink(connection, row.id, still)
        elif row.state != "rejected" and members == held:
            standing = True  # approved while this run was on its way: the next one applies it
        elif row.state == "open":
            _move(connection, row.id, "closed", at)
    if held and not standing:
        connection.execute(
            text(
                "INSERT INTO held (source_id, entity, scope, run_id, created_at, reason, state, records, of, members)"
                " VALUES (:s, :e, :c, :r, :at, :reason, 'open', :k, :of, :m)"
            ),
            {"s": job.source_id, "e": job.entity, "c": job.scope, "r": job.run_id, "at": at, "reason": reason,
             "k": len(held), "of": of, "m": held.serialize()},
        )  # fmt: skip


def _of(job: Job) -> ColumnElement[bool]:
    return and_(HELD.c.source_id == job.source_id, HELD.c.entity == job.entity, HELD.c.scope == job.scope)


def _shrink(connection: Connection, number: int, members: BitMap64) -> None:
    connection.execute(
        text("UPDATE held SET members = :m, records = :k WHERE id = :n"),
        {"m": members.serialize(), "k": len(members), "n": number},
    )


def _move(connection: Connection, number: int, state: str, at: str) -> None:
    connection.execute(
        text("UPDATE held SET state = :st, decided_at = coalesce(decided_at, :at) WHERE id = :n"),
        {"st": state, "at": at, "n": number},
    )
