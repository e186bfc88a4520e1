"""Who signs in, how often, and who never did (R69)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, insert, select, update
from uuid_utils import uuid7

from canonical.tables import TABLES
from portal import usage
from portal.access import Role
from portal.signin import sessions
from portal.tables import ACCOUNT, ACCOUNT_ROLE, INVITATION, LOGIN, SESSION
from tests.portal.office import Office
from tests.portal.school import FRESH, NOW


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Desk(Office):
    """An administrator, and accounts that sign in."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.sign_in("ADM", "administrator", self.lyceum, None, way="password+totp")

    def account(self, who: str, role: str = "guardian", source: int | None = None, **fields: Any) -> str:
        """An account of somebody of that last name; gives its id."""
        source = source or self.lyceum
        more = {"local_id": "1"} if role == "student" else {"secret": False} if role == "guardian" else {"code": "X"}
        person = self.put(role if role in ("guardian", "student") else "staff", source, last_name=who, **more)
        self.sign_in(who, role, source, person)
        with self._writing() as connection:
            account = connection.execute(
                select(ACCOUNT_ROLE.c.account_id).where(ACCOUNT_ROLE.c.person_id == person)
            ).scalar_one()
            if fields:
                connection.execute(update(ACCOUNT_ROLE).where(ACCOUNT_ROLE.c.person_id == person).values(**fields))
        return str(account)

    def logs_in(self, account: str, *moments: datetime, role: str = "guardian") -> None:
        with self._writing() as connection:
            for at in moments:
                connection.execute(insert(LOGIN).values(account_id=account, role=role, way="password", at=at))

    def invites(self, last_name: str, **fields: Any) -> str:
        person = self.put("guardian", self.lyceum, last_name=last_name, secret=False)
        self.invites_again(person, **fields)
        return person

    def invites_again(self, person: str, **fields: Any) -> None:
        plain = {"source_id": self.lyceum, "made_at": FRESH, "expires_at": FRESH, "attempts": 0, "role": "guardian"}
        with self._writing() as connection:
            connection.execute(insert(INVITATION).values(
                id=str(uuid7()), person_id=person, letter_digest=uuid7().bytes, **(plain | fields)
            ))  # fmt: skip

    def also(self, account: str, person: str, **fields: Any) -> None:
        """One more role of an account."""
        plain = {"source_id": self.lyceum, "role": "guardian", "granted_by": "test", "granted_at": FRESH}
        with self._writing() as connection:
            connection.execute(insert(ACCOUNT_ROLE).values(
                id=str(uuid7()), account_id=account, person_id=person, **(plain | fields)
            ))  # fmt: skip


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


@pytest.fixture
def one_desk(sqlite_engine: Engine) -> Desk:
    """For what does not depend on the kind of database."""
    return Desk(sqlite_engine)


def used(desk: Desk, first: str, last: str) -> dict[str, dict[str, int]]:
    """Months of each account by the name of its person."""
    answer = desk.ask("ADM", "/v1/usage", **{"from": first, "to": last})
    assert answer["months"] == usage.months(first, last)
    return {
        (account["holders"][0]["name"] or {"last_name": account["holders"][0]["role"]})["last_name"]: account["months"]
        for account in answer["accounts"]
    }


def test_184_sign_ins_in_march_are_184(desk: Desk) -> None:
    account = desk.account("Ouder")
    begins = datetime(2026, 3, 1, tzinfo=UTC)
    desk.logs_in(account, *(begins + timedelta(hours=4 * n) for n in range(184)))
    assert used(desk, "2026-02", "2026-04")["Ouder"] == {"2026-02": 0, "2026-03": 184, "2026-04": 0}
    (own,) = [one for one in desk.ask("ADM", "/v1/usage", **{"from": "2026-03", "to": "2026-03"})["accounts"]
              if one["account_id"] == account]  # fmt: skip
    assert own["total"] == 184


def test_polls_are_no_sign_ins(desk: Desk) -> None:
    desk.account("Ouder")
    for _ in range(5):
        desk.ask("Ouder", "/v1/me")
    assert used(desk, "2026-03", "2026-03")["Ouder"] == {"2026-03": 0}


@pytest.mark.parametrize("fraction", [0, 1, 999_999])
def test_months_begin_at_midnight_at_school(desk: Desk, fraction: int) -> None:
    account = desk.account("Ouder")
    last, first = datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)
    summer = datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)
    desk.logs_in(account, *(moment.replace(microsecond=fraction) for moment in (last, first, summer)))
    desk.logs_in(account, datetime(2026, 3, 31, 22, 0, 0, fraction, tzinfo=UTC))
    assert used(desk, "2026-02", "2026-04")["Ouder"] == {"2026-02": 1, "2026-03": 2, "2026-04": 1}


def test_accounts_of_another_school_are_not_there(desk: Desk) -> None:
    elsewhere = desk.source("college", "Het College")
    desk.logs_in(desk.account("Elders", source=elsewhere), NOW)
    desk.account("Ouder")
    assert set(used(desk, "2026-03", "2026-03")) == {"Ouder", "Men", "administrator"}


