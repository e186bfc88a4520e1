"""Who may write an entity now: a row with an expiry by the database's clock, and a fence that only ever grows.

The fence is checked in every transaction, so that a process which was frozen beyond its lease writes nothing when
it wakes. A lease of a process that died on this machine is taken over at once.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, text

from canonical.bulk import clock
from canonical.errors import LeaseLost

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PROCESSES = Path("/proc/self/ns/pid")


FAR = 10
"""Nothing is held for so many times as long: what seems to be was taken before the database's clock was set back."""


def _machine() -> str:
    boot = _BOOT.read_text().strip() if _BOOT.exists() else "-"
    # Containers may share a host's name and kernel and still not see each other's processes.
    processes = _PROCESSES.stat().st_ino if _PROCESSES.exists() else "-"
    return f"{socket.gethostname()}/{boot}:{processes}"


def this_process() -> str:
    """A name for this process that no other run of anything shares."""
    return f"{_machine()}/{os.getpid()}/{uuid4().hex}"


def is_gone(owner: str, me: str) -> bool:
    """Whether ``owner`` was a process of this machine that has ended. Unknown counts as alive."""
    try:
        host, boot, pid, _ = owner.split("/")
    except ValueError:
        return False
    if f"{host}/{boot}" != _machine():
        return False
    if int(pid) == os.getpid():
        return owner != me
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def acquire(connection: Connection, source_id: int, entity: str, owner: str, seconds: float) -> int | None:
    """Take the lease and give its fence; None while somebody else holds it."""
    held_by = connection.execute(
        text("SELECT owner FROM entity_state WHERE source_id = :s AND entity = :e"), {"s": source_id, "e": entity}
    ).scalar()
    free = held_by is None or is_gone(held_by, owner)
    row = connection.execute(
        text(
            "UPDATE entity_state SET owner = :o, fence = fence + 1,"
            f" lease_until = {clock(connection)} + :t WHERE source_id = :s AND entity = :e"
            f" AND (lease_until < {clock(connection)} OR lease_until > {clock(connection)} + :far"
            " OR (:free AND coalesce(owner, '') = :was)) RETURNING fence"
        ),
        {"o": owner, "t": seconds, "far": FAR * seconds, "s": source_id, "e": entity, "free": free,
         "was": held_by or ""},
    ).first()
    return None if row is None else int(row.fence)


def hold(connection: Connection, source_id: int, entity: str, fence: int, seconds: float) -> float:
    """Extend the lease within a transaction and give the database's time. Raises ``LeaseLost`` when it is not ours.

    The row stays locked until the transaction ends: nobody can take over in between.
    """
    row = connection.execute(
        text(
            f"UPDATE entity_state SET lease_until = {clock(connection)} + :t WHERE source_id = :s AND entity = :e"
            f" AND fence = :f AND lease_until > {clock(connection)} RETURNING lease_until"
        ),
        {"t": seconds, "s": source_id, "e": entity, "f": fence},
    ).first()
    if row is None:
        raise LeaseLost("another worker took over; what this one still had was not written")
    return float(row.lease_until) - seconds


def release(connection: Connection, source_id: int, entity: str, fence: int) -> None:
    """Let go, if it is still ours."""
    connection.execute(
        text(
            "UPDATE entity_state SET owner = NULL, lease_until = 0"
            " WHERE source_id = :s AND entity = :e AND fence = :f"
        ),
        {"s": source_id, "e": entity, "f": fence},
    )
