"""What is not published is not there: in no answer, no average, no count, no order (R72-R74, R19)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from canonical.tables import CHANGE, TABLES
from portal import grades, latest, subject
from portal.access import Role, Viewer
from portal.reading import reading
from portal.results import Result, State, moment, published, results
from tests.portal.marks import (
    AFTERNOONS,
    BORN,
    came,
    changed,
    content,
    family,
    log,
    rules,
    seen,
    teacher,
    viewer,
)
from tests.portal.marks import moment as at
from tests.portal.school import School, ident

NOON = at(2, "12:00")
LONG_AGO = datetime(2026, 2, 10, 9, tzinfo=UTC)


class Case:
    """A school with a schedule, a student and a subject."""

    def __init__(self, school: School) -> None:
        self.school, self.engine = school, school.engine
        self.source = school.source("lyceum")
        self.year = school.year(self.source)
        self.french = school.subject(self.source, "fa", "Frans")
        self.student = school.student(self.source, birth_date=BORN)
        school.put("student_subject", self.source, student_id=self.student, subject_id=self.french)
        self.eyes = viewer(Role.STUDENT, self.source, self.student)
        rules(school, self.source, AFTERNOONS)

    def column(self, code: str, weight: str | None = "1", kind: str = "test", **fields: Any) -> str:
        return self.school.column(self.source, self.french, code, weight, kind, **fields)

    def grade(self, column: str, text: str, *, entered: datetime | None = None, since: datetime | None = None,
              **fields: Any) -> str:  # fmt: skip
        id = self.school.grade(self.source, self.student, column, text, entered_at=entered, **fields)
        if since is not None:
            came(self.school, self.source, "grade", id, since)
        return id

    def overview(self, now: datetime, by: Viewer | None = None) -> Any:
        by = by or self.eyes
        looked = seen(self.engine, by, self.student, now)
        with reading(self.engine, by) as connection:
            return grades.overview(connection, looked, now)

    def texts(self, now: datetime, by: Viewer | None = None) -> list[str]:
        """The results that are seen, the source's own marks as well."""
        found = self.overview(now, by).subjects
        return [attempt.raw_text for subject in found for test in subject.tests for attempt in test.attempts] + [
            mark.raw_text for subject in found for mark in subject.source_marks
        ]

    def whole(self, now: datetime) -> str:
        """Every view of this student's grades, to the byte."""
        looked = seen(self.engine, self.eyes, self.student, now)
        with reading(self.engine, self.eyes) as connection:
            page, more = latest.latest(connection, looked, after=None, limit=50)
            one = subject.view(connection, looked, self.french, now)
            overview = grades.overview(connection, looked, now)
            needed = subject.calculation(
                connection, looked, self.french, now, weight=Decimal(1), target=Decimal("5.5"), mark=None
            )
        return "\n".join([*(view.model_dump_json() for view in (overview, one, page, needed)), str(more)])


@pytest.fixture
def case(school: School) -> Case:
    return Case(school)


def test_a_grade_is_there_from_its_moment_on(case: Case) -> None:
    case.grade(case.column("T1"), "7,0", entered=at(2, "10:00"), since=at(2, "10:05"))
    assert case.texts(at(2, "16:29")) == []
    assert case.texts(at(2, "16:30")) == ["7,0"]


def test_without_a_moment_of_entry_it_goes_by_when_it_came(case: Case) -> None:
    case.grade(case.column("T1"), "7,0", since=at(2, "16:31"))
    assert case.texts(at(3, "16:29")) == []
    assert case.texts(at(3, "16:30")) == ["7,0"]


def test_what_was_entered_in_time_is_there_however_late_it_came(case: Case) -> None:
    case.grade(case.column("T1"), "7,0", entered=at(2, "16:30"), since=at(2, "16:40"))
    assert case.texts(at(2, "16:41")) == ["7,0"]


