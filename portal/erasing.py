"""The end of the portal's copy of a student (R63): when it is due, and what goes with the records.

The portal's copy is no archive: it goes some days after the student has left, long before the law's own terms for the
school's file end. The log of who looked stays, for its own time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select

from canonical.erasure import Erased, erase
from canonical.tables import SOURCE, STATE, TABLES
from portal import audit
from portal.audit import COMMAND, Event
from portal.clock import local_day
from portal.reading import AnyRow, refers
from portal.rules import rules_of
from portal.stamp import touch
from portal.tables import (
    ACCOUNT,
    ACCOUNT_ROLE,
    CONSENT,
    DECISION,
    FACTOR,
    INVITATION,
    LOGIN,
    RESTRICTION,
    SESSION,
)

ERASE, EXPIRE, READMIT = "erase", "expire", "readmit"
"""What the audit calls it."""


class Term(Enum):
    """How many years after leaving the law lets a school keep what."""

    FILE = 2
    """The student file, grades with it."""
    ABSENCE = 5
    """Absence, enrolment and withdrawal."""


class Due(NamedTuple):
    """A student whose copy has had its time. ``left`` is the last day at school."""

    source_id: int
    student_id: str
    local_id: str
    left: date
    due: date


@dataclass(frozen=True, slots=True)
class Leavers:
    """What is due in one source. ``students`` are all that it holds; ``waits`` says why nothing may go yet."""

    source_id: int
    source: str
    due: tuple[Due, ...]
    students: int
    waits: str | None = None


def term_ends(left: date, term: Term) -> date:
    """The last day that the law allows, for who left on ``left``."""
    year = left.year + term.value
    try:
        return left.replace(year=year)
    except ValueError:  # 29 February: not a day longer
        return date(year, 2, 28)


def due_on(left: date, retention_days: int) -> date:
    """The day from which the copy goes: the school's own term, never beyond the shortest of the law's."""
    return min(left + timedelta(days=retention_days), *(term_ends(left, term) for term in Term))


def left_on(ends: Collection[date | None], gone: date | None) -> date | None:
    """The last day at school; None for who is (or may be) at school.

    ``ends`` are the last days of the enrolments, None for one that has none. ``gone`` is the day on which the source no
    longer held the student: the copy is never kept longer than that plus the school's term. Whose enrolments are not
    known at all has not left.
    """
    known = [end for end in ends if end is not None]
    last = max(known) if known and len(known) == len(ends) else None
    if gone is None or last is None:
        return gone or last
    return min(gone, last)


def leavers(connection: Connection, today: date) -> list[Leavers]:
    """What is due in every source. A source that was not read completely since proves nothing: it waits.

    Whose processing is restricted (R64) is not due: what is in dispute is kept as it is.
    """
    sources = connection.execute(select(SOURCE.c.id, SOURCE.c.name).order_by(SOURCE.c.name)).all()
    ruled = rules_of(connection, {source.id for source in sources})
    ends = _ends(connection)
    restricted = select(RESTRICTION.c.student_id).where(RESTRICTION.c.ended_at.is_(None))
    disputed = set(connection.execute(restricted).scalars())
    found = []
    for source in sources:
        students = _students(connection, source.id)
        read = _read_until(connection, source.id)
        due = []
        for row in students:
            if row.id in disputed:
                continue
            gone = None if row.tombstoned_at is None else local_day(row.tombstoned_at)
            left = left_on(ends.get((row.id, source.id), ()), gone)
            if left is not None and (on := due_on(left, ruled[source.id].retention_days)) <= today:
                due.append(Due(source.id, row.id, row.local_id, left, on))
        waits = None
        if due and (read is None or read < max(one.due for one in due)):
            waits = "the enrolments were not read completely since"
        found.append(Leavers(source.id, source.name, tuple(due), len(students), waits))
    return found


def _students(connection: Connection, source_id: int) -> list[AnyRow]:
    table = TABLES["student"]
    columns = (table.c.id, table.c.local_id, table.c.tombstoned_at)
    return list(connection.execute(select(*columns).where(table.c.source_id == source_id).order_by(table.c.id)))


def _ends(connection: Connection) -> Mapping[tuple[str, int], list[date | None]]:
    """The last days of every student's enrolments; without dates of their own, those of their school year."""
    table, year = TABLES["enrolment"], TABLES["school_year"]
    rows = connection.execute(
        select(
            table.c.student_id, table.c.source_id,
            func.coalesce(table.c.left_on, table.c.ends, year.c.ends).label("last"),
        )
        .select_from(table.outerjoin(year, refers(table.c.school_year_id, table, year)))
        .where(table.c.tombstoned_at.is_(None))
    )  # fmt: skip
    found: dict[tuple[str, int], list[date | None]] = defaultdict(list)
    for row in rows:
        found[row.student_id, row.source_id].append(row.last)
    return found


