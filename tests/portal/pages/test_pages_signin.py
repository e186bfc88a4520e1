"""Signing in by the pages, in and out again, and what is said when it goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, update

from portal.pages.page import local
from portal.signin import passwords
from portal.signin.sessions import COOKIE
from portal.tables import ACCOUNT
from tests.portal.layer import ORIGIN, UNHURRIED, create_app
from tests.portal.world import World

LOGIN, PASSWORD = "guardian@example.org", "een lang eigen wachtwoord"
SAME = {"Origin": ORIGIN}


@pytest.fixture
def world(sqlite_engine: Engine) -> World:
    made = World(sqlite_engine)
    with sqlite_engine.execution_options(writes=True).begin() as connection:
        hashed = passwords.kept(PASSWORD)
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.login == LOGIN).values(password_hash=hashed))
    return made


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    app = create_app(world.engine, rates=UNHURRIED)
    with TestClient(app, base_url=ORIGIN, follow_redirects=False, headers={"Accept-Language": "en"}) as made:
        yield made


def test_in_and_out(world: World, client: TestClient) -> None:
    asked = f"/students/{world.ids['own']}/grades"
    answer = client.get(asked)
    form = client.get(answer.headers["location"])
    assert re.search(f'name="next" value="{asked}"', form.text)
    done = client.post("/signin", data={"login": LOGIN, "password": PASSWORD, "next": asked}, headers=SAME)
    assert (done.status_code, done.headers["location"]) == (303, asked)
    assert "Grades of" in client.get(asked).text
    out = client.post("/signout", headers=SAME)
    assert (out.status_code, out.headers["location"]) == (303, "/signin")
    assert out.headers["clear-site-data"] == '"cache"'
    assert client.get(asked).status_code == 303


@pytest.mark.parametrize("form", [
    {"login": LOGIN, "password": "iets anders dat lang is"}, {"login": "niemand", "password": PASSWORD},
    {"login": LOGIN}, {},
])  # fmt: skip
def test_what_is_wrong_is_not_told_apart(form: dict[str, str], client: TestClient) -> None:
    answer = client.post("/signin", data=form, headers=SAME)
    assert answer.status_code == 401
    assert COOKIE not in answer.cookies
    assert 'role="alert"' in answer.text
    assert PASSWORD not in answer.text
    if len(form) == 2:
        assert "This is not right, or not now." in answer.text


def test_a_form_of_another_page_does_nothing(client: TestClient) -> None:
    form = {"login": LOGIN, "password": PASSWORD}
    answer = client.post("/signin", data=form, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert COOKIE not in answer.cookies
    assert "This form did not come from this portal." in answer.text


@pytest.mark.parametrize("address", [
    "https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "", None,
    "/\t/elsewhere.example", "/\n/elsewhere.example",
])  # fmt: skip
def test_after_signing_in_nobody_is_led_away(address: str | None) -> None:
    assert local(address) == "/today"


def test_a_page_of_ones_own_is_where_one_goes() -> None:
    assert local("/students/1/grades?a=b") == "/students/1/grades?a=b"


def test_an_unknown_language_is_a_wrong_form(client: TestClient) -> None:
    form = {"code": "ABCD-EFGH-JKMN-PQRS", "login": "iemand", "password": PASSWORD, "language": "xx"}
    assert client.post("/activate", data=form, headers=SAME).status_code == 400


def test_a_form_after_the_session_has_ended_leads_to_a_page(client: TestClient) -> None:
    answer = client.post("/account/consent", data={"open": "true"}, headers=SAME)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=/today")


def test_the_language_is_chosen_once(client: TestClient) -> None:
    assert '<html lang="en">' in client.get("/signin").text
    done = client.post("/language", data={"language": "nl", "next": "/signin"}, headers=SAME)
    assert done.headers["location"] == "/signin"
    assert '<html lang="nl">' in client.get("/signin").text
    client.post("/language", data={"language": "xx", "next": "/signin"}, headers=SAME)
    assert '<html lang="nl">' in client.get("/signin").text


def test_every_page_has_the_policy_and_no_inline_code(world: World, client: TestClient) -> None:
    own = f"/students/{world.ids['own']}"
    for path in ("/signin", "/activate", "/forgotten", "/today", f"{own}/absences", "/students/x/grades"):
        answer = client.get(path, headers=dict(world.headers("guardian")))
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", answer.text)
