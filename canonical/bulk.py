"""Many rows at once, in the quickest way that each database has. Values are text, numbers, booleans, bytes or None."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

Row = Sequence[Any]

PARAMETERS = 5_000
"""Values in one IN list; a statement may hold some 30,000."""

_ALONE = 0x5C40
"""Any number will do, as long as no other advisory lock uses it."""


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def insert(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Add ``rows``. COPY on PostgreSQL; on SQLite one prepared statement, run for each row inside the driver."""
    if not rows:
        return
    if not is_postgresql(connection):
        marks = ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{table}" ({quoted(columns)}) VALUES ({marks})'
        connection.exec_driver_sql(statement, list(map(tuple, rows)))
    elif connection.exec_driver_sql("SELECT row_security_active(%s)", (f'"{table}"',)).scalar_one():
        _insert_checked(connection, table, columns, rows)
    else:
        _copy(connection, table, columns, rows)


def _copy(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({quoted(columns)}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.OperationalError as error:  # of a driver that is asked directly SQLAlchemy sees none
        raise OperationalError("COPY", None, error, hide_parameters=True) from None


def _insert_checked(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """PostgreSQL does not COPY into a table whose rows it must check: they go there by way of a temporary table."""
    new = f"new_{table}"
    connection.exec_driver_sql(
        f'CREATE TEMPORARY TABLE IF NOT EXISTS "{new}" ON COMMIT DELETE ROWS'
        f' AS SELECT {quoted(columns)} FROM "{table}" WITH NO DATA'
    )
    connection.exec_driver_sql(f'DELETE FROM "{new}"')
    _copy(connection, new, columns, rows)
    connection.exec_driver_sql(
        f'INSERT INTO "{table}" ({quoted(columns)}) SELECT {quoted(columns)} FROM "{new}"'
    )


def update(connection: Connection, table: str, key: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Set ``columns`` of the rows whose ``key`` matches; each row is the columns' values, then the key's."""
    if not rows:
        return
    mark = "%s" if is_postgresql(connection) else "?"
    settings = ", ".join(f'"{name}" = {mark}' for name in columns)
    where = " AND ".join(f'"{name}" = {mark}' for name in key)
    connection.exec_driver_sql(f'UPDATE "{table}" SET {settings} WHERE {where}', list(map(tuple, rows)))


def stage(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Put ``rows`` into a temporary table of text columns, emptied first, for a join."""
    definitions = ", ".join(f'"{name}" text' for name in columns)
    ending = " ON COMMIT DELETE ROWS" if is_postgresql(connection) else ""
    connection.exec_driver_sql(f'CREATE TEMPORARY TABLE IF NOT EXISTS "{table}" ({definitions}){ending}')
    connection.exec_driver_sql(f'DELETE FROM "{table}"')
    if is_postgresql(connection):
        _copy(connection, table, columns, rows)
    else:
        insert(connection, table, columns, rows)


def look_up(connection: Connection, staged: str, table: str, matching: str) -> str:
    """SQL for a join that looks each staged row up in ``table`` by an index, whatever the planner believes.

    A fresh table has no statistics yet: PostgreSQL would read all of it for every batch. ``matching`` is the
    condition between ``w`` (staged) and ``i`` (the table).
    """
    if not is_postgresql(connection):
        return f'"{staged}" w JOIN "{table}" i ON {matching}'
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    # Avoiding a scan is priced so high that PostgreSQL would think it worth compiling the statement, each time.
    connection.exec_driver_sql("SET LOCAL jit = off")
    return f'"{staged}" w CROSS JOIN LATERAL (SELECT * FROM "{table}" i WHERE {matching} OFFSET 0) i'


def alone(connection: Connection, number: int) -> bool:
    """Wait until no other transaction is alone with ``number``, and keep them out until this one ends.

    False where that was so from the transaction's begin: on SQLite every writer is alone.
    """
    if not is_postgresql(connection):
        return False
    connection.execute(text("SELECT pg_advisory_xact_lock(:space, :n)"), {"space": _ALONE, "n": number})
    return True


def numbers(connection: Connection, table: str, column: str, count: int) -> Iterator[int]:
    """``count`` fresh values of a table's counting column, taken before the rows are written."""
    if count == 0:
        return iter(())
    if is_postgresql(connection):
        statement = text("SELECT nextval(pg_get_serial_sequence(:t, :c)) FROM generate_series(1, :k)")
        taken = connection.execute(statement, {"t": f'"{table}"', "c": column, "k": count}).scalars().all()
        return iter(taken)
    last = connection.exec_driver_sql(f'SELECT coalesce(max("{column}"), 0) FROM "{table}"').scalar_one()
    return iter(range(last + 1, last + 1 + count))


def in_chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of at most ``size``."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def clock(connection: Connection) -> str:
    """SQL for the database's own clock, as seconds since 1970."""
    if is_postgresql(connection):
        return "extract(epoch FROM clock_timestamp())"
    return "((julianday('now') - 2440587.5) * 86400.0)"


