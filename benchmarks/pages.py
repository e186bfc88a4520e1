"""What a first view of each page costs a telephone: requests, bytes, and the time to its first byte beside the API's.

    python -m benchmarks.pages [--times 18]

Chromium opens each page of a guardian with an empty cache, on SQLite and one worker. The times are of the server
alone, in turn with the view of the API that the page is made of: each student once, as after a sync.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import httpx
from playwright.sync_api import Browser, Request
from rich.console import Console
from rich.table import Table

from benchmarks.compare import title
from benchmarks.views import TOKEN, WARMING, fill, served
from portal.signin.sessions import COOKIE
from tests.portal.browser import browser

PAGES = {
    "/signin": None, "/students/{id}/grades": "/v1/students/{id}/grades",
    "/students/{id}/results": "/v1/students/{id}/grades",
    "/students/{id}/subjects/{subject}": "/v1/students/{id}/subjects/{subject}",
    "/students/{id}/absences": "/v1/students/{id}/absences", "/account": None,
}
"""Each page, and the view of the API that it is made of."""


MOST_HTML, MOST_IN_ALL = 60_000, 150_000
"""Bytes: the page unpacked, and everything as it is sent."""


class Cost(NamedTuple):
    """``sent`` is what goes over the wire, packed; ``html`` the page itself as it is unpacked. Bytes."""

    requests: int
    sent: int
    html: int
    elsewhere: int
    """Requests to another host."""


def cost(chromium: Browser, address: str, path: str) -> Cost:
    """What a first view of a page fetches."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, locale="nl-NL", extra_http_headers={"Cookie": f"{COOKIE}={TOKEN}"}
    )
    page = context.new_page()
    asked: list[Request] = []
    # A stream of news never ends: it is no part of the first view.
    page.on("requestfinished", lambda request: asked.append(request))
    try:
        document = page.goto(address + path, wait_until="load")
        assert document is not None
        page.wait_for_timeout(300)
        sizes = [request.sizes() for request in asked]
        sent = sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes)
        elsewhere = sum(not request.url.startswith(address) for request in asked)
        return Cost(len(asked), sent, len(document.body()), elsewhere)
    finally:
        context.close()


def first_bytes(address: str, paths: Sequence[str]) -> list[float]:
    """Milliseconds until the head of each answer is there."""
    found = []
    with httpx.Client(base_url=address, headers={"Cookie": f"{COOKIE}={TOKEN}"}) as client:
        for path in paths:
            begun = monotonic()
            with client.stream("GET", path) as answer:
                found.append((monotonic() - begun) * 1000)
                answer.read()
                answer.raise_for_status()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=18, help="how many students each page is opened of")
    chosen = parser.parse_args()
    table = Table(title=title())
    for name in ("page", "requests", "elsewhere", "kB sent", "kB HTML", "first byte ms", "API ms", "x API"):
        table.add_column(name, justify="left" if name == "page" else "right")
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        url = f"sqlite:///{Path(folder) / 'pages.sqlite'}"
        students = fill(url)
        with served("ours", url, 1, Path(folder) / "body") as address:
            warm, fresh = students[:WARMING], iter(students[WARMING:])
            asked = {"Cookie": f"{COOKIE}={TOKEN}"}
            view = httpx.get(f"{address}/v1/students/{warm[0]}/grades", headers=asked).json()
            subject = view["subjects"][0]["subject"]["id"]
            for page, api in PAGES.items():
                for path in filter(None, (page, api)):
                    first_bytes(address, [path.format(id=id_, subject=subject) for id_ in warm])
                # Of a student who was asked for before, an answer may have been kept.
                paths = [page.format(id=id_, subject=subject) for id_ in islice(fresh, chosen.times)]
                ours = statistics.median(first_bytes(address, paths))
                views = [api.format(id=id_, subject=subject) for id_ in islice(fresh, chosen.times)] if api else []
                theirs = statistics.median(first_bytes(address, views)) if views else None
                found = cost(chromium, address, page.format(id=warm[0], subject=subject))
                if found.html > MOST_HTML or found.sent > MOST_IN_ALL or found.elsewhere:
                    raise SystemExit(f"{page}: {found} is more than a first view may cost")
                table.add_row(
                    page, str(found.requests), str(found.elsewhere), f"{found.sent / 1000:.1f}",
                    f"{found.html / 1000:.1f}", f"{ours:.1f}", "" if theirs is None else f"{theirs:.1f}",
                    "" if theirs is None else f"{ours / theirs:.1f}",
                )  # fmt: skip
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
