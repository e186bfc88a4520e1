"""Pages and cursors: while a sync writes, no row is lost and none is shown twice."""

from __future__ import annotations

import hmac
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, update

from canonical.tables import TABLES
from portal.access import Role, Section, Viewer
from portal.clock import now
from portal.cursors import LONGEST, decode, encode
from portal.keys import ApiKey, digest
from portal.looking import Reads
from portal.reading import reading
from portal.students import students
from tests.portal.layer import create_app
from tests.portal.office import counted_queries
from tests.portal.school import FRESH, School, ident

SECRET = bytes(32)
GATE = "SCHOOLBRUG_GATE" in os.environ
HISTORIES = 1_000 if GATE else 30
ON_BOTH = 100 if GATE else 8
WRITES = 6

places = st.lists(st.none() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")), max_size=4)
filters = st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=5), max_size=3)


def refusal(cursor: str, *of: object, secret: bytes = SECRET) -> Any:
    """The error of a cursor that must not be taken."""
    with pytest.raises(RequestValidationError) as caught:
        decode(secret, cursor, *of)
    (error,) = caught.value.errors()
    assert error["loc"] == ("query", "cursor")
    assert len(cursor) < 8 or cursor not in str(caught.value)
    return error["type"]


@given(places, filters)
@settings(max_examples=100)
def test_a_cursor_gives_back_the_place(place: list[Any], of: list[Any]) -> None:
    cursor = encode(SECRET, place, "things", *of)
    assert decode(SECRET, cursor, "things", *of) == place
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_no_cursor_is_the_beginning() -> None:
    assert decode(SECRET, None, "things") is None


def test_a_cursor_of_an_id_is_short_enough_for_its_parameter() -> None:
    assert len(encode(SECRET, ["2026-03-02T09:42:00.123456Z", ident(1)], "things", ident(2))) < LONGEST / 4


@pytest.mark.parametrize("of", [("others", "a", None), ("things", "b", None), ("things", "a", "x"), ("things", "a"),
                                ("things", None, "a"), ("things", "a", ""), ("things", "a", "None")])  # fmt: skip
def test_a_cursor_of_other_filters_is_refused(of: tuple[object, ...]) -> None:
    cursor = encode(SECRET, [ident(1)], "things", "a", None)
    assert decode(SECRET, cursor, "things", "a", None) == [ident(1)]
    assert refusal(cursor, *of) == "cursor_of_other_filters"


@given(st.text(max_size=100) | st.binary(max_size=60).map(lambda raw: urlsafe_b64encode(raw).decode()))
@settings(max_examples=200)
def test_what_was_never_given_is_refused(cursor: str) -> None:
    assert refusal(cursor, "things") == "cursor_invalid"


def test_every_changed_character_is_found() -> None:
    cursor = encode(SECRET, [ident(1)], "things")
    for n, old in enumerate(cursor):
        changed = cursor[:n] + ("A" if old != "A" else "B") + cursor[n + 1 :]
        assert refusal(changed, "things") == "cursor_invalid"
    inside = cursor[:9] + "!" + cursor[9:]
    for changed in (cursor[:-1], cursor + "A", cursor + "=", cursor + "\n", " " + cursor, inside):
        assert refusal(changed, "things") == "cursor_invalid"


def test_a_cursor_cannot_be_made_without_the_secret() -> None:
    cursor = encode(SECRET, [ident(1)], "things")
    assert refusal(cursor, "things", secret=bytes(31) + b"1") == "cursor_invalid"
    sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    digest_of, place = json.loads(sealed[12:])
    assert place == [ident(1)]
    forged = sealed[:12] + json.dumps([digest_of, [ident(2)]], separators=(",", ":")).encode()
    assert refusal(urlsafe_b64encode(forged).rstrip(b"=").decode(), "things") == "cursor_invalid"


def test_what_else_is_sealed_with_the_secret_is_no_cursor() -> None:
    """A seal that a caller could have got for another purpose opens nothing here."""
    cursor = encode(SECRET, [ident(1)], "things")
    told = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[12:]
    other = hmac.digest(SECRET, told, "sha256")[:12] + told
    assert refusal(urlsafe_b64encode(other).rstrip(b"=").decode(), "things") == "cursor_invalid"


# Through the API


@pytest.fixture
def client(sqlite_engine: Engine) -> Iterator[TestClient]:
    school = School(sqlite_engine)
    source = school.source("lyceum")
    group = school.group(source, "3hA", id=ident(500))
    for n in range(1, 8):
        student = school.student(source, id=ident(n))
        school.put("group_member", source, student_id=student, group_id=group)
    school.group(source, "3hB", id=ident(501))
    app = create_app(sqlite_engine, [ApiKey("all", digest("k"))])
    with TestClient(app, headers={"Authorization": "Bearer k"}) as made:
        yield made


