"""Sessions: cookie, idle and absolute end, rotation, roles, revoking, requests from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from portal.access import Role, Section
from portal.clock import now
from portal.reading import reading, writing
from portal.signin import passwords, sessions
from portal.tables import LOGIN, SESSION
from tests.portal.guardians import ORIGIN, PASSWORD, QUICK, START, Portal
from tests.portal.school import School, ident


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """How well passwords are kept is not what is tested here."""
    monkeypatch.setattr(passwords, "_HASHER", QUICK)


@pytest.fixture
def portal(engine: Engine) -> Portal:
    return Portal(engine)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


def signed_in(portal: Portal, login: str = "ouder@example.nl", **headers: str) -> TestClient:
    browser = portal.browser(**headers)
    assert browser.post("/v1/session", json={"login": login, "password": PASSWORD}).status_code == 200
    return browser


def test_the_cookie_is_the_browsers_own_and_only_a_digest_is_stored(portal: Portal, school: School) -> None:
    portal.account(roles=[(Role.GUARDIAN, school.source("lyceum"), ident(900))])
    answer = portal.browser().post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    token, _, attributes = rest.partition("; ")
    assert name == "__Host-schoolbrug"
    assert {part.strip().lower() for part in attributes.split(";")} == {"httponly", "path=/", "samesite=lax", "secure"}
    assert len(token) >= 22  # 128 bits in base64
    assert answer.headers["cache-control"] == "no-store"
    with portal.engine.connect() as connection:
        row = connection.execute(select(SESSION)).one()
    assert token.encode() not in b"".join(value for value in row if isinstance(value, bytes))
    assert token not in json.dumps([str(value) for value in row])


def test_it_ends_after_half_an_hour_without_use(
    portal: Portal, school: School, clock: time_machine.Coordinates
) -> None:
    portal.account(roles=[(Role.GUARDIAN, school.source("lyceum"), ident(900))])
    browser = signed_in(portal)
    clock.move_to(START + timedelta(minutes=29, seconds=59))
    assert browser.get("/v1/sessions").status_code == 200
    clock.shift(timedelta(minutes=29))
    assert browser.get("/v1/sessions").status_code == 200  # it was used meanwhile
    clock.shift(timedelta(minutes=30))
    assert browser.get("/v1/sessions").status_code == 401


def test_it_ends_after_twelve_hours_whatever_is_done(
    portal: Portal, school: School, clock: time_machine.Coordinates
) -> None:
    portal.account(roles=[(Role.GUARDIAN, school.source("lyceum"), ident(900))])
    browser = signed_in(portal)
    for _ in range(36):
        clock.shift(timedelta(minutes=19))
        assert browser.get("/v1/sessions").status_code == 200
    for minutes in (30, 59):
        clock.move_to(START + timedelta(hours=11, minutes=minutes))
        assert browser.get("/v1/sessions").status_code == 200
    clock.move_to(START + timedelta(hours=12))
    assert browser.get("/v1/sessions").status_code == 401


def test_a_use_is_written_down_at_most_once_a_minute(engine: Engine, portal: Portal) -> None:
    account = portal.account()
    with writing(engine) as connection:
        token = sessions.begin(connection, account, Role.GUARDIAN, "password", None, START)
        row = sessions.session_of(connection, token, START)
    assert row is not None
    assert not sessions.due(row, START + timedelta(seconds=59))
    assert sessions.due(row, START + timedelta(seconds=60))


def test_every_sign_in_has_a_token_of_its_own(portal: Portal, school: School) -> None:
    portal.account(roles=[(Role.GUARDIAN, school.source("lyceum"), ident(900))])
    elsewhere = signed_in(portal)
    browser = portal.browser()
    tokens = []
    for _ in range(3):
        # Whatever cookie somebody has put there before is not taken over.
        browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
        tokens.append(browser.cookies["__Host-schoolbrug"])
    assert len(set(tokens)) == 3
    # The sessions that this browser had before have ended, and those of others have not.
    with reading(portal.engine) as connection:
        assert [sessions.session_of(connection, token, now()) is None for token in tokens] == [True, True, False]
    assert elsewhere.get("/v1/sessions").status_code == 200


def test_a_planted_token_is_not_taken_over(portal: Portal, school: School) -> None:
    portal.account(roles=[(Role.GUARDIAN, school.source("lyceum"), ident(900))])
    browser = portal.browser(Cookie="__Host-schoolbrug=planted")
    answer = browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    assert "planted" not in answer.headers["set-cookie"]
    assert portal.browser(Cookie="__Host-schoolbrug=planted").get("/v1/sessions").status_code == 401


def test_choosing_a_role_gives_a_new_token_and_other_rights(portal: Portal, school: School) -> None:
    source = school.source("lyceum")
    portal.account(roles=[(Role.STAFF, source, ident(901)), (Role.GUARDIAN, source, ident(900))])
    browser = signed_in(portal)
    before = browser.cookies["__Host-schoolbrug"]
    answer = browser.put("/v1/session/role", json={"role": "staff"})
    assert answer.json()["role"] == "staff"
    assert answer.json()["roles"] == ["guardian", "staff"]
    after = browser.cookies["__Host-schoolbrug"]
    assert after != before
    with reading(portal.engine) as connection:
        assert sessions.find(connection, before, now()) is None
        viewer = sessions.find(connection, after, now())
    assert viewer is not None
    assert (viewer.role, viewer.persons) == (Role.STAFF, {source: {ident(901)}})  # R60: not both


def test_a_role_that_the_account_has_not_cannot_be_chosen(portal: Portal, school: School) -> None:
    portal.account(roles=[(Role.GUARDIAN, school.source("lyceum"), ident(900))])
    browser = signed_in(portal)
    answer = browser.put("/v1/session/role", json={"role": "administrator"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role")
    assert browser.get("/v1/sessions").json()["sessions"][0]["role"] == "guardian"


def test_a_substitute_loses_the_role_after_its_last_day(
    portal: Portal, school: School, clock: time_machine.Coordinates
) -> None:
    """R57: the last day is a day at school, until midnight in Amsterdam."""
    source = school.source("lyceum")
    last = {"begins": date(2026, 3, 2), "ends": date(2026, 3, 6)}
    account = portal.account(roles=[(Role.STAFF, source, ident(901), last)])

    def held(at: datetime) -> frozenset[int] | None:
        with reading(portal.engine) as connection:
            viewer = sessions.viewer_as(connection, account, Role.STAFF, at)
            assert (Role.STAFF in sessions.roles(connection, account, at)) == bool(viewer.persons)
            return viewer.sources

    assert held(datetime(2026, 3, 1, 22, 59, tzinfo=UTC)) == frozenset()
    assert held(datetime(2026, 3, 1, 23, 0, tzinfo=UTC)) == {source}
    assert held(datetime(2026, 3, 6, 22, 59, tzinfo=UTC)) == {source}
    assert held(datetime(2026, 3, 6, 23, 0, tzinfo=UTC)) == frozenset()


def test_a_session_does_not_outlive_its_role(portal: Portal, school: School, clock: time_machine.Coordinates) -> None:
    source = school.source("lyceum")
    clock.move_to(datetime(2026, 3, 6, 22, 50, tzinfo=UTC))
    portal.account(roles=[(Role.STAFF, source, ident(901), {"ends": date(2026, 3, 6)})])
    browser = signed_in(portal)
    token = browser.cookies["__Host-schoolbrug"]
    with reading(portal.engine) as connection:
        before = sessions.find(connection, token, now())
        after = sessions.find(connection, token, now() + timedelta(minutes=10))
    assert before is not None
    assert before.persons == {source: {ident(901)}}
    assert after is not None
    assert (after.persons, after.sources) == ({}, frozenset())


def test_a_team_leader_has_sections(portal: Portal, school: School) -> None:
    source = school.source("lyceum")
    section = {"section": json.dumps({"location": None, "study": "havo 3", "grade_level": 3})}
    account = portal.account(roles=[(Role.TEAM_LEADER, source, None, section)])
    with reading(portal.engine) as connection:
        viewer = sessions.viewer_as(connection, account, Role.TEAM_LEADER, START)
    assert viewer.sections == {source: (Section(None, "havo 3", 3),)}


def test_an_administrator_without_a_second_factor_has_no_sources(portal: Portal, school: School) -> None:
    source = school.source("lyceum")
    account = portal.account(roles=[(Role.ADMINISTRATOR, source, None)])
    answer = portal.browser().post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    assert answer.json()["second_factor_required"] is True
    for way, sources in {
        "password": frozenset(), "oidc": frozenset(), "password+totp": {source}, "oidc+mfa": {source},
        "passkey": {source}, "password+recovery": {source},
    }.items():  # fmt: skip
        with writing(portal.engine) as connection:
            token = sessions.begin(connection, account, Role.ADMINISTRATOR, way, None, START)
            viewer = sessions.find(connection, token, START)
        assert viewer is not None
        assert viewer.sources == sources, way


def test_sessions_are_listed_and_each_can_be_ended(portal: Portal, school: School) -> None:
    source = school.source("lyceum")
    portal.account(roles=[(Role.GUARDIAN, source, ident(900))])
    portal.account("ander@example.nl", roles=[(Role.GUARDIAN, source, ident(902))])
    here, there = signed_in(portal, **{"User-Agent": "Firefox"}), signed_in(portal, **{"User-Agent": "Tele\tfoon"})
    other = signed_in(portal, "ander@example.nl")
    listed = here.get("/v1/sessions").json()["sessions"]
    assert [(item["agent"], item["current"]) for item in listed] == [("Telefoon", False), ("Firefox", True)]
    assert len(other.get("/v1/sessions").json()["sessions"]) == 1
    # Somebody else's session is not there.
    assert other.delete(f"/v1/sessions/{listed[0]['id']}").status_code == 404
    assert there.get("/v1/sessions").status_code == 200
    assert here.delete(f"/v1/sessions/{listed[0]['id']}").status_code == 204
    assert there.get("/v1/sessions").status_code == 401
    assert here.delete(f"/v1/sessions/{listed[0]['id']}").status_code == 404
    assert [event[1:] for event in portal.events("revoke")] == [("revoke", True, None)]


def test_signing_out_ends_the_session_itself(portal: Portal, school: School) -> None:
    portal.account(roles=[(Role.GUARDIAN, school.source("lyceum"), ident(900))])
    browser = signed_in(portal)
    token = browser.cookies["__Host-schoolbrug"]
    gone = browser.delete("/v1/session")
    assert gone.status_code == 204
    assert gone.headers["clear-site-data"] == '"cache"'
    assert "__Host-schoolbrug" not in browser.cookies
    assert portal.browser(Cookie=f"__Host-schoolbrug={token}").get("/v1/sessions").status_code == 401
    assert [event[1:] for event in portal.events("sign_out")] == [("sign_out", True, None)]


def test_a_closed_account_has_no_sessions(portal: Portal) -> None:
    account = portal.account(state="closed")
    with writing(portal.engine) as connection:
        token = sessions.begin(connection, account, Role.GUARDIAN, "password", None, START)
        assert sessions.find(connection, token, START) is None


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Origin": ORIGIN}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "https://evil.test"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": ORIGIN + ".evil.test"}, True),
        ({"Origin": ORIGIN + ":8443"}, True),
        ({"Origin": ORIGIN.replace("https", "http")}, True),
        ({"Origin": "https://evil.test", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({}, True),
    ],
)
def test_pages_of_others_change_nothing(sqlite_engine: Engine, headers: dict[str, str], refused: bool) -> None:
    portal = Portal(sqlite_engine)
    portal.account(roles=[(Role.GUARDIAN, School(sqlite_engine).source("lyceum"), ident(900))])
    token = signed_in(portal).cookies["__Host-schoolbrug"]
    elsewhere = TestClient(portal.app, base_url=ORIGIN, headers=headers | {"Cookie": f"__Host-schoolbrug={token}"})
    answer = elsewhere.delete("/v1/session")
    assert (answer.status_code == 403) is refused
    assert elsewhere.get("/v1/sessions").status_code == (200 if refused else 401)  # reading is the browser's to guard
    signing_in = elsewhere.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    assert (signing_in.status_code == 403) is refused


def test_interactive_sign_ins_are_counted_and_nothing_else(portal: Portal, school: School) -> None:
    """R69: three sign-ins and a hundred requests are three."""
    source = school.source("lyceum")
    portal.account(roles=[(Role.GUARDIAN, source, ident(900)), (Role.STAFF, source, ident(901))])
    for _ in range(3):
        browser = signed_in(portal)
    for _ in range(20):
        browser.get("/v1/sessions")
    browser.put("/v1/session/role", json={"role": "staff"})
    with portal.engine.connect() as connection:
        rows = connection.execute(select(LOGIN.c.role, LOGIN.c.way)).all()
    assert rows == [("guardian", "password")] * 3


def test_without_any_role_today_nobody_signs_in(portal: Portal, school: School) -> None:
    portal.account(roles=[(Role.STAFF, school.source("lyceum"), ident(901), {"ends": date(2020, 1, 1)})])
    answer = portal.browser().post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "no_role")
    assert "set-cookie" not in answer.headers


def test_of_two_rotations_at_once_one_wins(portal: Portal, school: School) -> None:
    account = portal.account(roles=[(Role.GUARDIAN, school.source("lyceum"), ident(900))])
    with writing(portal.engine) as connection:
        token = sessions.begin(connection, account, Role.GUARDIAN, "password", None, START)
        row = sessions.session_of(connection, token, START)
        assert row is not None
        first = sessions.strengthen(connection, row, "totp", START)
        assert first is not None
        assert sessions.strengthen(connection, row, "totp", START) is None
