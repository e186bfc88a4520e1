"""Each named fault of the simulator: the error, what was applied, what was held; and that nothing was lost.

Between the first sync and the faulty one the school was edited, so that there is something to apply and to delete.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from canonical.database import connect, migrate
from canonical.errors import Refused
from connectors.errors import Broken, Denied, Retry
from scheduler.sync import Report
from simulator.faults import NAMES
from simulator.model import School
from simulator.school import make_school
from simulator.server import Server, serve
from tests.bridge import assert_same, by_identity, only, own_kinds
from tests.faults import (
    ALL,
    ATVO_ALONE,
    EARLY,
    EMPTY,
    FILES_ALONE,
    NOT_IDENTIFIED,
    NOT_PROVED,
    ONCE,
    TOO_MUCH,
    Case,
    assert_nothing_is_lost,
    fails,
    holds,
    passes,
    stir,
    with_every_commit,
)
from tests.magister.bridge import bridge
from tests.magister.expected import expected

CSV: dict[str, object] = {"format": "csv"}
ANSI: dict[str, object] = {"format": "csv", "encoding": "cp1252"}
STATELESS: dict[str, object] = {"login": "stateless"}
ALL_FUNCTIONS: dict[str, object] = {"lists": {"pupils": ""}}
GRADES = "schoolbrug-cijfers"
CALLS = {
    "students": "schoolbrug-leerlingen", "staff": "GetActiveEmpoyees", "guardians": "schoolbrug-ouders",
    "groups": "GetLeerlingGroepen", "subjects": "GetLeerlingVakken", "assessments": "schoolbrug-cijferkolommen",
    "grades": GRADES, "absence_reasons": "schoolbrug-redenen", "lessons": "schoolbrug-lessen",
    "absences": "schoolbrug-absenties",
}  # fmt: skip


def call_of(case: Case) -> str | None:
    """The list or function for which the fault is on."""
    if case.entity == "students" and "lists" in case.options:
        return "GetActiveStudents"
    return None if case.only == ALL else case.only or CALLS[case.entity]


CASES = (
    fails("cut", "grades", Retry, "http.cut"),
    fails("cut", "grades", Retry, "http.cut", options=CSV),
    fails("cut", "groups", Retry, "http.cut"),
    # One small answer is asked for again: only the lists are too long to be read twice.
    passes("cut", "groups", more=ONCE),
    fails("cut", "staff", Retry, "http.cut"),
    fails("cut", "grades", Retry, "http.cut", only="Login"),
    fails("cut-silent", "grades", Retry, "magister.cut"),
    fails("cut-silent", "grades", Retry, "magister.cut", only="Login"),
    Case("cut-silent", "grades", options=CSV, outcome="partial", message=NOT_PROVED),
    Case("cut-silent", "absences", options=CSV, outcome="partial", message=NOT_PROVED),
    fails("cut-silent", "subjects", Retry, "magister.cut"),
    fails("error-inside", "grades", Broken, "magister.exception"),
    fails("error-inside", "grades", Broken, "magister.error", options=CSV),
    fails("error-inside", "groups", Broken, "magister.exception"),
    fails("login-refused", "grades", Denied, "magister.login", only=ALL, calls={"Login": 1, GRADES: 0}),
    fails("login-refused", "grades", Denied, "magister.login", options=STATELESS, only=ALL,
          calls={"Login": 1, GRADES: 1}),
    fails("login-refused", "grades", Denied, "magister.login", options={**CSV, **STATELESS}, only=ALL,
          calls={"Login": 1}),
    fails("right-refused", "grades", Broken, "magister.right", calls={"Login": 1, GRADES: 1}),
    fails("right-refused", "grades", Broken, "magister.right", options=CSV),
    fails("right-refused", "staff", Broken, "magister.refused", calls={"Login": 2}),
    fails("right-refused", "staff", Broken, "magister.refused", options=STATELESS,
          calls={"Login": 1, "GetActiveEmpoyees": 1}),
    passes("throttle", "grades", more=ONCE, calls={GRADES: 2}),
    fails("throttle", "grades", Retry, "http.busy", calls={GRADES: 2}),
    passes("unavailable", "grades", more=ONCE),
    fails("unavailable", "grades", Retry, "http.busy"),
    fails("drip", "grades", Retry, "http.deadline", options={"deadline": 1}),
    fails("drip", "grades", Retry, "http.deadline", only="Login", options={"deadline": 1}),
    fails("drip", "groups", Retry, "http.deadline", options={"deadline": 1, "parallel": 40}),
    fails("content-type", "grades", Broken, "http.content_type"),
    fails("content-type", "staff", Broken, "http.content_type", only="Login"),
    holds("empty-list", "grades", EMPTY),
    holds("empty-list", "grades", EMPTY, options=CSV),
    holds("empty-list", "groups", EMPTY, only="GetActiveStudents"),
    holds("wrong-period", "grades", EMPTY),
    holds("wrong-period", "students", EMPTY, options=CSV),
    holds("wrong-period", "staff", EMPTY),
    holds("wrong-period", "subjects", EMPTY, only=ALL),
    fails("renamed-column", "grades", Broken, "magister.column"),
    fails("renamed-column", "grades", Broken, "magister.column", more={"column": "WEGING"}, options=CSV),
    fails("renamed-column", "students", Broken, "magister.column", more={"column": "Tussenv"}, options=ALL_FUNCTIONS),
    fails("renamed-column", "staff", Broken, "magister.column", more={"column": "Functie.Omschr"}),
    fails("renamed-column", "groups", Broken, "magister.column", more={"column": "groep"}),
    passes("renamed-column", "grades", more={"column": "CIJFER"},
           options={"columns": {"grades": {"CIJFER": "CIJFER_1"}}}),
    passes("bom", "grades"),
    passes("bom", "grades", only="Login"),
    passes("bom", "grades", options=CSV),
    passes("bom", "grades", options=ANSI),
    passes("crcrlf", "grades", options=CSV),
    passes("crcrlf", "absences", options=ANSI),
    holds("half-list", "grades", TOO_MUCH),
    holds("half-list", "students", TOO_MUCH, options=CSV),
    holds("half-list", "groups", TOO_MUCH, only="GetActiveStudents"),
    Case("bad-rows", "students", outcome="partial", message=NOT_IDENTIFIED, quarantined=True),
    passes("bad-rows", "students", options=ALL_FUNCTIONS, quarantined=True),
    passes("bad-rows", "guardians", quarantined=True),
    passes("bad-rows", "assessments", quarantined=True),
    passes("bad-rows", "grades", quarantined=True),
    passes("bad-rows", "grades", options=CSV, quarantined=True),
    passes("bad-rows", "absence_reasons", more={"every": 4}, quarantined=True),
    passes("bad-rows", "lessons", quarantined=True),
    passes("bad-rows", "absences", quarantined=True),
    passes("bad-rows", "staff", quarantined=True),
    Case("bad-rows", "groups", error=Refused, code="rows.bad", outcome="refused",
         quarantined=True),
    passes("slow", "grades", more={"seconds": 0.3}),
    fails("slow", "grades", Retry, "http.timeout", more={"seconds": 1}, options={"read_timeout": 0.2}),
    passes("reset", "grades", more=ONCE),
    fails("reset", "grades", Retry, "http.connection"),
)  # fmt: skip


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the whole school as it was before the edits."""
    file = tmp_path_factory.mktemp("synced") / "store.sqlite"
    engine = connect(f"sqlite:///{file}")
    migrate(engine)
    with serve(make_school(5, 40, EARLY)) as server, bridge(server, engine) as made:
        made.sync()
    engine.dispose()
    return file


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        stir(opened.school)
        yield opened


