"""The front page: what it says, and how it stands in a browser; that it is for who is not signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from playwright.sync_api import Browser
from sqlalchemy import Engine

from portal.freshness import STALE_AFTER, EntityState, Freshness, SourceState
from portal.limiting import Rate, Rates
from portal.look import Logo, Look
from portal.pages.front import Card, card
from tests.portal.browser import browser, served
from tests.portal.layer import ORIGIN, create_app
from tests.portal.school import FRESH, NOW, School
from tests.portal.world import World

HOSTILE = "<script>alert(1)</script> & \"Het\" <img src=x onerror='alert(2)'> Lyceum"
CANARY = "Kanarie"
VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));
"""


def source(*entities: tuple[str, str, datetime | None], school: str = "Het Lyceum") -> SourceState:
    states = tuple(EntityState(name, (kind,), fresh, fresh, 0, 0, 0) for name, kind, fresh in entities)
    return SourceState(1, "lyceum", "magister", school, states)


def shown(*entities: tuple[str, str, datetime | None]) -> Card:
    return card(source(*entities), NOW, STALE_AFTER)


def test_all_fresh() -> None:
    found = shown(("grades", "grade", FRESH), ("lessons", "lesson", NOW))
    assert [(topic.name, topic.read_at) for topic in found.topics] == [("Grades", FRESH), ("Timetable", NOW)]
    assert found.state is Freshness.FRESH


def test_a_topic_is_as_old_as_the_oldest_behind_it() -> None:
    old = NOW - timedelta(days=1)
    found = shown(("observations", "attendance_observation", NOW), ("notices", "absence_notice", old))
    (topic,) = found.topics
    assert (topic.state, topic.read_at, found.state) == (Freshness.STALE, old, Freshness.STALE)


def test_what_was_never_read_is_said_so() -> None:
    found = shown(("grades", "grade", None), ("lessons", "lesson", NOW))
    assert [(topic.state, topic.read_at) for topic in found.topics] == [
        (Freshness.NEVER, None), (Freshness.FRESH, NOW)
    ]  # fmt: skip
    assert found.state is None
    assert shown().state is shown(("grades", "grade", None)).state is Freshness.NEVER


@pytest.mark.parametrize(("minutes", "said"), [
    (5, "Alles is bijgewerkt."), (60, "Een deel kan verouderd zijn."), (None, "Nog niet alles is opgehaald."),
])  # fmt: skip
def test_how_a_school_stands_is_said(
    minutes: int | None, said: str, sqlite_engine: Engine
) -> None:
    school = School(sqlite_engine)
    number = school.source("lyceum", entities=("students", "grades"))
    school.state(number, "students", fresh_at=NOW)
    school.state(number, "grades", fresh_at=None if minutes is None else NOW - timedelta(minutes=minutes))
    with time_machine.travel(NOW, tick=False):
        text = TestClient(create_app(sqlite_engine)).get("/").text
    assert said in text
    assert ("Alles is bijgewerkt." in text) == (minutes == 5)


def test_without_a_school(sqlite_engine: Engine) -> None:
    assert "Er is nog geen school aangesloten." in TestClient(create_app(sqlite_engine, [])).get("/").text


def test_nothing_of_anybody_is_on_the_page(school: School, client: TestClient) -> None:
    number = school.source("lyceum")
    school.student(number, "Kanarie", local_id="4711")
    with time_machine.travel(NOW, tick=False):
        text = client.get("/", headers={"Authorization": ""}).text
    assert "Het Lyceum" in text
    assert "om 10:42" in text
    assert "Kanarie" not in text
    assert "4711" not in text
    assert "<script" not in text
    assert "style=" not in text


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def address(sqlite_engine: Engine) -> Iterator[str]:
    """A portal with a school of hostile name that is up to date, and one that is not, without a break in its name."""
    school = School(sqlite_engine)
    fresh = school.source("hostile", HOSTILE)
    stale = school.source("stale", "Scholengemeenschap" * 6, entities=("grades", "absences", "lessons"))
    school.source("new", "Nieuw College", entities=())
    now = datetime.now(UTC)
    for entity in ("students", "staff", "subjects", "columns", "grades", "lessons", "reasons", "absences"):
        school.state(fresh, entity, fresh_at=now)
    school.state(stale, "lessons", fresh_at=None)
    with served(create_app(sqlite_engine, [])) as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_in_a_browser(chromium: Browser, address: str, width: int, scheme: Any) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("dialog", lambda dialog: (noise.append("dialog"), dialog.dismiss()))
    page.on("requestfailed", lambda request: noise.append(f"failed: {request.url}"))
    page.on("response", lambda answer: noise.append(f"{answer.status}: {answer.url}") if answer.status != 200 else None)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    try:
        page.goto(address, wait_until="networkidle")
        assert page.evaluate("window.violations") == []
        assert noise == []
        assert all(url.startswith(address) for url in requested)
        assert page.evaluate("document.scripts.length") == 0
        assert page.get_by_role("heading", level=2).all_inner_texts()[0] == HOSTILE
        assert page.get_by_role("status").count() == 2
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("getComputedStyle(document.body).maxWidth") != "none"  # the style sheet is there
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, background[4:-1].split(","))) < 3 * 128) is (scheme == "dark")
    finally:
        context.close()


