"""What is new: each thing once, in order, when it may be seen, and without a word of what it says (R75, R76)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from canonical.batch import Mapped
from canonical.ending import Ending
from canonical.records import Assessment, Grade, Record, Subject
from canonical.records import Student as StudentRecord
from canonical.store import Store
from canonical.tables import CHANGE, TABLES
from canonical.terms import AssessmentKind, GradeStatus
from portal import grades
from portal.access import Role
from portal.clock import SCHOOL_TIME
from portal.keys import ApiKey, digest
from portal.news import (
    MOST_BEYOND,
    OVERLAP,
    WINDOW,
    Place,
    Token,
    as_place,
    from_now,
    of_place,
    since,
    tell,
    within_window,
)
from portal.newsfeed import entries
from portal.reading import reading
from portal.tables import AUDIT
from tests.portal.layer import create_app
from tests.portal.marks import AFTERNOONS, BORN, came, changed, family, rules, seen, teacher, viewer
from tests.portal.marks import moment as at
from tests.portal.school import School, ident
from tests.portal.telling import KEY, STARTED, Case, just_now


@pytest.fixture
def case(school: School) -> Case:
    return Case(school)


# What is news.


def test_r76_a_new_grade_says_no_mark(case: Case) -> None:
    id = case.grade(at(3, "10:00"), entered_at=at(3, "09:50"))
    (entry,) = case.found(at(3, "10:01"))
    assert entry.item.model_dump(mode="json") == {
        "id": id, "version": 1, "student_id": case.student, "kind": "grade", "changed": False,
        "visible_at": "2026-03-03T09:00:00Z", "subject": {"id": case.french, "code": "fa", "name": "Frans"},
        "day": None, "hour": None,
    }  # fmt: skip


def test_r76_the_first_complete_run_is_silent(case: Case) -> None:
    case.grade(at(2, "06:59"), entered_at=at(2, "06:00"))
    case.grade(STARTED, attempt=2)
    assert case.found(at(2, "12:00")) == []
    late = case.grade(at(2, "07:01"), attempt=3)
    assert [entry.item.id for entry in case.found(at(2, "12:00"))] == [late]


def test_r76_a_source_that_was_never_read_whole_has_no_news(school: School) -> None:
    source = school.source("lyceum")
    school.run(source, "grades", "partial", ended_at=STARTED)
    student = school.student(source, birth_date=BORN)
    id = school.grade(source, student, school.column(source, school.subject(source, "fa"), "T1"), "6,4")
    came(school, source, "grade", id, at(3, "10:00"))
    by = viewer(Role.STUDENT, source, student)
    with reading(school.engine, by) as connection:
        assert entries(connection, by, at(1, "08:00"), at(3, "12:00"), {}) == []


def test_r76_what_was_old_when_it_came_is_no_news(case: Case) -> None:
    case.grade(at(3, "10:00"), entered_at=at(3, "10:00") - WINDOW - timedelta(minutes=1))
    case.seen(at(3, "10:00"), day=date(2026, 2, 16))
    assert case.found(at(3, "12:00")) == []
    case.grade(at(3, "10:00"), attempt=2, entered_at=at(3, "10:00") - WINDOW + timedelta(minutes=1))
    case.seen(at(3, "10:00"), day=date(2026, 2, 17))
    assert case.kinds(at(3, "12:00")) == ["grade", "absence"]


def test_r72_a_grade_is_new_when_it_is_published(case: Case) -> None:
    rules(case.school, case.source, AFTERNOONS | {"parent_delay_hours": 24})
    case.grade(at(3, "10:05"), entered_at=at(3, "10:00"))
    mother = viewer(Role.GUARDIAN, case.source, family(case.school, case.source, case.student))
    assert case.found(at(3, "16:29")) == []
    assert [entry.place.at for entry in case.found(at(3, "16:30"))] == [at(3, "16:30")]
    assert case.found(at(4, "16:29"), mother) == []
    assert [entry.place.at for entry in case.found(at(4, "16:30"), mother)] == [at(4, "16:30")]
    # From a place after its coming and before its publication on.
    assert len(case.found(at(3, "16:31"), after=at(3, "16:30"))) == 1
    assert case.found(at(3, "16:31"), after=at(3, "16:30") + timedelta(seconds=1)) == []


def test_what_comes_in_after_its_hour_is_new_when_it_came(case: Case) -> None:
    rules(case.school, case.source, AFTERNOONS)
    case.grade(at(3, "16:44"), entered_at=at(3, "16:20"))
    assert [entry.place.at for entry in case.found(at(3, "17:00"))] == [at(3, "16:44")]


def test_r75_absences_do_not_wait(case: Case) -> None:
    rules(case.school, case.source, AFTERNOONS | {"parent_delay_hours": 24})
    mother = viewer(Role.GUARDIAN, case.source, family(case.school, case.source, case.student))
    case.seen(at(3, "10:00"), "removed")
    assert case.kinds(at(3, "10:00"), mother) == case.kinds(at(3, "10:00")) == ["removed"]


def test_r19_a_hidden_change_is_no_news_but_what_was_there_is(case: Case) -> None:
    rules(case.school, case.source, AFTERNOONS)
    changed(case.school, case.source, case.student, case.column, [("4,8", at(3, "10:05")), ("5,6", at(4, "10:05"))])
    before, after = case.found(at(4, "16:29")), case.found(at(4, "16:30"))
    assert [(entry.item.version, entry.item.changed, entry.place.at) for entry in before] == [
        (1, False, at(3, "16:30"))
    ]
    assert [(entry.item.version, entry.item.changed, entry.place.at) for entry in after] == [(2, True, at(4, "16:30"))]


@pytest.mark.parametrize(("kind", "listed"), [("average", False), ("calculated", False), ("report", True)])
def test_what_a_source_keeps_computing_is_no_news(case: Case, kind: str, listed: bool) -> None:
    column = case.school.column(case.source, case.french, "G", kind=kind)
    case.grade(at(3, "10:00"), column=column)
    assert case.kinds(at(3, "10:01")) == (["grade"] if listed else [])


def test_r34_each_kind_by_its_name(case: Case) -> None:
    when = at(3, "10:00")
    for kind in ("absent", "sick", "late", "removed", "exempt", "unknown", "present", "not_applicable"):
        case.seen(when, kind, hour=2)
    remark = case.school.put("lesson_remark", case.source, student_id=case.student, day=date(2026, 3, 3), hour=3,
                             remark="homework")  # fmt: skip
    notice = case.school.put("absence_notice", case.source, student_id=case.student, begins=at(4, "00:30"),
                             attendance_kind="sick")  # fmt: skip
    case.came("lesson_remark", remark, when)
    case.came("absence_notice", notice, when)
    found = case.found(at(3, "10:01"))
    assert [entry.item.kind.value for entry in found] == [
        "absence", "absence", "late", "removed", "absence", "absence", "remark", "notice"
    ]  # fmt: skip
    assert [(entry.item.day, entry.item.hour) for entry in found[-2:]] == [
        (date(2026, 3, 3), 3), (date(2026, 3, 4), None)
    ]


def test_an_absence_that_was_none_is_told_as_a_change(case: Case) -> None:
    id = case.seen(at(3, "09:00"), "present")
    assert case.found(at(3, "09:01")) == []
    case.came("attendance_observation", id, at(3, "10:00"), version=2)
    (entry,) = case.found(at(3, "10:01"))
    assert (entry.item.kind, entry.item.changed, entry.item.version) == ("absence", True, 2)


def test_r39_no_news_of_a_lesson_that_was_cancelled(case: Case) -> None:
    lesson = case.school.lesson(case.source, at(3, "08:30"), at(3, "09:20"), status="cancelled")
    case.seen(at(3, "10:00"), lesson_id=lesson)
    assert case.found(at(3, "10:01")) == []


def test_what_is_gone_is_no_news(case: Case) -> None:
    case.grade(at(3, "10:00"), gone=True)
    case.seen(at(3, "10:00"), gone=True)
    assert case.found(at(3, "10:01")) == []


# Whose news.


def test_r77_nobody_elses_news(case: Case) -> None:
    other = case.school.student(case.source, "Ander", birth_date=BORN)
    case.grade(at(3, "10:00"), student=other)
    case.seen(at(3, "10:00"), student=other)
    mother = viewer(Role.GUARDIAN, case.source, family(case.school, case.source, case.student))
    assert case.found(at(3, "10:01")) == case.found(at(3, "10:01"), mother) == []


def test_r55_an_adults_parents_have_no_news(case: Case) -> None:
    grown = case.school.student(case.source, "Groot", birth_date=date(2008, 3, 3))
    mother = viewer(Role.GUARDIAN, case.source, family(case.school, case.source, grown))
    case.grade(at(2, "23:00"), student=grown)
    assert case.kinds(at(2, "23:59"), mother) == ["grade"]
    assert case.kinds(at(3, "00:00"), mother) == []


def test_r59_a_closed_area_has_no_news(case: Case) -> None:
    rules(case.school, case.source, switches=[{"role": "student", "area": "grades", "open": False}])
    case.grade(at(3, "10:00"))
    case.seen(at(3, "10:00"))
    assert case.kinds(at(3, "10:01")) == ["absence"]


def test_r57_a_teacher_hears_of_the_own_subject_and_lessons(case: Case) -> None:
    staff = teacher(case.school, case.source, case.student, case.french)
    by = viewer(Role.STAFF, case.source, staff)
    german = case.school.subject(case.source, "du", "Duits")
    case.grade(at(3, "10:00"), column=case.school.column(case.source, german, "D1"))
    case.grade(at(3, "10:00"), column=ident(777))
    own, others = (
        case.school.lesson(case.source, at(3, "08:30"), at(3, "09:20"), staff_id=who) for who in (staff, ident(778))
    )
    case.seen(at(3, "10:00"), lesson_id=others)
    case.seen(at(3, "10:00"))
    notice = case.school.put("absence_notice", case.source, student_id=case.student, begins=at(3, "08:30"),
                             attendance_kind="sick")  # fmt: skip
    case.came("absence_notice", notice, at(3, "10:00"))
    assert case.found(at(3, "10:01"), by) == []
    case.grade(at(3, "10:00"))
    case.seen(at(3, "10:00"), "late", lesson_id=own)
    assert case.kinds(at(3, "10:01"), by) == ["grade", "late"]


def test_an_attendance_officer_hears_of_absence_in_the_whole_school(case: Case) -> None:
    by = viewer(Role.ATTENDANCE_OFFICER, case.source)
    elsewhere = case.school.source("college")
    case.school.run(elsewhere, "absences", ended_at=STARTED)
    stranger = case.school.student(elsewhere, birth_date=BORN)
    other = case.school.student(case.source, "Ander", birth_date=BORN)
    case.grade(at(3, "10:00"))
    case.seen(at(3, "10:00"))
    case.seen(at(3, "10:00"), "late", student=other)
    id = case.school.seen(elsewhere, stranger, "removed")
    came(case.school, elsewhere, "attendance_observation", id, at(3, "10:00"))
    assert case.kinds(at(3, "10:01"), by) == ["absence", "late"]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_who_sees_no_students_has_no_news(case: Case, role: Role) -> None:
    case.grade(at(3, "10:00"))
    case.seen(at(3, "10:00"))
    assert case.found(at(3, "10:01"), viewer(role, case.source)) == []


# After real syncs.


def sync(engine: Engine, source: int, marks: dict[int, str]) -> None:
    """What a source that holds these marks, by their column, leaves behind in one complete read."""
    key = ("120045",)
    told: list[Record] = [
        StudentRecord(key=key, local_id="120045", last_name="Voorbeeld", birth_date=BORN),
        Subject(key=("fa",), code="fa", name="Frans"),
    ]
    for n, text in marks.items():
        column = (str(n),)
        told += [
            Assessment(key=column, subject=("fa",), assessment_kind=AssessmentKind.TEST, code=f"T{n}"),
            Grade(key=(*key, *column), student=key, assessment=column, raw_text=text, status=GradeStatus.SCORED,
                  score=Decimal(text.replace(",", "."))),
        ]  # fmt: skip
    run = Store(engine).begin(source, "all", ("student", "subject", "assessment", "grade"), owner="test")
    assert run is not None
    run.apply([Mapped([record]) for record in told])
    assert run.finish(Ending("closing tag")).outcome == "complete"


def test_r76_forty_grades_are_silent_and_the_next_two_are_not(engine: Engine) -> None:
    """The store dates what it writes by the database's own clock, which no test moves."""
    source = Store(engine).source("lyceum", "magister", "Het Lyceum")
    marks = dict.fromkeys(range(40), "6,0")
    sync(engine, source, marks)
    with engine.connect() as connection:
        student = connection.execute(select(TABLES["student"].c.id)).scalar_one()
    by = viewer(Role.STUDENT, source, student)

    def told(token: Token, now: datetime) -> tuple[list[tuple[str | None, bool]], Token]:
        with reading(engine, by) as connection:
            page, onwards, _ = tell(entries(connection, by, token.upto.at, now, {}), token, now, 100)
        return [(entry.item.subject and entry.item.subject.code, entry.item.changed) for entry in page], onwards

    items, token = told(since(just_now(3600)), just_now())
    assert items == []
    sync(engine, source, marks | {40: "7,0", 41: "8,0"})
    items, token = told(token, just_now())
    assert items == [("fa", False)] * 2
    # From now on a school that publishes at one moment a day, which is hours away.
    later = just_now() + timedelta(hours=8)
    clock = later.astimezone(SCHOOL_TIME)
    rules(School(engine), source, {"windows": [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "begins": f"{clock:%H:%M}"}]})
    later = clock.replace(second=0, microsecond=0)
    sync(engine, source, marks | {0: "9,0", 40: "7,0", 41: "8,0"})
    assert told(token, later - timedelta(seconds=1))[0] == []
    assert ("fa", True) in told(token, later)[0]

    def shown(now: datetime) -> list[str]:
        with reading(engine, by) as connection:
            found = grades.overview(connection, seen(engine, by, student, now), now).subjects or ()
        return [test.attempts[0].raw_text for subject in found for test in subject.tests if test.code == "T0"]

    # The first state came after the last publication as well.
    assert (shown(later - timedelta(seconds=1)), shown(later)) == ([], ["9,0"])
    with school_of(engine) as connection:
        connection.execute(update(CHANGE).where(CHANGE.c.version == 1).values(at=just_now(3 * 24 * 3600)))
    assert (shown(later - timedelta(seconds=1)), shown(later)) == (["6,0"], ["9,0"])


