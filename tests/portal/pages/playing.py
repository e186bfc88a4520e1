"""Two schools at five past three, before a portal that a browser can open, with somebody in every part signed in."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import time_machine
from playwright.sync_api import BrowserContext
from sqlalchemy import Connection, Engine, func, select, update

from canonical.database import connect
from canonical.tables import HELD, SOURCE, TABLES
from portal.access import Role
from portal.app import create_app
from portal.clock import now
from portal.settings import WAYS, Message, Settings, derived
from portal.signin import codes, granting, invitations, sessions
from portal.signin.granting import Grant
from portal.tables import ACCOUNT, ACCOUNT_ROLE
from schoolbrug.opening import portal_secret
from schoolbrug.signins import SignIn
from tests.portal.browser import served
from tests.portal.layer import UNHURRIED
from tests.portal.pages.stage import LAST, at_school, stage

MAGISTER, VOCUS = "de-waterling", "de-vliet"
NIGHT = LAST.replace(day=LAST.day - 1)
"""The first reading: a day before, so that there is news, and somebody has become 18."""

HOSTILE = "<script>alert(1)</script> \u202eKanarie\u202c " + "Wolfeschlegelstein" * 5
"""Markup, text that runs the other way, and ninety letters without a break."""
NAMED = {
    "student": ("first_name", "last_name"), "staff": ("first_name", "last_name"), "group": ("code",),
    "subject": ("name",), "assessment": ("title",), "absence_reason": ("name",), "grading_period": ("name",),
    "school_year": ("code",), "location": ("name",), "lesson": ("title",),
}  # fmt: skip
"""What people at a school can call as they like."""


class Part(NamedTuple):
    """Somebody, in one role. An empty ``login``: nobody is signed in."""

    login: str
    role: Role = Role.GUARDIAN


PARTS = (
    Part(""), Part("moeder"), Part("leerling", Role.STUDENT), Part("mentor", Role.STAFF),
    Part("mentor", Role.TEAM_LEADER), Part("mentor", Role.ATTENDANCE_OFFICER),
    Part("beheerder", Role.ADMINISTRATOR), Part("applicatiebeheer", Role.MANAGER),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """A portal that answers at ``address``, who can sign in to it, and the codes that it has ``sent``."""

    engine: Engine
    address: str
    people: Mapping[str, SignIn]
    secret: bytes = b""
    sent: list[Message] = field(default_factory=list)

    def enter(self, context: BrowserContext, part: Part) -> None:
        """Begin a session without the forms."""
        with self.engine.execution_options(writes=True).begin() as connection:
            account = account_of(connection, part.login)
            token = sessions.begin(connection, account, part.role, "password+totp", "a test", now())
        # From the loopback itself a browser takes such a cookie of a server alone.
        address = self.address.replace("http:", "https:")
        context.add_cookies([{"name": sessions.COOKIE, "value": token, "url": address, "secure": True}])

    def letter(self) -> str:
        """The code of a letter to a guardian without an account, of whom the school has an address."""
        code = codes.new(16)
        with self.engine.execution_options(writes=True).begin() as connection:
            source = connection.execute(select(SOURCE.c.id).where(SOURCE.c.name == MAGISTER)).scalar_one()
            reached = (
                one.guardian.id for one in invitations.invited(connection, source, now())
                if invitations.contact(connection, source, one.guardian.id, WAYS)
            )  # fmt: skip
            invitations.issue(connection, derived(self.secret, "code"), source, next(reached), code, now())
        return code

    def places(self, part: Part) -> dict[str, str]:
        """What stands in the addresses of pages."""
        with self.engine.connect() as connection:
            student = _person(connection, part.login) if part.role is Role.STUDENT else _child(connection)
            return {
                "student": student, "subject": _subject(connection, student), "group": _homeroom(connection, student),
                "number": str(connection.execute(select(func.max(HELD.c.id))).scalar()), "source": MAGISTER,
            }  # fmt: skip


@contextmanager
def playing(folder: Path, *, hostile: bool = False) -> Iterator[World]:
    """A portal before the two schools; with ``hostile`` everything in them is called something bad."""
    database, secret, people = _played()
    file = folder / "store.sqlite"
    file.write_bytes(database)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    engine = connect(f"sqlite:///{file}")
    if hostile:
        _rename(engine)
    sent: list[Message] = []
    app = create_app(engine, Settings(secret, origin=f"http://127.0.0.1:{port}", send=sent.append), UNHURRIED)
    with time_machine.travel(at_school(LAST), tick=True), served(app, port) as address:
        yield World(engine, address, {one.login: one for one in people}, secret, sent)
    engine.dispose()


@cache
def _played() -> tuple[bytes, bytes, list[SignIn]]:
    """The store of the schools after a day, the portal's secret, and who can sign in."""
    with TemporaryDirectory() as folder:
        with stage(Path(folder), 0, (MAGISTER, VOCUS), first=NIGHT) as made:
            with made.engine.execution_options(writes=True).begin() as connection:
                _promote(connection)
            secret, people = portal_secret(made.settings), made.people
        return (Path(folder) / "demo.sqlite").read_bytes(), secret, people