def test_without_a_schedule_all_is_there_at_once(case: Case) -> None:
    case.grade(case.column("T1"), "7,0", entered=NOON, since=NOON)
    rules(case.school, case.source)
    assert case.texts(NOON) == ["7,0"]


def test_r73_a_parent_waits_a_day_longer(case: Case) -> None:
    case.grade(case.column("T1"), "7,0", entered=at(2, "10:00"), since=at(2, "10:05"))
    rules(case.school, case.source, AFTERNOONS | {"parent_delay_hours": 24})
    mother = viewer(Role.GUARDIAN, case.source, family(case.school, case.source, case.student))
    assert [case.texts(now) for now in (at(2, "16:29"), at(2, "16:30"))] == [[], ["7,0"]]
    assert [case.texts(now, mother) for now in (at(3, "16:29"), at(3, "16:30"))] == [[], ["7,0"]]


def test_staff_see_what_waits(case: Case) -> None:
    case.grade(case.column("T1"), "7,0", entered=at(2, "10:00"), since=at(2, "10:05"))
    mentor = viewer(Role.STAFF, case.source, teacher(case.school, case.source, case.student, case.french, "mentor"))
    assert case.texts(at(2, "10:06"), mentor) == ["7,0"]


def test_r19_a_change_waits_like_a_grade_and_until_then_it_is_as_it_was(case: Case) -> None:
    column = case.column("T1")
    changed(case.school, case.source, case.student, column, [("4,8", at(2, "10:05")), ("5,6", at(3, "10:05"))],
            entered_at=at(2, "10:00"))  # fmt: skip

    def shown(now: datetime) -> tuple[Any, ...]:
        (test,) = case.overview(now).subjects[0].tests
        (attempt,) = test.attempts
        return attempt.raw_text, attempt.version, attempt.changed, str(test.result)

    assert case.texts(at(2, "16:29")) == []
    assert shown(at(2, "16:30")) == shown(at(3, "16:29")) == ("4,8", 1, False, "4.8")
    assert shown(at(3, "16:30")) == ("5,6", 2, True, "5.6")


def test_r19_a_change_before_the_first_publication_leaves_nothing_to_show(case: Case) -> None:
    column = case.column("T1")
    changed(case.school, case.source, case.student, column, [("4,8", at(3, "10:05")), ("5,6", at(3, "11:05"))])
    assert case.texts(at(3, "16:29")) == []
    assert case.texts(at(3, "16:30")) == ["5,6"]


def test_r19_of_several_hidden_changes_the_last_published_state_shows(case: Case) -> None:
    history = [("4,0", at(2, "10:00")), ("5,0", at(2, "15:00")), ("6,0", at(3, "10:00")), ("7,0", at(3, "11:00"))]
    changed(case.school, case.source, case.student, case.column("T1"), history)
    assert case.texts(at(3, "12:00")) == ["5,0"]


def test_what_had_gone_and_came_back_is_new(case: Case) -> None:
    column = case.column("T1")
    id = case.grade(column, "7,0")
    came(case.school, case.source, "grade", id, at(3, "10:00"), version=3)
    log(case.school, case.source, id, 1, at(2, "10:00"), **content(case.student, column, "7,0"))
    log(case.school, case.source, id, 2, at(2, "11:00"), "delete", **content(case.student, column, "7,0"))
    log(case.school, case.source, id, 3, at(3, "10:00"), "revive", **content(case.student, column, "7,0"))
    assert case.texts(at(3, "12:00")) == []
    assert case.texts(at(3, "16:30")) == ["7,0"]


@pytest.mark.parametrize("kind", ["average", "report", "calculated", "exam", "composite", "unknown"])
def test_r74_the_sources_own_numbers_wait_from_when_they_were_read(case: Case, kind: str) -> None:
    """The source says that its average was entered in September, and computes on."""
    case.grade(case.column("G", kind=kind), "6,9", entered=at(2, "08:00") - timedelta(days=170), since=at(3, "10:00"))
    assert case.texts(at(3, "16:29")) == []
    assert case.texts(at(3, "16:30")) == ["6,9"]