def test_the_policy_stops_a_script(chromium: Browser, address: str) -> None:
    """The violations are really seen: an inline script that gets in is reported and does not run."""
    context = chromium.new_context()
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    try:
        page.goto(address)
        page.evaluate("""() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        }""")
        page.wait_for_function("window.violations.length > 0")
        assert page.evaluate("window.violations[0]").startswith("script-src")
        assert page.evaluate("window.ran") is None
    finally:
        context.close()


def test_who_is_signed_in_goes_on_to_the_own_page(sqlite_engine: Engine) -> None:
    world = World(sqlite_engine)
    client = TestClient(create_app(sqlite_engine), base_url=ORIGIN, follow_redirects=False)
    answer = client.get("/", headers=world.headers("guardian"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/today")


LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def test_a_school_s_own_look(sqlite_engine: Engine) -> None:
    look = Look("Portaal <De Linde>", Logo(LOGO, "svg"), "#ffcc00")
    client = TestClient(create_app(sqlite_engine, look=look))
    text = client.get("/").text
    assert "- Portaal &lt;De Linde&gt;</title>" in text
    assert "Schoolbrug" not in text
    logo = client.get(re.search(r'src="(/logo[^"]*)"', text)[1])
    assert (logo.content, logo.headers["content-type"]) == (LOGO, "image/svg+xml")
    assert "default-src 'none'" in logo.headers["content-security-policy"]
    style = client.get(re.search(r'href="(/look.css[^"]*)"', text)[1])
    assert style.headers["content-type"].startswith("text/css")
    assert "--link:#ffcc00" not in style.text.split("@media")[0]  # nobody could read yellow on white
    assert "--link:#ffcc00" in style.text.split("@media")[1]


@pytest.mark.parametrize("path", ["/logo", "/look.css"])
def test_without_a_look_there_is_none(path: str, sqlite_engine: Engine) -> None:
    client = TestClient(create_app(sqlite_engine))
    assert client.get(path).status_code == 404
    assert path not in client.get("/").text


def test_what_a_file_is_named_by_changes_with_it(sqlite_engine: Engine) -> None:
    client = TestClient(create_app(sqlite_engine))
    named = re.search(r'href="(/static/portal.css[^"]*)"', client.get("/").text)[1]
    assert client.get(named).headers["cache-control"] == "public, max-age=31536000, immutable"
    for other in ("/static/portal.css", "/static/portal.css?000000000000"):
        assert client.get(other).headers["cache-control"] == "no-cache"
    again = client.get("/static/portal.css", headers={"If-None-Match": client.get(named).headers["etag"]})
    assert again.status_code == 304


BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en"}


@pytest.mark.parametrize(("ask", "status", "said"), [
    (("GET", "/nothing/at/all"), 404, "There is nothing here"), (("GET", "/static/nothing.css"), 404, "nothing here"),
    (("DELETE", "/today"), 405, "This address is not right"),
    (("POST", "/signin", {"content": b"x", "headers": {"Content-Length": "99999999"}}), 413, "This is too large"),
])  # fmt: skip
def test_an_error_is_a_page_for_people_alone(ask: tuple[Any, ...], status: int, said: str, client: TestClient) -> None:
    method, path, *how = ask
    more = how[0] if how else {}
    people = client.request(method, path, **{**more, "headers": {**BROWSER, **more.get("headers", {})}})
    assert (people.status_code, people.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in people.text
    assert "script-src 'self'" in people.headers["content-security-policy"]
    program = client.request(method, path, **more)
    assert (program.status_code, program.headers["content-type"]) == (status, "application/problem+json")
    assert people.headers.get("allow") == program.headers.get("allow")


def test_the_api_never_answers_a_page(client: TestClient) -> None:
    assert client.get("/v1/nothing", headers=BROWSER).headers["content-type"] == "application/problem+json"


def test_too_often_is_a_page_that_says_when_again(sqlite_engine: Engine) -> None:
    slow = Rates(token=Rate(1e-3, 1), session=Rate(1e-3, 1), address=Rate(1e-3, 1))
    client = TestClient(create_app(sqlite_engine, rates=slow), headers=BROWSER)
    assert client.get("/").status_code == 200
    answer = client.get("/")
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
    assert "A little slower, please" in answer.text


def test_what_breaks_is_a_page_without_the_inside(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("portal.pages.front.reading", broken)
    answer = TestClient(create_app(sqlite_engine), headers=BROWSER).get("/")
    assert answer.status_code == 500
    assert "This does not work now" in answer.text
    assert CANARY not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
