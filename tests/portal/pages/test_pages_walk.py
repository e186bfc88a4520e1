"""Every page for everybody who may open it, whatever people and things are called, in both languages, day and night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from schoolbrug.signins import PASSWORD
from tests.faults import some
from tests.portal.browser import browser
from tests.portal.pages.playing import HOSTILE, PARTS, Part, World, playing
from tests.portal.pages.screens import name_of
from tests.portal.pages.walking import become, cut, filled, paths, speak, violations, visiting, walks

NOTHING = "/nothing/at/all"
"""The page that says so."""
FILES = {"/students/{id}/grades.csv", "/look.css", "/logo"}
"""What is no page to look at."""
MOTHER = PARTS[1]
QUERIES = {
    "/students/{id}/subjects/{subject}": ("target=7&weight=2", "target=9,9", "mark=5&weight=1"),
    "/students/{id}/results": ("only=insufficient&sort=oldest",), "/students/{id}/absences": ("month=2020-01",),
}  # fmt: skip
OF_A_STUDENT = ("/today", "/students/", "/classes/")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with playing(tmp_path_factory.mktemp("walk"), hostile=True) as made:
        yield made


@pytest.fixture(scope="module")
def ways(chromium: Browser, world: World) -> dict[Part, dict[str, str]]:
    return walks(chromium, world)


def test_every_page_is_walked_over_by_somebody(ways: dict[Part, dict[str, str]]) -> None:
    assert paths() - {path for found in ways.values() for path in found} == FILES


@pytest.fixture(scope="module")
def noise() -> list[str]:
    return []


@pytest.fixture(scope="module")
def page(chromium: Browser, world: World, noise: list[str]) -> Iterator[Page]:
    """One for all: a browser takes long to begin anew."""
    with visiting(chromium, world, PARTS[0], noise) as made:
        yield made


# Nothing depends on both: with every commit each is walked once.
@pytest.mark.parametrize(
    ("language", "theme"), some([("nl", "light"), ("nl", "dark"), ("en", "light"), ("en", "dark")])
)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.login} {part.role.value}" if part.login else "nobody")
def test_every_page_stands(
    part: Part, language: str, theme: Any, page: Page, noise: list[str], world: World, ways: dict[Part, dict[str, str]]
) -> None:
    become(page.context, world, part)
    speak(page, world, language)
    page.emulate_media(color_scheme=theme)
    wrong: dict[str, list[str]] = {}
    for path, address in {**ways[part], NOTHING: NOTHING}.items():
        noise.clear()
        page.goto(world.address + address)
        assert page.locator("html").get_attribute("lang") == language
        if path.startswith(OF_A_STUDENT):
            assert HOSTILE in page.locator("body").inner_text()
        assert page.evaluate("[...document.scripts].every(script => script.src)")
        found = cut(page) + violations(page)
        # A browser complains of a page that is not there.
        found += [] if path == NOTHING else noise
        if found:
            wrong[path] = found
    assert wrong == {}


def test_the_picture_of_a_page_is_of_no_other() -> None:
    assert len({*map(name_of, paths())}) == len(paths())


def test_what_is_wrong_is_seen(page: Page, world: World) -> None:
    become(page.context, world, PARTS[0])
    page.emulate_media(color_scheme="light")
    page.goto(f"{world.address}/signin")
    page.evaluate("""() => {
        const script = document.createElement("script"), line = document.createElement("p");
        script.textContent = "window.ran = true";
        line.append("A line that does not break, ".repeat(9), document.createElement("img"));
        document.querySelector("main").append(script, line);
        const style = {color: "#777", whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis"};
        Object.assign(line.style, style);
    }""")
    page.wait_for_function("window.violations.length > 0")
    assert {one.split(":")[0] for one in violations(page)} == {"policy", "image-alt", "color-contrast"}
    assert {one.split(": ")[1] for one in cut(page)} == {"ellipsis", "cut at the side"}
    assert page.evaluate("window.ran") is None


def answers_of_forms(page: Page, world: World) -> Iterator[str]:
    """One after the other the pages that only a form leads to, or a question in the address; says which one is open."""
    places = world.places(MOTHER)

    def send(path: str, **fields: str) -> None:
        page.goto(world.address + path)
        for name, value in fields.items():
            page.locator(f"main [name={name}]:visible").first.fill(value)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def go_on(**fields: str) -> None:
        for name, value in fields.items():
            page.locator(f"main [name={name}]:visible").fill(value)
        with page.expect_navigation():
            page.locator("form button.main").last.click()

    send("/signin", login="moeder", password="wrong")
    yield "a wrong password"
    send("/signin", login="beheerder", password=PASSWORD)
    yield "the second step"
    go_on(code="wrong")
    yield "a wrong second step"
    send("/forgotten", login="moeder")
    yield "a code was sent"
    go_on(code="wrong", password="wrong")
    yield "a wrong code that was sent"
    send("/activate", code="wrong", login="somebody", password=PASSWORD)
    yield "a wrong letter"
    world.enter(page.context, MOTHER)
    send("/account/factors", label="My telephone")
    yield "a new app"
    go_on(code="wrong")
    yield "a wrong code of a new app"
    for path, queries in QUERIES.items():
        for query in queries:
            page.goto(f"{world.address}{filled(path, places)}?{query}")
            yield f"{path}?{query}"


def test_what_a_form_answers_stands(page: Page, world: World) -> None:
    become(page.context, world, PARTS[0])
    wrong = {}
    for said in answers_of_forms(page, world):
        assert page.locator(".problem:visible").count() == said.startswith("a wrong"), said
        if found := cut(page) + violations(page):
            wrong[said] = found
    assert wrong == {}