def school_of(engine: Engine) -> Any:
    return engine.execution_options(writes=True).begin()


# Where to go on. Nothing is lost, nothing is told twice.

NOW = at(3, "12:00")


@dataclass(frozen=True)
class Thing:
    place: Place
    committed: int = 0


def thing(n: int, second: int, committed: int = 0) -> Thing:
    return Thing(Place(NOW + timedelta(seconds=second), ident(n), 1), committed)


def test_a_token_is_the_same_after_its_journey() -> None:
    told, token, _ = tell([thing(n, n) for n in range(5)], since(NOW - WINDOW), NOW + timedelta(seconds=9), 3)
    assert len(told) == 3
    assert of_place(as_place(token)) == token


def test_r76_what_is_older_than_the_window_is_no_news() -> None:
    old = since(NOW - WINDOW - timedelta(days=1))
    assert within_window(old, NOW).upto.at == NOW - WINDOW
    assert within_window(since(NOW), NOW) == since(NOW)


def test_from_now_on_is_what_comes_in_from_now_on() -> None:
    here = [thing(n, -n) for n in range(0, 400, 40)]
    token = from_now(here, NOW)
    late = thing(999, -100)
    assert tell([*here, late], token, NOW, 50)[0] == [late]


def test_a_token_names_no_more_than_fits() -> None:
    many = [thing(n, -60) for n in range(3 * MOST_BEYOND)]
    told, token, more = tell(many, since(NOW - WINDOW), NOW, 10_000)
    # The rest waits for a few minutes, and nobody needs to ask again at once.
    assert (len(told), len(token.beyond), more) == (MOST_BEYOND, MOST_BEYOND, False)
    assert tell(many, token, NOW, 10_000)[0] == []
    rest, after, _ = tell(many, token, NOW + OVERLAP, 10_000)
    assert len({*told, *rest}) == len(told) + len(rest) == len(many)
    assert after.beyond == frozenset()
    assert from_now(many, NOW) == since(NOW)


