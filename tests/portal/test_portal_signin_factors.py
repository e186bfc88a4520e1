"""Second factors: codes of an app and for recovery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, update

from portal.access import Role
from portal.clock import now
from portal.reading import reading, writing
from portal.settings import derived
from portal.signin import factors, passwords, sessions
from portal.tables import ACCOUNT, FACTOR, SIGN_IN
from tests.portal.guardians import PASSWORD, QUICK, SECRET, START, Portal, family
from tests.portal.school import School, ident


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """How well passwords are kept is not what is tested here."""
    monkeypatch.setattr(passwords, "_HASHER", QUICK)


@pytest.fixture
def portal(engine: Engine) -> Portal:
    return with_account(engine)


@pytest.fixture
def lite(sqlite_engine: Engine) -> Portal:
    return with_account(sqlite_engine)


def with_account(engine: Engine) -> Portal:
    made = Portal(engine)
    made.account(roles=[(Role.GUARDIAN, School(engine).source("lyceum"), ident(900))])
    return made


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


def signed_in(portal: Portal) -> TestClient:
    browser = portal.browser()
    answer = browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    assert answer.status_code == 200
    assert "role" in answer.json()
    return browser


def app_of(browser: TestClient) -> tuple[pyotp.TOTP, list[str]]:
    """Sets an app up: the app, and the recovery codes."""
    offer = browser.post("/v1/me/factors/app", json={"label": "Telefoon"}).json()
    app = pyotp.parse_uri(offer["address"])
    assert isinstance(app, pyotp.TOTP)
    done = browser.post(f"/v1/me/factors/app/{offer['id']}", json={"code": app.at(now())})
    assert done.status_code == 200
    return app, done.json()["codes"]


def ticket_of(portal: Portal) -> tuple[TestClient, dict[str, Any]]:
    browser = portal.browser()
    answer = browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    assert "set-cookie" not in answer.headers
    return browser, answer.json()


def give(browser: TestClient, ticket: str | None, code: str, kind: str = "totp") -> Any:
    return browser.post("/v1/session/factor", json={"ticket": ticket, "kind": kind, "code": code})


def test_an_app_is_asked_for_once_it_was_confirmed(portal: Portal, clock: time_machine.Coordinates) -> None:
    browser = signed_in(portal)
    offer = browser.post("/v1/me/factors/app", json={"label": "Telefoon"}).json()
    signed_in(portal)  # it does not count yet
    assert browser.post(f"/v1/me/factors/app/{offer['id']}", json={"code": "000000"}).status_code == 400
    before = browser.cookies["__Host-schoolbrug"]
    app = pyotp.parse_uri(offer["address"])
    assert browser.post(f"/v1/me/factors/app/{offer['id']}", json={"code": app.at(now())}).status_code == 200
    assert browser.cookies["__Host-schoolbrug"] != before
    clock.shift(timedelta(seconds=30))
    fresh, needed = ticket_of(portal)
    assert needed["second_factor"] == ["totp", "recovery"]
    assert fresh.get("/v1/sessions").status_code == 401
    assert give(fresh, needed["ticket"], "000000").status_code == 401
    assert give(fresh, needed["ticket"], app.at(now())).status_code == 200
    assert fresh.get("/v1/sessions").json()["sessions"][0]["way"] == "password+totp"


def test_a_step_is_never_accepted_twice(portal: Portal, clock: time_machine.Coordinates) -> None:
    app, _ = app_of(signed_in(portal))
    browser, needed = ticket_of(portal)
    assert give(browser, needed["ticket"], app.at(now())).status_code == 401  # it has confirmed the app
    clock.shift(timedelta(seconds=30))
    code = app.at(now())
    assert give(browser, needed["ticket"], code).status_code == 200
    other, again = ticket_of(portal)
    assert give(other, again["ticket"], code).status_code == 401
    # Nor one of a step before it.
    assert give(other, again["ticket"], app.at(now() - timedelta(seconds=30))).status_code == 401


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_one_step_around_is_right(lite: Portal, clock: time_machine.Coordinates, steps: int, status: int) -> None:
    app, _ = app_of(signed_in(lite))
    clock.shift(timedelta(minutes=4))
    browser, needed = ticket_of(lite)
    assert give(browser, needed["ticket"], app.at(now() + steps * timedelta(seconds=30))).status_code == status


def test_the_secret_is_sealed_in_its_own_place(lite: Portal) -> None:
    browser = signed_in(lite)
    app, codes = app_of(browser)
    with lite.engine.connect() as connection:
        rows = connection.execute(select(FACTOR)).all()
    blob = b"".join(row.secret for row in rows)
    assert app.secret.encode() not in blob
    assert not any(code.encode() in blob or code.replace("-", "").encode() in blob for code in codes)
    # Under another row's id it does not open.
    with writing(lite.engine) as connection:
        account = rows[0].account_id
        _, other = factors.offer_totp(connection, derived(SECRET, "factor"), account, "x", now())
        assert other != app.secret
        new = connection.execute(select(FACTOR).where(FACTOR.c.confirmed_at.is_(None))).one()
        totp = next(row for row in rows if row.kind == "totp")
        connection.execute(update(FACTOR).where(FACTOR.c.id == totp.id).values(secret=new.secret, counter=0))
        code = pyotp.TOTP(other).at(now())
        assert not factors.use(connection, derived(SECRET, "factor"), account, "totp", code, now())


def test_recovery_codes_work_once_each(portal: Portal) -> None:
    _, codes = app_of(signed_in(portal))
    assert len(set(codes)) == 10
    browser, needed = ticket_of(portal)
    assert give(browser, needed["ticket"], codes[3].lower().replace("-", " "), "recovery").status_code == 200
    assert browser.get("/v1/me/factors").json()["recovery_codes_left"] == 9
    other, again = ticket_of(portal)
    assert give(other, again["ticket"], codes[3], "recovery").status_code == 401
    assert give(other, again["ticket"], codes[4], "recovery").status_code == 200
    made = other.post("/v1/me/factors/recovery").json()["codes"]
    last, third = ticket_of(portal)
    assert give(last, third["ticket"], codes[5], "recovery").status_code == 401
    assert give(last, third["ticket"], made[0], "recovery").status_code == 200


def test_of_two_who_use_one_code_at_once_one_gets_in(lite: Portal) -> None:
    """Both have read that it was not used yet."""
    _, codes = app_of(signed_in(lite))
    key = derived(SECRET, "factor")
    with writing(lite.engine) as connection:
        rows = connection.execute(select(FACTOR).where(FACTOR.c.kind == "recovery")).all()
        uses = [factors._use_recovery(connection, key, row, codes[0], now()) for row in [*rows, *rows]]
    assert sum(uses) == 1


def test_guesses_at_the_second_factor_are_slowed_down(lite: Portal, clock: time_machine.Coordinates) -> None:
    app, _ = app_of(signed_in(lite))
    clock.shift(timedelta(seconds=90))
    browser, needed = ticket_of(lite)
    for _ in range(5):
        assert give(browser, needed["ticket"], "000000").status_code == 401
    _, again = ticket_of(lite)  # the password again makes no difference
    assert give(browser, again["ticket"], app.at(now())).status_code == 401
    clock.shift(timedelta(seconds=30))
    assert give(browser, again["ticket"], app.at(now())).status_code == 200


def test_guesses_at_the_first_code_of_an_app_are_slowed_down(lite: Portal) -> None:
    browser = signed_in(lite)
    offer = browser.post("/v1/me/factors/app", json={"label": "Telefoon"}).json()
    path, code = f"/v1/me/factors/app/{offer['id']}", pyotp.parse_uri(offer["address"]).at(now())
    for _ in range(5):
        assert browser.post(path, json={"code": "000000"}).status_code == 400
    assert browser.post(path, json={"code": code}).status_code == 400


def test_an_app_waits_a_quarter_for_its_first_code(lite: Portal, clock: time_machine.Coordinates) -> None:
    browser = signed_in(lite)
    clock.shift(timedelta(minutes=-1))  # as if it had been offered earlier in the same session
    offer = browser.post("/v1/me/factors/app", json={"label": "Telefoon"}).json()
    clock.shift(timedelta(minutes=15))
    code = pyotp.parse_uri(offer["address"]).at(now())
    assert browser.post(f"/v1/me/factors/app/{offer['id']}", json={"code": code}).status_code == 400


def test_a_ticket_holds_for_five_minutes_and_once(lite: Portal, clock: time_machine.Coordinates) -> None:
    app, codes = app_of(signed_in(lite))
    clock.shift(timedelta(seconds=30))
    browser, needed = ticket_of(lite)
    assert give(browser, needed["ticket"], codes[0], "recovery").status_code == 200
    assert give(browser, needed["ticket"], codes[1], "recovery").status_code == 401
    _, late = ticket_of(lite)
    clock.shift(timedelta(minutes=5))
    assert give(browser, late["ticket"], app.at(now())).status_code == 401
    assert give(browser, "made-up", app.at(now())).status_code == 401


def test_tickets_are_sealed_and_of_one_kind(lite: Portal) -> None:
    _, codes = app_of(signed_in(lite))
    browser, needed = ticket_of(lite)
    challenge = browser.post("/v1/session/passkey/options").json()
    assert give(browser, challenge["ticket"], codes[0], "recovery").status_code == 401
    answer = browser.post("/v1/session/passkey", json={"ticket": needed["ticket"], "answer": {}})
    assert answer.status_code == 401
    with lite.engine.connect() as connection:
        sealed = b"".join(row.sealed for row in connection.execute(select(SIGN_IN)))
    assert b"account" not in sealed
    assert b"challenge" not in sealed


def test_a_session_can_be_made_stronger(portal: Portal, clock: time_machine.Coordinates) -> None:
    """Such as one that began at the school's provider."""
    app, _ = app_of(signed_in(portal))
    account = signed_account(portal)
    clock.shift(timedelta(seconds=30))
    with writing(portal.engine) as connection:
        token = sessions.begin(connection, account, Role.GUARDIAN, "oidc", None, now())
    browser = portal.browser(Cookie=f"__Host-schoolbrug={token}")
    answer = give(browser, None, "000000")
    assert answer.status_code == 401
    answer = give(browser, None, app.at(now()))
    assert answer.status_code == 200
    assert token not in answer.headers["set-cookie"]
    with reading(portal.engine) as connection:
        assert sessions.find(connection, token, now()) is None
    assert give(portal.browser(), None, app.at(now())).status_code == 401