def test_r74_a_number_whose_column_has_not_come_in_may_be_an_average(case: Case) -> None:
    case.grade(ident(777), "6,9", entered=LONG_AGO, since=at(3, "10:00"))
    assert case.texts(at(3, "12:00")) == []


def test_r74_averages_and_totals_rest_on_what_is_published(case: Case) -> None:
    case.grade(case.column("T1"), "8,0", entered=LONG_AGO, sufficient=True)
    case.grade(case.column("T2"), "2,0", entered=at(2, "15:00"), sufficient=False)
    (found,) = case.overview(NOON + timedelta(hours=4)).subjects
    assert (found.computed.year.value, found.computed.year.counted) == (Decimal("8.0"), 1)
    assert (found.totals.sufficient, found.totals.insufficient) == (1, 0)


def test_r20_a_line_of_the_programme_is_there_before_its_result(case: Case) -> None:
    line = case.column("SE1", "2", exam_column=True, held_on=date(2026, 3, 1), title="Schoolexamen 1")
    case.column("T1")
    case.grade(line, "7,0", entered=at(2, "10:00"), since=at(2, "10:05"))
    (waiting,) = case.overview(NOON).subjects[0].tests
    assert (waiting.code, waiting.exam_column, waiting.result, waiting.attempts) == ("SE1", True, None, [])
    (made,) = case.overview(at(2, "16:30")).subjects[0].tests
    assert [attempt.raw_text for attempt in made.attempts] == ["7,0"]


@pytest.mark.parametrize(
    "second",
    [{"code": "SE1"}, {"held_on": date(2025, 3, 1)}, {"exam_column": False}, {"exam_column": None}, {"retired": True},
     {"kind": "text"}, {"gone": True}],
)  # fmt: skip
def test_r20_only_lines_that_are_surely_this_students(case: Case, second: dict[str, Any]) -> None:
    plain = {"exam_column": True, "held_on": date(2026, 3, 1), "code": "SE2", "weight": "1"}
    case.school.year(case.source, "2425", date(2024, 8, 1), date(2025, 7, 31))
    case.column(**(plain | {"code": "SE1"}))
    case.column(**(plain | second))
    shown = [test.code for found in case.overview(NOON).subjects for test in found.tests]
    # Two lines of one code are of two programmes: then neither is promised.
    assert shown == ([] if second == {"code": "SE1"} else ["SE1"])


def test_r20_no_line_of_a_subject_that_is_not_taken(case: Case) -> None:
    german = case.school.subject(case.source, "du", "Duits")
    case.school.column(case.source, german, "SE1", exam_column=True, held_on=date(2026, 3, 1))
    assert case.overview(NOON).subjects == []


def test_r57_a_teacher_sees_the_own_subjects(case: Case) -> None:
    german = case.school.subject(case.source, "du", "Duits")
    case.grade(case.column("T1"), "7,0", entered=LONG_AGO)
    case.grade(case.school.column(case.source, german, "D1"), "3,0", entered=LONG_AGO)
    case.grade(ident(777), "2,0", entered=LONG_AGO, score=None, status="unreadable")
    by = viewer(Role.STAFF, case.source, teacher(case.school, case.source, case.student, case.french))
    found = case.overview(NOON, by)
    assert [entry.subject.code for entry in found.subjects] == ["fa"]
    assert found.means is None
    looked = seen(case.engine, by, case.student, NOON)
    with reading(case.engine, by) as connection:
        page, _ = latest.latest(connection, looked, after=None, limit=50)
        assert [grade.raw_text for grade in page.grades or ()] == ["7,0"]
        with pytest.raises(Exception, match="404"):
            subject.view(connection, looked, german, NOON)