STEPS = st.lists(
    st.tuples(st.integers(0, 400), st.lists(st.tuples(st.integers(0, 280), st.integers(1, 3)), max_size=6)),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(STEPS, st.integers(1, 4))
def test_each_thing_once_however_late_it_came(steps: list[Any], limit: int) -> None:
    """At each step some seconds pass, and things come in that bear moments of up to 280 seconds ago."""
    clock, n, store, told = 0, 0, [], []
    token = from_now([], NOW)
    for seconds, arrivals in steps:
        clock += seconds
        for late, count in arrivals:
            for _ in range(count):
                store.append(thing(n, clock - late))
                n += 1
        page, token, _ = tell(store, token, NOW + timedelta(seconds=clock), limit)
        token = of_place(as_place(token))
        assert page == sorted(page, key=lambda each: each.place)
        told += page
    for _ in range(len(store) + 1):
        page, token, _ = tell(store, token, NOW + timedelta(seconds=clock), limit)
        told += page
    assert sorted(told, key=lambda each: each.place) == sorted(store, key=lambda each: each.place)


# The addresses.

@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    app = create_app(engine, [ApiKey("all", digest(KEY)), ApiKey("none", digest(KEY + "2"), (), frozenset({"grades"}))])
    with TestClient(app, headers={"Authorization": f"Bearer {KEY}"}) as made:
        yield made


def test_asking_again_tells_each_thing_once_and_puts_it_on_file(case: Case, client: TestClient) -> None:
    ids = [case.grade(at(3, "10:00"), attempt=n) for n in range(1, 6)]
    case.seen(at(3, "10:00"), "late")
    answers, after, more = [], None, True
    with time_machine.travel(at(3, "10:20"), tick=False):
        while more:
            answer = client.get("/v1/news", params={"limit": 2} | ({"after": after} if after else {}))
            assert answer.status_code == 200, answer.text
            answers.append(answer.json())
            after, more = answers[-1]["next"], answers[-1]["more"]
        assert [len(answer["items"]) for answer in answers] == [2, 2, 2]
        assert sorted(item["id"] for answer in answers for item in answer["items"])[:5] == sorted(ids)
        assert client.get("/v1/news", params={"after": after}).json()["items"] == []
    assert answers[0]["meta"]["completeness"]["grades"] == "complete"
    with case.engine.connect() as connection:
        on_file = connection.execute(select(AUDIT.c.area, AUDIT.c.student_id, AUDIT.c.action)).all()
    assert sorted(tuple(row) for row in on_file) == sorted(
        [("grades", case.student, "read")] * 5 + [("absences", case.student, "read")]
    )


def test_a_client_needs_the_scope(client: TestClient) -> None:
    for path in ("/v1/news", "/v1/news/stream"):
        answer = client.get(path, headers={"Authorization": f"Bearer {KEY}2"})
        assert (answer.status_code, answer.json()["code"]) == (403, "scope")


def test_a_token_that_makes_no_sense(client: TestClient) -> None:
    answer = client.get("/v1/news", params={"after": "c29tZXRoaW5n"})
    assert (answer.status_code, answer.json()["errors"]) == (
        400, [{"field": "query.after", "code": "cursor_invalid"}]
    )  # fmt: skip
    answer = client.get("/v1/news/stream", headers={"Last-Event-ID": "c29tZXRoaW5n"})
    assert (answer.status_code, answer.json()["errors"]) == (
        400, [{"field": "header.Last-Event-ID", "code": "cursor_invalid"}]
    )  # fmt: skip
    answer = client.get("/v1/news/stream", params={"after": "c29tZXRoaW5n"})
    assert (answer.status_code, answer.json()["errors"]) == (
        400, [{"field": "query.after", "code": "cursor_invalid"}]
    )  # fmt: skip
