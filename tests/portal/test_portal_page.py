"""The landing page: what it says, and how it stands in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from playwright.sync_api import Browser
from sqlalchemy import Engine

from portal.freshness import STALE_AFTER, EntityState, Freshness, SourceState
from portal.page import Card, card, landing, spoken
from tests.portal.browser import browser, served
from tests.portal.layer import create_app
from tests.portal.school import FRESH, NOW, School

HOSTILE = "<script>alert(1)</script> & \"Het\" <img src=x onerror='alert(2)'> Lyceum"
VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));
"""


def source(*entities: tuple[str, str, datetime | None], school: str = "Het Lyceum") -> SourceState:
    states = tuple(EntityState(name, (kind,), fresh, fresh, 0, 0, 0) for name, kind, fresh in entities)
    return SourceState(1, "lyceum", "magister", school, states)


def shown(*entities: tuple[str, str, datetime | None]) -> Card:
    return card(source(*entities), NOW, STALE_AFTER)


@pytest.mark.parametrize(("moment", "words"), [
    ("2026-03-02T09:42:00Z", "om 10:42"),
    ("2026-03-01T23:00:00Z", "om 00:00"),
    ("2026-03-01T22:59:00Z", "gisteren om 23:59"),
    ("2026-02-28T23:00:00Z", "gisteren om 00:00"),
    ("2026-02-28T22:59:00Z", "op 28 februari om 23:59"),
    ("2025-07-01T10:00:00Z", "op 1 juli 2025 om 12:00"),
])  # fmt: skip
def test_a_moment_in_words(moment: str, words: str) -> None:
    assert spoken(datetime.fromisoformat(moment), NOW) == words


def test_all_fresh() -> None:
    found = shown(("grades", "grade", FRESH), ("lessons", "lesson", NOW))
    assert [(topic.name, topic.when) for topic in found.topics] == [
        ("Cijfers", "bijgewerkt om 10:42"), ("Lesrooster", "bijgewerkt om 11:00")
    ]  # fmt: skip
    assert found.banner == ""


def test_a_topic_is_as_old_as_the_oldest_behind_it() -> None:
    old = NOW - timedelta(days=1)
    found = shown(("observations", "attendance_observation", NOW), ("notices", "absence_notice", old))
    (topic,) = found.topics
    assert (topic.state, topic.when) == (Freshness.STALE, "bijgewerkt gisteren om 11:00")
    assert found.banner.startswith("Let op: de afwezigheid kan verouderd zijn.")


def test_what_is_stale_is_named() -> None:
    old = NOW - timedelta(hours=1)
    entities = [("grades", "grade", old), ("lessons", "lesson", old), ("students", "student", NOW)]
    assert shown(*entities[:1]).banner.startswith("Let op: de cijfers kunnen verouderd zijn.")
    assert shown(*entities).banner.startswith("Let op: de cijfers en het lesrooster kunnen verouderd zijn.")


def test_what_was_never_read_is_said_so() -> None:
    found = shown(("grades", "grade", None), ("lessons", "lesson", NOW))
    assert [(topic.name, topic.when) for topic in found.topics] == [
        ("Cijfers", "nog niet opgehaald"), ("Lesrooster", "bijgewerkt om 11:00")
    ]  # fmt: skip
    html = landing([source(("grades", "grade", None), ("lessons", "lesson", NOW))], NOW, STALE_AFTER)
    assert "Nog niet alles is opgehaald." in html
    assert "Alles is bijgewerkt." not in html
    assert shown().banner == shown(("grades", "grade", None)).banner == "Er is nog niets opgehaald bij deze school."


def test_without_a_school(sqlite_engine: Engine) -> None:
    assert "Er is nog geen school aangesloten." in TestClient(create_app(sqlite_engine, [])).get("/").text


def test_nothing_of_anybody_is_on_the_page(school: School, client: TestClient) -> None:
    number = school.source("lyceum")
    school.student(number, "Kanarie", local_id="4711")
    with time_machine.travel(NOW, tick=False):
        text = client.get("/", headers={"Authorization": ""}).text
    assert "Het Lyceum" in text
    assert "bijgewerkt om 10:42" in text
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
