"""What a store holds, read with plain statements and told in the source's own keys; the kernel has no part in it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Engine, select

from canonical.records import references
from canonical.tables import CHANGE, IDENTITY, META, METADATA, TABLES

Place = tuple[str, tuple[str, ...]]


class State(NamedTuple):
    """One record: ``fields`` in JSON, without those that are empty; references as the key of what they refer to."""

    live: bool
    fields: dict[str, Any]


def places(connection: Connection, source: int) -> dict[str, Place]:
    """The place of each id."""
    rows = connection.execute(select(IDENTITY).where(IDENTITY.c.source_id == source)).mappings()
    columns = ("k1", "k2", "k3", "k4")
    return {row["id"]: (row["kind"], tuple(row[name] for name in columns if row[name])) for row in rows}


def stored(engine: Engine, source: int) -> dict[Place, State]:
    """Every record's row."""
    found: dict[Place, State] = {}
    with engine.connect() as connection:
        place = places(connection, source)
        for kind, table in TABLES.items():
            for row in connection.execute(select(table).where(table.c.source_id == source)).mappings():
                fields = {name: row[name] for name in row if name not in META and row[name] is not None}
                for name in references(kind):
                    if f"{name}_id" in fields:
                        fields[name] = list(place[fields.pop(f"{name}_id")][1])
                plain = {name: _json(value) for name, value in fields.items()}
                assert place[row["id"]] not in found
                found[place[row["id"]]] = State(row["tombstoned_at"] is None, plain)
    return found


def live(engine: Engine, source: int) -> dict[Place, dict[str, Any]]:
    """The records that are not deleted."""
    return {place: state.fields for place, state in stored(engine, source).items() if state.live}


def changes(engine: Engine, source: int) -> list[dict[str, Any]]:
    """The change log, oldest first; ``before`` and ``after`` decoded."""
    with engine.connect() as connection:
        rows = connection.execute(select(CHANGE).where(CHANGE.c.source_id == source).order_by(CHANGE.c.seq)).mappings()
        return [
            {**row, "before": row["before"] and orjson.loads(row["before"]),
             "after": row["after"] and orjson.loads(row["after"])}
            for row in rows
        ]  # fmt: skip


def rows_of(engine: Engine, table: str, source: int | None = None) -> list[dict[str, Any]]:
    """Every row of one of the store's own tables."""
    made = METADATA.tables[table]
    statement = select(made)
    if source is not None:
        statement = statement.where(made.c.source_id == source)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(statement.order_by(*made.primary_key.columns)).mappings()]


def dump(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    return {table.name: rows_of(engine, table.name) for table in METADATA.sorted_tables}


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
