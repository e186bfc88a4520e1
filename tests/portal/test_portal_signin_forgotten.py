"""A forgotten password, and one that is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine

from portal.access import Role
from portal.clock import now
from portal.reading import writing
from portal.signin import passwords, sessions
from tests.portal.guardians import (
    OTHER,
    PASSWORD,
    QUICK,
    START,
    Portal,
    activate,
    ask,
    family,
    sign_in,
)
from tests.portal.school import School, ident


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """How well passwords are kept is not what is tested here."""
    monkeypatch.setattr(passwords, "_HASHER", QUICK)


@pytest.fixture
def portal(engine: Engine) -> Portal:
    return Portal(engine)


def forgotten(portal: Portal, login: str = "ouder@example.nl") -> Any:
    return portal.browser().post("/v1/password/forgotten", json={"login": login})


def renew(portal: Portal, ticket: str, code: str, password: str = OTHER) -> Any:
    return portal.browser().post("/v1/password", json={"ticket": ticket, "code": code, "password": password})


def test_a_forgotten_password(portal: Portal, school: School) -> None:
    kin = family(school)
    activate(portal, kin)
    browser = portal.browser()
    browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    asked = forgotten(portal, "OUDER@example.nl")
    assert asked.status_code == 202
    assert (portal.sent[-1].to, portal.sent[-1].subject) == (
        "record@example.nl", "Een nieuw wachtwoord voor het ouderportaal"
    )  # fmt: skip
    code = portal.code()
    assert renew(portal, asked.json()["ticket"], code).status_code == 204
    assert browser.get("/v1/sessions").status_code == 401
    assert sign_in(portal).status_code == 401
    assert sign_in(portal, password=OTHER).status_code == 200
    assert renew(portal, asked.json()["ticket"], code).status_code == 400


def test_the_answer_is_the_same_for_whoever_is_unknown(portal: Portal, school: School) -> None:
    kin = family(school, email=None)
    portal.account(roles=[(Role.GUARDIAN, kin.source, kin.guardian)])  # nowhere to send it to
    portal.account("dicht@example.nl", state="closed")
    answers = [forgotten(portal, login) for login in ("ouder@example.nl", "dicht@example.nl", "niemand@example.nl")]
    assert {(a.status_code, tuple(a.json()), len(a.json()["ticket"])) for a in answers} == {(202, ("ticket",), 43)}
    assert portal.sent == []
    refused = {renew(portal, a.json()["ticket"], "00000000").content for a in answers}
    assert len(refused) == 1


def test_tries_and_time_are_few(portal: Portal, school: School, clock: time_machine.Coordinates) -> None:
    activate(portal, family(school))
    ticket = forgotten(portal).json()["ticket"]
    code = portal.code()
    wrong = "1" * 8 if code != "1" * 8 else "2" * 8
    for _ in range(5):
        assert renew(portal, ticket, wrong).status_code == 400
    assert renew(portal, ticket, code).status_code == 400
    ticket = forgotten(portal).json()["ticket"]
    clock.shift(timedelta(minutes=15))
    assert renew(portal, ticket, portal.code()).status_code == 400
    assert sign_in(portal).status_code == 200


def test_a_code_is_its_own_tickets(portal: Portal, school: School) -> None:
    activate(portal, family(school))
    first = forgotten(portal).json()["ticket"]
    code = portal.code()
    other = forgotten(portal).json()["ticket"]
    assert renew(portal, other, code).status_code == 400
    assert renew(portal, first, code).status_code == 204


def test_nobody_is_flooded_with_codes(portal: Portal, school: School) -> None:
    activate(portal, family(school))
    before = len(portal.sent)
    for _ in range(10):
        assert forgotten(portal).status_code == 202
    assert len(portal.sent) - before == 3


def test_the_new_password_is_judged_and_nothing_is_used_up(portal: Portal, school: School) -> None:
    activate(portal, family(school))
    ticket = forgotten(portal).json()["ticket"]
    code = portal.code()
    for password, fault in (("kort", "too_short"), ("ouder@example.nl", "is_login")):
        assert renew(portal, ticket, code, password).json()["errors"] == [{"field": "body.password", "code": fault}]
    assert renew(portal, ticket, code).status_code == 204


def test_changing_the_password_ends_all_other_sessions(portal: Portal, school: School) -> None:
    activate(portal, family(school))
    here, there = portal.browser(), portal.browser()
    for browser in (here, there):
        browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    wrong = here.put("/v1/me/password", json={"current": OTHER, "password": OTHER})
    assert wrong.json()["errors"] == [{"field": "body.current", "code": "not_valid"}]
    weak = here.put("/v1/me/password", json={"current": PASSWORD, "password": "kort"})
    assert weak.json()["errors"] == [{"field": "body.password", "code": "too_short"}]
    assert there.get("/v1/sessions").status_code == 200
    done = here.put("/v1/me/password", json={"current": PASSWORD, "password": OTHER})
    assert (done.status_code, done.headers["clear-site-data"]) == (204, '"cache"')
    assert here.get("/v1/sessions").status_code == 200
    assert there.get("/v1/sessions").status_code == 401
    assert sign_in(portal, password=OTHER).status_code == 200
    assert portal.sent[-1].subject == "Uw account voor het ouderportaal is gewijzigd"


def test_a_password_that_was_renewed_meanwhile_is_not_overwritten(
    portal: Portal, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with the old password and a session, while the holder takes the account back."""
    activate(portal, family(school))
    browser = portal.browser()
    browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    asked = forgotten(portal).json()["ticket"]
    fits = passwords.fits

    def slow(hashed: str | None, password: str) -> bool:
        monkeypatch.setattr(passwords, "fits", fits)
        found = fits(hashed, password)
        assert renew(portal, asked, portal.code(), OTHER).status_code == 204
        return found

    monkeypatch.setattr(passwords, "fits", slow)
    late = browser.put("/v1/me/password", json={"current": PASSWORD, "password": "van iemand anders"})
    assert late.status_code == 401
    assert sign_in(portal, password=OTHER).status_code == 200


def test_guesses_at_the_present_password_are_slowed_down(sqlite_engine: Engine) -> None:
    portal, school = Portal(sqlite_engine), School(sqlite_engine)
    activate(portal, family(school))
    browser = portal.browser()
    browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    for _ in range(5):
        browser.put("/v1/me/password", json={"current": OTHER, "password": OTHER})
    assert browser.put("/v1/me/password", json={"current": PASSWORD, "password": OTHER}).status_code == 400


def test_an_account_of_the_schools_provider_has_no_password_to_change(portal: Portal, school: School) -> None:
    account = portal.account(None, None, roles=[(Role.STUDENT, school.source("lyceum"), ident(900))], issuer="i",
                             subject="s")  # fmt: skip
    with writing(portal.engine) as connection:
        token = sessions.begin(connection, account, Role.STUDENT, "oidc", None, now())
    browser = portal.browser(Cookie=f"__Host-schoolbrug={token}")
    answer = browser.put("/v1/me/password", json={"current": "x", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "no_password")


def test_an_activation_ends_nobody_elses_sign_in(portal: Portal, school: School) -> None:
    """What has begun goes on, however long other tickets hold."""
    kin = family(school)
    activate(portal, kin)
    asked = forgotten(portal).json()["ticket"]
    code = portal.code()
    other = family(school, kin.source, email="ander@example.nl")
    ask(portal, portal.letter(other.source, other.guardian), "ander@example.nl")
    assert renew(portal, asked, code).status_code == 204
