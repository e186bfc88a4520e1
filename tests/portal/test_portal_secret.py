"""What hangs on ``portal.secret``: what docs/security.md says of a change of it."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete

from portal import app as application
from portal.access import Role
from portal.auditing import verify
from portal.clock import now
from portal.reading import writing
from portal.settings import Settings, derived
from portal.signin import granting, passwords
from portal.tables import AUDIT, AUDIT_HEAD
from tests.portal.guardians import ORIGIN, PASSWORD, PLENTY, QUICK, SECRET, Portal, ask, family
from tests.portal.school import School

OTHER_SECRET = b"another secret of more than thirty-two bytes"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", QUICK)


def changed(before: Portal) -> Portal:
    """The same portal, started with another secret."""
    after = Portal(before.engine)
    after.settings = Settings(OTHER_SECRET, origin=ORIGIN, send=after.sent.append)
    after.app = application.create_app(after.engine, after.settings, PLENTY)
    return after


def sign_in(browser: TestClient) -> int:
    return browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD}).status_code


def test_with_another_secret_nothing_is_shown_until_a_new_log_begins(sqlite_engine: Engine) -> None:
    kin = family(School(sqlite_engine))
    portal = Portal(sqlite_engine)
    portal.account(roles=[(Role.GUARDIAN, kin.source, kin.guardian)])
    browser = portal.browser()
    assert sign_in(browser) == 200
    after = changed(portal)
    assert sign_in(after.browser()) == 503
    with sqlite_engine.connect() as connection:
        assert verify(connection, derived(SECRET, "audit"), []) == []
        assert {fault.what for fault in verify(connection, derived(OTHER_SECRET, "audit"), [])} >= {"altered", "head"}
    begin_a_new_log(sqlite_engine)
    assert sign_in(after.browser()) == 200
    # Sessions go on.
    token = browser.cookies["__Host-schoolbrug"]
    assert after.browser(Cookie=f"__Host-schoolbrug={token}").get("/v1/me").status_code == 200
    with sqlite_engine.connect() as connection:
        assert verify(connection, derived(OTHER_SECRET, "audit"), []) == []


def test_apps_recovery_codes_and_letters_are_lost(sqlite_engine: Engine) -> None:
    kin = family(School(sqlite_engine))
    portal = Portal(sqlite_engine)
    account = portal.account(roles=[(Role.GUARDIAN, kin.source, kin.guardian)])
    browser = portal.browser()
    sign_in(browser)
    offer = browser.post("/v1/me/factors/app", json={"label": "Telefoon"}).json()
    app = pyotp.TOTP(offer["secret"])
    given = browser.post(f"/v1/me/factors/app/{offer['id']}", json={"code": app.at(now())}).json()
    letter = portal.letter(kin.source, kin.guardian)
    begin_a_new_log(sqlite_engine)
    after = changed(portal)
    asked = after.browser().post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD}).json()
    assert asked["second_factor"] == ["totp", "recovery"]
    for kind, code in (("totp", app.at(now() + timedelta(seconds=30))), ("recovery", given["codes"][0])):
        body = {"ticket": asked["ticket"], "kind": kind, "code": code}
        assert after.browser().post("/v1/session/factor", json=body).status_code == 401
    assert ask(after, letter).status_code == 400
    # What docs/security.md says to do for each who has an app.
    with writing(sqlite_engine) as connection:
        granting.reset(connection, account, now())
    browser = after.browser()
    assert sign_in(browser) == 200
    assert browser.get("/v1/me").json()["role"] == "guardian"


def begin_a_new_log(engine: Engine) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(AUDIT))
        connection.execute(delete(AUDIT_HEAD))
