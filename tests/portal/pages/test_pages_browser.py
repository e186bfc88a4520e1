"""The pages in a browser: without a violation of their policy, whatever people are called, and new by themselves."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from sqlalchemy import Engine, update

import portal.app
from canonical.tables import STATE, TABLES
from portal.settings import Settings
from portal.signin import passwords
from portal.tables import ACCOUNT
from tests.portal.browser import browser, served
from tests.portal.layer import SECRET, UNHURRIED
from tests.portal.school import FRESH
from tests.portal.world import World

PASSWORD = "een lang eigen wachtwoord"
NAMES = ("<script>alert(1)</script>", "\u202eKanarie\u202c", "Wolfeschlegelsteinhausenbergerdorff" * 2)
VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def world(sqlite_engine: Engine) -> World:
    made = World(sqlite_engine)
    with sqlite_engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(ACCOUNT).values(password_hash=passwords.kept(PASSWORD)))
        connection.execute(update(STATE).values(fresh_at=datetime.now(UTC), complete_at=datetime.now(UTC)))
    return made


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app = portal.app.create_app(world.engine, Settings(SECRET, origin=f"http://127.0.0.1:{port}"), UNHURRIED)
    with served(app, port) as found:
        yield found


def changed(world: World, kind: str, id_: str, **values: Any) -> None:
    with world.engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(TABLES[kind]).where(TABLES[kind].c.id == id_).values(**values))


def signed_in(chromium: Browser, address: str, **how: Any) -> BrowserContext:
    """By the keyboard alone."""
    context = chromium.new_context(**how)
    context.add_init_script(VIOLATIONS)
    page = context.new_page()
    page.goto(f"{address}/signin")
    page.locator("#login").focus()
    page.keyboard.type("guardian@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/today")
    return context


@pytest.mark.parametrize(("how", "names"), [
    ({"viewport": {"width": 320, "height": 640}}, NAMES), ({"java_script_enabled": False}, NAMES[:1]),
    ({"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark", "locale": "en-GB"}, NAMES[1:2]),
], ids=["narrow", "without scripts", "dark"])  # fmt: skip
def test_whatever_somebody_is_called_the_page_stands(
    how: dict[str, Any], names: tuple[str, ...], chromium: Browser, world: World, address: str
) -> None:
    student = world.ids["own"]
    for name in names:
        changed(world, "student", student, first_name=name)
        context = signed_in(chromium, address, **how)
        page = context.pages[0]
        views = [f"/students/{student}/{view}" for view in ("grades", "absences", "readers")]
        for path in ("/today", *views, "/account"):
            page.goto(address + path)
            if path != "/account":
                assert name in page.content() or "&lt;script&gt;" in page.content()
            assert page.locator("main").count() == 1
            if how.get("java_script_enabled") is not False:
                assert page.evaluate("window.violations") == []
                width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert width <= 0, path
        context.close()


def test_what_is_new_comes_by_itself(chromium: Browser, world: World, address: str) -> None:
    world.run(world.north, "absences", ended_at=FRESH)
    context = signed_in(chromium, address)
    page = context.pages[0]
    expect(page.locator("li.removed")).to_have_count(0)
    page.wait_for_timeout(1_500)
    begins = datetime.now(UTC)
    lesson = world.lesson(world.north, begins, begins + timedelta(minutes=50), subject_id=world.subjects["own"])
    id_ = world.seen(world.north, world.ids["own"], "removed", None, begins.date(), lesson_id=lesson)
    changed(world, "attendance_observation", id_, changed_at=begins)
    world.state(world.north, "absences", fresh_at=datetime.now(UTC))
    expect(page.locator("li.removed")).to_have_count(1, timeout=5_000)
    expect(page.locator("li.removed")).to_contain_text("Frans")
    context.close()
