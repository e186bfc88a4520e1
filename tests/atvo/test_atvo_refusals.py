"""Who may not ask, or not now, or not of everybody: what is said, nobody is asked twice, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import Engine

from connectors.errors import Broken, Denied, Retry, SourceError
from simulator import edits
from simulator.magister import DEFAULT_ACCOUNT, Account
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import DIALECTS, EXPECTED, Dialect, bridge
from tests.bridge import Rows, assert_same
from tests.faults import EARLY, MAYBE_HIDDEN, ONE_DATABASE, TOO_MUCH, some

UM = ("locations", "staff", "subjects", "students", "groups", "guardians")
WIS = ("grades", "absences")
NOON, EVENING = datetime(2026, 11, 25, 11, 0, tzinfo=UTC), datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
NIGHT = {"from": "22:00", "to": "06:00"}
WHAT_TO_DO = re.compile(r"\b(ask|check|correct|give|grants|set|look)\b")
SECRET = "-".join(("een", "verkeerd", "wachtwoord"))
WRONG_PASSWORD: dict[Dialect, dict[str, object]] = {
    "soap": {"password": SECRET}, "connect": {"client_secret": SECRET},
}  # fmt: skip
FIRST_CALL: dict[Dialect, tuple[str, ...]] = {
    "soap": ("umService?wsdl", "getInrichtingVestigingen"), "connect": ("token",),
}  # fmt: skip
GUARDIANS: dict[Dialect, str] = {"soap": "getDataVerzorgers", "connect": "ouderVerzorger"}


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


def assert_says(error: object, kind: type[SourceError], code: str) -> None:
    """The error of this kind, in a sentence that says what to do and holds no secret."""
    assert isinstance(error, kind)
    assert error.code == code
    assert WHAT_TO_DO.search(str(error)), str(error)
    assert SECRET not in str(error)
    assert DEFAULT_ACCOUNT.password not in str(error)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_wrong_password_is_given_once(dialect: Dialect, server: Server, sqlite: Engine) -> None:
    with bridge(server, sqlite, dialect, **WRONG_PASSWORD[dialect]) as made:
        (report,) = made.sync().values()
        assert_says(report.error, Denied, "atvo.login")
    assert tuple(server.calls.names) == FIRST_CALL[dialect]


def test_a_wrong_password_for_the_second_service_stops_there(server: Server, sqlite: Engine) -> None:
    with bridge(server, sqlite, wis_password=SECRET) as made:
        reports = made.sync()
        assert list(reports) == [*UM, "grades"]
        assert {reports[name].summary.outcome for name in UM} == {"complete"}
        assert_says(reports["grades"].error, Denied, "atvo.login")
    assert server.calls.count("getStamgroepenlijst") == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_number_of_another_school_is_denied(dialect: Dialect, server: Server, sqlite: Engine) -> None:
    with bridge(server, sqlite, dialect, brin="98ZZ") as made:
        (report,) = made.sync().values()
        assert_says(report.error, Denied, "atvo.brin")
        assert made.live() == {}


@pytest.mark.parametrize("dialect", some(DIALECTS[::-1], 2))
def test_a_missing_right_stops_that_entity_alone(dialect: Dialect, sqlite: Engine) -> None:
    with serve(make_school(5, 40, EARLY)) as server:
        with bridge(server, sqlite, dialect) as made:
            made.sync()
            before = made.live()
        everything = frozenset(server.calls.names)
    account = Account(DEFAULT_ACCOUNT.user, DEFAULT_ACCOUNT.password, everything - {GUARDIANS[dialect]})
    with serve(make_school(5, 40, EARLY), accounts=(account,)) as server, bridge(server, sqlite, dialect) as made:
        reports = made.sync()
        assert list(reports) == [entity.name for entity in made.connector.entities]
        assert {name for name, report in reports.items() if report.error} == {"guardians"}
        assert_says(reports["guardians"].error, Broken, "atvo.right")
        assert_same(made.live(), before)


def test_a_service_that_is_closed_by_day_is_asked_later(server: Server, sqlite: Engine) -> None:
    """The hours of the configuration are not those at which the source answers."""
    server.faults.on("night")
    with bridge(server, sqlite) as made:
        reports = made.sync()
        for name in UM:
            assert_says(reports[name].error, Retry, "atvo.night")
        assert {reports[name].summary.outcome for name in WIS} == {"complete"}
        server.faults.off()
        made.sync()
        assert_same(made.live(), EXPECTED["soap"](server.school))


def test_outside_its_hours_it_is_not_asked_at_all(server: Server, sqlite: Engine) -> None:
    with bridge(server, sqlite, night=NIGHT) as made:
        with time_machine.travel(NOON, tick=True):
            reports = made.sync()
        for name in UM:
            error = reports[name].error
            assert isinstance(error, Retry)
            assert (error.code, reports[name].summary.outcome) == ("source.closed", "closed")
            assert "22:00" in str(error)
        assert {reports[name].summary.outcome for name in WIS} == {"complete"}
        assert not [name for name in server.calls.names if name.startswith(("umService", "getData", "getInrichting"))]
        assert {run["entity"] for run in made.runs()} == set(WIS)
        with time_machine.travel(EVENING, tick=True):
            assert {report.summary.outcome for report in made.sync().values()} == {"complete"}
        assert_same(made.live(), EXPECTED["soap"](server.school))


@pytest.mark.parametrize("database", ONE_DATABASE)
def test_who_is_switched_off_is_not_gone(server: Server, engine: Engine) -> None:
    """Nobody of them, nothing of theirs and nobody who is theirs alone is deleted, and all is as it was afterwards."""
    school = server.school
    families = [school.cast[part] for part in ("single_mother", "sibling_1", "canary")]
    with bridge(server, engine) as made:
        made.sync()
        before, changes = made.live(), made.changes()
        server.atvo.hidden.update(families)
        reports = made.sync()
        held = {plan["entity"]: plan for plan in made.held()}
        assert set(held) == {"students", "guardians"} == {name for name, r in reports.items() if r.summary.held}
        assert {plan["reason"] for plan in held.values()} == {MAYBE_HIDDEN}
        assert held["students"]["records"] == of_students(before, families)
        assert {r.summary.outcome for name, r in reports.items() if name not in held} == {"complete"}
        assert_same(made.live(), before)

        for plan in held.values():
            assert made.store.resolve(plan["id"], "rejected")
        assert not any(report.summary.tombstoned for report in made.sync().values())
        assert_same(made.live(), before)

        server.atvo.hidden.clear()
        assert {report.summary.outcome for report in made.sync().values()} == {"complete"}
        assert_same(made.live(), before)
        assert (made.held(), made.tombstones(), made.changes()) == ([], 0, changes)


def of_students(rows: dict[str, Rows], numbers: list[int]) -> int:
    """How many records of the entity are of these students: themselves, and what refers to them."""
    keys = {(str(number),) for number in numbers}
    links = ("enrolment", "group_member", "student_subject")
    return len(keys) + sum(row["student"] in keys for kind in links for row in rows[kind])


def test_a_student_who_left_meanwhile_goes_when_a_person_says_so(server: Server, sqlite: Engine) -> None:
    school = server.school
    gone, hidden = school.cast["single_father"], school.cast["divorced"]
    with bridge(server, sqlite) as made:
        made.sync()
        server.atvo.hidden.add(hidden)
        edits.remove_student(school, gone)
        made.sync()
        assert made.tombstones() == 0
        (plan,) = [plan for plan in made.held() if plan["entity"] == "students"]
        server.atvo.hidden.clear()
        # A fresh read shows who was only hidden: the plan of before is no longer the question.
        made.sync()
        assert not made.store.resolve(plan["id"], "approved")
        for plan in made.held():
            made.store.resolve(plan["id"], "approved")
        made.sync()
        made.sync()
        assert made.held() == []
        assert_same(made.live(), EXPECTED["soap"](school))


def test_many_at_once_are_held_as_too_many(server: Server, sqlite: Engine) -> None:
    with bridge(server, sqlite) as made:
        made.sync()
        before = made.live()
        server.atvo.hidden.update(list(server.school.students)[:20])
        reports = made.sync()
        assert reports["students"].summary.message == reports["guardians"].summary.message == TOO_MUCH
        assert_same(made.live(), before)


@pytest.mark.parametrize("dialect", some(DIALECTS, 2))
def test_who_leaves_keeps_what_was_given(dialect: Dialect, server: Server, sqlite: Engine) -> None:
    """Nobody is asked about a leaver any more: that says nothing of the grades and absences of before."""
    leaver = server.school.cast["leap_day"]
    with bridge(server, sqlite, dialect) as made:
        made.sync()
        (own,) = (row["key"] for row in made.live()["student"] if row["local_id"] == str(leaver))
        before = had(made.live(), own)
        assert before["grade"]
        edits.withdraw_student(server.school, leaver)
        made.sync()
        made.sync()
        assert_same(had(made.live(), own), before)


def had(rows: dict[str, Rows], student: tuple[str, ...]) -> dict[str, Rows]:
    kinds = ("grade", "attendance_observation", "absence_notice")
    return {kind: [row for row in rows.get(kind, ()) if row["student"] == student] for kind in kinds}
