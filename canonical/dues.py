"""Who reads what next. The database decides, by its own clock: workers on any number of machines ask it alone.

A row says when a target is due. Whoever takes it has it until its time is over, and says now and then that it is still
at it; a worker that dies says so no more. That a target is taken twice would do no harm: who may write is decided by
the entity's lease and fence (``canonical.lease``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from canonical.bulk import clock, is_postgresql
from canonical.lease import FAR, is_gone
from canonical.store import LEASE_SECONDS, Store

EVERYTHING = ""
"""The target that is all entities of a source, one after the other."""

LONGEST_BLOCK = 3600.0
"""Seconds. No source keeps everybody away for longer."""

_OFFERING = 0x5C40D0E5
"""Any number will do, as long as nothing else locks it."""
_FAR = FAR * LEASE_SECONDS


@dataclass(frozen=True, slots=True)
class Taken:
    """A target that this worker has. ``at`` is the database's time when it was taken."""

    source_id: int
    entity: str
    take: int
    whole: bool
    stale: bool
    at: datetime


class Pause(NamedTuple):
    """Why a source is left alone, and its newest run when that began."""

    why: str
    run: int


class Waiting(NamedTuple):
    """A target that is due and free, and for how long it has been due."""

    source: str
    entity: str
    since: timedelta


class Standing(NamedTuple):
    """How many targets of a source are being read, why it is left alone, and for how many seconds it wants to be."""

    source: str
    reading: int
    paused: str | None
    blocked: float


def now(connection: Connection) -> datetime:
    """The database's own time."""
    return _moment(connection.execute(text(f"SELECT {clock(connection)}")).scalar_one())


def admit(connection: Connection, source_id: int, at_once: int) -> None:
    """Of a source so many targets are read at once. None of it is taken or given back until this transaction ends."""
    connection.execute(
        text(
            "INSERT INTO gate (source_id, at_once, blocked_until, next_at) VALUES (:s, :n, 0, 0)"
            " ON CONFLICT (source_id) DO UPDATE SET at_once = :n"
        ),
        {"s": source_id, "n": at_once},
    )


def plan(connection: Connection, source_id: int, latest: Mapping[str, datetime]) -> None:
    """The targets of an admitted source, each due at ``latest`` or sooner if it was so before; others are forgotten."""
    least = "least" if is_postgresql(connection) else "min"
    known = connection.execute(text("SELECT entity FROM due WHERE source_id = :s"), {"s": source_id}).scalars().all()
    for entity in set(known) - set(latest):
        connection.execute(
            text("DELETE FROM due WHERE source_id = :s AND entity = :e"), {"s": source_id, "e": entity}
        )
    connection.execute(
        text(
            "INSERT INTO due (source_id, entity, due_at, offered_until, taken_until, take, whole, stale)"
            " VALUES (:s, :e, :at, 0, 0, 0, false, false)"
            f" ON CONFLICT (source_id, entity) DO UPDATE SET due_at = {least}(due.due_at, :at)"
        ),
        [{"s": source_id, "e": entity, "at": at.timestamp()} for entity, at in latest.items()],
    )


def ready(connection: Connection, sources: Collection[int], limit: int) -> list[tuple[int, str]]:
    """The targets of ``sources`` that are due, free and not on offer, as many of each source as it bears at once: the
    longest due of each source first, then the second of each, and so on: no school waits for all of another one.

    What is due of a source that nobody keeps in sync any more is due for ever, and must not stand before the others.
    """
    statement = text(
        "SELECT source_id, entity FROM (SELECT due.source_id, due.entity, due.due_at,"
        " gate.at_once - coalesce(busy.n, 0) AS room,"
        " row_number() OVER (PARTITION BY due.source_id ORDER BY due.due_at) AS place"
        " FROM due JOIN gate ON gate.source_id = due.source_id"
        f" LEFT JOIN (SELECT source_id, count(*) AS n FROM due WHERE {_busy(connection)} OR {_offered(connection)}"
        " GROUP BY source_id) AS busy ON busy.source_id = due.source_id"
        f" WHERE {_free(connection)} AND NOT {_offered(connection)} AND due.source_id IN :known) AS found"
        " WHERE place <= room ORDER BY place, due_at LIMIT :n"
    ).bindparams(bindparam("known", expanding=True))
    rows = connection.execute(statement, {"n": limit, "far": _FAR, "known": sorted(sources)})
    return [(row.source_id, row.entity) for row in rows]


def waiting(connection: Connection) -> list[Waiting]:
    """Everything that is due and free, the longest due first."""
    rows = connection.execute(
        text(
            f"SELECT source.name, due.entity, {clock(connection)} - due.due_at AS since FROM due"
            " JOIN gate ON gate.source_id = due.source_id JOIN source ON source.id = due.source_id"
            f" WHERE {_free(connection)} ORDER BY due.due_at"
        ),
        {"far": _FAR},
    )
    return [Waiting(row.name, row.entity, timedelta(seconds=float(row.since))) for row in rows]


