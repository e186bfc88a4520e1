"""Reading the store: one transaction an answer, so that an answer is consistent while a sync writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Row, and_

AnyRow = Row[*tuple[Any, ...]]
"""A row of whatever columns a query asked for."""

_OPTIONS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction in which every query sees the same state.

    SQLite's readers have that from their first query on (WAL); PostgreSQL needs to be asked.
    """
    connection = engine.connect()
    if connection.dialect.name == "postgresql":
        connection = connection.execution_options(**_OPTIONS)
    with connection, connection.begin():
        yield connection


def living(table: FromClause) -> ColumnElement[bool]:
    """The condition that a row was not seen to be gone."""
    return table.c.tombstoned_at.is_(None)


def refers(column: ColumnElement[str | None], row: FromClause, target: FromClause) -> ColumnElement[bool]:
    """The join of ``row`` with the living record that its ``column`` refers to, within the same source."""
    return and_(target.c.id == column, target.c.source_id == row.c.source_id, living(target))
