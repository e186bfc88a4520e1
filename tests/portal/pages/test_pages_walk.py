"""Every page for everybody who may open it, whatever people and things are called, in both languages, day and night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.portal.browser import browser
from tests.portal.pages.playing import HOSTILE, PARTS, Part, World, playing
from tests.portal.pages.screens import name_of
from tests.portal.pages.walking import cut, paths, speak, violations, visiting, walks

NOTHING = "/nothing/at/all"
"""The page that says so."""
FILES = {"/students/{id}/grades.csv", "/look.css", "/logo"}
"""What is no page to look at."""
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


# Nothing depends on both.
@pytest.mark.parametrize(("language", "theme"), [("nl", "light"), ("en", "dark")])
@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.login} {part.role.value}" if part.login else "nobody")
def test_every_page_stands(
    part: Part, language: str, theme: Any, chromium: Browser, world: World, ways: dict[Part, dict[str, str]]
) -> None:
    noise: list[str] = []
    wrong: dict[str, list[str]] = {}
    with visiting(chromium, world, part, noise, color_scheme=theme) as page:
        speak(page, world, language)
        for path, address in {**ways[part], NOTHING: NOTHING}.items():
            noise.clear()
            page.goto(world.address + address)
            assert page.locator("html").get_attribute("lang") == language
            if path.startswith(OF_A_STUDENT):
                assert HOSTILE in page.locator("body").inner_text()
            assert page.evaluate("[...document.scripts].every(script => script.src)")
            found = violations(page) + cut(page)
            # A browser complains of a page that is not there.
            found += [] if path == NOTHING else noise
            if found:
                wrong[path] = found
    assert wrong == {}


def test_the_picture_of_a_page_is_of_no_other() -> None:
    assert len({*map(name_of, paths())}) == len(paths())


def test_what_is_wrong_is_seen(chromium: Browser, world: World) -> None:
    with visiting(chromium, world, PARTS[0], []) as page:
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