def standings(connection: Connection) -> list[Standing]:
    """How each source stands that was ever planned, by name."""
    at = clock(connection)
    rows = connection.execute(
        text(
            f"SELECT source.name, gate.paused, gate.blocked_until - {at} AS blocked,"
            f" (SELECT count(*) FROM due WHERE due.source_id = gate.source_id AND {_busy(connection)}) AS reading"
            " FROM gate JOIN source ON source.id = gate.source_id ORDER BY source.name"
        ),
        {"far": _FAR},
    )
    return [Standing(row.name, row.reading, row.paused, _left(row.blocked)) for row in rows]


def offer(store: Store, sources: Collection[int], limit: int, seconds: float) -> list[tuple[int, str]]:
    """The targets of ``sources`` that are ready, which nobody else offers for so long; none while another one looks."""
    with store.writing() as connection:
        alone = text("SELECT pg_try_advisory_xact_lock(:n)")
        if not connection.execute(alone, {"n": _OFFERING}).scalar():
            return []
        found = ready(connection, sources, limit)
        for source_id, entity in found:
            connection.execute(
                text(
                    f"UPDATE due SET offered_until = {clock(connection)} + :t WHERE source_id = :s AND entity = :e"
                ),
                {"t": seconds, "s": source_id, "e": entity},
            )
    return found


def withdraw(store: Store, source_id: int, entity: str) -> None:
    """What was on offer may be offered again."""
    with store.writing() as connection:
        connection.execute(
            text("UPDATE due SET offered_until = 0 WHERE source_id = :s AND entity = :e"),
            {"s": source_id, "e": entity},
        )


def take(
    store: Store, source_id: int, entity: str, owner: str, seconds: float = LEASE_SECONDS
) -> Taken | None:
    """Take a target; None when it is not due (any more), not free, or its source is asked by enough others already."""
    with store.writing() as connection:
        where = {"s": source_id, "e": entity, "far": _FAR}
        at_once = _lock(connection, source_id)
        busy = connection.execute(
            text(
                f"SELECT count(*) FROM due WHERE source_id = :s AND {_busy(connection)}"
            ),
            where,
        ).scalar_one()
        if at_once is None or busy >= at_once:
            return None
        row = connection.execute(
            text(
                f"UPDATE due SET take = take + 1, owner = :o, offered_until = 0, taken_until = {clock(connection)} + :t"
                " FROM gate WHERE gate.source_id = due.source_id AND due.source_id = :s AND due.entity = :e"
                f" AND {_free(connection)} RETURNING due.take, whole, stale, taken_until"
            ),
            {**where, "o": owner, "t": seconds},
        ).first()
    if row is None:
        return None
    at = _moment(row.taken_until - seconds)
    return Taken(source_id, entity, row.take, bool(row.whole), bool(row.stale), at)


def hold(store: Store, taken: Taken, seconds: float = LEASE_SECONDS) -> bool:
    """Say that this worker is still at it; False when somebody else has it by now."""
    with store.writing() as connection:
        held = connection.execute(
            text(
                f"UPDATE due SET taken_until = {clock(connection)} + :t"
                " WHERE source_id = :s AND entity = :e AND take = :k"
            ),
            {"t": seconds, "s": taken.source_id, "e": taken.entity, "k": taken.take},
        )
        return held.rowcount == 1


def settle(store: Store, taken: Taken, due_at: datetime, *, whole: bool, stale: bool) -> int | None:
    """Give a target back, with when it is due next; None when somebody else has it by now. Gives how many entities of
    the source are told to be stale then, of any number that are given back at once each time another number."""
    with store.writing() as connection:
        _lock(connection, taken.source_id)
        settled = connection.execute(
            text(
                "UPDATE due SET due_at = :at, taken_until = 0, owner = NULL, whole = :w, stale = :d"
                " WHERE source_id = :s AND entity = :e AND take = :k"
            ),
            {"at": due_at.timestamp(), "w": whole, "d": stale, "s": taken.source_id, "e": taken.entity,
             "k": taken.take},
        )  # fmt: skip
        return _stale(connection, taken.source_id) if settled.rowcount else None


def put_off(store: Store, source_id: int, entity: str, due_at: datetime, *, whole: bool, stale: bool) -> int:
    """When an entity is due next that was read with all others, whoever reads it now. Gives what ``settle`` gives."""
    with store.writing() as connection:
        _lock(connection, source_id)
        connection.execute(
            text("UPDATE due SET due_at = :at, whole = :w, stale = :d WHERE source_id = :s AND entity = :e"),
            {"at": due_at.timestamp(), "w": whole, "d": stale, "s": source_id, "e": entity},
        )
        return _stale(connection, source_id)


def let_go(store: Store, taken: Taken) -> None:
    """Give a target back as it was: it is due as before."""
    with store.writing() as connection:
        connection.execute(
            text(
                "UPDATE due SET taken_until = 0, owner = NULL WHERE source_id = :s AND entity = :e AND take = :k"
            ),
            {"s": taken.source_id, "e": taken.entity, "k": taken.take},
        )


