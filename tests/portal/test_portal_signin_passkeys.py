"""Passkeys: kept, used, and whatever else is sent in their place."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from portal.access import Role
from portal.clock import now
from portal.reading import writing
from portal.signin import passkeys, passwords
from portal.tables import ACCOUNT, LOGIN
from tests.portal.authenticator import PRESENT, Authenticator
from tests.portal.guardians import ORIGIN, PASSWORD, QUICK, START, Portal
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


def ticket_of(portal: Portal) -> tuple[TestClient, dict[str, Any]]:
    browser = portal.browser()
    answer = browser.post("/v1/session", json={"login": "ouder@example.nl", "password": PASSWORD})
    assert "set-cookie" not in answer.headers
    return browser, answer.json()


def passkey_of(browser: TestClient, device: Authenticator | None = None, **odd: Any) -> tuple[Authenticator, Any]:
    device = device or Authenticator(ORIGIN)
    offer = browser.post("/v1/me/factors/passkey/options").json()
    body = {"ticket": offer["ticket"], "label": "Telefoon", "answer": device.create(offer["options"], **odd)}
    return device, browser.post("/v1/me/factors/passkey", json=body)


def use_passkey(portal: Portal, device: Authenticator, **odd: Any) -> Any:
    browser = portal.browser()
    offer = browser.post("/v1/session/passkey/options").json()
    return browser.post(
        "/v1/session/passkey", json={"ticket": offer["ticket"], "answer": device.get(offer["options"], **odd)}
    )


def test_a_passkey_signs_in_by_itself(portal: Portal) -> None:
    browser = signed_in(portal)
    before = browser.cookies["__Host-schoolbrug"]
    device, kept = passkey_of(browser)
    assert kept.status_code == 204
    assert browser.cookies["__Host-schoolbrug"] != before
    assert portal.browser(Cookie=f"__Host-schoolbrug={before}").get("/v1/sessions").status_code == 401
    assert use_passkey(portal, device).json()["role"] == "guardian"
    assert use_passkey(portal, device).status_code == 200
    _, needed = ticket_of(portal)
    assert needed["second_factor"] == ["passkey"]
    ways = [item["way"] for item in browser.get("/v1/sessions").json()["sessions"]]
    assert ways == ["passkey", "passkey", "password+passkey"]


def test_options_name_our_own_party_and_no_account(lite: Portal) -> None:
    browser = signed_in(lite)
    passkey_of(browser)
    options = browser.post("/v1/session/passkey/options").json()["options"]
    assert (options["rpId"], options["userVerification"]) == ("portal.test", "required")
    assert options["allowCredentials"] == []
    created = browser.post("/v1/me/factors/passkey/options").json()["options"]
    assert created["rp"] == {"id": "portal.test", "name": "Schoolbrug"}
    assert len(created["excludeCredentials"]) == 1
    assert len(base64.urlsafe_b64decode(created["challenge"] + "==")) == 32


@pytest.mark.parametrize(
    ("origin", "flags", "odd"),
    [
        ("https://evil.test", None, {}), (ORIGIN, PRESENT, {}), (ORIGIN, 0x04, {}), (ORIGIN, None, {"rp": "evil.test"}),
        (ORIGIN, None, {"kind": "webauthn.get"}), ("http://portal.test", None, {}),
    ],
)  # fmt: skip
def test_a_passkey_of_elsewhere_is_not_kept(lite: Portal, origin: str, flags: int | None, odd: Any) -> None:
    device = Authenticator(origin) if flags is None else Authenticator(origin, flags)
    browser = signed_in(lite)
    _, answer = passkey_of(browser, device, **odd)
    assert answer.status_code == 400
    assert browser.get("/v1/sessions").json()["sessions"][0]["way"] == "password"
    assert [event[1:] for event in lite.events("factor")] == [("factor", False, "passkey")]


@pytest.mark.parametrize(
    "odd", [{"origin": "https://evil.test"}, {"flags": PRESENT}, {"flags": 0x04}, {"rp": "evil.test"},
            {"kind": "webauthn.create"}, {"counter": -1}, {"key": True}, {"id": b"another"}],
)  # fmt: skip
def test_a_wrong_answer_signs_nobody_in(lite: Portal, odd: dict[str, Any]) -> None:
    device, _ = passkey_of(signed_in(lite))
    assert use_passkey(lite, device).status_code == 200
    arguments = {name: odd.pop(name) for name in ("rp", "kind") if name in odd}
    if "counter" in odd:
        odd["counter"] = 0  # a copy of the device, which has counted less
    if "key" in odd:
        odd["key"] = Authenticator(ORIGIN).key
    for name, value in odd.items():
        setattr(device, name, value)
    assert use_passkey(lite, device, **arguments).status_code == 401


@pytest.mark.parametrize("counts", [True, False])
def test_a_challenge_is_answered_once(lite: Portal, clock: time_machine.Coordinates, counts: bool) -> None:
    """Many a device does not count: then the challenge alone keeps an answer from being used again."""
    device, _ = passkey_of(signed_in(lite))
    device.counts = counts
    browser = lite.browser()
    offer = browser.post("/v1/session/passkey/options").json()
    body = {"ticket": offer["ticket"], "answer": device.get(offer["options"])}
    assert browser.post("/v1/session/passkey", json=body).status_code == 200
    assert browser.post("/v1/session/passkey", json=body).status_code == 401
    other = browser.post("/v1/session/passkey/options").json()
    assert browser.post("/v1/session/passkey", json=body | {"ticket": other["ticket"]}).status_code == 401
    late = browser.post("/v1/session/passkey/options").json()
    clock.shift(timedelta(minutes=5))
    body = {"ticket": late["ticket"], "answer": device.get(late["options"])}
    assert browser.post("/v1/session/passkey", json=body).status_code == 401


def test_one_passkey_belongs_to_one_account(lite: Portal) -> None:
    device, _ = passkey_of(signed_in(lite))
    lite.account("ander@example.nl", roles=[(Role.GUARDIAN, 1, ident(902))])
    other = lite.browser()
    other.post("/v1/session", json={"login": "ander@example.nl", "password": PASSWORD})
    assert passkey_of(other, device)[1].status_code == 400


def test_a_ticket_for_a_passkey_is_of_who_asked_for_it(lite: Portal) -> None:
    mine = signed_in(lite)
    lite.account("ander@example.nl", roles=[(Role.GUARDIAN, 1, ident(902))])
    other = lite.browser()
    other.post("/v1/session", json={"login": "ander@example.nl", "password": PASSWORD})
    offer = mine.post("/v1/me/factors/passkey/options").json()
    answer = Authenticator(ORIGIN).create(offer["options"])
    body = {"ticket": offer["ticket"], "label": "x", "answer": answer}
    assert other.post("/v1/me/factors/passkey", json=body).status_code == 400


def test_a_closed_account_is_not_signed_in_to_by_passkey(lite: Portal) -> None:
    device, _ = passkey_of(signed_in(lite))
    with writing(lite.engine) as connection:
        connection.execute(update(ACCOUNT).values(state="closed"))
    assert use_passkey(lite, device).status_code == 401
    with lite.engine.connect() as connection:
        assert len(connection.execute(select(LOGIN)).all()) == 1  # when the passkey was set up


_LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False)
_JSON = st.recursive(_LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_sent_as_a_passkey_makes_no_error(lite: Portal, data: st.DataObject) -> None:
    """One part of an otherwise right answer is anything at all: refused, or of no matter."""
    device, challenge = Authenticator(ORIGIN), {"challenge": "AAAA"}
    made = device.create({"rp": {"id": "portal.test"}} | challenge)
    with writing(lite.engine) as connection:
        assert passkeys.register(connection, ORIGIN, ident(78), "x", made, b"\0\0\0", now())
        answer = device.get({"rpId": "portal.test"} | challenge)
        spoil(data, answer, ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
        assert passkeys.authenticate(connection, ORIGIN, answer, b"\0\0\0", now()) in (None, ident(78))
        another = Authenticator(ORIGIN).create({"rp": {"id": "portal.test"}} | challenge)
        spoil(data, another, ["clientDataJSON", "attestationObject"])
        passkeys.register(connection, ORIGIN, ident(78), "x", another, b"\0\0\0", now())
        connection.rollback()


def spoil(data: st.DataObject, answer: dict[str, Any], parts: list[str]) -> None:
    part = data.draw(st.sampled_from(["id", "rawId", "type", "response", "more", *parts]))
    target = answer["response"] if part in parts else answer
    was = target.get(part)
    bytes_ = st.binary(max_size=300).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
    cut = st.integers(0, 200).map(lambda n: was[:n] + was[n + 1 :]) if isinstance(was, str) else st.none()
    target[part] = data.draw(_JSON | bytes_ | cut)
