"""Ready-made sign-ins of a demo: people of its schools who have an account already. Nobody else has any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select
from uuid_utils import uuid7

from canonical.tables import SOURCE, TABLES
from portal.access import Role
from portal.clock import local_day
from portal.signin import passwords
from portal.signin.accounts import ACTIVE, by_login
from portal.stamp import touch
from portal.tables import ACCOUNT, ACCOUNT_ROLE

PASSWORD = "een wachtwoord voor de demo"  # noqa: S105
"""Of all of them: they are make-believe."""

ADULT = 18


class Person(NamedTuple):
    """Somebody in one source."""

    source_id: int
    id: str


class SignIn(NamedTuple):
    """Who can sign in, and under which name."""

    who: str
    login: str


def ready_made(engine: Engine, schools: Sequence[str], at: datetime) -> list[SignIn]:
    """Make the accounts, as far as there are such people and no such accounts yet; all of them, to be told.

    ``schools`` are the sources of the demo, in order. Nobody of another source gets an account, whatever database the
    demo was told to keep its records in.
    """
    hashed = passwords.kept(PASSWORD)
    made = []
    with engine.execution_options(writes=True).begin() as connection:
        for sign_in, role, persons in _cast(connection, schools, local_day(at)):
            if not persons:
                continue
            made.append(sign_in)
            if by_login(connection, sign_in.login) is None:
                _open(connection, sign_in.login, hashed, role, persons, at)
        touch(connection)
    return made


def _cast(connection: Connection, schools: Sequence[str], today: date) -> list[tuple[SignIn, Role, list[Person]]]:
    named = {row.name: row.id for row in connection.execute(select(SOURCE.c.name, SOURCE.c.id))}
    sources = [named[school] for school in schools if school in named]
    mothers = [found for source in sources[:2] if (found := _parents(connection, source, today))]
    adults = [one for source in sources if (one := _adult(connection, source, today))]
    return [
        (SignIn("a mother of children at two schools", "moeder"), Role.GUARDIAN, [pair[0] for pair in mothers]),
        (SignIn("the father of those at the first", "vader"), Role.GUARDIAN, [pair[1] for pair in mothers[:1]]),
        (SignIn("a student of 18", "leerling"), Role.STUDENT, adults[:1]),
    ]


def _parents(connection: Connection, source: int, today: date) -> tuple[Person, Person] | None:
    """Two guardians, both with authority, of a student under 16 who has the most grades."""
    tie, student, grade = TABLES["guardianship"], TABLES["student"], TABLES["grade"]
    young = date(today.year - 15, 1, 1)
    rows = connection.execute(
        select(tie.c.student_id, tie.c.guardian_id)
        .join(student, student.c.id == tie.c.student_id)
        .where(
            tie.c.source_id == source, tie.c.tombstoned_at.is_(None), student.c.tombstoned_at.is_(None),
            student.c.birth_date >= young, tie.c.legal_authority.is_not(False), tie.c.court_block.is_not(True),
        )
        .order_by(
            select(func.count()).where(grade.c.student_id == student.c.id).scalar_subquery().desc(), tie.c.student_id,
            tie.c.id,
        )
    ).all()  # fmt: skip
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.student_id, []).append(row.guardian_id)
    both = next((ids for ids in found.values() if len(ids) > 1), None)
    return None if both is None else (Person(source, both[0]), Person(source, both[1]))


def _adult(connection: Connection, source: int, today: date) -> Person | None:
    student = TABLES["student"]
    born = date(today.year - ADULT, today.month, min(today.day, 28))
    row = connection.execute(
        select(student.c.id)
        .where(student.c.source_id == source, student.c.tombstoned_at.is_(None), student.c.birth_date <= born)
        .order_by(student.c.id)
    ).first()
    return None if row is None else Person(source, row.id)


def _open(
    connection: Connection, login: str, hashed: str, role: Role, persons: list[Person], at: datetime
) -> None:
    account = str(uuid7())
    connection.execute(insert(ACCOUNT).values(
        id=account, login=login, password_hash=hashed, state=ACTIVE, created_at=at, language="nl"
    ))  # fmt: skip
    connection.execute(insert(ACCOUNT_ROLE), [
        {"id": str(uuid7()), "account_id": account, "role": role.value, "source_id": person.source_id,
         "person_id": person.id, "granted_by": "demo", "granted_at": at}
        for person in persons
    ])  # fmt: skip
