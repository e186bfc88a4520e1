"""When the portal's copy of a student ends (R63), and what goes with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select

from canonical.tables import IDENTITY
from portal.auditing import anchors, verify
from portal.erasing import ERASE, EXPIRE, Term, due_on, end, leavers, left_on, term_ends
from portal.rules import LONGEST_RETENTION
from portal.tables import (
    ACCOUNT,
    ACCOUNT_ROLE,
    AUDIT,
    CONSENT,
    DECISION,
    FACTOR,
    INVITATION,
    LOGIN,
    RESTRICTION,
    RULES,
    SESSION,
    STAMP,
)
from tests.portal.school import School, ident

KEY = b"k" * 32
AT = datetime(2026, 10, 1, 1, 0, tzinfo=UTC)
LEFT = date(2024, 7, 15)


def test_the_laws_terms() -> None:
    """R63: left 2024-07-15: grades at most until 2026-07-15, absence until 2029-07-15."""
    assert term_ends(LEFT, Term.FILE) == date(2026, 7, 15)
    assert term_ends(LEFT, Term.ABSENCE) == date(2029, 7, 15)
    assert term_ends(date(2024, 2, 29), Term.FILE) == date(2026, 2, 28)


def test_the_copy_goes_sixty_days_after_leaving() -> None:
    assert due_on(LEFT, 60) == date(2024, 9, 13)
    assert due_on(LEFT, 0) == LEFT


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 10_000))
def test_no_rule_of_a_school_goes_beyond_the_laws_terms(left: date, days: int) -> None:
    assert due_on(left, days) <= min(left + timedelta(days=days), term_ends(left, Term.FILE))


def test_the_longest_rule_is_the_shortest_of_the_laws_terms() -> None:
    assert LEFT + timedelta(days=LONGEST_RETENTION) == term_ends(LEFT, Term.FILE)


@pytest.mark.parametrize(
    ("ends", "gone", "left"),
    [
        ((), None, None),
        ((None,), None, None),
        ((LEFT,), None, LEFT),
        ((LEFT, date(2023, 7, 15)), None, LEFT),
        ((LEFT, None), None, None),
        ((), LEFT, LEFT),
        ((None,), LEFT, LEFT),
        ((date(2024, 7, 31),), LEFT, LEFT),
        ((LEFT,), date(2024, 12, 1), LEFT),
    ],
)
def test_when_somebody_has_left(ends: tuple[Any, ...], gone: date | None, left: date | None) -> None:
    assert left_on(ends, gone) == left


@pytest.fixture
def source(school: School) -> int:
    return school.source("lyceum")


def left(school: School, source: int, ends: date | None, *, number: str = "1", **fields: Any) -> str:
    student = school.student(source, local_id=number)
    school.put("enrolment", source, student_id=student, ends=ends, **fields)
    return student


def due(engine: Engine, today: date) -> list[str]:
    with engine.connect() as connection:
        (one,) = leavers(connection, today)
    return [student.local_id for student in one.due]


def test_who_is_due_and_who_is_not(engine: Engine, school: School, source: int) -> None:
    old, new = school.year(source, "2526"), school.year(source, "2627", date(2026, 8, 1), date(2027, 7, 31))
    left(school, source, date(2026, 8, 2), number="on the day")
    left(school, source, date(2026, 8, 3), number="a day too early")
    left(school, source, None, number="no end")
    left(school, source, date(2027, 7, 31), left_on=date(2026, 6, 1), number="left early")
    left(school, source, None, school_year_id=old, number="last year")
    again = left(school, source, None, school_year_id=old, number="this year too")
    school.put("enrolment", source, student_id=again, school_year_id=new)
    school.put("enrolment", source, student_id=left(school, source, None, number="was never"), ends=LEFT, gone=True)
    slip = left(school, source, date(2026, 6, 1), number="enrolled again by mistake")
    school.put("enrolment", source, student_id=slip, gone=True)
    school.student(source, local_id="not enrolled")
    school.student(source, local_id="deleted", gone=True)  # on 2 March
    assert due(engine, date(2026, 10, 1)) == [
        "on the day", "left early", "last year", "enrolled again by mistake", "deleted"
    ]  # fmt: skip
    assert due(engine, date(2026, 3, 1)) == []


def test_the_schools_own_rule_holds(engine: Engine, school: School, source: int) -> None:
    left(school, source, date(2026, 8, 2))
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(RULES).values(
            source_id=source, version=1, document='{"retention_days": 10}', at=AT, by="x"))  # fmt: skip
    assert due(engine, date(2026, 8, 11)) == []
    assert due(engine, date(2026, 8, 12)) == ["1"]


@pytest.mark.parametrize(("ended", "expected"), [(None, []), (AT, ["1"])])
def test_what_is_in_dispute_is_kept(
    engine: Engine, school: School, source: int, ended: datetime | None, expected: list[str]
) -> None:
    student = left(school, source, date(2026, 8, 2))
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(RESTRICTION).values(student_id=student, since=AT, ended_at=ended, by="x"))
    assert due(engine, date(2026, 10, 1)) == expected


MIDNIGHT = datetime(2026, 9, 30, 22, 0, tzinfo=UTC)
"""At school."""


@pytest.mark.parametrize(
    ("complete", "waits"), [(None, True), (MIDNIGHT - timedelta(minutes=1), True), (MIDNIGHT, False)]
)
def test_nothing_goes_on_the_strength_of_an_old_read(
    engine: Engine, school: School, source: int, complete: datetime | None, waits: bool
) -> None:
    """The enrolment of the new year may just not have come in."""
    left(school, source, date(2026, 8, 2))
    school.state(source, "students", complete_at=complete)
    with engine.connect() as connection:
        (one,) = leavers(connection, date(2026, 10, 1))
    assert len(one.due) == 1
    assert (one.waits is not None) == waits


def account(engine: Engine, n: int, *roles: tuple[str, int, str]) -> str:
    id_ = ident(n)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(ACCOUNT).values(id=id_, login=f"{n}@x", state="active", created_at=AT, language="nl"))
        for role, source, person in roles:
            values = {"id": ident(int(person[-6:]) + n), "account_id": id_, "role": role, "source_id": source}
            connection.execute(
                insert(ACCOUNT_ROLE).values(**values, person_id=person, granted_by="x", granted_at=AT)
            )
        own = {"account_id": id_, "created_at": AT}
        connection.execute(insert(FACTOR).values(id=ident(n + 1), kind="totp", secret=b"s", counter=0, **own))
        connection.execute(insert(SESSION).values(
            id=ident(n + 2), digest=bytes([n % 251]), role="x", way="x", seen_at=AT, ends_at=AT, **own))  # fmt: skip
        connection.execute(insert(LOGIN).values(account_id=id_, role="x", way="x", at=AT))
    return id_


def identify(engine: Engine, source: int, kind: str, id_: str) -> None:
    """What a sync has written down beside the record."""
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(IDENTITY).values(
            source_id=source, kind=kind, k1=id_, k2="", k3="", k4="", id=id_, entity="students", scope="", version=1,
            live=True,
        ))  # fmt: skip


def finish(engine: Engine, source: int, student: str, action: str = ERASE) -> int:
    with engine.execution_options(writes=True).begin() as connection:
        return end(connection, KEY, source, student, AT, action).records


def held(engine: Engine, table: Any, column: str) -> set[Any]:
    with engine.connect() as connection:
        return set(connection.execute(select(table.c[column])).scalars())


def test_no_answer_is_kept_beyond_the_end(engine: Engine, school: School, source: int) -> None:
    student = school.student(source)
    identify(engine, source, "student", student)
    (before,) = held(engine, STAMP, "n")
    assert finish(engine, source, ident(999)) == 0
    assert held(engine, STAMP, "n") == {before}
    assert finish(engine, source, student) == 1
    assert held(engine, STAMP, "n") == {before + 1}


def test_what_the_read_layer_keeps_of_a_student_goes_too(engine: Engine, school: School, source: int) -> None:
    gone, stays = (school.student(source) for _ in range(2))
    only, shared = (school.put("guardian", source, last_name="x", secret=False) for _ in range(2))
    for student, guardian in ((gone, only), (gone, shared), (stays, shared)):
        school.put("guardianship", source, student_id=student, guardian_id=guardian, relation="mother",
                   court_block=False)  # fmt: skip
    for kind, id_ in (("student", gone), ("student", stays), ("guardian", only), ("guardian", shared)):
        identify(engine, source, kind, id_)
    accounts = {
        "gone": account(engine, 1000, ("student", source, gone)),
        "only": account(engine, 2000, ("guardian", source, only)),
        "shared": account(engine, 3000, ("guardian", source, shared)),
        "stays": account(engine, 4000, ("student", source, stays)),
        "teacher": account(engine, 5000, ("guardian", source, only), ("staff", source, ident(99))),
        "elsewhere": account(engine, 6000, ("student", source + 1, gone)),
    }
    with engine.execution_options(writes=True).begin() as connection:
        for student in (gone, stays):
            connection.execute(insert(CONSENT).values(student_id=student, open=True, at=AT, by="x"))
            connection.execute(insert(RESTRICTION).values(student_id=student, since=AT, by="x"))
            for guardian in (only, shared):
                connection.execute(insert(DECISION).values(
                    source_id=source, student_id=student, guardian_id=guardian, decision="none", granted="[]", at=AT,
                    by="x"))  # fmt: skip
        for n, person in enumerate((only, shared)):
            connection.execute(insert(INVITATION).values(
                id=ident(7000 + n), source_id=source, person_id=person, role="guardian", letter_digest=bytes([n]),
                made_at=AT, expires_at=AT, attempts=0))  # fmt: skip
    assert finish(engine, source, gone) == 4
    left_over = {accounts[name] for name in ("shared", "stays", "teacher", "elsewhere")}
    assert held(engine, ACCOUNT, "id") == left_over
    for table in (FACTOR, SESSION, LOGIN, ACCOUNT_ROLE):
        assert held(engine, table, "account_id") == left_over
    assert held(engine, ACCOUNT_ROLE, "person_id") == {shared, stays, gone, ident(99)}
    assert held(engine, CONSENT, "student_id") == held(engine, RESTRICTION, "student_id") == {stays}
    assert held(engine, DECISION, "student_id") == {stays}
    assert held(engine, DECISION, "guardian_id") == {shared}
    assert held(engine, INVITATION, "person_id") == {shared}


def test_what_is_of_another_source_stays(engine: Engine, school: School, source: int) -> None:
    other, student = school.source("college"), school.student(source)
    school.student(other, id=student)
    identify(engine, source, "student", student)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(CONSENT).values(student_id=student, open=True, at=AT, by="x"))
        connection.execute(insert(RESTRICTION).values(student_id=student, since=AT, by="x"))
        for number in (source, other):
            connection.execute(insert(DECISION).values(
                source_id=number, student_id=student, guardian_id=ident(99), decision="none", granted="[]", at=AT,
                by="x"))  # fmt: skip
    assert finish(engine, source, student) == 1
    assert held(engine, CONSENT, "student_id") == held(engine, RESTRICTION, "student_id") == {student}
    assert held(engine, DECISION, "source_id") == {other}


@pytest.mark.parametrize("action", [ERASE, EXPIRE])
def test_that_it_was_done_is_on_file_and_the_log_stays(
    engine: Engine, school: School, source: int, action: str
) -> None:
    student = school.student(source)
    identify(engine, source, "student", student)
    assert finish(engine, source, student, action) == 1
    assert finish(engine, source, student, action) == 0
    with engine.connect() as connection:
        (event,) = connection.execute(select(AUDIT))
        assert verify(connection, KEY, anchors(connection)) == []
        entity = connection.execute(select(IDENTITY.c.entity).where(IDENTITY.c.id == student)).scalar()
    assert (event.action, event.actor, event.student_id, event.source_id) == (action, "command", student, source)
    assert entity == {ERASE: "(erased)", EXPIRE: "(expired)"}[action]