def free_the_dead(store: Store, me: str) -> None:
    """Give back what processes of this machine had that have ended: nobody has to wait for their time to be over."""
    with store.writing() as connection:
        owners = connection.execute(text("SELECT DISTINCT owner FROM due WHERE owner IS NOT NULL")).scalars().all()
        for owner in owners:
            if is_gone(owner, me):
                connection.execute(
                    text("UPDATE due SET taken_until = 0, owner = NULL WHERE owner = :o"), {"o": owner}
                )


def is_told_stale(connection: Connection, source_id: int, entity: str) -> bool:
    """Whether it has been told that an entity is stale."""
    statement = text("SELECT stale FROM due WHERE source_id = :s AND entity = :e")
    return bool(connection.execute(statement, {"s": source_id, "e": entity}).scalar())


def paused(connection: Connection) -> dict[int, Pause]:
    """The sources that are left alone, and why."""
    rows = connection.execute(text("SELECT source_id, paused, paused_run FROM gate WHERE paused IS NOT NULL"))
    return {row.source_id: Pause(row.paused, row.paused_run) for row in rows}


def pause(store: Store, source_id: int, why: str, run: int) -> bool:
    """Leave a source alone until somebody has looked. ``run`` is its newest run. False when it was paused already."""
    with store.writing() as connection:
        paused = connection.execute(
            text("UPDATE gate SET paused = :w, paused_run = :r WHERE source_id = :s AND paused IS NULL"),
            {"w": why, "r": run, "s": source_id},
        )
        return paused.rowcount == 1


def resume(store: Store, source_id: int) -> bool:
    """Read a source again. False when it was not paused."""
    with store.writing() as connection:
        resumed = connection.execute(
            text("UPDATE gate SET paused = NULL, paused_run = NULL WHERE source_id = :s AND paused IS NOT NULL"),
            {"s": source_id},
        )
        return resumed.rowcount == 1


def block(store: Store, source_id: int, seconds: float) -> None:
    """Let no worker begin anything with a source for so long, because it said so. It is never shortened."""
    with store.writing() as connection:
        connection.execute(
            text(
                # Afterwards it is begun without a burst.
                f"UPDATE gate SET blocked_until = {_put_off(connection, 'blocked_until')},"
                f" next_at = {_put_off(connection, 'next_at')} WHERE source_id = :s"
            ),
            {"t": min(seconds, LONGEST_BLOCK), "s": source_id},
        )


def blocked(connection: Connection, source_id: int) -> float:
    """Seconds until a source may be asked again; 0 or less: it may be."""
    statement = text(f"SELECT blocked_until - {clock(connection)} FROM gate WHERE source_id = :s")
    return _left(connection.execute(statement, {"s": source_id}).scalar())


def turn(connection: Connection, source_id: int, interval: float) -> float:
    """Take the next turn of a source's calls, ``interval`` seconds after the one before; gives the seconds until it."""
    at = clock(connection)
    statement = text(
        f"UPDATE gate SET next_at = :i + CASE WHEN next_at > {at} AND next_at < {at} + {LONGEST_BLOCK}"
        f" THEN next_at ELSE {at} END WHERE source_id = :s RETURNING next_at - :i - {at}"
    )
    return float(connection.execute(statement, {"i": interval, "s": source_id}).scalar() or 0)


def _lock(connection: Connection, source_id: int) -> int | None:
    """How many of a source are read at once; None of one that was never planned. Of one source, one worker looks at a
    time from here on: two would each see room for one more."""
    lock = " FOR UPDATE" if is_postgresql(connection) else ""
    at_once: int | None = connection.execute(
        text(f"SELECT at_once FROM gate WHERE source_id = :s{lock}"), {"s": source_id}
    ).scalar()
    return at_once


def _stale(connection: Connection, source_id: int) -> int:
    statement = text("SELECT count(*) FROM due WHERE source_id = :s AND stale")
    return int(connection.execute(statement, {"s": source_id}).scalar_one())


def _busy(connection: Connection) -> str:
    return f"(taken_until > {clock(connection)} AND taken_until <= {clock(connection)} + :far)"


def _offered(connection: Connection) -> str:
    return f"(offered_until > {clock(connection)} AND offered_until <= {clock(connection)} + :far)"


def _free(connection: Connection) -> str:
    at = clock(connection)
    return (
        f"due.due_at <= {at} AND (due.taken_until <= {at} OR due.taken_until > {at} + :far)"
        f" AND gate.paused IS NULL AND (gate.blocked_until <= {at} OR gate.blocked_until > {at} + {LONGEST_BLOCK})"
    )


def _put_off(connection: Connection, moment: str) -> str:
    """The later one of a moment and ``:t`` seconds from now; one further off was from before the clock was set back."""
    at = clock(connection)
    is_later = f"{moment} > {at} + :t AND {moment} <= {at} + {LONGEST_BLOCK}"
    return f"CASE WHEN {is_later} THEN {moment} ELSE {at} + :t END"


def _left(seconds: float | None) -> float:
    """What is left of a block; of one longer than any the clock was set back meanwhile."""
    left = float(seconds or 0)
    return left if left <= LONGEST_BLOCK else 0.0


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
