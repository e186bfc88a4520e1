"""Passkeys in a browser: made on the page, used as the second step and alone, refused; and without scripts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from sqlalchemy import Engine

import portal.app
from portal.access import Role
from portal.settings import Settings
from portal.signin import passwords
from tests.portal.browser import browser, served
from tests.portal.guardians import PASSWORD, PLENTY, QUICK, SECRET, Portal
from tests.portal.school import School

VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));
"""
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def address(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A portal with one manager. A passkey belongs to a name, and 127.0.0.1 is none."""
    monkeypatch.setattr(passwords, "_HASHER", QUICK)
    Portal(sqlite_engine).account("beheer@example.nl", roles=((Role.MANAGER, School(sqlite_engine).source("lyceum")),))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    origin = f"http://localhost:{port}"
    with served(portal.app.create_app(sqlite_engine, Settings(SECRET, origin=origin), PLENTY), port):
        yield origin


def opened(chromium: Browser, **how: Any) -> tuple[BrowserContext, Page]:
    context = chromium.new_context(locale="en-GB", **how)
    context.add_init_script(VIOLATIONS)
    return context, context.new_page()


def device(context: BrowserContext, page: Page) -> tuple[CDPSession, str]:
    """A make-believe device within the browser that keeps passkeys."""
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    return tools, tools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/signin?next=/sources")
    page.fill("#login", "beheer@example.nl")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")


def make_passkey(page: Page, label: str) -> None:
    page.fill("#passkey-label", label)
    page.click("text=Make a passkey")


def test_a_passkey_is_made_and_signs_in(chromium: Browser, address: str) -> None:
    context, page = opened(chromium, viewport={"width": 320, "height": 640})
    device(context, page)
    sign_in(page, address)
    page.wait_for_url("**/account/factors")
    expect(page.locator("main")).to_contain_text("you see nothing before a second step")
    make_passkey(page, "Laptop van beheer")
    expect(page.locator("li")).to_contain_text("Passkey: Laptop van beheer")
    expect(page.locator("li")).to_contain_text("not used yet")
    expect(page.locator("main")).not_to_contain_text("you see nothing before a second step")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.goto(f"{address}/sources")
    expect(page.locator("h1")).to_have_text("Sources")
    page.click("text=Sign out")
    sign_in(page, address)
    expect(page.locator("h1")).to_have_text("Second step")
    page.click("text=Use a passkey")
    page.wait_for_url("**/sources")
    page.goto(f"{address}/account")
    expect(page.locator("main")).to_contain_text("with a passkey")
    page.goto(f"{address}/account/factors")
    expect(page.locator("li")).to_contain_text("last used")
    page.click("text=Sign out")
    page.goto(f"{address}/signin?next=/sources")
    page.click("text=Use a passkey")
    page.wait_for_url("**/sources")
    assert page.evaluate("window.violations") == []
    context.close()


def test_one_that_is_not_given_or_not_known_is_refused_plainly(chromium: Browser, address: str) -> None:
    context, page = opened(chromium)
    tools, id_ = device(context, page)
    sign_in(page, address)
    page.wait_for_url("**/account/factors")
    tools.send("WebAuthn.setUserVerified", {"authenticatorId": id_, "isUserVerified": False})
    make_passkey(page, "Telefoon")
    expect(page.locator("[data-wrong=cancelled]")).to_be_visible()
    tools.send("WebAuthn.setUserVerified", {"authenticatorId": id_, "isUserVerified": True})
    make_passkey(page, "Telefoon")
    expect(page.locator("li")).to_contain_text("Telefoon")
    make_passkey(page, "Nog eens")
    expect(page.locator("[data-wrong=already]")).to_be_visible()
    expect(page.locator("li")).to_have_count(1)
    page.click("text=Take away")
    page.click("text=Yes, take it away")
    expect(page.locator("li")).to_have_count(0)
    page.click("text=Sign out")
    page.click("text=Use a passkey")  # the device has it still, the portal has not
    expect(page.locator("[data-wrong=refused]")).to_be_visible()
    expect(page.locator("[data-wrong=cancelled]")).to_be_hidden()
    context.close()


def test_without_scripts_the_page_says_so_and_an_app_works(chromium: Browser, address: str) -> None:
    context, page = opened(chromium, java_script_enabled=False)
    sign_in(page, address)
    page.wait_for_url("**/account/factors")
    expect(page.locator("[data-without]")).to_be_visible()
    expect(page.locator("form[data-passkey]")).to_be_hidden()
    page.click("text=Set up an app")
    picture = page.locator(".qr svg").bounding_box()
    assert picture is not None
    assert 150 < picture["width"] == picture["height"]
    context.close()
