"""Ready-made sign-ins of a demo: people of its schools who have an account already. Nobody else has any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import pyotp
from sqlalchemy import ColumnElement, Connection, Engine, FromClause, func, insert, select, union
from uuid_utils import uuid7

from canonical.tables import SOURCE, TABLES
from canonical.terms import Relation, StaffRole
from portal.access import Role
from portal.clock import local_day
from portal.reading import AnyRow, living
from portal.signin import factors, granting, passwords
from portal.signin.accounts import ACTIVE
from portal.signin.sessions import GUARDED
from portal.stamp import touch
from portal.tables import ACCOUNT, ACCOUNT_ROLE

PASSWORD = "een wachtwoord voor de demo"  # noqa: S105
"""Of all of them: they are make-believe."""

BY = "demo"
"""Who has granted what they may."""
ADULT = 18
YOUNG = 15
"""Of a child of this age or less there is nothing that guardians do not see."""


class Person(NamedTuple):
    """Somebody in one source; None: the role is of the source itself."""

    source_id: int
    id: str | None


class SecondStep(NamedTuple):
    """What the second step of a sign-in takes: the key for an authenticator app, or codes that each work once."""

    key: str
    codes: list[str]


class SignIn(NamedTuple):
    """Who can sign in, and under which name."""

    who: str
    login: str
    second: SecondStep | None = None


class _Part(NamedTuple):
    """Somebody in the cast."""

    who: str
    login: str
    role: Role
    persons: list[Person]


def ready_made(engine: Engine, schools: Sequence[str], at: datetime, key: bytes) -> list[SignIn]:
    """Make the accounts, as far as there are such people and no such accounts yet; all of them, to be told.

    ``schools`` are the sources of the demo, in order. Nobody of another source gets an account, whatever database the
    demo was told to keep its records in. ``key`` seals second factors: they are made anew each time, since nobody has
    kept the last ones.
    """
    hashed = passwords.kept(PASSWORD)
    made = []
    with engine.execution_options(writes=True).begin() as connection:
        for part in _cast(connection, schools, local_day(at)):
            account = _account(connection, part, hashed, at) if part.persons else None
            if account is not None:
                second = _second_step(connection, key, account, at) if part.role in GUARDED else None
                made.append(SignIn(part.who, part.login, second))
        touch(connection)
    return made


def _cast(connection: Connection, schools: Sequence[str], today: date) -> list[_Part]:
    named = {row.name: row.id for row in connection.execute(select(SOURCE.c.name, SOURCE.c.id))}
    sources = [named[school] for school in schools if school in named]
    families = [(source, found) for source in sources[:2] if (found := _family(connection, source, today))]
    mentors = [_mentor(connection, source, found.student_id) for source, found in families]
    adults = [_adult(connection, source, today) for source in sources]
    everywhere = [Person(source, None) for source in sources]
    return [
        _Part("a mother" + (" of two children at two schools, with different systems" if len(families) > 1 else ""),
              "moeder", Role.GUARDIAN, [Person(source, found.mother) for source, found in families]),
        _Part("the father, divorced; he has authority as well, and so sees what she sees", "vader", Role.GUARDIAN,
              [Person(source, found.father) for source, found in families]),
        _Part("a student of 18, whose parents see nothing unless they may", "leerling", Role.STUDENT,
              [one for one in adults if one][:1]),
        _Part("the mentor of one of the two children", "mentor", Role.STAFF, [one for one in mentors if one][:1]),
        _Part("the portal's administrator: use, promptness, the schools' rules", "beheerder", Role.ADMINISTRATOR,
              everywhere),
        _Part("the application manager: the sources and what waits in them", "applicatiebeheer", Role.MANAGER,
              everywhere),
    ]  # fmt: skip


def _family(connection: Connection, source: int, today: date) -> AnyRow | None:
    """A mother and a father of the same minor, both with authority and each told by the school: they live apart.

    Rather with one child, not too old, with many grades.
    """
    student, grade = TABLES["student"], TABLES["grade"]
    mother, father = (TABLES["guardianship"].alias(name) for name in ("mother", "father"))
    grades = select(func.count()).where(grade.c.student_id == student.c.id, living(grade)).scalar_subquery()
    return connection.execute(
        select(student.c.id.label("student_id"), mother.c.guardian_id.label("mother"),
               father.c.guardian_id.label("father"))
        .join(mother, mother.c.student_id == student.c.id)
        .join(father, father.c.student_id == student.c.id)
        .where(
            student.c.source_id == source, living(student), student.c.birth_date > _years_before(today, ADULT),
            *_with_authority(mother, Relation.MOTHER), *_with_authority(father, Relation.FATHER),
        )
        .order_by(
            _children(mother) + _children(father),
            (student.c.birth_date > _years_before(today, YOUNG + 1)).desc(), grades.desc(), student.c.id,
        )
    ).first()  # fmt: skip


def _with_authority(tie: FromClause, relation: Relation) -> list[ColumnElement[bool]]:
    return [
        tie.c.relation == relation, tie.c.tombstoned_at.is_(None), tie.c.legal_authority.is_(True),
        tie.c.court_block.is_not(True), tie.c.receives_mail.is_(True),
    ]  # fmt: skip


def _children(tie: FromClause) -> ColumnElement[int]:
    """How many the guardian of a tie has."""
    each = TABLES["guardianship"].alias()
    return select(func.count()).where(each.c.guardian_id == tie.c.guardian_id, living(each)).scalar_subquery()


def _mentor(connection: Connection, source: int, student: str) -> Person | None:
    part, member, enrolment = TABLES["group_staff"], TABLES["group_member"], TABLES["enrolment"]
    groups = union(
        select(enrolment.c.homeroom_id).where(enrolment.c.student_id == student, living(enrolment)),
        select(member.c.group_id).where(member.c.student_id == student, living(member)),
    )
    found = connection.execute(
        select(part.c.staff_id)
        .where(part.c.source_id == source, part.c.role == StaffRole.MENTOR, living(part), part.c.group_id.in_(groups))
        .order_by(part.c.staff_id)
    ).scalar()
    return None if found is None else Person(source, found)


def _adult(connection: Connection, source: int, today: date) -> Person | None:
    student = TABLES["student"]
    found = connection.execute(
        select(student.c.id)
        .where(student.c.source_id == source, living(student), student.c.birth_date <= _years_before(today, ADULT))
        .order_by(student.c.id)
    ).scalar()
    return None if found is None else Person(source, found)


def _years_before(today: date, years: int) -> date:
    return date(today.year - years, today.month, min(today.day, 28))


def _account(connection: Connection, part: _Part, hashed: str, at: datetime) -> str | None:
    """The account's id, which is made if need be; None: somebody else has one under this name."""
    there = connection.execute(select(ACCOUNT).where(ACCOUNT.c.login == part.login)).first()
    if there is not None:
        granted = select(ACCOUNT_ROLE.c.granted_by).where(ACCOUNT_ROLE.c.account_id == there.id).distinct()
        ours = connection.execute(granted).scalars().all() == [BY]
        return there.id if ours and there.state == ACTIVE else None
    account = str(uuid7())
    connection.execute(insert(ACCOUNT).values(
        id=account, login=part.login, password_hash=hashed, state=ACTIVE, created_at=at, language="nl"
    ))  # fmt: skip
    connection.execute(insert(ACCOUNT_ROLE), [
        {"id": str(uuid7()), "account_id": account, "role": part.role.value, "source_id": person.source_id,
         "person_id": person.id, "granted_by": BY, "granted_at": at}
        for person in part.persons
    ])  # fmt: skip
    return account


def _second_step(connection: Connection, key: bytes, account: str, at: datetime) -> SecondStep:
    """An app, as anybody would set it up, and recovery codes for who has none at hand."""
    granting.reset(connection, account, at)
    factor, secret = factors.offer_totp(connection, key, account, "demo", at)
    # With the code before the present one: that one can be used to sign in.
    before = pyotp.TOTP(secret).at(at, counter_offset=-1)
    factors.confirm_totp(connection, key, account, factor, before, at)
    return SecondStep(secret, factors.recovery_codes(connection, key, account, at))