def _read_until(connection: Connection, source_id: int) -> date | None:
    """The day until which all enrolments are known; None: they were never read completely."""
    rows = connection.execute(
        select(STATE.c.complete_at).where(STATE.c.source_id == source_id, STATE.c.kinds.contains('"enrolment"'))
    ).scalars().all()  # fmt: skip
    return None if not rows or None in rows else min(map(local_day, rows))


def end(
    connection: Connection, key: bytes, source_id: int, student_id: str, at: datetime, action: str
) -> Erased:
    """Erase a student: records, account, consents, decisions; and put that on file. Within the caller's transaction.

    ``action`` is ``ERASE``, or ``EXPIRE`` for whose time was over, who may return. Nothing happens, and nothing is put
    on file, where there is nothing.
    """
    erased = erase(connection, source_id, student_id, at, may_return=action == EXPIRE)
    if erased.records:
        _forget(connection, source_id, student_id, erased.persons)
        touch(connection)  # no answer that was kept outlives what it tells
        put_on_file(connection, key, source_id, student_id, action, at)
    return erased


def put_on_file(
    connection: Connection, key: bytes, source_id: int, student_id: str, action: str, at: datetime
) -> None:
    """An act of the command line, about one student."""
    audit.append(connection, key, [Event(source_id, COMMAND, COMMAND, action, student_id=student_id)], at)


def _forget(connection: Connection, source_id: int, student_id: str, persons: Iterable[str]) -> None:
    """What the read layer keeps of these persons of one source."""
    ids = sorted(persons)
    table = TABLES["student"]
    elsewhere = exists().where(table.c.id == student_id)
    for own in (CONSENT, RESTRICTION):  # they are of the student, whatever source brings the student
        connection.execute(delete(own).where(own.c.student_id == student_id, ~elsewhere))
    of_source = DECISION.c.source_id == source_id
    connection.execute(
        delete(DECISION).where(of_source, or_(DECISION.c.student_id == student_id, DECISION.c.guardian_id.in_(ids)))
    )
    mine = [and_(table.c.source_id == source_id, table.c.person_id.in_(ids)) for table in (INVITATION, ACCOUNT_ROLE)]
    connection.execute(delete(INVITATION).where(mine[0]))
    accounts = set(connection.execute(select(ACCOUNT_ROLE.c.account_id).where(mine[1])).scalars())
    connection.execute(delete(ACCOUNT_ROLE).where(mine[1]))
    _close(connection, accounts)


def _close(connection: Connection, accounts: Collection[str]) -> None:
    """Remove accounts that have nobody's role any more."""
    unused: ColumnElement[bool] = ~exists().where(ACCOUNT_ROLE.c.account_id == ACCOUNT.c.id)
    ids = connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.id.in_(sorted(accounts)), unused)).scalars().all()
    for table in (FACTOR, SESSION, LOGIN):
        connection.execute(delete(table).where(table.c.account_id.in_(ids)))
    connection.execute(delete(ACCOUNT).where(ACCOUNT.c.id.in_(ids)))


def told(due: Due) -> dict[str, Any]:
    """One that is due, as JSON has it."""
    return {"student": due.student_id, "number": due.local_id, "left": due.left.isoformat(), "due": due.due.isoformat()}