def test_r57_no_view_gets_to_read_what_is_not_the_teachers(case: Case) -> None:
    german = case.school.subject(case.source, "du", "Duits")
    case.grade(case.school.column(case.source, german, "D1"), "3,0", entered=LONG_AGO)
    case.grade(case.column("T1"), "7,0", entered=LONG_AGO)
    by = viewer(Role.STAFF, case.source, teacher(case.school, case.source, case.student, case.french))
    looked = seen(case.engine, by, case.student, NOON)
    with reading(case.engine, by) as connection:
        found = results(connection, [looked])[case.student]
    assert [one.raw_text for one in found] == ["7,0"]


def test_r57_a_teachers_average_is_not_given_while_it_may_be_wrong(case: Case) -> None:
    """A number whose column has not come in may be of the own subject."""
    case.grade(case.column("T1", held_on=date(2026, 3, 1)), "7,0")
    case.grade(ident(777), "2,0")
    by = viewer(Role.STAFF, case.source, teacher(case.school, case.source, case.student, case.french))
    (found,) = case.overview(NOON, by).subjects
    assert (found.computed.year.value, found.computed.year.reason) == (None, "column_missing")


# The rule without a store.


def result(version: int, since: datetime, entered: datetime | None = None, kind: str | None = "test") -> Result:
    values: dict[str, Any] = dict.fromkeys(Result._fields)
    return Result(**(values | {
        "id": ident(1), "version": version, "changed_at": since, "assessment_id": ident(2), "attempt": 1,
        "raw_text": "7,0", "status": "scored", "counts": True, "entered_at": entered, "assessment_kind": kind,
    }))  # fmt: skip


def test_the_moment_of_a_result() -> None:
    early, late = at(2, "10:00"), at(2, "11:00")
    assert moment(result(1, late)) == late
    assert moment(result(1, late, early)) == early
    assert moment(result(2, late, early)) == late
    assert moment(result(2, early, late)) == late
    assert moment(result(1, late, early, "average")) == late
    assert moment(result(1, late, early, None)) == late


def test_a_result_that_was_of_another_column_has_no_earlier_state() -> None:
    states = [State(1, at(2, "10:00"), content(ident(5), ident(3), "6,0"))]
    assert published(result(2, at(3, "10:00")), states, at(2, "16:30")) is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=6, unique=True), st.integers(-1, 61))
