"""``schoolbrug portal grant``, ``withdraw``, ``close``, ``reopen`` and ``reset`` over a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
import typer
from sqlalchemy import Engine, insert, select, update
from typer.testing import CliRunner, Result
from uuid_utils import uuid7

from canonical.tables import TABLES
from portal.access import Role, Section, Viewer
from portal.clock import now
from portal.reading import reading, writing
from portal.schema import migrate_portal
from portal.signin import sessions
from portal.tables import ACCOUNT, ACCOUNT_ROLE, AUDIT, FACTOR, STAMP
from schoolbrug.cli import _Commands
from schoolbrug.commands import portal_accounts, portal_grant
from tests.portal.school import School
from tests.templates import embedded


class Staff(School):
    """A school where Jansen has signed in, and De Vries has not."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.oak = self.source("oak", "The Oak")
        self.jansen, self.vries = (self.put("staff", self.oak, code=code, last_name=code) for code in ("jan", "vri"))
        self.account = self.signed_in("jansen-at-the-provider", self.jansen)

    def signed_in(self, subject: str, person: str, **changed: Any) -> str:
        account = str(uuid7())
        with self._writing() as connection:
            connection.execute(insert(ACCOUNT).values(
                id=account, issuer="https://idp.example", subject=subject, state="active", created_at=now(),
            ))  # fmt: skip
            connection.execute(insert(ACCOUNT_ROLE).values(**{
                "id": str(uuid7()), "account_id": account, "role": "staff", "source_id": self.oak, "person_id": person,
                "granted_by": "provider", "granted_at": now(), **changed,
            }))  # fmt: skip
        return account

    def as_(self, role: Role) -> Viewer:
        with reading(self.engine) as connection:
            return sessions.viewer_as(connection, self.account, role, now())

    def roles(self) -> tuple[Role, ...]:
        with reading(self.engine) as connection:
            return sessions.roles(connection, self.account, now())

    def rows(self, table: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(table)))


@pytest.fixture
def school(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Staff]:
    monkeypatch.setenv("TEST_PORTAL_SECRET", "p" * 40)
    file = home / "schoolbrug.toml"
    file.write_text(file.read_text("utf-8") + '\n[portal]\nsecret = { env = "TEST_PORTAL_SECRET" }\n', "utf-8")
    made = embedded(home / "store.sqlite", migrate_portal)
    yield Staff(made)
    made.dispose()