def test_a_cursor_belongs_to_its_filters(client: TestClient) -> None:
    page = client.get("/v1/students", params={"limit": 3, "group": ident(500)}).json()
    assert [student["id"] for student in page["students"]] == [ident(n) for n in (1, 2, 3)]
    cursor = page["next_cursor"]

    def answer(**query: Any) -> Any:
        return client.get("/v1/students", params={"cursor": cursor, **query})

    rest = answer(limit=500, group=ident(500)).json()
    assert [student["id"] for student in rest["students"]] == [ident(n) for n in (4, 5, 6, 7)]
    assert rest["next_cursor"] is None
    for other in ({}, {"group": ident(501)}):
        refused = answer(**other)
        assert refused.status_code == 400
        assert refused.json()["errors"] == [{"field": "query.cursor", "code": "cursor_of_other_filters"}]


@pytest.mark.parametrize("cursor", ["", "x", ident(1), "A" * LONGEST, "é", "%00"])
def test_a_cursor_that_makes_no_sense(client: TestClient, cursor: str) -> None:
    answer = client.get("/v1/students", params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "query.cursor", "code": "cursor_invalid"}]


def test_a_cursor_that_is_too_long(client: TestClient) -> None:
    answer = client.get("/v1/students", params={"cursor": "A" * (LONGEST + 1)})
    assert answer.json()["errors"] == [{"field": "query.cursor", "code": "string_too_long"}]


# While a sync writes

Page = Callable[[Engine, list[Any] | None, int], tuple[list[str], str | None]]


class Sync:
    """Inserts, removes and brings back rows of one table, as a sync does."""

    def __init__(self, engine: Engine, random: Random, source: int) -> None:
        self.engine, self.random, self.source = engine, random, source
        self.living: set[str] = set()
        self.gone: set[str] = set()

    def insert(self, count: int) -> None:
        """New ids come after, before and between those that are there: several workers make them."""
        ids = {str(self._id()) for _ in range(count)} - self.living - self.gone
        rows = [{"id": id, "source_id": self.source, "version": 1, "changed_at": FRESH, "local_id": id,
                 "last_name": "Voorbeeld"} for id in ids]  # fmt: skip
        if rows:
            with self._writing() as connection:
                connection.execute(insert(TABLES["student"]), rows)
        self.living |= ids

    def move(self, count: int) -> None:
        """Remove some of the living, or bring back some that were gone."""
        if not self.gone or self.random.random() < 0.6:
            self.remove(count)
            return
        ids = self._set(sorted(self.gone), count, None)
        self.living, self.gone = self.living | ids, self.gone - ids

    def remove(self, count: int) -> None:
        ids = self._set(sorted(self.living), count, FRESH)
        self.living, self.gone = self.living - ids, self.gone | ids

    def _set(self, ids: list[str], count: int, tombstoned_at: Any) -> set[str]:
        some, table = set(self.random.sample(ids, min(count, len(ids)))), TABLES["student"]
        with self._writing() as connection:
            connection.execute(update(table).where(table.c.id.in_(some)).values(tombstoned_at=tombstoned_at))
        return some

    def _id(self) -> str:
        return ident(self.random.randrange(10**6))

    def _writing(self) -> Any:
        return self.engine.execution_options(writes=True).begin()


def page_of_students(engine: Engine, place: list[Any] | None, limit: int) -> tuple[list[str], str | None]:
    """One page, and the place behind it, as the address gives it."""
    viewer = Viewer(Role.CLIENT, "client:all", None, scopes=frozenset({"students"}), client="all")
    with reading(engine, viewer) as connection:
        page = students(
            connection, viewer, Reads(viewer), now(), after=place and place[0], limit=limit, group=None
        )
    return [student.id for student in page.students or ()], page.next_cursor


def walk(engine: Engine, sync: Sync, page: Page, limit: int) -> None:
    """Walk all pages while ``sync`` writes between them. Each row that was there all the time: exactly once."""
    always, ever = set(sync.living), set(sync.living)
    seen: Counter[str] = Counter()
    cursor: str | None = None
    writes = WRITES
    while True:
        ids, bare = page(engine, decode(SECRET, cursor, "students"), limit)
        assert len(ids) <= limit
        assert set(ids) <= sync.living
        seen.update(ids)
        if bare is None:
            break
        cursor = encode(SECRET, [bare], "students")
        # In a walk of small pages the sync would outrun it for ever: it writes only so often.
        for _ in range(min(writes, sync.random.randrange(3))):
            writes -= 1
            sync.random.choice([sync.insert, sync.move])(sync.random.randrange(1, 5))
            always &= sync.living
            ever |= sync.living
    assert set(seen.values()) <= {1}
    assert always <= seen.keys() <= ever