def _promote(connection: Connection) -> None:
    """The mentor is a team leader and an attendance officer too."""
    account, enrolment = account_of(connection, "mentor"), TABLES["enrolment"]
    source = connection.execute(select(SOURCE.c.id).where(SOURCE.c.name == MAGISTER)).scalar_one()
    of_child = select(enrolment.c.grade_level).where(enrolment.c.student_id == _child(connection))
    section = {"grade_level": connection.execute(of_child).scalar_one()}
    for grant in (Grant(Role.TEAM_LEADER, source, section), Grant(Role.ATTENDANCE_OFFICER, source)):
        granting.grant(connection, account, grant, "test", now())


def number_of_child(engine: Engine) -> int:
    """What the first school knows the mother's child by."""
    student = TABLES["student"]
    with engine.connect() as connection:
        found = select(student.c.local_id).where(student.c.id == _child(connection))
        return int(connection.execute(found).scalar_one())


def account_of(connection: Connection, login: str) -> str:
    return connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.login == login)).scalar_one()


def _person(connection: Connection, login: str) -> str:
    """Who this is at the first school."""
    held = select(ACCOUNT_ROLE.c.person_id).where(ACCOUNT_ROLE.c.account_id == account_of(connection, login))
    return connection.execute(held.order_by(ACCOUNT_ROLE.c.source_id)).scalars().first()


def _child(connection: Connection) -> str:
    """The mother's child at the first school."""
    tie, mother = TABLES["guardianship"], _person(connection, "moeder")
    return connection.execute(select(tie.c.student_id).where(tie.c.guardian_id == mother)).scalar_one()


def _subject(connection: Connection, student: str) -> str:
    """That of which there are the most marks."""
    grade, column = TABLES["grade"], TABLES["assessment"]
    return connection.execute(
        select(column.c.subject_id).join(grade, grade.c.assessment_id == column.c.id)
        .where(grade.c.student_id == student, grade.c.score.is_not(None), column.c.assessment_kind == "test")
        .group_by(column.c.subject_id).order_by(func.count().desc(), column.c.subject_id)
    ).scalars().first()  # fmt: skip


def _homeroom(connection: Connection, student: str) -> str:
    enrolment = TABLES["enrolment"]
    return connection.execute(select(enrolment.c.homeroom_id).where(enrolment.c.student_id == student)).scalar_one()


def _rename(engine: Engine) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        for kind, columns in NAMED.items():
            connection.execute(update(TABLES[kind]).values(dict.fromkeys(columns, HOSTILE)))
        connection.execute(update(SOURCE).values(school_name=SOURCE.c.name + HOSTILE))
