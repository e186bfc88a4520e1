"""What a store holds at one moment: the rows of every table, the ends of the log's chains, the schema's versions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, select, text

from canonical.bulk import clock, is_postgresql
from canonical.database import MIGRATIONS
from portal.rowsecurity import STORE
from portal.schema import MIGRATIONS as READ_LAYER
from portal.schema import VERSION_TABLE
from portal.tables import AUDIT_HEAD
from schoolbrug.backups.manifest import Counted, End, Tally

SCHEMAS = {"store": (MIGRATIONS, "alembic_version"), "read layer": (READ_LAYER, VERSION_TABLE)}
"""The chains of migrations, and the tables that say how far each has come."""

_SETTINGS = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL bytea_output = 'hex';" \
    " SET LOCAL extra_float_digits = 3; SET LOCAL datestyle = 'ISO'"
"""As pg_dump has them, so that a row is the same text."""


@contextmanager
def at_one_moment(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the store, however long it takes and whoever writes meanwhile."""
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with connection, connection.begin():
        if is_postgresql(connection):
            driver: Any = connection.connection.driver_connection
            driver.execute(_SETTINGS)
        yield connection


def tables(connection: Connection) -> dict[str, bool]:
    """All tables by name, and whether policies say who sees which of its rows."""
    if not is_postgresql(connection):
        found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
        return {name: False for name in sorted(found) if not name.startswith("sqlite_")}
    rows = connection.execute(text(
        "SELECT relname, relrowsecurity FROM pg_class c WHERE relkind IN ('r', 'p')"
        " AND relnamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY relname"
    ))  # fmt: skip
    return {row.relname: row.relrowsecurity for row in rows}


def content(connection: Connection) -> dict[str, Counted]:
    """Every table's rows. On PostgreSQL as the role sees them that sees all, whatever this login may."""
    return {name: _counted(connection, name, guarded) for name, guarded in tables(connection).items()}


def _counted(connection: Connection, name: str, guarded: bool) -> Counted:
    tally = Tally()
    if is_postgresql(connection):
        _become(connection, STORE if guarded else "none")
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY (SELECT * FROM "{name}") TO STDOUT') as copy:  # noqa: S608
            for row in copy:
                tally.add(bytes(row))
        _become(connection, "none")
    else:
        for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"', execution_options={"yield_per": 1_000}):  # noqa: S608
            tally.add(ascii(tuple(row)).encode())
    return tally.counted()


def ends(connection: Connection) -> tuple[End, ...]:
    """Where the chains of the log of who looked end."""
    if AUDIT_HEAD.name not in tables(connection):
        return ()
    rows = connection.execute(select(AUDIT_HEAD).order_by(AUDIT_HEAD.c.source_id))
    return tuple(
        End(source=row.source_id, n=row.n, hash=bytes(row.hash).hex(), gone=row.gone,
            gone_hash=bytes(row.gone_hash).hex(), seal=bytes(row.seal).hex())
        for row in rows
    )  # fmt: skip


def versions(connection: Connection) -> dict[str, str]:
    """The versions of the schemas that are there."""
    found = {
        name: MigrationContext.configure(connection, opts={"version_table": table}).get_current_revision()
        for name, (_, table) in SCHEMAS.items()
    }
    return {name: version for name, version in found.items() if version is not None}


def moment(connection: Connection) -> datetime:
    """The database's own time."""
    seconds = connection.execute(text(f"SELECT {clock(connection)}")).scalar_one()
    return datetime.fromtimestamp(float(seconds), UTC)


def _become(connection: Connection, role: str) -> None:
    connection.execute(text("SELECT set_config('role', :r, true)"), {"r": role})
