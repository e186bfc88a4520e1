"""Sources whose settings are kept in the store, for all machines. What the settings say is not known here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select, text

from canonical.columns import iso
from canonical.tables import DUE, GATE, SOURCE, TENANT


def added(connection: Connection) -> dict[str, datetime]:
    """When each was added, by name: who was removed and added again is another."""
    return {row.name: row.added_at for row in connection.execute(select(TENANT.c.name, TENANT.c.added_at))}


def settings(connection: Connection, names: Collection[str]) -> dict[str, tuple[datetime, str]]:
    """When these were added, and what their settings are; without those that are not there (any more)."""
    rows = connection.execute(select(TENANT).where(TENANT.c.name.in_(sorted(names))))
    return {row.name: (row.added_at, row.settings) for row in rows}


def add(connection: Connection, name: str, settings: str) -> bool:
    """Keep the settings of a source; False when there are some already."""
    done = connection.execute(
        text("INSERT INTO tenant (name, settings, added_at) VALUES (:n, :s, :at) ON CONFLICT (name) DO NOTHING"),
        {"n": name, "s": settings, "at": iso(datetime.now(UTC))},
    )
    return done.rowcount == 1


def remove(connection: Connection, name: str) -> bool:
    """Forget the settings of a source, and when what of it is due; False when there are none."""
    forgotten = connection.execute(delete(TENANT).where(TENANT.c.name == name)).rowcount == 1
    if forgotten:
        for table in (DUE, GATE):
            number = select(SOURCE.c.id).where(SOURCE.c.name == name).scalar_subquery()
            connection.execute(delete(table).where(table.c.source_id == number))
    return forgotten
