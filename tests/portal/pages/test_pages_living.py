"""A school lives and is synced: what it notes is on a page that is open, by itself and within five seconds."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.portal.browser import browser, served
from tests.portal.pages.playing import MAGISTER, PARTS, World, number_of_child
from tests.portal.pages.stage import READ_LAST, Stage, send_out, stage
from tests.portal.pages.walking import visiting

MOTHER = PARTS[1]
IN_TIME = 5_000
"""Milliseconds from the end of a sync on."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def living(tmp_path: Path, port: int) -> Iterator[Stage]:
    with stage(tmp_path, port, (MAGISTER,), first=READ_LAST - timedelta(minutes=20)) as made:
        yield made


@pytest.fixture
def world(living: Stage, port: int) -> Iterator[World]:
    with served(living.app(), port) as address:
        yield World(living.engine, address, {})


@pytest.fixture
def today(chromium: Browser, world: World) -> Iterator[Page]:
    """What the mother has open."""
    noise: list[str] = []
    with visiting(chromium, world, MOTHER, noise, locale="nl-NL") as page:
        page.goto(f"{world.address}/today")
        yield page
        assert page.evaluate("window.violations") == []
    assert noise == []


def test_a_child_that_is_sent_out_is_told_within_five_seconds(living: Stage, today: Page) -> None:
    expect(today.locator("li.removed")).to_have_count(0)
    today.evaluate("window.neverLeft = true")
    send_out(living.schools[0], number_of_child(living.engine))
    living.sync("absences")
    expect(today.locator("li.removed.fresh")).to_have_count(1, timeout=IN_TIME)
    expect(today.locator("li.removed")).to_contain_text("Uitgestuurd om")
    assert today.evaluate("window.neverLeft")


def test_what_comes_while_a_page_is_on_its_way_is_told_too(living: Stage, today: Page) -> None:
    """The page has been answered, and its script has not begun to listen yet."""
    stream = "**/v1/news/stream*"

    def synced_first(route: Route) -> None:
        send_out(living.schools[0], number_of_child(living.engine))
        living.sync("absences")
        route.continue_()

    today.route(stream, synced_first, times=1)
    today.reload()
    expect(today.locator("li.removed")).to_have_count(1, timeout=IN_TIME)
