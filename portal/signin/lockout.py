"""Guessing gets slower and slower: a delay that grows with each failure, per account and per address.

Failures are kept under keyed digests, never under the name or address itself, and for a name that has no account as
for one that has. A failure is counted before the guess is looked at, so that a hundred at once count as a hundred.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from canonical.bulk import is_postgresql
from portal.tables import ATTEMPT

FORGOTTEN = timedelta(hours=24)
"""After this long without a failure one begins anew."""
_SWEEP = 200
"""One try in so many also removes what was forgotten."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures are free; then each one doubles the delay, from ``first`` up to ``longest``."""

    kind: str
    free: int
    first: timedelta
    longest: timedelta


ACCOUNT = Limit("account", 5, timedelta(seconds=30), timedelta(hours=1))
ADDRESS = Limit("address", 40, timedelta(seconds=15), timedelta(minutes=15))
"""A whole school can be behind one address."""
FACTOR = Limit("factor", 5, timedelta(seconds=30), timedelta(hours=1))
"""Second factors of one account."""
CODE = Limit("code", 5, timedelta(hours=1), timedelta(hours=1))
"""One code that was sent; it does not live for an hour."""
ASKING = Limit("asking", 40, timedelta(minutes=1), timedelta(hours=1))
"""Messages that one address asks for."""
SENDING = Limit("sending", 3, timedelta(minutes=5), timedelta(hours=4))
"""Messages to one person."""


@dataclass(frozen=True, slots=True)
class Guard:
    """One thing that guesses are counted by."""

    limit: Limit
    digest: bytes


def guard(key: bytes, limit: Limit, name: str) -> Guard:
    """What guesses at ``name`` are counted by. ``key`` is 32 bytes of its own purpose."""
    return Guard(limit, hmac.digest(key, f"{limit.kind}\0{name}".encode(), "sha256"))


def network(address: str | None) -> str:
    """What counts as one address: of IPv6 a whole /64, since one line has as many."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(parsed)


def delay(limit: Limit, failures: int) -> timedelta | None:
    """How long nothing more may be tried after so many failures."""
    over = failures - limit.free
    if over < 0:
        return None
    # Doubled so often it is beyond any longest.
    return min(limit.first * (1 << min(over, 16)), limit.longest)


def admit(connection: Connection, guards: Sequence[Guard], now: datetime) -> bool:
    """Whether a guess may be looked at. It counts as a failure until ``passed`` says otherwise.

    False: one of the guards is closed, and the guess must be answered as a wrong one. Needs a transaction that writes.
    """
    if secrets.randbelow(_SWEEP) == 0:
        connection.execute(delete(ATTEMPT).where(ATTEMPT.c.last_at < now - FORGOTTEN))
    ordered = in_order(guards)
    rows = [_row(connection, guard, now) for guard in ordered]
    if any(until is not None and now < until for _, until, _ in rows):
        return False
    for guard, (failures, _, last) in zip(ordered, rows, strict=True):
        count = 1 if last < now - FORGOTTEN else failures + 1
        _write(connection, guard, count, now)
    return True


def passed(connection: Connection, guards: Sequence[Guard], now: datetime) -> None:
    """The guess was right: an account begins anew, an address is spared this one."""
    for guard in in_order(guards):
        if guard.limit is ADDRESS:
            failures, _, _ = _row(connection, guard, now)
            _write(connection, guard, max(failures - 1, 0), now)
        else:
            connection.execute(delete(ATTEMPT).where(ATTEMPT.c.digest == guard.digest))


def in_order(guards: Sequence[Guard]) -> list[Guard]:
    """Always the same order, so that of two guesses neither waits for what the other has.

    The address comes first: what is counted by an account may only be known later in the same transaction.
    """
    return sorted(guards, key=lambda guard: (guard.limit is not ADDRESS, guard.digest))


def _row(connection: Connection, guard: Guard, now: datetime) -> tuple[int, datetime | None, datetime]:
    """Failures, until when it is closed, when it was last tried. The row is ours until the transaction ends."""
    make = postgresql.insert if is_postgresql(connection) else sqlite.insert
    connection.execute(make(ATTEMPT).values(digest=guard.digest, failures=0, last_at=now).on_conflict_do_nothing())
    row = connection.execute(
        select(ATTEMPT.c.failures, ATTEMPT.c.until, ATTEMPT.c.last_at)
        .where(ATTEMPT.c.digest == guard.digest).with_for_update()
    ).one()  # fmt: skip
    return row.failures, row.until, row.last_at


def _write(connection: Connection, guard: Guard, failures: int, now: datetime) -> None:
    wait = delay(guard.limit, failures)
    connection.execute(
        update(ATTEMPT)
        .where(ATTEMPT.c.digest == guard.digest)
        .values(failures=failures, last_at=now, until=None if wait is None else now + wait)
    )
