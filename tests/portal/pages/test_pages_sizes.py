"""A first view is light, and all of it comes from the portal: of a student with as many marks as there ever are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient

from portal.schema import migrate_portal
from tests.portal.layer import ORIGIN, UNHURRIED, create_app
from tests.portal.office import Office
from tests.portal.school import NOW
from tests.templates import embedded

SUBJECTS, TESTS = 13, 12
MOST_HTML, MOST_IN_ALL = 60_000, 150_000
"""Bytes, as they are before they are packed for the way."""
PARTS = re.compile(r'<(?:link rel="(?:icon|stylesheet)" href|script src|img src)="([^"]+)"')


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(embedded(tmp_path_factory.mktemp("sizes") / "portal.sqlite", migrate_portal))
    noor = made.pupil("Voorbeeld", first_name="Noor")
    term = made.period(made.lyceum, "P1", made.this_year, date(2025, 8, 1))
    for subject in range(SUBJECTS):
        taught = made.subject(made.lyceum, f"v{subject:02}", f"Vak nummer {subject}")
        for test in range(TESTS):
            column = made.column(made.lyceum, taught, f"T{test}", "2", title=f"Proefwerk hoofdstuk {test}",
                                 grading_period_id=term)  # fmt: skip
            made.grade(made.lyceum, noor, column, f"{4 + test % 6},{test % 10}",
                       achieved_on=date(2026, 1, 1) + timedelta(days=test))  # fmt: skip
        made.french = taught
    with time_machine.travel(NOW, tick=False):
        made.sign_in("student", "student", made.lyceum, noor)
    made.noor = noor
    return made


@pytest.fixture(scope="module")
def client(office: Office) -> Iterator[TestClient]:
    with (
        time_machine.travel(NOW, tick=False),
        TestClient(
            create_app(office.engine, rates=UNHURRIED), base_url=ORIGIN, headers=office.headers("student")
        ) as made,
    ):
        yield made


@pytest.mark.parametrize("path", [
    "/signin", "/today", "/students/{id}/grades", "/students/{id}/results", "/students/{id}/subjects/{subject}",
    "/students/{id}/absences", "/account",
])  # fmt: skip
def test_a_first_view_is_light(path: str, office: Office, client: TestClient) -> None:
    answer = client.get(path.format(id=office.noor, subject=office.french))
    assert answer.status_code == 200
    parts = set(PARTS.findall(answer.text))
    assert len(parts) >= 2
    assert all(part.startswith("/") and not part.startswith("//") for part in parts)
    found = {part: client.get(part) for part in parts}
    assert {part.status_code for part in found.values()} == {200}
    html = len(answer.content)
    assert html < MOST_HTML
    assert html + sum(len(part.content) for part in found.values()) < MOST_IN_ALL