@pytest.fixture
def run() -> Callable[..., Result]:
    app = typer.Typer(cls=_Commands)
    for command in (portal_grant.grant, portal_grant.withdraw, portal_accounts.close, portal_accounts.reopen,
                    portal_accounts.reset):  # fmt: skip
        app.command()(command)

    def invoke(*words: str) -> Result:
        result = CliRunner().invoke(app, [*words, "--source", "oak"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


Run = Callable[..., Result]
JAN = ("--staff", "jan")


def refused(run: Run, *words: str) -> str:
    """What is said of a command that is not carried out, in one line."""
    result = run(*words)
    assert result.exit_code == 2
    assert "Usage" not in result.output
    return " ".join(result.output.split())


def test_an_administrator(school: Staff, run: Run) -> None:
    before = school.rows(STAMP)[0].n
    assert run("grant", "administrator", *JAN).exit_code == 0
    assert school.roles() == (Role.STAFF, Role.ADMINISTRATOR)
    assert school.as_(Role.ADMINISTRATOR).sources == {school.oak}
    (event,) = school.rows(AUDIT)
    assert (event.actor, event.action, event.area, event.source_id) == ("command", "grant", "administrator", school.oak)
    assert school.rows(STAMP)[0].n > before


def test_a_team_leader_has_a_section(school: Staff, run: Run) -> None:
    place = school.put("location", school.oak, name="Noord")
    run("grant", "team_leader", *JAN, "--location", "Noord", "--study", "havo", "--grade-level", "3")
    assert school.as_(Role.TEAM_LEADER).sections == {school.oak: (Section(place, "havo", 3),)}


def test_a_substitute_until_the_last_day(school: Staff, run: Run) -> None:
    """R57: temporary, with an end date, in the place of one colleague."""
    run("grant", "staff", *JAN, "--for", "vri", "--begins", "2026-03-02", "--ends", "2026-03-06")
    for day, persons in ((1, {school.jansen}), (2, {school.jansen, school.vries}), (6, {school.jansen, school.vries}),
                         (7, {school.jansen})):  # fmt: skip
        with time_machine.travel(datetime(2026, 3, day, 12, tzinfo=UTC)):
            assert school.as_(Role.STAFF).persons == {school.oak: persons}
    with time_machine.travel(datetime(2026, 3, 6, 22, 59, tzinfo=UTC)):
        assert len(school.as_(Role.STAFF).persons[school.oak]) == 2
    with time_machine.travel(datetime(2026, 3, 6, 23, 0, tzinfo=UTC)):  # midnight in Amsterdam
        assert len(school.as_(Role.STAFF).persons[school.oak]) == 1


def test_a_login_of_the_own(school: Staff, run: Run) -> None:
    with school.engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(ACCOUNT).values(login="jansen@example.org", password_hash="x"))
    run("grant", "attendance_officer", "--login", "Jansen@Example.org")
    assert Role.ATTENDANCE_OFFICER in school.roles()


def test_withdrawn_is_gone_at_once_and_stays_on_record(school: Staff, run: Run) -> None:
    run("grant", "manager", *JAN)
    before = school.rows(STAMP)[0].n
    run("withdraw", "manager", *JAN)
    assert school.rows(STAMP)[0].n > before
    assert school.roles() == (Role.STAFF,)
    assert school.as_(Role.MANAGER).sources == frozenset()
    (row,) = [row for row in school.rows(ACCOUNT_ROLE) if row.role == "manager"]
    assert row.ends < date.today() + timedelta(days=1)
    assert [event.action for event in school.rows(AUDIT)] == ["grant", "withdraw"]
    assert "no manager" in refused(run, "withdraw", "manager", *JAN)


def held(school: Staff, **values: Any) -> None:
    """Another role of Jansen's account."""
    with writing(school.engine) as connection:
        connection.execute(insert(ACCOUNT_ROLE).values(
            id=str(uuid7()), account_id=school.account, granted_at=now(), **values
        ))  # fmt: skip


def test_only_what_was_granted_at_this_school_is_taken_back(school: Staff, run: Run) -> None:
    elm = school.source("elm", "The Elm")
    held(school, role="manager", source_id=elm, granted_by="command")
    held(school, role="guardian", source_id=school.oak, granted_by="letter", person_id=str(uuid7()))
    run("grant", "manager", *JAN)
    run("grant", "attendance_officer", *JAN)
    assert run("withdraw", "manager", *JAN).exit_code == 0
    assert school.as_(Role.MANAGER).sources == {elm}
    assert Role.ATTENDANCE_OFFICER in school.roles()
    assert "no guardian" in refused(run, "withdraw", "guardian", *JAN)
    assert school.as_(Role.GUARDIAN).sources == {school.oak}


def test_what_a_provider_vouches_for_is_not_taken_back(school: Staff, run: Run) -> None:
    assert "no staff" in refused(run, "withdraw", "staff", *JAN)
    assert school.roles() == (Role.STAFF,)


@pytest.mark.parametrize("words", [
    ("administrator",), ("administrator", *JAN, "--login", "x"), ("administrator", "--staff", "vri"),
    ("administrator", "--staff", "nobody"), ("administrator", "--login", "nobody"), ("student", *JAN),
    ("guardian", *JAN), ("client", *JAN), ("boss", *JAN), ("staff", *JAN), ("staff", *JAN, "--for", "vri"),
    ("staff", *JAN, "--for", "nobody", "--ends", "2026-03-06"), ("manager", *JAN, "--for", "vri"),
    ("team_leader", *JAN), ("team_leader", *JAN, "--location", "Nowhere"), ("administrator", *JAN, "--study", "havo"),
    ("manager", *JAN, "--ends", "soon"), ("manager", *JAN, "--begins", "2026-03-07", "--ends", "2026-03-06"),
])  # fmt: skip
def test_what_cannot_be_granted(school: Staff, run: Run, words: tuple[str, ...]) -> None:
    before = len(school.rows(ACCOUNT_ROLE))
    assert refused(run, "grant", *words)
    assert len(school.rows(ACCOUNT_ROLE)) == before
    assert school.rows(AUDIT) == []


def test_of_two_with_one_code_it_is_neither(school: Staff, run: Run) -> None:
    school.put("staff", school.oak, code="jan", last_name="Jansen")
    assert "more than one" in refused(run, "grant", "manager", *JAN)


def test_of_two_accounts_it_is_neither(school: Staff, run: Run) -> None:
    other = school.signed_in("jansen-again", school.jansen)
    told = refused(run, "grant", "manager", *JAN)
    assert "several accounts" in told
    assert other in told
    # What it says to do, helps.
    run("close", "--account", other)
    assert run("grant", "manager", *JAN).exit_code == 0
    assert Role.MANAGER in school.roles()


def test_who_has_signed_in_at_another_school_has_not_here(school: Staff, run: Run) -> None:
    school.signed_in("vries-elsewhere", school.vries, source_id=school.source("elm", "The Elm"))
    assert "has not signed in" in refused(run, "grant", "manager", "--staff", "vri")


def test_a_substitute_is_not_taken_for_whom_is_replaced(school: Staff, run: Run) -> None:
    run("grant", "staff", *JAN, "--for", "vri", "--ends", "2099-01-01")
    assert "has not signed in" in refused(run, "grant", "manager", "--staff", "vri")


def test_a_role_of_who_has_left_can_be_taken_back(school: Staff, run: Run) -> None:
    run("grant", "administrator", *JAN)
    with school.engine.execution_options(writes=True).begin() as connection:
        staff = TABLES["staff"]
        connection.execute(update(staff).where(staff.c.id == school.jansen).values(tombstoned_at=now()))
    assert "There is no member of staff" in refused(run, "grant", "manager", *JAN)
    assert run("withdraw", "administrator", *JAN).exit_code == 0
    assert Role.ADMINISTRATOR not in school.roles()


def test_it_is_taken_from_who_has_the_code_now(school: Staff, run: Run) -> None:
    gone = school.put("staff", school.oak, gone=True, code="jan", last_name="Jansen")
    school.signed_in("jansen-who-left", gone)
    run("grant", "administrator", *JAN)
    assert run("withdraw", "administrator", *JAN).exit_code == 0
    assert school.roles() == (Role.STAFF,)


@pytest.fixture
def signed(school: Staff) -> Callable[[], bool]:
    """Whether the session in which Jansen works goes on. He has an app."""
    with writing(school.engine) as connection:
        token = sessions.begin(connection, school.account, Role.STAFF, "oidc", None, now())
        connection.execute(insert(FACTOR).values(
            id=str(uuid7()), account_id=school.account, kind="totp", secret=b"sealed", confirmed_at=now(),
            created_at=now(),
        ))  # fmt: skip

    def goes_on() -> bool:
        with reading(school.engine) as connection:
            return sessions.session_of(connection, token, now()) is not None

    return goes_on


def test_a_closed_account_is_out_at_once_and_can_come_back(
    school: Staff, run: Run, signed: Callable[[], bool]
) -> None:
    assert signed()
    told = run("close", *JAN)
    assert told.exit_code == 0
    assert not signed()
    assert [row.state for row in school.rows(ACCOUNT)] == ["closed"]
    assert f"--account {school.account}" in " ".join(told.stdout.split())
    assert run("reopen", "--account", school.account).exit_code == 0
    assert [row.state for row in school.rows(ACCOUNT)] == ["active"]
    assert not signed()  # what was ended stays so
    assert len(school.rows(FACTOR)) == 1
    events = [(event.actor, event.action, event.area, event.source_id) for event in school.rows(AUDIT)]
    who = f"account:{school.account}"
    assert events == [("command", "close", who, school.oak), ("command", "reopen", who, school.oak)]


def test_lost_factors_are_removed_of_one_account(school: Staff, run: Run, signed: Callable[[], bool]) -> None:
    other = school.signed_in("vries-at-the-provider", school.vries)
    with writing(school.engine) as connection:
        connection.execute(insert(FACTOR).values(
            id=str(uuid7()), account_id=other, kind="totp", secret=b"sealed", created_at=now(),
        ))  # fmt: skip
    assert run("reset", *JAN).exit_code == 0
    assert [row.account_id for row in school.rows(FACTOR)] == [other]
    assert not signed()
    assert [(event.action, event.area) for event in school.rows(AUDIT)] == [("reset", f"account:{school.account}")]


@pytest.mark.parametrize("words", [
    (), (*JAN, "--login", "x"), ("--account", "x"), ("--account", "019bbbbb-6c00-7000-8000-000000000001"),
    ("--staff", "nobody"), ("--login", "nobody"),
])  # fmt: skip
def test_whose_account_has_to_be_clear(school: Staff, run: Run, words: tuple[str, ...]) -> None:
    for command in ("close", "reset"):
        assert refused(run, command, *words)
    assert school.rows(AUDIT) == []


def test_an_account_of_another_school_is_none_of_this_one(school: Staff, run: Run) -> None:
    elm = school.source("elm", "The Elm")
    other = school.signed_in("elsewhere", school.put("staff", elm, code="jan", last_name="Jansen"), source_id=elm)
    assert "no such account" in refused(run, "close", "--account", other)
    # Nor is who has the same code there.
    assert run("grant", "manager", *JAN).exit_code == 0
    assert Role.MANAGER in school.roles()
