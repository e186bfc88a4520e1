"""Reading the store: one transaction an answer, so that an answer is consistent while a sync writes.

On PostgreSQL the database itself knows who asks: row-level security shows nothing that the viewer may not see,
whatever the query forgets. A transaction without a viewer sees nothing of any student.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Row, and_, text

from portal.access import Viewer
from portal.clock import local_day, now
from portal.rowsecurity import PORTAL

AnyRow = Row[*tuple[Any, ...]]
"""A row of whatever columns a query asked for."""

_OPTIONS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

_SETTINGS = ("role", "sources", "persons", "account", "scopes", "today", "file")
"""What ``rowsecurity.sql`` asks of a transaction. Each is set every time, so that nothing is left of another one."""

_AS_VIEWER = text(
    f"SELECT set_config('role', '{PORTAL}', true), "
    + ", ".join(f"set_config('app.{name}', :{name}, true)" for name in _SETTINGS)
)
_FILE = text("SELECT set_config('app.file', :student, true)")


@contextmanager
def reading(engine: Engine, viewer: Viewer | None = None) -> Iterator[Connection]:
    """One transaction in which every query sees the same state, as ``viewer`` may.

    SQLite's readers have that from their first query on (WAL); PostgreSQL needs to be asked.
    """
    connection = engine.connect()
    if connection.dialect.name == "postgresql":
        connection = connection.execution_options(**_OPTIONS)
    with connection, connection.begin():
        become(connection, viewer)
        yield connection


@contextmanager
def writing(engine: Engine, viewer: Viewer | None = None) -> Iterator[Connection]:
    """One transaction that writes the read layer's own tables; the records themselves are the store's."""
    connection = engine.connect().execution_options(writes=True)
    with connection, connection.begin():
        become(connection, viewer)
        yield connection


def become(connection: Connection, viewer: Viewer | None) -> None:
    """Let the rest of this transaction see what ``viewer`` may, and nothing after it."""
    if connection.dialect.name == "postgresql":
        connection.execute(_AS_VIEWER, told(viewer))


def open_file(connection: Connection, student: str) -> None:
    """Let the rest of this transaction see everything of one student whose whole file the viewer may have (R64).

    Whether that is so the database judges itself; this only says that it is the file that is asked for.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_FILE, {"student": student})


def told(viewer: Viewer | None) -> dict[str, str]:
    """The settings by which the database knows the viewer; it decides by the day that the application lives in."""
    settings = dict.fromkeys(_SETTINGS, "") | {"today": local_day(now()).isoformat()}
    if viewer is None:
        return settings
    persons = sorted(f"{source}:{person}" for source, ids in viewer.persons.items() for person in ids)
    return settings | {
        "role": viewer.role.value, "sources": "*" if viewer.sources is None else _list(viewer.sources),
        "persons": ",".join(persons), "account": viewer.account or "", "scopes": _list(viewer.scopes),
    }  # fmt: skip


def _list(words: Iterable[object]) -> str:
    return ",".join(sorted(map(str, words)))


def living(table: FromClause) -> ColumnElement[bool]:
    """The condition that a row was not seen to be gone."""
    return table.c.tombstoned_at.is_(None)


def refers(column: ColumnElement[str | None], row: FromClause, target: FromClause) -> ColumnElement[bool]:
    """The join of ``row`` with the living record that its ``column`` refers to, within the same source."""
    return and_(target.c.id == column, target.c.source_id == row.c.source_id, living(target))
