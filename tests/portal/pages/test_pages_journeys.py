"""What people come for, from signing in to signing out: by the keyboard alone, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select, update

from canonical.tables import HELD
from schoolbrug.signins import PASSWORD
from tests.portal.browser import browser
from tests.portal.pages.playing import MAGISTER, PARTS, World, playing
from tests.portal.pages.walking import WATCH, filled, listen

MOTHER = PARTS[1]
STOPS = 200
"""More than there are on any page."""


class Hand(NamedTuple):
    """How somebody works: goes through a link or button, fills in a field, marks one of several, picks of a list, ticks
    a box, unfolds what is folded."""

    press: Callable[[Locator], None]
    write: Callable[[Locator, str], None]
    mark: Callable[[Locator], None]
    pick: Callable[[Locator, str], None]
    tick: Callable[[Locator], None]
    unfold: Callable[[Locator], None]


def reach(target: Locator) -> None:
    """Tab on until the focus is there, and can be seen."""
    for _ in range(STOPS):
        target.page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            assert target.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
            expect(target).to_be_in_viewport()
            return
    pytest.fail(f"the keyboard does not reach {target}")


def by_key(target: Locator) -> None:
    reach(target)
    with target.page.expect_navigation():
        target.page.keyboard.press("Enter")


def typed(target: Locator, text: str) -> None:
    reach(target)
    target.page.keyboard.press("ControlOrMeta+A")
    target.page.keyboard.type(text)
    if not text:  # a time has up to three parts
        for key in ["Delete", "ArrowRight"] * 3:
            target.page.keyboard.press(key)


def marked(target: Locator) -> None:
    """Of several that are one stop: with the arrows."""
    group = target.page.locator(f"[name={target.get_attribute('name')}]")
    reach(group.and_(target.page.locator(":checked")))
    while not target.is_checked():
        target.page.keyboard.press("ArrowDown")


def picked(target: Locator, text: str) -> None:
    reach(target)
    target.page.keyboard.type(text)


def pushed(key: str) -> Callable[[Locator], None]:
    def push(target: Locator) -> None:
        reach(target)
        target.page.keyboard.press(key)

    return push


def clicked(target: Locator) -> None:
    with target.page.expect_navigation():
        target.click()


def chosen(target: Locator, text: str) -> None:
    target.select_option(label=text)


HANDS = {
    "keyboard": Hand(by_key, typed, marked, picked, pushed("Space"), pushed("Enter")),
    "no script": Hand(clicked, Locator.fill, Locator.check, chosen, Locator.click, Locator.click),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with playing(tmp_path_factory.mktemp("journeys")) as made:
        yield made


@pytest.fixture(params=HANDS)
def hand(request: pytest.FixtureRequest) -> Hand:
    return HANDS[request.param]


@pytest.fixture
def page(hand: Hand, chromium: Browser, world: World) -> Iterator[Page]:
    scripts = hand is HANDS["keyboard"]
    noise: list[str] = []
    context = chromium.new_context(base_url=world.address, locale="en-GB", java_script_enabled=scripts)
    context.add_init_script(WATCH)
    made = context.new_page()
    listen(made, noise)
    yield made
    if scripts:
        noise += made.evaluate("window.violations")
    context.close()
    assert noise == []


def enter(page: Page, hand: Hand, world: World, login: str) -> None:
    page.goto("/signin")
    hand.write(page.get_by_label("Name"), login)
    hand.write(page.get_by_label("Password"), PASSWORD)
    hand.press(page.get_by_role("button", name="Sign in"))
    second = world.people[login].second
    if second is not None:
        hand.mark(page.get_by_label("A recovery code"))
        hand.write(page.get_by_label("Code", exact=True), second.codes.pop())
        hand.press(page.get_by_role("button", name="Go on"))


def sent_code(world: World) -> str:
    found = re.search(r"\d{6,}", world.sent.pop().text)
    assert found
    return found[0]


def leave(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("button", name="Sign out"))
    assert page.url.endswith("/signin")
    page.goto("/today")
    assert "/signin" in page.url


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True)


def title(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_a_letter_becomes_an_account_whose_password_is_forgotten(page: Page, hand: Hand, world: World) -> None:
    login, new = f"{hand.press.__name__}@example.org", "een ander wachtwoord"
    page.goto("/signin")
    hand.press(link(page, "I have a letter with a code"))
    hand.write(page.get_by_label("Code of the letter"), world.letter())
    hand.write(page.get_by_label("A name to sign in with"), login)
    hand.write(page.get_by_label("A password"), PASSWORD)
    hand.press(page.get_by_role("button", name="Go on"))
    title(page, "The second code")
    hand.write(page.get_by_label("Code", exact=True), sent_code(world))
    hand.press(page.get_by_role("button", name="Go on"))
    hand.press(link(page, "Password forgotten"))
    hand.write(page.get_by_label("Name"), login)
    hand.press(page.get_by_role("button", name="Send me a code"))
    title(page, "A new password")
    hand.write(page.get_by_label("Code", exact=True), sent_code(world))
    hand.write(page.get_by_label("A password"), new)
    hand.press(page.get_by_role("button", name="Go on"))
    hand.write(page.get_by_label("Name"), login)
    hand.write(page.get_by_label("Password"), new)
    hand.press(page.get_by_role("button", name="Sign in"))
    title(page, "What is new")
    leave(page, hand)


def test_a_mother_looks_at_her_child(page: Page, hand: Hand, world: World) -> None:
    places = world.places(MOTHER)
    enter(page, hand, world, "moeder")
    title(page, "What is new")
    assert page.locator(".children section").count() == 2
    hand.press(page.locator(f"a[href='/students/{places['student']}/grades']"))
    title(page, re.compile("^Grades of "))
    hand.press(page.locator(f"a[href='{filled('/students/{id}/subjects/{subject}', places)}']"))
    hand.write(page.get_by_label("Wanted average"), "6,5")
    hand.write(page.get_by_label("Weight of the next test"), "2")
    hand.press(page.get_by_role("button", name="Calculate"))
    expect(page.get_by_role("status")).to_contain_text(re.compile("at weight 2|sure already|cannot be reached"))
    hand.press(link(page, "Grades"))
    hand.press(link(page, "All results in one list"))
    hand.pick(page.locator("select[name=only]"), "insufficient ones")
    hand.press(page.get_by_role("button", name="Show"))
    assert page.locator("td .mark").count() == page.locator("td .mark.low").count() > 0
    hand.press(link(page, "Absences"))
    hand.press(page.locator("a[rel=prev]"))
    expect(page.get_by_role("heading", level=2).last).to_have_text("October 2026")
    hand.press(link(page, "Who has looked"))
    expect(page.locator("tbody tr").first).to_contain_text("you")
    hand.press(page.get_by_role("button", name="Nederlands"))
    title(page, re.compile("^Wie heeft gekeken"))
    hand.press(page.get_by_role("button", name="English"))
    leave(page, hand)


def test_an_adult_student_decides_who_looks_on(page: Page, hand: Hand, world: World) -> None:
    enter(page, hand, world, "leerling")
    hand.press(link(page, "My account"))
    hand.press(page.get_by_role("button", name="Open it to my parents"))
    expect(page.get_by_text("Yes: they see what you see.")).to_be_visible()
    hand.press(page.get_by_role("button", name="Close it to my parents"))
    expect(page.get_by_text("No: since you became 18")).to_be_visible()
    leave(page, hand)


def test_a_mentor_goes_from_class_to_student_and_on_as_team_leader(page: Page, hand: Hand, world: World) -> None:
    places = world.places(MOTHER)
    enter(page, hand, world, "mentor")
    title(page, "Classes")
    hand.press(page.locator(f"a[href='/classes/{places['group']}']"))
    hand.press(page.locator("main a[href$='/grades']").first)
    title(page, re.compile("^Grades of "))
    hand.press(link(page, "My account"))
    hand.press(page.get_by_role("button", name="team leader"))
    title(page, "Classes")
    leave(page, hand)


def test_an_administrator_decides_what_is_seen_when(page: Page, hand: Hand, world: World) -> None:
    enter(page, hand, world, "beheerder")
    title(page, "Use of the portal")
    hand.press(link(page, "Rules"))
    hand.press(page.locator(f"main a[href='/rules/{MAGISTER}']"))
    title(page, re.compile("^What .* decides$"))
    switches = page.locator("#switches table")
    expect(switches).to_have_count(0)
    hand.unfold(page.get_by_text("Open or close something"))
    hand.pick(page.get_by_label("State"), "closed")
    hand.pick(page.get_by_label("For whom"), "parent or guardian")
    hand.press(page.locator("#switch").get_by_role("button", name="Save"))
    expect(page.get_by_role("status")).to_have_text("Saved. It holds from now on.")
    expect(switches.get_by_role("row").last).to_contain_text("closed")

    at_once = page.locator("#schedule table tbody tr").first.inner_text()
    hand.tick(page.get_by_label("Fr", exact=True).first)
    hand.write(page.get_by_label("From, or exactly at").first, "15:30")
    hand.press(page.get_by_role("button", name="Show who sees what when"))
    expect(page.get_by_role("status")).to_contain_text("Nothing has been saved.")
    tried = page.locator("#schedule table tbody tr").first
    expect(tried).to_contain_text("15:30")
    assert tried.inner_text() != at_once
    hand.press(page.locator("#schedule").get_by_role("button", name="Save"))
    expect(page.get_by_role("status")).to_have_text("Saved. It holds from now on.")
    expect(page.locator(".states").first).to_contain_text("Fr 15:30")

    hand.tick(page.get_by_label("Fr", exact=True).first)
    hand.write(page.get_by_label("From, or exactly at").first, "")
    hand.press(page.locator("#schedule").get_by_role("button", name="Save"))
    expect(page.locator(".states").first).to_contain_text("at once")
    hand.press(switches.get_by_role("button", name="Take away 1"))
    expect(switches).to_have_count(0)
    leave(page, hand)


def test_a_manager_comes_in_by_a_second_step_and_decides(page: Page, hand: Hand, world: World) -> None:
    number = int(world.places(MOTHER)["number"])
    enter(page, hand, world, "applicatiebeheer")
    title(page, "Sources")
    for button, ends in (("They are gone: delete them", "approved"), ("They are not gone: keep them", "rejected")):
        with world.engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(HELD).where(HELD.c.id == number).values(state="open", decided_at=None))
        hand.press(link(page, "Sources"))
        hand.press(page.locator(f"main a[href='/sources/{MAGISTER}#held']").first)
        hand.press(page.locator(f"main a[href='/held/{number}']"))
        hand.press(page.get_by_role("button", name=button))
        expect(page.get_by_role("button", name=button)).to_have_count(0)
        with world.engine.connect() as connection:
            assert connection.execute(select(HELD.c.state).where(HELD.c.id == number)).scalar() == ends
    leave(page, hand)


def test_a_session_elsewhere_is_ended(page: Page, hand: Hand, world: World, chromium: Browser) -> None:
    with chromium.new_context(base_url=world.address) as elsewhere:
        world.enter(elsewhere, PARTS[1]._replace(login="vader"))
        other = elsewhere.new_page()
        other.goto("/today")
        assert other.url.endswith("/today")
        enter(page, hand, world, "vader")
        hand.press(link(page, "My account"))
        elsewhere_too = page.get_by_role("listitem").filter(has_text="a test")
        hand.press(elsewhere_too.get_by_role("button", name="End"))
        assert elsewhere_too.count() == 0
        other.goto("/today")
        assert "/signin" in other.url


def test_the_content_is_one_key_away(page: Page, hand: Hand, world: World) -> None:
    page.goto("/signin")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
