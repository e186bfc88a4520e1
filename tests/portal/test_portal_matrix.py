"""Every address x every kind of viewer x every kind of student: who sees what, and nobody more.

The addresses come from the OpenAPI document: one that has no row here fails. What each viewer may see is written down
by hand below. It is looked for in the answers themselves: something of a student who may not be seen is in none.
The same holds with the application's own checks switched off (row-level security alone), and without row-level
security (the application alone).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from httpx import Response
from sqlalchemy import Engine, true

import portal.facts
import portal.looking
import portal.me
import portal.reading
import portal.sources
from canonical.database import connect
from portal.access import SCOPES, Area, Reason, Tie, TieKind, Verdict
from portal.schema import migrate_portal
from tests.portal.asking import Asker, asking
from tests.portal.layer import UNHURRIED, create_app
from tests.portal.rows import ROWS, Row
from tests.portal.world import KEYS, STUDENTS, VIEWERS, World
from tests.postgres import MEMORY, Cluster

CARD, GRADES, ABSENCES, REASONS, FILE, READERS = Area
EVERYTHING = frozenset(Area)
NORTH = ("own", "sibling", "grown", "other")

ALLOWED: Mapping[str, Mapping[str, frozenset[Area]]] = {
    "anonymous": {},
    # 15 years old: the file is the guardians' to ask for.
    "student": {"own": EVERYTHING - {FILE}},
    "guardian": {"own": EVERYTHING, "sibling": EVERYTHING},
    "former_guardian": {},
    "no_authority": {},
    "court_block": {},
    "blocked_by_school": {},
    "adults_parent": {},
    "teacher": {"own": frozenset({CARD, GRADES, ABSENCES})},
    "mentor": {"own": frozenset({CARD, GRADES, ABSENCES, REASONS})},
    "team_leader": {"own": frozenset({CARD, GRADES, ABSENCES, REASONS})},
    "attendance_officer": dict.fromkeys(NORTH, frozenset({CARD, ABSENCES, REASONS})),
    "administrator": dict.fromkeys(NORTH, frozenset({CARD, FILE, READERS})),
    "manager": {},
    "other_school": {"elsewhere": EVERYTHING},
    "client": dict.fromkeys(NORTH, frozenset({CARD, GRADES, ABSENCES, REASONS})),
    "wrong_scope": {},
}

TOLD_TO_BE_CLOSED = {
    # Who knows that the student is there is told that something is closed; everybody else that nothing is there.
    "student": {"own"}, "teacher": {"own"}, "mentor": {"own"}, "team_leader": {"own"}, "attendance_officer": set(NORTH),
    "administrator": set(NORTH),
}  # fmt: skip


class Marks(NamedTuple):
    """What gives a student's data away in an answer."""

    student: str
    area: Area
    text: str


@dataclass
class House:
    """A world, and how it is asked."""

    world: World
    client: Asker

    def ask(self, viewer: str, method: str, path: str, row: Row, student: str) -> Response:
        made = row.made(self.world, path, student)
        return self.client.request(method, made.path, params=made.query, json=made.body,
                                   headers=dict(self.world.headers(viewer)))  # fmt: skip

    def marks(self) -> list[Marks]:
        return [mark for name in STUDENTS for mark in (
            Marks(name, CARD, f"First{name}"), Marks(name, GRADES, f"T-{name}"),
            Marks(name, ABSENCES, self.world.seen_as[name]),
        )]  # fmt: skip


@pytest.fixture(scope="module")
def postgresql_house(postgres: Cluster, portal_template: str) -> Iterator[House]:
    """One for all tests: nothing that is asked here changes who may see what."""
    url = postgres.new_database(portal_template)
    yield from _housed(connect(url))
    postgres.drop(url)


@pytest.fixture(scope="module")
def sqlite_house() -> Iterator[House]:
    # In memory, where there is some: every request waits for its line in the audit to be on disk.
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        made = connect(f"sqlite:///{folder}/portal.sqlite")
        migrate_portal(made)
        yield from _housed(made)


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest) -> House:
    made: House = request.getfixturevalue(f"{request.param}_house")
    return made


def _housed(engine: Engine) -> Iterator[House]:
    world = World(engine)
    app = create_app(engine, list(KEYS.values()), rates=UNHURRIED)
    with asking(app) as client:
        yield House(world, client)
    engine.dispose()


def documented(house: House) -> set[tuple[str, str]]:
    document = house.client.get("/openapi.json").json()
    return {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}


def test_every_address_has_a_row(house: House) -> None:
    assert documented(house) == set(ROWS)
    assert set(ALLOWED) == set(VIEWERS)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_both_together(postgresql_house: House, viewer: str) -> None:
    holds(postgresql_house, viewer)