def signed_account(portal: Portal) -> str:
    with portal.engine.connect() as connection:
        return str(connection.execute(select(FACTOR.c.account_id)).scalars().first())


CHANGES: list[tuple[str, str, Any]] = [
    ("POST", "/v1/me/factors/app", {"label": "x"}), ("POST", f"/v1/me/factors/app/{ident(1)}", {"code": "1"}),
    ("POST", "/v1/me/factors/recovery", None), ("POST", "/v1/me/factors/passkey/options", None),
    ("POST", "/v1/me/factors/passkey", {"ticket": "x", "label": "x", "answer": {}}),
    ("DELETE", f"/v1/me/factors/{ident(1)}", None),
]  # fmt: skip
"""Everything that changes second factors."""


def test_factors_change_only_shortly_after_signing_in(lite: Portal, clock: time_machine.Coordinates) -> None:
    browser = signed_in(lite)
    clock.shift(timedelta(minutes=14))
    assert browser.post("/v1/me/factors/app", json={"label": "Telefoon"}).status_code == 200
    clock.shift(timedelta(minutes=1))
    for method, path, body in CHANGES:
        answer = browser.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again"), path


def test_who_has_not_given_the_factor_that_there_is_changes_none(
    lite: Portal, clock: time_machine.Coordinates
) -> None:
    """Such as somebody who has the password alone: an app of his own would be enough."""
    early = signed_in(lite)
    offer = early.post("/v1/me/factors/app", json={"label": "Van een ander"}).json()
    app, _ = app_of(signed_in(lite))
    account = signed_account(lite)
    with writing(lite.engine) as connection:
        token = sessions.begin(connection, account, Role.GUARDIAN, "oidc", None, now())
    provided = lite.browser(Cookie=f"__Host-schoolbrug={token}")
    begun = ("POST", f"/v1/me/factors/app/{offer['id']}", {"code": pyotp.TOTP(offer["secret"]).at(now())})
    for browser in (early, provided):
        for method, path, body in [*CHANGES, begun]:
            answer = browser.request(method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "second_factor"), path
    assert len(early.get("/v1/me/factors").json()["factors"]) == 1
    clock.shift(timedelta(seconds=30))
    assert give(early, None, app.at(now())).status_code == 200
    assert early.post("/v1/me/factors/app", json={"label": "Tweede"}).status_code == 200


