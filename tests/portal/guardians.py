"""A portal that guardians sign in to, its letters and its messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, select
from uuid_utils import uuid7

from portal import app as application
from portal.access import Role
from portal.clock import now
from portal.limiting import Rate, Rates
from portal.reading import writing
from portal.settings import Message, Settings, derived
from portal.signin import codes, invitations, passwords
from portal.tables import ACCOUNT, ACCOUNT_ROLE, AUDIT
from tests.portal.school import School

ORIGIN = "https://portal.test"
SECRET = b"a secret of more than thirty-two bytes"
PASSWORD = "paard batterij nietje"
OTHER = "heel ander wachtwoord"
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Where it is not tested how well passwords are kept."""
PLENTY = Rates(token=Rate(1e9, 10**9), session=Rate(1e9, 10**9), address=Rate(1e9, 10**9))


@dataclass
class Portal:
    """One portal. ``sent`` are the messages that went out."""

    engine: Engine
    sent: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = Settings(secret=SECRET, origin=ORIGIN, send=self.sent.append)
        self.app = application.create_app(self.engine, self.settings, PLENTY)

    def browser(self, **headers: str) -> TestClient:
        """A browser with no cookies yet, on one of our own pages."""
        return TestClient(self.app, base_url=ORIGIN, headers={"Origin": ORIGIN, **headers})

    def account(
        self, login: str | None = "ouder@example.nl", password: str | None = PASSWORD, roles: tuple[Any, ...] = (),
        **values: Any,
    ) -> str:  # fmt: skip
        """An account; ``roles`` are (role, source, person) or (role, source, person, values)."""
        id_ = str(uuid7())
        kept = None if password is None else passwords.kept(password)
        row = {"id": id_, "login": login, "password_hash": kept, "state": "active", "created_at": now()}
        with writing(self.engine) as connection:
            connection.execute(insert(ACCOUNT).values(**row | values))
        for role in roles:
            self.role(id_, *role)
        return id_

    def role(self, account: str, role: Role, source: int, person: str | None = None, more: Any = None) -> None:
        row = {"id": str(uuid7()), "account_id": account, "role": role.value, "source_id": source, "person_id": person,
               "granted_by": "test", "granted_at": now()}  # fmt: skip
        with writing(self.engine) as connection:
            connection.execute(insert(ACCOUNT_ROLE).values(**row | (more or {})))

    def letter(self, source: int, guardian: str, at: datetime | None = None) -> str:
        """The code of a new letter."""
        with writing(self.engine) as connection:
            code = codes.new(codes.LETTER_LENGTH)
            invitations.issue(connection, derived(SECRET, "code"), source, guardian, code, at or now())
        return code

    def code(self) -> str:
        """The code in the last message."""
        return "".join(c for c in self.sent[-1].text if c.isdigit())

    def events(self, *actions: str) -> list[tuple[str, str, bool, str | None]]:
        """(actor, action, allowed, reason) of the audit, in the order in which it was written."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(AUDIT).order_by(AUDIT.c.at, AUDIT.c.source_id, AUDIT.c.n)).all()
        return [(r.actor, r.action, r.allowed, r.reason) for r in rows if not actions or r.action in actions]


@dataclass
class Family:
    """A student with one guardian at one source."""

    source: int
    student: str
    guardian: str


def family(
    school: School, source: int | None = None, email: str | None = "record@example.nl", born: date | None = None,
    authority: bool | None = True, **tie: Any,
) -> Family:  # fmt: skip
    """A student of 14 whose guardian has authority, unless told otherwise."""
    source = school.source("lyceum") if source is None else source
    student = school.student(source, "Voorbeeld", first_name="Noor", birth_date=born or date(2012, 3, 10))
    guardian = school.put("guardian", source, last_name="Voorbeeld", first_name="Kim", email=email, secret=False)
    related(school, source, student, guardian, authority, **tie)
    return Family(source, student, guardian)


def related(
    school: School, source: int, student: str, guardian: str, authority: bool | None = True, **tie: Any
) -> None:
    values = {"relation": "mother", "court_block": False} | tie
    school.put("guardianship", source, student_id=student, guardian_id=guardian, legal_authority=authority, **values)


def ask(portal: Portal, code: str, login: str = "ouder@example.nl", password: str = PASSWORD, **more: Any) -> Any:
    body = {"code": code, "login": login, "password": password} | more
    return portal.browser().post("/v1/activation", json=body)


def confirm(portal: Portal, ticket: str, code: str) -> Any:
    return portal.browser().post("/v1/activation/code", json={"ticket": ticket, "code": code})


def activate(portal: Portal, kin: Family, login: str = "ouder@example.nl", password: str = PASSWORD) -> None:
    asked = ask(portal, portal.letter(kin.source, kin.guardian), login, password)
    assert asked.status_code == 200
    assert confirm(portal, asked.json()["ticket"], portal.code()).status_code == 204


def sign_in(portal: Portal, login: str = "ouder@example.nl", password: str = PASSWORD) -> Any:
    return portal.browser().post("/v1/session", json={"login": login, "password": password})
