"""The typed client is the one that the description of the API gives, and it works."""

from __future__ import annotations

import filecmp
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portal.client import AuthenticatedClient
from portal.client.api.grades import get_grades
from portal.client.api.students import get_absences, get_student, list_students
from portal.client.example import report
from portal.client.models import Absences, Completeness, Grades, Problem, StudentCard, Students
from portal.keys import ApiKey, digest
from tests.portal.browser import served
from tests.portal.layer import create_app
from tests.portal.make_client import BY_HAND, PLACE, make
from tests.portal.school import School, ident

KEY = "the key of a frontend"


def names(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*.py")}


def test_the_client_is_made_of_the_present_description(tmp_path: Path) -> None:
    """``make client`` makes it anew."""
    made = make(tmp_path)
    assert names(PLACE) - set(map(Path, BY_HAND)) == names(made)
    _same, differing, failed = filecmp.cmpfiles(made, PLACE, sorted(map(str, names(made))), shallow=False)
    assert (differing, failed) == ([], [])


@pytest.fixture
def school(sqlite_engine: Engine) -> School:
    school = School(sqlite_engine)
    source = school.source("lyceum")
    french = school.subject(source, "fa", "Frans")
    first, second = (school.student(source, name, first_name="Ada") for name in ("Eerste", "Tweede"))
    period = school.period(source, "P1", school.year(source), date(2025, 8, 1))
    for n, mark in enumerate(("6,5", "8,0")):
        column = school.column(source, french, f"T{n}", grading_period_id=period)
        school.grade(source, second, column, mark, entered_at=datetime(2026, 2, 20, 10, tzinfo=UTC))
    assert first < second
    return school


@pytest.fixture
def client(school: School) -> Iterator[AuthenticatedClient]:
    """The client before the application itself, without a network in between."""
    app = create_app(school.engine, [ApiKey("frontend", digest(KEY))])
    with TestClient(app) as direct:
        direct.headers["Authorization"] = f"Bearer {KEY}"
        made = AuthenticatedClient(base_url="http://testserver", token=KEY)
        yield made.set_httpx_client(direct)


def test_answers_are_typed(client: AuthenticatedClient) -> None:
    page = list_students.sync(client=client, limit=1)
    assert isinstance(page, Students)
    assert page.students is not None
    (student,) = page.students
    assert student.name.last_name == "Eerste"
    assert page.next_cursor is not None
    rest = list_students.sync(client=client, cursor=page.next_cursor)
    assert isinstance(rest, Students)
    assert [each.name.last_name for each in rest.students or ()] == ["Tweede"]
    assert rest.next_cursor is None
    card = get_student.sync(UUID(student.id), client=client)
    assert isinstance(card, StudentCard)
    assert card.meta.completeness["students"] is Completeness.COMPLETE
    assert card.meta.as_of == datetime(2026, 3, 2, 9, 42, tzinfo=UTC)


def test_unknown_is_not_none(client: AuthenticatedClient, school: School) -> None:
    south = school.source("college", entities=["students"])
    student = school.student(south)
    grades = get_grades.sync(UUID(student), client=client)
    assert isinstance(grades, Grades)
    assert grades.subjects is None
    known = list_students.sync(client=client, limit=1)
    assert isinstance(known, Students)
    assert known.students
    other = get_grades.sync(UUID(known.students[0].id), client=client)
    assert isinstance(other, Grades)
    assert other.subjects == []


def test_problems_are_typed(client: AuthenticatedClient) -> None:
    missing = get_student.sync_detailed(UUID(ident(999)), client=client)
    assert missing.status_code == 404
    assert isinstance(missing.parsed, Problem)
    assert missing.parsed.detail == "There is no such student."
    refused = list_students.sync(client=client, cursor="nonsense")
    assert isinstance(refused, Problem)
    assert refused.errors
    assert [(error.field, error.code) for error in refused.errors] == [("query.cursor", "cursor_invalid")]


def test_words_of_the_language_are_no_obstacle(client: AuthenticatedClient, school: School) -> None:
    """The parameters ``from`` and ``to`` arrive as such."""
    source = school.source("college")
    student, second = school.student(source), date(2026, 3, 2)
    for day in (1, 2, 3):
        school.seen(source, student, "absent", day=date(2026, 3, day))
    found = get_absences.sync(UUID(student), client=client, from_=second, to=second)
    assert isinstance(found, Absences)
    assert found.observations is not None
    assert [seen.day for seen in found.observations] == [second]


def test_the_example_shows_students_and_an_overview(client: AuthenticatedClient) -> None:
    lines = list(report(client))
    assert [line.partition("  ")[2] for line in lines[:2]] == ["Ada Eerste", "Ada Tweede"]
    assert lines[2:] == ["", "Ada Tweede, as of 2026-03-02 09:42 UTC", f"  {'Frans':<24}  7.3  6,5 8,0"]


def test_the_example_runs_against_a_server(school: School) -> None:
    app = create_app(school.engine, [ApiKey("frontend", digest(KEY))])

    def run(address: str, token: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "portal.client.example", address]
        return subprocess.run(
            command, env={"SCHOOLBRUG_TOKEN": token}, cwd=PLACE.parents[1], capture_output=True, text=True, check=False
        )

    with served(app) as address:
        good, wrong, none = run(address, KEY), run(address, "wrong"), run(address, "")
    assert (good.returncode, good.stderr) == (0, "")
    assert "Ada Tweede, as of" in good.stdout
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("401 Unauthorized")
    assert none.returncode == 2
