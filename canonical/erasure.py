"""Erasing what is held of one student (R63, R64), so that no later sync brings it back by itself.

What goes: the rows of the student, those that refer to the student, those of guardians who are nobody else's, what the
change log says of all of these, and the rows in quarantine that bear their keys. What stays is that they were there:
each identity with its key and its canonical id, which so never comes back for somebody else, and one line a record in
the change log that says when it was erased.

An erased identity belongs to ``plan.ERASED``, or to ``plan.EXPIRED`` when its time was over. What a source still
brings of it is passed over, and so is whatever refers to an erased student. A guardian is let in again as soon as
another student is brought who refers to that guardian; a student whose time was over as soon as a new enrolment is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, Engine, and_, exists, select, update

from canonical import bulk
from canonical.batch import KEY, LOG_COLUMNS, let_in
from canonical.columns import iso
from canonical.plan import ERASED, EXPIRED
from canonical.records import RECORDS, references
from canonical.tables import ALIAS, CHANGE, IDENTITY, QUARANTINE, STATE, TABLES

ERASE = "erase"

OF_STUDENT = tuple(kind for kind in RECORDS if references(kind).get("student") == "student")
"""The kinds of record that are one student's."""


class Erased(NamedTuple):
    """``records`` counts what went; ``persons`` are the ids of the student and the guardians who are among them."""

    records: int
    persons: frozenset[str]


def erase(
    connection: Connection, source_id: int, student_id: str, at: datetime, *, may_return: bool = False
) -> Erased:
    """Erase a student, within the caller's writing transaction; with ``may_return`` only until the next enrolment.

    Waits until no batch of the source is being written, and keeps them out until the transaction ends. On SQLite
    call ``scrub`` afterwards. Nothing happens when there is nothing (any more).
    """
    _keep_out(connection, source_id)
    doomed = _doomed(connection, source_id, student_id)
    moment, mark = iso(at), EXPIRED if may_return else ERASED
    for kind, ids in doomed.items():
        for page in bulk.in_chunks(ids, bulk.PARAMETERS):
            _erase(connection, source_id, kind, page, (mark, student_id), moment)
    return Erased(sum(map(len, doomed.values())), frozenset(doomed["student"] + doomed["guardian"]))


def readmit(connection: Connection, source_id: int, student_id: str) -> int:
    """Let an erased student in again, with the next complete reads; gives how many identities that concerns."""
    _keep_out(connection, source_id)
    return let_in(connection, source_id, student_id)


def scrub(engine: Engine) -> None:
    """After the transaction: see that the database's own files do not keep what was erased.

    On SQLite the write-ahead log is emptied; ``erase`` had the pages overwritten. PostgreSQL reuses the space by its
    own vacuum.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _keep_out(connection: Connection, source_id: int) -> None:
    """Every batch holds its entity's row in ``entity_state`` from its beginning."""
    if bulk.is_postgresql(connection):
        rows = select(STATE.c.entity).where(STATE.c.source_id == source_id).order_by(STATE.c.entity)
        connection.execute(rows.with_for_update()).all()
    else:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _doomed(connection: Connection, source_id: int, student_id: str) -> dict[str, list[str]]:
    """The ids of all that goes, by kind; tombstones too."""

    def ids(kind: str, column: str) -> list[str]:
        table = TABLES[kind]
        mine = select(table.c.id).where(table.c[column] == student_id, table.c.source_id == source_id)
        return list(connection.execute(mine).scalars())

    found = {kind: ids(kind, "student_id") for kind in OF_STUDENT}
    return found | {"student": ids("student", "id"), "guardian": _orphans(connection, source_id, student_id)}


def _orphans(connection: Connection, source_id: int, student_id: str) -> list[str]:
    """The student's guardians who are not also another student's."""
    guardian, tie = TABLES["guardian"], TABLES["guardianship"]
    mine = and_(tie.c.guardian_id == guardian.c.id, tie.c.source_id == source_id)
    return list(
        connection.execute(
            select(guardian.c.id).where(
                guardian.c.source_id == source_id,
                exists().where(mine, tie.c.student_id == student_id),
                ~exists().where(mine, tie.c.student_id != student_id, tie.c.tombstoned_at.is_(None)),
            )
        ).scalars()
    )


def _erase(
    connection: Connection, source_id: int, kind: str, ids: list[str], mark: tuple[str, str], at: str
) -> None:
    """Erase records of one kind. ``mark`` is what their identities get for entity and scope."""
    table = TABLES[kind]
    known = connection.execute(
        select(IDENTITY).where(IDENTITY.c.source_id == source_id, IDENTITY.c.id.in_(ids), IDENTITY.c.kind == kind)
    ).all()
    _unquarantine(connection, source_id, kind, {row.n: tuple(getattr(row, name) for name in KEY[1:]) for row in known})
    connection.execute(table.delete().where(table.c.source_id == source_id, table.c.id.in_(ids)))
    connection.execute(
        update(CHANGE).where(CHANGE.c.id.in_(ids), CHANGE.c.source_id == source_id, CHANGE.c.kind == kind)
        .values(before=None, after=None)
    )  # fmt: skip
    bulk.update(
        connection, "identity", ("n",), ("entity", "scope", "content_hash", "raw_hash", "version", "live"),
        [(*mark, None, None, row.version + 1, False, row.n) for row in known],
    )  # fmt: skip
    bulk.insert(connection, "change", LOG_COLUMNS, [
        (source_id, _NO_RUN, kind, row.id, row.version + 1, ERASE, at, None, None) for row in known
    ])  # fmt: skip


_NO_RUN = 0
"""It is a person's act, or time's, and no sync's."""


def _unquarantine(
    connection: Connection, source_id: int, kind: str, keys: Mapping[int, tuple[str, ...]]
) -> None:
    """Drop the rows in quarantine that bear one of these keys, or a further one of the same identities."""
    names: defaultdict[int, set[tuple[str, ...]]] = defaultdict(set)
    for n, key in keys.items():
        names[n].add(key)
    further = select(ALIAS).where(ALIAS.c.source_id == source_id, ALIAS.c.n.in_(list(keys)))
    for row in connection.execute(further):
        names[row.n].add(tuple(getattr(row, name) for name in KEY[1:]))
    rows = {
        orjson.dumps([kind, *(part for part in key if part)]).decode() for every in names.values() for key in every
    }
    for page in bulk.in_chunks(rows, bulk.PARAMETERS):
        connection.execute(
            QUARANTINE.delete().where(QUARANTINE.c.source_id == source_id, QUARANTINE.c.row.in_(page))
        )