@pytest.fixture
def store(synced: Path, tmp_path: Path) -> Iterator[Engine]:
    file = tmp_path / "synced.sqlite"
    shutil.copyfile(synced, file)
    engine = connect(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def expect(school: School, case: Case) -> dict[str, Any]:
    return expected(
        school, pupils_list=case.options.get("lists") is None, ansi=case.options.get("encoding") == "cp1252"
    )


@pytest.mark.parametrize("case", with_every_commit(CASES), ids=str)
def test_a_fault_loses_nothing(case: Case, server: Server, store: Engine, sqlite: Engine) -> None:
    other = {"lists", "encoding"} & case.options.keys()  # what comes so differs from what the store holds
    usual = {name: value for name, value in case.options.items() if name != "columns"}
    with bridge(server, sqlite if other else store, **usual) as made:
        if other:
            made.sync(case.entity)

        def sync() -> Report:
            with bridge(server, made.engine, **case.options) as faulty:
                return faulty.sync(case.entity)[case.entity]

        assert_nothing_is_lost(
            case, made, call=call_of(case), sync=sync, now=lambda school: expect(school, case),
            kept_unread=is_kept_unread,
        )  # fmt: skip
        again = made.sync(case.entity)[case.entity]
        assert (again.error, again.summary.outcome) == (None, "complete")
        kinds = own_kinds(made, case.entity)
        assert_same(only(made.live(), kinds), only(expect(server.school, case), kinds))
        assert made.held() == made.quarantined() == []


def is_kept_unread(place: tuple[str, Any], row: dict[str, Any]) -> bool:
    """What has no meaning is kept as such and never guessed (R1, R31)."""
    if place[0] == "grade":
        return (row["raw_text"], row["score"], row["label"]) == ("11,7x", None, None)
    unread = {"assessment": "assessment_kind", "absence_reason": "attendance_kind"}
    return place[0] in unread and row[unread[place[0]]] == "unknown"


def test_every_fault_has_its_cases() -> None:
    assert {case.fault for case in CASES} == NAMES - ATVO_ALONE - FILES_ALONE


def test_a_held_plan_has_a_number_and_is_applied_when_a_person_says_so(server: Server, store: Engine) -> None:
    with bridge(server, store) as made:
        alive = by_identity(made.live(), ("grade",)).keys()
        rows = expected(server.school)["grade"]
        shown = by_identity({"grade": rows[: len(rows) // 2]}, ("grade",)).keys()
        server.faults.on("half-list")
        made.sync("grades")
        (plan,) = made.held()
        assert plan["records"] == len(alive - shown)
        assert (plan["entity"], plan["of"], plan["reason"]) == ("grades", len(alive | shown), TOO_MUCH)
        made.sync("grades")
        assert [row["id"] for row in made.held()] == [plan["id"]]
        assert made.store.resolve(plan["id"], "approved")
        assert made.sync("grades")["grades"].summary.tombstoned == plan["records"]
        server.faults.off()
        made.sync("grades")
        assert_same(only(made.live(), ("grade",)), only(expected(server.school), ("grade",)))


def test_an_unreadable_grade_keeps_its_text_and_a_bad_row_is_named_without_its_value(
    server: Server, store: Engine
) -> None:
    with bridge(server, store) as made:
        server.faults.on("bad-rows")
        made.sync("grades")
        unreadable = [row for row in made.live()["grade"] if row["status"] == "unreadable"]
        assert {(row["raw_text"], row["score"]) for row in unreadable} == {("11,7x", None)}
        rows = made.quarantined()
        assert {row["problems"] for row in rows} == {'[["INGEVOERD","time"]]'}
        assert {orjson.loads(row["row"])[0] for row in rows} == {"grade"}
        assert "25:00" not in str(rows)


def test_a_refused_login_is_tried_once_for_the_whole_source(server: Server, store: Engine) -> None:
    for login in ("token", "stateless"):
        server.calls.clear()
        with bridge(server, store, login=login) as made, server.faults.during("login-refused"):
            (report,) = made.sync().values()
            assert isinstance(report.error, Denied)
            assert server.calls.count("Login") == 1
            assert len(server.calls.names) <= 2


def test_a_right_that_is_refused_stops_that_entity_alone(server: Server, store: Engine) -> None:
    server.faults.on("right-refused", only=GRADES)
    server.faults.on("right-refused", only="GetLeerlingGroepen")
    with bridge(server, store) as made:
        errors = {name: report.error for name, report in made.sync().items()}
        assert list(errors) == [entity.name for entity in made.connector.entities]
        assert {name for name, error in errors.items() if error} == {"grades", "groups"}


@pytest.mark.parametrize("at", [1, 17])
def test_a_token_that_runs_out_in_mid_run_is_renewed_once(server: Server, store: Engine, at: int) -> None:
    begin, asked = server.calls.begin, Counter[str]()

    def expire_then_begin(name: str) -> None:
        asked[name] += 1
        if name == "GetLeerlingGroepen" and asked[name] == at:
            server.magister.expire_tokens()
        begin(name)

    server.calls.begin = expire_then_begin
    with bridge(server, store) as made:
        reports = made.sync("groups", "grades")
        assert {report.summary.outcome for report in reports.values()} == {"complete"}
        assert asked["Login"] == 2
        assert_same(only(made.live(), ("grade",)), only(expected(server.school), ("grade",)))


def test_a_token_that_runs_out_when_the_password_has_changed_is_tried_once(server: Server, store: Engine) -> None:
    begin, asked = server.calls.begin, Counter[str]()

    def expire_then_begin(name: str) -> None:
        asked[name] += 1
        if name == "GetLeerlingGroepen" and asked[name] == 1:
            server.magister.expire_tokens()
            server.faults.on("login-refused")
        begin(name)

    server.calls.begin = expire_then_begin
    with bridge(server, store, parallel=20) as made:
        reports = made.sync()
        assert isinstance(reports["groups"].error, Denied)
        assert asked["Login"] == 2, "once at the start, once when the token had run out"
        server.faults.off()
        assert made.sync("groups")["groups"].error is None