def test_what_is_published_never_goes_away_while_time_passes(hours: list[int], horizon: int) -> None:
    """Of a result that only ever changes, the last state up to the horizon shows."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    times = [start + timedelta(hours=hour) for hour in sorted(hours)]
    states = [State(n, time, content(ident(5), ident(2), f"{n},0")) for n, time in enumerate(times, 1)]
    found = published(result(len(times), times[-1]), states, start + timedelta(hours=horizon))
    expected = sum(hour <= horizon for hour in hours)
    assert (None if found is None else found.version) == (expected or None)


# No leak: with a hidden result, every answer is byte for byte as without it.

KINDS = st.sampled_from(["test", "average", "report", "composite", "component", "exam", "text"])
MARKS = st.sampled_from(["1,0", "4,8", "5,5", "7,3", "10,0", "V"])
HIDDEN_HOURS = st.integers(1, 70)
PUBLIC = st.tuples(KINDS, MARKS, st.sampled_from(["0", "1", "2", None]), st.booleans(), st.integers(0, 90))
SECRET = st.tuples(
    KINDS, MARKS, st.sampled_from(["0", "1", "7", None]), st.booleans(),
    st.sampled_from(["new column", "resit", "changed", "changed twice"]), HIDDEN_HOURS,
)  # fmt: skip
HORIZON = at(5, "16:30")
LOOKED = at(6, "16:29")
"""A Friday; what came after Thursday 16:30 waits."""


def test_nothing_hidden_leaks(sqlite_engine: Engine) -> None:
    case = Case(School(sqlite_engine))

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(PUBLIC, max_size=4), st.lists(SECRET, min_size=1, max_size=2))
    def no_leak(public: list[Any], secret: list[Any]) -> None:
        clear(case)
        columns = [_publish(case, n, *entry) for n, entry in enumerate(public)]
        before = case.whole(LOOKED)
        for n, entry in enumerate(secret):
            _hide(case, n, columns, *entry)
        assert case.whole(LOOKED) == before
        assert case.whole(at(6, "16:30")) != before, "nothing was hidden at all"

    no_leak()


def clear(case: Case) -> None:
    with case.school._writing() as connection:
        for table in (TABLES["grade"], TABLES["assessment"], CHANGE):
            connection.execute(delete(table))


def _publish(case: Case, n: int, kind: str, text: str, weight: str | None, programme: bool, hours: int) -> str:
    """A published result, in a column of its own."""
    parent = case.column(f"C{n}", kind="composite") if kind == "component" else None
    column = case.column(f"T{n}", weight, kind, exam_column=programme, parent_id=parent, held_on=date(2026, 2, 2))
    since = HORIZON - timedelta(hours=hours)
    id = case.grade(column, text, entered=since - timedelta(minutes=7), since=since)
    log(case.school, case.source, id, 1, since, **_content(case, column, text))
    return column


def _hide(
    case: Case, n: int, columns: list[str], kind: str, text: str, weight: str | None, flagged: bool, way: str,
    hours: int,
) -> None:  # fmt: skip
    """Something that waits for publication."""
    since = HORIZON + timedelta(minutes=20 * hours)
    fields: dict[str, Any] = {"sufficient": False} if flagged else {}
    if way.startswith("changed") and columns:
        _change(case, columns[n % len(columns)], text, since, twice=way == "changed twice")
    elif way == "resit" and columns:
        case.grade(columns[n % len(columns)], text, attempt=2 + n, entered=None, since=since, **fields)
    else:
        # An average that was entered long ago by its own word, and computed since.
        entered = since if kind in ("test", "component", "text") else HORIZON - timedelta(days=99)
        case.grade(case.column(f"H{n}", weight, kind), text, entered=entered, since=since, **fields)


def _change(case: Case, column: str, text: str, since: datetime, *, twice: bool) -> None:
    table = TABLES["grade"]
    with case.school._writing() as connection:
        row = connection.execute(
            table.select().where(table.c.assessment_id == column).order_by(table.c.id).limit(1)
        ).one()
        score = Decimal(text.replace(",", ".")) if text != "V" else None
        label = "V" if text == "V" else None
        version = row.version + (2 if twice else 1)
        connection.execute(table.update().where(table.c.id == row.id).values(
            raw_text=text, score=score, label=label, status="labelled" if label else "scored", version=version,
            changed_at=since, weight=Decimal(9), counts=False, entered_at=since,
            sufficient=False, achieved_on=date(2026, 3, 5), attempt=3,
        ))  # fmt: skip
    if twice:
        log(case.school, case.source, row.id, version - 1, since - timedelta(minutes=5),
            **_content(case, column, "3,3"))  # fmt: skip
    log(case.school, case.source, row.id, version, since, "update", **_content(case, column, text))


def _content(case: Case, column: str, text: str) -> dict[str, Any]:
    if text != "V":
        return content(case.student, column, text, entered_at=_entered(case, column))
    return content(case.student, column, "1") | {
        "raw_text": "V", "status": "labelled", "label": "V", "score": None, "entered_at": _entered(case, column)
    }  # fmt: skip


def _entered(case: Case, column: str) -> str:
    """What the log of the first state says: as it is in the table before any change."""
    table = TABLES["grade"]
    with case.engine.connect() as connection:
        row = connection.execute(table.select().where(table.c.assessment_id == column)).first()
    assert row is not None
    return row.entered_at.isoformat()
