"""What dry runs would have done, on the page of their source, and that a source is left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests.portal.layer import ORIGIN, UNHURRIED, create_app
from tests.portal.office import Office
from tests.portal.school import FRESH, NOW

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def desk(sqlite_engine: Engine) -> Office:
    """The office, with a manager of its one school."""
    made = Office(sqlite_engine)
    with time_machine.travel(NOW, tick=False):
        made.sign_in("manager", "manager", made.lyceum, None, way="password+totp")
    return made


@pytest.fixture
def client(desk: Office) -> Iterator[TestClient]:
    app = create_app(desk.engine, rates=UNHURRIED)
    with time_machine.travel(NOW, tick=False), TestClient(app, base_url=ORIGIN, follow_redirects=False) as made:
        yield made


def page(client: TestClient, desk: Office, language: str = "en", path: str = "/sources/lyceum") -> str:
    answer = client.get(path, headers={**desk.headers("manager"), "Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


def section(told: str) -> str:
    return re.sub(r"<[^>]+>", "", told[told.index('<section id="dry-run">') :].partition("</section>")[0])


def test_what_a_dry_run_would_have_done(desk: Office, client: TestClient) -> None:
    desk.dry_run(desk.lyceum, "students", inserted=12, updated=3, held=31, outcome="partial",
                 message="more is missing than may go at once")  # fmt: skip
    desk.dry_run(desk.lyceum, "grades", tombstoned=2, quarantined=4)
    desk.dry_run(desk.lyceum, "lessons")
    told = section(page(client, desk))
    assert "A dry run at 11:00 would have done:" in told
    for text in ("students: 12 new, 3 changed, 31 gone (held)", "grades: 2 gone, 4 to mend",
                 "timetable: nothing changed", "More is missing than may go"):  # fmt: skip
        assert text in told
    dutch = section(page(client, desk, "nl"))
    assert "Een proefronde om 11:00 zou hebben gedaan:" in dutch
    assert "leerlingen: 12 nieuw, 3 gewijzigd, 31 weg (tegengehouden)" in dutch


def test_one_that_failed_and_one_of_another_moment(desk: Office, client: TestClient) -> None:
    desk.dry_run(desk.lyceum, "grades", NOW - timedelta(days=1), inserted=4)
    desk.dry_run(desk.lyceum, "students", outcome="failed", code="http.timeout", message="nobody answers")
    told = section(page(client, desk))
    assert told.index("at 11:00") < told.index("students: failed") < told.index("yesterday at 11:00")
    assert "took too long to answer" in told
    assert "grades: 4 new" in told


def test_it_makes_nothing_fresher_and_is_no_run(desk: Office, client: TestClient) -> None:
    desk.state(desk.lyceum, "grades", fresh_at=FRESH - timedelta(days=1))
    before = page(client, desk, path="/sources")
    desk.dry_run(desk.lyceum, "grades", inserted=4)
    assert page(client, desk, path="/sources") == before
    runs = page(client, desk)
    assert "4 new" not in runs[: runs.index('<section id="dry-run">')]


def test_none_yet(desk: Office, client: TestClient) -> None:
    told = section(page(client, desk))
    assert "There was none yet." in told
    assert "schoolbrug sync lyceum --dry-run" in told


def test_a_source_that_refuses_us(desk: Office, client: TestClient) -> None:
    assert "it refuses our account" not in page(client, desk)
    desk.pause(desk.lyceum)
    told = page(client, desk)
    assert "it refuses our account" in told
    assert "<code>schoolbrug sync lyceum</code>" in told
    assert "weigert ons account" in page(client, desk, "nl")


def test_a_source_that_is_left_alone_for_another_reason(desk: Office, client: TestClient) -> None:
    desk.pause(desk.lyceum, "another")
    assert "until somebody has looked" in page(client, desk)


def test_what_comes_from_elsewhere_is_text(desk: Office, client: TestClient) -> None:
    desk.dry_run(desk.lyceum, HOSTILE, outcome="failed", code="x", message=HOSTILE)
    told = page(client, desk)
    assert HOSTILE not in told
    assert told.count("&lt;script&gt;") == 2