def test_of_an_account_at_two_schools_each_sees_its_own(one_desk: Desk) -> None:
    college = one_desk.source("college", "Het College")
    account = one_desk.account("Ouder")
    one_desk.also(account, one_desk.put("guardian", college, last_name="Elders", secret=False), source_id=college)
    one_desk.logs_in(account, NOW)
    found = one_desk.ask("ADM", "/v1/usage")["accounts"]
    (own,) = [each for each in found if each["account_id"] == account]
    assert [holder["name"]["last_name"] for holder in own["holders"]] == ["Ouder"]


def test_who_is_no_longer_held_by_the_source_has_no_name(one_desk: Desk) -> None:
    one_desk.account("Weg")
    with one_desk._writing() as connection:
        connection.execute(update(TABLES["guardian"]).values(tombstoned_at=FRESH))
    held = [holder for each in one_desk.ask("ADM", "/v1/usage")["accounts"] for holder in each["holders"]]
    assert [holder["name"] for holder in held if holder["role"] == "guardian"] == [None]


def test_pages_lose_and_double_no_account(desk: Desk) -> None:
    for n in range(5):
        desk.account(f"Ouder{n}")
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = desk.ask("ADM", "/v1/usage", **query)
        found += [one["account_id"] for one in page["accounts"]]
        if page["next_cursor"] is None:
            break
        query = {"limit": 2, "cursor": page["next_cursor"]}
    assert (len(found), found) == (7, sorted(set(found)))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-03", "to": "2026-02"}, "after_to"), ({"from": "2024-01", "to": "2026-01"}, "too_many_months"),
        ({"from": "2026-13"}, "string_pattern_mismatch"), ({"from": "march"}, "string_pattern_mismatch"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_range_of_months_is_refused(one_desk: Desk, query: dict[str, str], code: str) -> None:
    answer = one_desk.ask("ADM", "/v1/usage", status=400, **query)
    assert answer["errors"] == [{"field": "query.from", "code": code}]


def test_a_cursor_belongs_to_its_months_and_its_list(one_desk: Desk) -> None:
    cursor = one_desk.ask("ADM", "/v1/usage", limit=1, to="2026-03")["next_cursor"]
    assert len(one_desk.ask("ADM", "/v1/usage", cursor=cursor, to="2026-03")["accounts"]) == 1
    for path, query in (("/v1/usage", {"to": "2026-02"}), ("/v1/usage/never", {})):
        refused = one_desk.ask("ADM", path, status=400, cursor=cursor, **query)
        assert refused["errors"] == [{"field": "query.cursor", "code": "cursor_of_other_filters"}]


@pytest.mark.parametrize("path", ["/v1/usage", "/v1/usage/never"])
@pytest.mark.parametrize(
    "role", ["student", "guardian", "staff", "team_leader", "attendance_officer", "manager"]
)  # fmt: skip
def test_use_by_account_is_for_the_administrator(one_desk: Desk, path: str, role: str) -> None:
    one_desk.sign_in("WHO", role, one_desk.lyceum, one_desk.mentor, way="password+totp")
    assert one_desk.ask("WHO", path, status=403)["code"] == "role"


def test_without_a_second_factor_an_administrator_sees_nobody(desk: Desk) -> None:
    desk.account("Ouder")
    desk.sign_in("WEAK", "administrator", desk.lyceum, None)
    assert desk.ask("WEAK", "/v1/usage")["accounts"] == []
    assert desk.ask("WEAK", "/v1/usage/never")["never"] == []


# Who never signed in.


def never(desk: Desk, **query: Any) -> list[tuple[str, str]]:
    """What was never used, and by whom; the staff of ``Office`` left out."""
    found = desk.ask("ADM", "/v1/usage/never", **query)["never"]
    named = [(one["what"], one["holder"]["name"]) for one in found if one["holder"]["role"] == "guardian"]
    return [(what, name["last_name"]) for what, name in named]


def test_accounts_without_a_sign_in_and_invitations_without_an_account(desk: Desk) -> None:
    desk.logs_in(desk.account("Vaak"), NOW)
    desk.account("Nooit")
    person = desk.invites("Genodigd")
    desk.invites_again(person, made_at=FRESH + timedelta(days=1))
    desk.invites("Ingetrokken", withdrawn_at=FRESH)
    desk.invites("Gebruikt", account_id=str(uuid7()), used_at=FRESH)
    assert sorted(never(desk)) == [("account", "Nooit"), ("invitation", "Genodigd")]


def test_nobody_waits_for_who_has_left(desk: Desk) -> None:
    account = desk.account("Weg")
    desk.account("Over", ends=date(2026, 3, 1))
    desk.account("Nog", ends=date(2026, 3, 2))
    with desk.engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(state="closed"))
    assert never(desk) == [("account", "Nog")]


def test_an_invited_person_with_an_account_is_not_waited_for(desk: Desk) -> None:
    desk.logs_in(desk.account("Ouder"), NOW)
    with desk.engine.connect() as connection:
        person = connection.execute(
            select(ACCOUNT_ROLE.c.person_id).where(ACCOUNT_ROLE.c.role == "guardian")
        ).scalar_one()
    desk.invites_again(person)
    assert never(desk) == []