@pytest.mark.parametrize("change", [{"password_hash": "another"}, {"state": "closed"}])
def test_a_new_password_ends_what_had_begun_with_the_old_one(lite: Portal, change: dict[str, str]) -> None:
    _, codes = app_of(signed_in(lite))
    browser, needed = ticket_of(lite)
    with writing(lite.engine) as connection:
        connection.execute(update(ACCOUNT).values(**change))
    assert give(browser, needed["ticket"], codes[0], "recovery").status_code == 401
    (event,) = [event for event in lite.events("sign_in") if not event[2]]
    assert event[3] == "ticket"


def test_no_factor_is_added_in_a_session_that_ends_meanwhile(lite: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = signed_in(lite)
    offer = browser.post("/v1/me/factors/app", json={"label": "Telefoon"}).json()
    monkeypatch.setattr(sessions, "strengthen", lambda *_: None)
    code = pyotp.TOTP(offer["secret"]).at(now())
    assert browser.post(f"/v1/me/factors/app/{offer['id']}", json={"code": code}).status_code == 401
    assert browser.get("/v1/me/factors").json() == {"factors": [], "recovery_codes_left": 0}


def test_a_factor_of_somebody_else_cannot_be_removed_or_confirmed(lite: Portal) -> None:
    browser = signed_in(lite)
    app_of(browser)
    lite.account("ander@example.nl", roles=[(Role.GUARDIAN, 1, ident(902))])
    other = lite.browser()
    other.post("/v1/session", json={"login": "ander@example.nl", "password": PASSWORD})
    (item,) = browser.get("/v1/me/factors").json()["factors"]
    assert other.get("/v1/me/factors").json() == {"factors": [], "recovery_codes_left": 0}
    assert other.delete(f"/v1/me/factors/{item['id']}").status_code == 404
    offer = browser.post("/v1/me/factors/app", json={"label": "Nog een"}).json()
    code = pyotp.TOTP(offer["secret"]).at(now())
    assert other.post(f"/v1/me/factors/app/{offer['id']}", json={"code": code}).status_code == 400
    assert browser.delete(f"/v1/me/factors/{item['id']}").status_code == 204
    assert browser.get("/v1/me/factors").json() == {"factors": [], "recovery_codes_left": 0}
    signed_in(lite)  # no second factor any more


def test_a_change_of_factors_is_told_to_the_holder(engine: Engine) -> None:
    kin = family(School(engine))
    portal = Portal(engine)
    portal.account(roles=[(Role.GUARDIAN, kin.source, kin.guardian)])
    app_of(signed_in(portal))
    assert [message.to for message in portal.sent] == ["record@example.nl"]
    assert [event[1:] for event in portal.events("factor")] == [("factor", True, None)]
