"""What dry runs would have done, the last one of each entity: for whoever looks afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from canonical.ending import Summary
from canonical.tables import REHEARSAL


def keep(connection: Connection, source_id: int, entity: str, summary: Summary, at: datetime) -> None:
    """Keep what a dry run came to, in place of the one before."""
    values: Mapping[str, Any] = {**asdict(summary), "at": at}
    place = (REHEARSAL.c.source_id == source_id, REHEARSAL.c.entity == entity)
    if not connection.execute(update(REHEARSAL).where(*place).values(**values)).rowcount:
        connection.execute(insert(REHEARSAL).values(source_id=source_id, entity=entity, **values))
