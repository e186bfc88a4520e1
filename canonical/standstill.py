"""Whether what is due is being read by anybody, as seen by who only looks at the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from canonical import dues
from canonical.dues import EVERYTHING, Waiting
from canonical.tables import RUN, SOURCE, STATE


def stands_still(connection: Connection, sources: Collection[str], patience: timedelta) -> bool:
    """Whether something of ``sources`` has been due and free for longer than ``patience``, with nothing being read and
    nothing begun meanwhile. Much that waits while it is being worked off is no standstill."""
    late = [one for one in dues.waiting(connection) if one.source in sources and one.since > patience]
    if not late or any(one.reading for one in dues.standings(connection)):
        return False
    now = dues.now(connection)
    begun = connection.execute(select(RUN.c.started_at).order_by(RUN.c.id.desc()).limit(1)).scalar()
    # By the clock of the process that began it, which may be wrong in either direction.
    if begun is not None and abs(now - begun) < patience:
        return False
    read = _read(connection)
    return any(not _is_read_otherwise(one, read, now) for one in late)


def _read(connection: Connection) -> dict[tuple[str, str], datetime]:
    statement = select(SOURCE.c.name, STATE.c.entity, STATE.c.fresh_at).join_from(STATE, SOURCE)
    rows = connection.execute(statement.where(STATE.c.fresh_at.is_not(None)))
    return {(row.name, row.entity): row.fresh_at for row in rows}


def _is_read_otherwise(one: Waiting, read: dict[tuple[str, str], datetime], now: datetime) -> bool:
    """Whether it was read since it is due, by ``schoolbrug sync`` on a timer of the school's own."""
    due_at = now - one.since
    return any(
        at > due_at for (source, entity), at in read.items()
        if source == one.source and one.entity in (EVERYTHING, entity)
    )  # fmt: skip
