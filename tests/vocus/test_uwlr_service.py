"""Students, groups and teachers over UWLR, in each version, from the make-believe school to the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import Engine

from canonical.tables import TABLES
from connectors.contract import Checkable, Connector, Settings
from connectors.errors import Broken, Denied, Retry
from connectors.testing import ConnectorContract
from simulator import edits
from simulator.edexml import eck_id
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import Server, serve
from tests.bridge import NAME, Bridge, bridge_over
from tests.faults import EARLY
from vocus.connector import connect

VERSIONS = ("1.0", "2.2", "2.3")


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 60, EARLY)) as opened:
        yield opened


def options(server: Server, version: str, **more: object) -> dict[str, Any]:
    uwlr = {
        "url": f"{server.url}/uwlr/{version}/leerlinggegevens", "version": version, "attempts": 1, "deadline": 10,
        "authorisation_key": DEFAULT_ACCOUNT.password, "customer_code": "schoolbrug",
        "customer_name": DEFAULT_ACCOUNT.user, "brin": server.school.brin, **more,
    }  # fmt: skip
    return {"school_year": "2026-2027", "uwlr": uwlr}


def bridge(server: Server, engine: Engine, version: str, **more: object) -> AbstractContextManager[Bridge]:
    return bridge_over(server, engine, connect(Settings(NAME, options(server, version, **more))))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_store_equals_the_school(engine: Engine, server: Server, version: str) -> None:
    school = server.school
    with bridge(server, engine, version) as made:
        report = made.sync()["students"]
        assert (report.error, report.summary.outcome, report.summary.quarantined) == (None, "complete", 0)
        found = made.live()
    # 1.0 has no word for who has left.
    here = [s for s in school.students.values() if version != "1.0" or school.enrolment(s.number)]
    assert {(r["first_name"], r["prefix"], r["birth_date"]) for r in found["student"]} == {
        (s.first_name, s.prefix or None, s.birth_date) for s in here
    }
    assert len(found["student"]) == len(here)
    genders = {"female": "female", "male": "male", "other": None}
    assert sorted(str(r["gender"]) for r in found["student"]) == sorted(str(genders[s.gender]) for s in here)
    assert {r["code"] for r in found["staff"]} == {p.code for p in school.staff.values() if p.left_on is None}
    assert {r["code"] for r in found["group"] if r["group_kind"] == "homeroom"} == set(school.homerooms)
    assert {r["code"] for r in found["group"] if r["group_kind"] == "section"} == set(school.sections)
    members = sum(len(section.members) for section in school.sections.values())
    homerooms = sum(bool(school.enrolment(s.number)) for s in here)
    assert len(found["group_member"]) == members + homerooms
    mentors = {(r["group"][0], r["staff"][0]) for r in found["group_staff"] if r["group"][0] in school.homerooms}
    assert mentors == {(room.code, code) for room in school.homerooms.values() for code in room.mentors
                       if school.staff[code].left_on is None}  # fmt: skip
    levels = {school.enrolment(s.number).level for s in here if school.enrolment(s.number)}  # type: ignore[union-attr]
    assert levels <= {r["grade_level"] for r in found["enrolment"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_by_day_only_what_changed_is_asked_for(engine: Engine, server: Server, version: str) -> None:
    with bridge(server, engine, version) as made:
        made.sync()
        count = len(made.live()["student"])
        report = made.sync(full=False)["students"]
        assert (report.summary.outcome, report.summary.read, report.summary.tombstoned) == ("complete", 0, 0)
        assert len(made.live()["student"]) == count
        edits.change_student(server.school, server.school.cast["prefix"], prefix="van der")
        report = made.sync(full=False)["students"]
        assert (report.summary.updated, report.summary.tombstoned) == (1, 0)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_data_never_deletes(engine: Engine, server: Server, version: str) -> None:
    with bridge(server, engine, version) as made:
        made.sync()
        before = made.live()
        with server.faults.during("empty-list"):
            for full in (True, False):
                report = made.sync(full=full)["students"]
                assert (report.error, report.summary.outcome, report.summary.tombstoned) == (None, "partial", 0)
        assert made.live() == before
        assert made.held() == []


def test_half_a_school_is_held(engine: Engine, server: Server) -> None:
    with bridge(server, engine, "2.2") as made:
        made.sync()
        with server.faults.during("half-list"):
            report = made.sync()["students"]
        assert (report.summary.outcome, report.summary.tombstoned) == ("partial", 0)
        assert len(made.held()) == 1


FAULTS: list[tuple[str, type[Exception], str]] = [
    ("login-refused", Denied, "vocus.uwlr_denied"),
    ("soap-fault", Retry, "vocus.uwlr_unwell"),
    ("error-inside", Retry, "vocus.uwlr_unwell"),
    ("maintenance", Retry, "vocus.uwlr_unwell"),
    ("content-type", Retry, "vocus.uwlr_unwell"),
    ("cut-silent", Retry, "vocus.uwlr_unwell"),
    ("cut", Retry, "http.cut"),
    ("throttle", Retry, "http.busy"),
    ("unavailable", Retry, "http.busy"),
]


@pytest.mark.parametrize("version", ["1.0", "2.2"])
@pytest.mark.parametrize(("fault", "error", "code"), FAULTS, ids=[fault for fault, *_ in FAULTS])
def test_a_fault_loses_nothing(
    engine: Engine, server: Server, version: str, fault: str, error: type[Exception], code: str
) -> None:
    with bridge(server, engine, version) as made:
        made.sync()
        before = made.live()
        server.calls.clear()
        with server.faults.during(fault, only="HaalLeerlinggegevens"):
            report = made.sync()["students"]
        assert type(report.error) is error, report
        assert report.summary.code == code
        assert server.calls.count("HaalLeerlinggegevens") == 1
        assert made.live() == before


@pytest.mark.parametrize(
    ("wrong", "error", "code"),
    [
        ({"authorisation_key": "another"}, Denied, "vocus.uwlr_denied"),
        ({"customer_code": "another"}, Denied, "vocus.uwlr_denied"),
        ({"brin": "01AB"}, Broken, "vocus.uwlr_refused"),
    ],
)
def test_what_a_person_got_wrong(
    engine: Engine, server: Server, wrong: dict[str, str], error: type[Exception], code: str
) -> None:
    with bridge(server, engine, "2.2", **wrong) as made:
        report = made.sync()["students"]
        assert type(report.error) is error
        assert report.summary.code == code
        assert "another" not in str(report.error)


def test_a_broken_row_is_in_quarantine_and_not_gone(engine: Engine, server: Server) -> None:
    with bridge(server, engine, "2.2") as made:
        made.sync()
        with server.faults.during("bad-rows"):
            report = made.sync()["students"]
        assert (report.summary.outcome, report.summary.tombstoned) == ("complete", 0)
        assert report.summary.quarantined == len(made.quarantined()) > 0
        assert made.sync()["students"].summary.quarantined == 0
        assert made.quarantined() == []


def test_an_unknown_element_stops_nothing_and_is_counted(server: Server) -> None:
    made = connect(Settings(NAME, options(server, "2.3")))
    assert isinstance(made, Checkable)
    with server.faults.during("new-element"):
        (finding,) = made.check()
    assert finding.ok
    assert "x nieuwVeld unknown" in finding.advice
    assert "x toevoegingen left out" in finding.advice


def test_a_student_stays_the_same_from_version_to_version(engine: Engine, server: Server) -> None:
    """1.0 knows the number, 2.2 the number and the ECK iD, 2.3 of some the ECK iD alone."""
    ids: dict[str, dict[str, str]] = {}
    for version in VERSIONS:
        with bridge(server, engine, version) as made:
            report = made.sync()["students"]
            assert report.summary.quarantined == 0
            assert report.summary.ignored == 0
            table = TABLES["student"]
            ids[version] = {
                f"{row['first_name']} {row['last_name'][:60]} {row['birth_date']}": row["id"]
                for row in made.rows(table, table.c.tombstoned_at.is_(None))
            }
    for name, own in ids["1.0"].items():
        assert ids["2.2"][name] == ids["2.3"][name] == own, name
    assert len(ids["2.3"]) == len(ids["2.2"])


def test_the_eck_id_is_in_no_message(server: Server) -> None:
    made = connect(Settings(NAME, options(server, "2.3")))
    assert isinstance(made, Checkable)
    told = " ".join(finding.advice for finding in made.check())
    assert not [number for number in server.school.students if eck_id(number)[-20:] in told]


class TestUwlr(ConnectorContract):
    @pytest.fixture(autouse=True)
    def _source(self, server: Server) -> None:
        self.server = server

    def connection(self) -> Connector:
        return connect(Settings("school", options(self.server, "2.2")))

    def secrets(self) -> Sequence[str]:
        return [DEFAULT_ACCOUNT.password]

    def cut(self) -> AbstractContextManager[object]:
        return self.server.faults.during("cut-silent", only="HaalLeerlinggegevens")
