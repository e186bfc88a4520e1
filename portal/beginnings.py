"""From when on there is news of a source: what its first complete run brought was there before anybody looked (R76)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping
from datetime import datetime

import orjson
from sqlalchemy import Connection, select

from canonical.tables import RUN, STATE
from portal.access import Viewer
from portal.facts import within

Known = MutableMapping[tuple[int, str], datetime]
"""By source and entity: when its first complete run had ended. That never changes, so it is asked for once."""
Beginnings = Mapping[tuple[int, str], datetime]
"""By source and kind of record: what came up to then is no news. What was never read whole is left out."""


def beginnings(connection: Connection, viewer: Viewer, kinds: Collection[str], known: Known) -> Beginnings:
    """Of the viewer's sources. One query, and one more for each entity that is not ``known`` yet."""
    found: dict[tuple[int, str], datetime] = {}
    rows = connection.execute(select(STATE.c.source_id, STATE.c.entity, STATE.c.kinds).where(within(viewer, STATE)))
    for row in rows.all():
        brought = set(orjson.loads(row.kinds)) & set(kinds)
        ended = _first_complete(connection, row.source_id, row.entity, known) if brought else None
        if ended is not None:
            found |= {(row.source_id, kind): max(ended, found.get((row.source_id, kind), ended)) for kind in brought}
    return found


def _first_complete(connection: Connection, source_id: int, entity: str, known: Known) -> datetime | None:
    if (source_id, entity) not in known:
        ended: datetime | None = connection.execute(
            select(RUN.c.ended_at)
            .where(
                RUN.c.source_id == source_id, RUN.c.entity == entity, RUN.c.outcome == "complete",
                RUN.c.ended_at.is_not(None),
            )
            .order_by(RUN.c.id)
            .limit(1)
        ).scalar()  # fmt: skip
        if ended is None:
            return None
        known[source_id, entity] = ended
    return known[source_id, entity]
