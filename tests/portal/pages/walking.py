"""Walking over every page that there is, in a browser, and looking whether it stands.

The pages are those of the application's own routers: one that is added is walked over as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page

from portal.app import PAGES
from portal.pages.words import COOKIE
from tests.portal.pages.playing import PARTS, Part, World

SIZES = ((320, 640), (320, 256))
"""A small phone, and 1280 x 1024 at 400 %."""
WIDE = (1280, 900)

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));
"""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = """async rules => {
  for (const like of document.querySelectorAll("tr:nth-child(n+12), .cards > :nth-child(n+6)")) like.remove();
  return (await axe.run({runOnly: rules, resultTypes: ["violations"], preload: false})).violations
    .flatMap(broken => broken.nodes.map(node => `${broken.id}: ${node.target} ${node.failureSummary}`));
}"""
"""Of what is many times alike the first ones: it takes long. They are gone from the page then."""

DRAWN = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
"""What a page does when its size or theme changes has been done."""

CUT = """() => {
  const found = [], root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide`);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode, text = node.data.trim().slice(0, 40), parent = node.parentElement;
    if (!text || !parent.checkVisibility() || parent.closest(".hidden, .skip, option")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const place = range.getBoundingClientRect();
    for (let around = parent; around; around = around.parentElement) {
      const style = getComputedStyle(around), box = around.getBoundingClientRect();
      if (style.textOverflow !== "clip") found.push(`${style.textOverflow}: ${text}`);
      if (around !== root && /auto|scroll/.test(style.overflowX)) break;
      const beside = place.right > box.right + 1 || place.left < box.left - 1;
      if (beside && (around === root || /hidden|clip/.test(style.overflowX))) found.push(`cut at the side: ${text}`);
      if (place.bottom > box.bottom + 1 && /hidden|clip/.test(style.overflowY)) found.push(`cut below: ${text}`);
    }
  }
  return found;
}"""
"""What is beyond the edge of the page or of what hides it. A wide table scrolls by itself."""


def paths() -> set[str]:
    """The addresses of all pages, with their places open."""
    routes = [route for router in PAGES for route in router.routes if isinstance(route, APIRoute)]
    return {route.path for route in routes if "GET" in route.methods}


def filled(path: str, places: Mapping[str, str]) -> str:
    """The address of a page. A place that ``World.places`` does not know fails here."""
    whose = "student" if path.startswith("/students") else "group"
    return path.replace("{id}", f"{{{whose}}}").format_map(places)


@contextmanager
def visiting(chromium: Browser, world: World, part: Part, noise: list[str], **how: Any) -> Iterator[Page]:
    """An empty page of a browser in which ``part`` is signed in; what goes wrong in it is told to ``noise``."""
    context = chromium.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, **how)
    context.add_init_script(WATCH)
    context.add_init_script(AXE_SCRIPT)
    become(context, world, part)
    page = context.new_page()
    listen(page, noise)
    yield page
    context.close()


def listen(page: Page, noise: list[str]) -> None:
    page.on("console", lambda message: message.type == "info" or noise.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: noise.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (noise.append(f"dialog: {dialog.message}"), dialog.dismiss()))


def walks(chromium: Browser, world: World) -> dict[Part, dict[str, str]]:
    """Who walks over which pages: the address of each path that is there for the part, and for none before it.

    Files and ways on are no pages. The account is another one for everybody.
    """
    found: dict[Part, dict[str, str]] = {}
    left = paths()
    context = chromium.new_context()
    for part in PARTS:
        become(context, world, part)
        places = world.places(part)
        there = {path: filled(path, places) for path in sorted(left)}
        found[part] = {path: at for path, at in there.items() if is_page(context, world.address + at)}
        left -= set(found[part]) - {"/account"}
    context.close()
    return found


def is_page(context: BrowserContext, address: str) -> bool:
    answer = context.request.get(address, max_redirects=0)
    return answer.status == 200 and answer.headers["content-type"].startswith("text/html")


def become(context: BrowserContext, world: World, part: Part) -> None:
    """Be signed in as this part, and as nobody else."""
    context.clear_cookies()
    if part.login:
        world.enter(context, part)


def speak(page: Page, world: World, language: str) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": language, "url": world.address}])


def violations(page: Page) -> list[str]:
    """Of the page's policy, and of WCAG 2.2 AA as far as axe sees it."""
    return [*(f"policy: {one}" for one in page.evaluate("window.violations")), *page.evaluate(AXE, RULES)]


def cut(page: Page) -> list[str]:
    """What does not fit where there is little room."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(DRAWN)
        found += [f"{width} x {height}: {one}" for one in page.evaluate(CUT)]
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    return found