def test_only_an_account_in_the_same_role_at_the_same_school_is_an_answer_to_a_letter(one_desk: Desk) -> None:
    one, other = one_desk.invites("Rol"), one_desk.invites("School")
    account = one_desk.account("Ouder")
    one_desk.logs_in(account, NOW)
    one_desk.also(account, one, role="student")
    one_desk.also(account, other, source_id=one_desk.source("college"))
    assert sorted(never(one_desk)) == [("invitation", "Rol"), ("invitation", "School")]


def test_an_account_for_two_persons_in_one_role_is_told_once(one_desk: Desk) -> None:
    one_desk.also(one_desk.account("Ouder"), one_desk.put("guardian", one_desk.lyceum, last_name="Ouder", secret=False))
    assert never(one_desk) == [("account", "Ouder")]


def test_nobody_is_waited_for_at_another_school(one_desk: Desk) -> None:
    college = one_desk.source("college", "Het College")
    one_desk.account("Elders", source=college)
    one_desk.invites_again(one_desk.put("guardian", college, last_name="Ver", secret=False), source_id=college)
    assert never(one_desk) == []
    summary = one_desk.ask("ADM", "/v1/usage/summary")["months"]
    assert {(each["source"], each["role"]) for each in summary} == {("lyceum", "staff"), ("lyceum", "administrator")}


def test_the_oldest_first_and_page_by_page(desk: Desk) -> None:
    for n, name in enumerate(("C", "A", "B")):
        desk.invites(name, made_at=FRESH - timedelta(days=400 - n))
    first = desk.ask("ADM", "/v1/usage/never", limit=2)
    assert [one["holder"]["name"]["last_name"] for one in first["never"]] == ["C", "A"]
    second = desk.ask("ADM", "/v1/usage/never", limit=1, cursor=first["next_cursor"])
    assert [one["holder"]["name"]["last_name"] for one in second["never"]] == ["B"]
    rest = desk.ask("ADM", "/v1/usage/never", cursor=second["next_cursor"])
    assert (len(rest["never"]), rest["next_cursor"]) == (2, None)  # the mentor and the administrator


# Numbers alone.


@pytest.mark.parametrize(("accounts", "told"), [(9, (None, None)), (10, (10, 20))])
@pytest.mark.parametrize("role", ["team_leader", "administrator"])
def test_numbers_need_ten_accounts(
    desk: Desk, role: str, accounts: int, told: tuple[int | None, int | None]
) -> None:
    for n in range(accounts):
        desk.logs_in(desk.account(f"Ouder{n}"), NOW, NOW - timedelta(days=1))
    desk.account("Nooit")
    desk.sign_in("WHO", role, desk.lyceum, None, way="password+totp")
    found = desk.ask("WHO", "/v1/usage/summary", **{"from": "2026-03", "to": "2026-03"})["months"]
    assert [(one["accounts"], one["logins"]) for one in found if one["role"] == "guardian"] == [told]
    assert {(one["accounts"], one["logins"]) for one in found if one["role"] != "guardian"} == {(None, None)}
    assert {(one["month"], one["source"]) for one in found} == {("2026-03", "lyceum")}


@pytest.mark.parametrize("role", ["student", "guardian", "staff", "attendance_officer", "manager"])
def test_numbers_are_for_who_leads(one_desk: Desk, role: str) -> None:
    one_desk.sign_in("WHO", role, one_desk.lyceum, one_desk.mentor)
    assert one_desk.ask("WHO", "/v1/usage/summary", status=403)["code"] == "role"


# The own sign-ins.


def test_everybody_sees_the_own_sign_ins_and_no_others(desk: Desk) -> None:
    desk.logs_in(desk.account("Ouder"), NOW, NOW - timedelta(days=20))
    desk.logs_in(desk.account("Ander"), NOW, NOW)
    months = desk.ask("Ouder", "/v1/me/logins", **{"from": "2026-02"})["months"]
    assert months == {"2026-02": 1, "2026-03": 1}
    assert desk.ask("Ander", "/v1/me/logins")["months"] == {"2026-03": 2}


def test_looking_at_use_is_on_file(one_desk: Desk) -> None:
    one_desk.ask("ADM", "/v1/usage")
    one_desk.ask("ADM", "/v1/usage/never")
    assert [(event.action, event.source_id, event.student_id) for event in one_desk.on_file()] == [
        ("usage", one_desk.lyceum, None)
    ] * 2  # fmt: skip


def test_signing_in_counts_once_and_using_the_session_does_not(desk: Desk) -> None:
    account = desk.account("Ouder")
    with desk.engine.execution_options(writes=True).begin() as connection:
        token = sessions.begin(connection, account, Role.GUARDIAN, "password", None, NOW)
        assert connection.execute(select(SESSION.c.id).where(SESSION.c.account_id == account)).all()
    desk.cookies["Ouder"] = token
    for _ in range(3):
        assert desk.ask("Ouder", "/v1/me/logins")["months"] == {"2026-03": 1}
