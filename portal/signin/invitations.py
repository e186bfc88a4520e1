"""Letters that invite guardians: who gets one, the code in it, and the second code to the address on record.

A letter alone is not enough: it can be opened by a child, or by the other parent. What proves the person is the letter
together with a code that the school's own records say where to send. Where they say nothing, the school hands the
second code out itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, insert, select, update
from uuid_utils import uuid7

from canonical.tables import TABLES
from portal.access import Area, Role, Viewer, may_see
from portal.clock import local_day
from portal.facts import pupils, students_of, tied_ids
from portal.reading import AnyRow, become, living, refers
from portal.signin import codes
from portal.tables import ACCOUNT_ROLE, INVITATION

VALID = timedelta(days=60)
CODE_VALID = timedelta(minutes=15)
HANDED_VALID = timedelta(days=7)
"""A second code that the school hands out."""
TRIES = 5
"""For each second code."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A guardian who may have an account, and the students that it would show: rows of their tables."""

    guardian: AnyRow
    students: tuple[AnyRow, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """Where somebody can be reached according to the school. ``way`` is ``email`` or ``phone``."""

    way: str
    to: str


def guardian_viewer(source_id: int, guardian_id: str) -> Viewer:
    """What a guardian would see."""
    return Viewer(
        role=Role.GUARDIAN, actor="invitation", sources=frozenset({source_id}),
        persons={source_id: frozenset({guardian_id})},
    )  # fmt: skip


def invited(
    connection: Connection, source_id: int, now: datetime, *, student: str | None = None, again: bool = False
) -> list[Invited]:
    """The guardians of a source who may see a student (R50-R55), in the order of the students' names.

    With ``student``, the school's number of one, those of that student alone. Who has an account is left out, unless
    ``again``. Access is judged for each guardian by itself: each gets an own letter, and an own account (R50).
    """
    table, tie = TABLES["guardian"], TABLES["guardianship"]
    has_one = exists().where(ACCOUNT_ROLE.c.source_id == table.c.source_id, ACCOUNT_ROLE.c.person_id == table.c.id)
    tied = exists().where(tie.c.guardian_id == table.c.id, tie.c.source_id == table.c.source_id, living(tie))
    if student is not None:
        child = TABLES["student"]
        tied = tied.where(refers(tie.c.student_id, tie, child), child.c.local_id == student)
    statement = select(table).where(table.c.source_id == source_id, living(table), tied)
    if not again:
        statement = statement.where(~has_one)
    found = [
        Invited(guardian, students)
        for guardian in connection.execute(statement).all()
        if (students := _students(connection, source_id, guardian.id, now))
        and (student is None or any(row.local_id == student for row in students))
    ]
    return sorted(found, key=lambda one: (*(_name(one.students[0])), one.guardian.id))


def _students(connection: Connection, source_id: int, guardian_id: str, now: datetime) -> tuple[AnyRow, ...]:
    """The students of whom a guardian may see anything now, in the order of their names."""
    viewer = guardian_viewer(source_id, guardian_id)
    ids = tied_ids(connection, viewer, local_day(now))
    rows = connection.execute(students_of(viewer).where(TABLES["student"].c.id.in_(ids or ()))).all()
    seen = [
        row for row, pupil in zip(rows, pupils(connection, viewer, rows, local_day(now)), strict=True)
        if any(may_see(viewer, pupil, area, now).allowed for area in Area)
    ]  # fmt: skip
    return tuple(sorted(seen, key=_name))


def issue(connection: Connection, key: bytes, source_id: int, guardian_id: str, code: str, now: datetime) -> None:
    """Invite a guardian by a letter with ``code``; the letters of before are withdrawn."""
    connection.execute(
        update(INVITATION)
        .where(
            INVITATION.c.source_id == source_id, INVITATION.c.person_id == guardian_id,
            INVITATION.c.used_at.is_(None), INVITATION.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )  # fmt: skip
    connection.execute(
        insert(INVITATION).values(
            id=str(uuid7()), source_id=source_id, person_id=guardian_id, role=Role.GUARDIAN.value,
            letter_digest=codes.digest(key, code, "letter"), made_at=now, expires_at=now + VALID, attempts=0,
        )
    )  # fmt: skip


def of_letter(connection: Connection, key: bytes, code: str, now: datetime) -> AnyRow | None:
    """The invitation that a letter's code belongs to, if it is still good."""
    row = connection.execute(
        select(INVITATION).where(INVITATION.c.letter_digest == codes.digest(key, code, "letter")).with_for_update()
    ).first()
    return row if row is not None and _good(row, now) else None


def by_id(connection: Connection, id_: str, now: datetime) -> AnyRow | None:
    """An invitation that is still good. It is ours until the transaction ends."""
    row = connection.execute(select(INVITATION).where(INVITATION.c.id == id_).with_for_update()).first()
    return row if row is not None and _good(row, now) else None


def open_for(connection: Connection, source_id: int, guardian_id: str, now: datetime) -> AnyRow | None:
    """A guardian's invitation that is still good."""
    rows = connection.execute(
        select(INVITATION).where(INVITATION.c.source_id == source_id, INVITATION.c.person_id == guardian_id)
    )
    return next((row for row in rows if _good(row, now)), None)


def _good(row: AnyRow, now: datetime) -> bool:
    return row.used_at is None and row.withdrawn_at is None and now < row.expires_at


def contact(connection: Connection, source_id: int, guardian_id: str, ways: Collection[str]) -> Contact | None:
    """Where the school's records say that a guardian can be reached, in one of ``ways``; None when they do not.

    It is read as that guardian: row-level security shows the own record to hardly anybody else. The rest of the
    transaction is nobody's.
    """
    become(connection, guardian_viewer(source_id, guardian_id))
    table = TABLES["guardian"]
    row = connection.execute(
        select(table.c.email, table.c.phone).where(
            table.c.source_id == source_id, table.c.id == guardian_id, living(table)
        )
    ).first()
    become(connection, None)
    if row is None:
        return None
    known = (("email", row.email, _MAIL), ("phone", row.phone, _TELEPHONE))
    return next((Contact(way, to.strip(" ")) for way, to, form in known if way in ways and _is_one(to, form)), None)


_MAIL = re.compile(r"[^\s@,;:<>()\[\]\\\"]+@[^\s@,;:<>()\[\]\\\"]+")
_TELEPHONE = re.compile(r"\+?\(?[0-9](?:[ .()-]{0,3}[0-9]){6,14}")
"""With 15 digits at most (E.164): two numbers in one field are none."""


def _is_one(text: str | None, form: re.Pattern[str]) -> bool:
    """Whether it is one address and nothing around it: what a source brings must become neither another header of a
    message nor another receiver. Some administrations keep those of both parents in one field."""
    return text is not None and text.isprintable() and form.fullmatch(text.strip(" ")) is not None


def second_code(connection: Connection, key: bytes, invitation_id: str, now: datetime, *, handed: bool = False) -> str:
    """A new second code: one to send, or one that the school hands out. The one of before is worthless."""
    code = codes.new_digits()
    connection.execute(
        update(INVITATION)
        .where(INVITATION.c.id == invitation_id)
        .values(
            code_digest=codes.digest(key, code, "second", invitation_id), code_sent_at=None if handed else now,
            code_expires_at=now + (HANDED_VALID if handed else CODE_VALID), attempts=0,
        )
    )  # fmt: skip
    return code


def handed_out(invitation: AnyRow, now: datetime) -> bool:
    """Whether the school has handed out a second code that still holds: then none is sent in its place."""
    return invitation.code_digest is not None and invitation.code_sent_at is None and now < invitation.code_expires_at


def try_code(connection: Connection, key: bytes, invitation: AnyRow, code: str, now: datetime) -> bool:
    """Whether this is the second code. Each try counts, the right one ends the code."""
    if invitation.code_digest is None or now >= invitation.code_expires_at or invitation.attempts >= TRIES:
        return False
    right = codes.same(invitation.code_digest, codes.digest(key, code, "second", invitation.id))
    values = {"code_digest": None} if right else {"attempts": invitation.attempts + 1}
    connection.execute(update(INVITATION).where(INVITATION.c.id == invitation.id).values(**values))
    return right


def used(connection: Connection, invitation_id: str, account_id: str, now: datetime) -> None:
    """The letter has done its work."""
    connection.execute(
        update(INVITATION).where(INVITATION.c.id == invitation_id).values(used_at=now, account_id=account_id)
    )


def _name(row: AnyRow) -> tuple[str, str, str]:
    return row.last_name.casefold(), (row.first_name or row.initials or "").casefold(), row.id