def holds(house: House, viewer: str) -> None:
    """The viewer is answered as the tables above say, and no answer holds anything of anybody else."""
    wrong = []
    for (method, path), row in asked():
        if not (row.signed_in or viewer in ("anonymous", "guardian")):
            continue  # before signing in nobody is anybody: one with a session will do
        for student in (*STUDENTS, "nobody") if row.area is not None else ("own",):
            answer = house.ask(viewer, method, path, row, student)
            wrong += leaks(house, viewer, method, path, answer)
            if answer.status_code not in expected(viewer, row, student):
                wrong.append((method, path, student, answer.status_code, answer.text[:200]))
    assert wrong == []


def asked() -> list[tuple[tuple[str, str], Row]]:
    return [(address, row) for address, row in ROWS.items() if not row.stream]


def expected(viewer: str, row: Row, student: str) -> set[int]:
    if viewer == "anonymous":
        # Without a session an unsafe request has no right origin either.
        return {401, 403} if row.signed_in else row.statuses
    if row.roles is not None and viewer not in row.roles:
        return {403, 404}
    if row.area is None:
        return row.statuses
    if viewer in KEYS and row.area is not None and SCOPES.get(row.area) not in KEYS[viewer].scopes:
        return {403}
    if row.area in ALLOWED[viewer].get(student, ()):
        return row.statuses
    return {403} if student in TOLD_TO_BE_CLOSED.get(viewer, ()) else {404}


def leaks(house: House, viewer: str, method: str, path: str, answer: Response) -> list[Any]:
    return [
        (method, path, "leaks", mark.area.value, "of", mark.student)
        for mark in house.marks()
        if mark.text in answer.text and mark.area not in _open(viewer, mark.student)
    ]


def _open(viewer: str, student: str) -> frozenset[Area]:
    areas = ALLOWED[viewer].get(student, frozenset())
    # The file holds everything.
    return EVERYTHING if FILE in areas else areas


def test_not_yours_and_not_there_are_answered_alike(house: House) -> None:
    for (method, path), row in asked():
        if row.area is None or row.roles is not None:
            continue
        answers = {
            student: house.ask("guardian", method, path, row, student) for student in ("other", "elsewhere", "nobody")
        }
        assert {answer.status_code for answer in answers.values()} == {404}, path
        assert len({answer.content for answer in answers.values()}) == 1, path
        assert len({frozenset(set(answer.headers) - {"content-length"}) for answer in answers.values()}) == 1, path


@pytest.fixture
def without_application(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application lets everybody see everything that the database gives."""
    verdict = Verdict(Reason.OPEN, Tie(TieKind.SELF))
    monkeypatch.setattr(portal.looking, "may_see", lambda *_: verdict)
    monkeypatch.setattr(portal.me, "may_see", lambda *_: verdict)
    monkeypatch.setattr(portal.facts, "within", lambda _viewer, table: table.c.source_id >= 0)
    monkeypatch.setattr(portal.facts, "tied_ids", lambda *_: None)
    monkeypatch.setattr(portal.sources, "_touched", lambda *_: true())


@pytest.mark.parametrize("viewer", VIEWERS)
def test_row_level_security_holds_alone(postgresql_house: House, without_application: None, viewer: str) -> None:
    found = []
    for (method, path), row in asked():
        if method != "GET":
            continue
        for student in (*STUDENTS, "nobody") if row.area is not None else ("own",):
            answer = postgresql_house.ask(viewer, method, path, row, student)
            found += leaks(postgresql_house, viewer, method, path, answer)
            assert answer.status_code < 500, (path, student)
    assert found == []


@pytest.mark.parametrize("viewer", VIEWERS)
def test_the_application_holds_alone(sqlite_house: House, viewer: str) -> None:
    """SQLite has no row-level security: all that holds there is the application."""
    holds(sqlite_house, viewer)


def test_it_holds_alone_on_postgresql_too(postgresql_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal.reading, "become", lambda *_: None)
    for viewer in ("guardian", "court_block", "other_school"):
        holds(postgresql_house, viewer)


def test_the_marks_are_seen_where_they_are_allowed(house: House) -> None:
    """A matrix that never finds anything would prove nothing."""
    for viewer, student, area in (
        ("guardian", "own", GRADES), ("guardian", "sibling", ABSENCES), ("student", "own", GRADES),
        ("mentor", "own", GRADES), ("teacher", "own", GRADES), ("client", "other", GRADES),
        ("administrator", "grown", CARD), ("other_school", "elsewhere", GRADES),
        ("attendance_officer", "other", ABSENCES),
    ):  # fmt: skip
        answers = [
            house.ask(viewer, method, path, row, student).text
            for (method, path), row in asked() if method == "GET" and row.area is area
        ]  # fmt: skip
        (mark,) = (mark for mark in house.marks() if (mark.student, mark.area) == (student, area))
        assert any(mark.text in text for text in answers), (viewer, mark)


def test_without_any_check_everything_would_be_seen(
    house: House, without_application: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both lines of defence down the marks of every student come out: each of the two is what holds them."""
    monkeypatch.setattr(portal.reading, "become", lambda *_: None)
    row = replace(ROWS["GET", "/v1/students/{id}/grades"])
    for student in STUDENTS:
        answer = house.ask("court_block", "GET", "/v1/students/{id}/grades", row, student)
        assert f"T-{student}" in answer.text