def histories(engine: Engine, count: int, seed: int) -> None:
    random = Random(seed)
    school = School(engine)
    sync = Sync(engine, random, school.source("lyceum"))
    for _ in range(count):
        # Each history goes on from where the one before ended, but never grows for ever.
        sync.insert(random.randrange(4, 12)) if len(sync.living) < 20 else sync.remove(random.randrange(5, 18))
        walk(engine, sync, page_of_students, random.randrange(2, 9))


def test_many_histories_on_sqlite(sqlite_engine: Engine) -> None:
    histories(sqlite_engine, HISTORIES, 1)


def test_histories_on_each_database(engine: Engine) -> None:
    histories(engine, ON_BOTH, 2)


# Other collections


def walked(client: TestClient, path: str, field: str, between: Callable[[], None], limit: int) -> list[str]:
    """The ids of every item, page after page, while ``between`` writes."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": limit} if cursor is None else {"limit": limit, "cursor": cursor}
        answer = client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page[field]) <= limit
        ids += [item["id"] for item in page[field]]
        cursor = page["next_cursor"]
        if cursor is None:
            return ids
        between()


@pytest.mark.parametrize("seed", range(20 if GATE else 3))
def test_the_latest_grades_while_results_come_and_go(sqlite_engine: Engine, seed: int) -> None:
    """Newest first: what comes meanwhile stands before what was seen, and what goes shifts nothing."""
    random, school = Random(seed), School(sqlite_engine)
    source = school.source("lyceum")
    student, column = school.student(source), school.column(source, school.subject(source, "fa"), "T1")
    living: set[str] = set()

    def add(count: int) -> None:
        for _ in range(count):
            # Several at the same moment, so that the id has to decide.
            at = FRESH - timedelta(minutes=random.randrange(10))
            living.add(school.grade(source, student, column, "6,5", len(living) + 1, entered_at=at))

    def write() -> None:
        add(random.randrange(3))
        gone = random.choice(sorted(living))
        table = TABLES["grade"]
        with sqlite_engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(table).where(table.c.id == gone).values(tombstoned_at=FRESH))
        living.discard(gone)
        always.discard(gone)

    add(12)
    always, app = set(living), create_app(sqlite_engine, [ApiKey("all", digest("k"))])
    with TestClient(app, headers={"Authorization": "Bearer k"}) as client:
        ids = walked(client, f"/v1/students/{student}/grades/latest", "grades", write, random.randrange(1, 5))
    assert len(ids) == len(set(ids))
    assert always <= set(ids)


def test_a_small_page_of_few_among_many_takes_few_queries(sqlite_engine: Engine) -> None:
    """A team leader's students are told apart one by one; a page of one must not ask of every one apart."""
    school = School(sqlite_engine)
    source = school.source("lyceum")
    rows = [{"id": ident(n), "source_id": source, "version": 1, "changed_at": FRESH, "local_id": str(n),
             "last_name": "Voorbeeld"} for n in range(100)]  # fmt: skip
    with sqlite_engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(TABLES["student"]), rows)
    school.put("enrolment", source, student_id=ident(99), grade_level=3)
    viewer = Viewer(Role.TEAM_LEADER, "account:1", frozenset({source}), sections={source: (Section(grade_level=3),)})
    with counted_queries(sqlite_engine) as statements, reading(sqlite_engine, viewer) as connection:
        page = students(connection, viewer, Reads(viewer), now(), after=None, limit=1, group=None)
    assert [student.id for student in page.students or ()] == [ident(99)]
    assert len(statements) < 50


def test_who_may_not_be_seen_takes_no_place_on_a_page(engine: Engine) -> None:
    """A mentor's pages are as full as anybody's, and there is no end before the end."""
    school = School(engine)
    source = school.source("lyceum")
    year = school.year(source, begins=date(2025, 8, 1), ends=None)
    mine, other = (school.group(source, code, school_year_id=year) for code in ("3hA", "3hB"))
    mentor = school.put("staff", source, code="jan", last_name="Jansen")
    school.put("group_staff", source, group_id=mine, staff_id=mentor, role="mentor")
    ids = [ident(n) for n in range(700, 740)]
    for n, id in enumerate(ids):
        student = school.student(source, id=id)
        group = mine if n % 7 == 3 else other
        school.put("enrolment", source, student_id=student, homeroom_id=group, school_year_id=year)
        school.put("group_member", source, student_id=student, group_id=group)
    viewer = Viewer(Role.STAFF, "account:1", frozenset({source}), {source: frozenset({mentor})}, account=ident(1))
    seen: list[str] = []
    place: str | None = None
    while True:
        with reading(engine, viewer) as connection:
            page = students(connection, viewer, Reads(viewer), now(), after=place, limit=2, group=None)
        found = [student.id for student in page.students or ()]
        place, seen = page.next_cursor, seen + found
        if place is None:
            break
        assert len(found) == 2
    assert seen == ids[3::7]
