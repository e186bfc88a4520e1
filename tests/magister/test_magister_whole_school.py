"""After a sync the store equals the simulated school, field by field; a second sync changes nothing."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from simulator.school import make_school
from simulator.server import Server, serve
from tests.bridge import assert_all_complete, assert_same, assert_unchanged_by_another_sync
from tests.faults import some
from tests.magister.bridge import bridge
from tests.magister.expected import expected


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(make_school(11, 120)) as opened:
        yield opened


def test_the_school_has_something_of_everything(server: Server) -> None:
    told = expected(server.school)
    of = {
        ("grade", "status"): {"scored", "labelled", "to_be_made_up", "exempt", "out_of_range"},
        ("grade", "attempt"): {1, 2},
        ("grade", "counts"): {True, False},
        ("grade", "sufficient"): {True, False, None},
        ("assessment", "assessment_kind"): {"test", "average", "report", "calculated"},
        ("assessment", "retired"): {True, False},
        ("attendance_observation", "attendance_kind"): {"absent", "late", "sick", "removed", "exempt"},
        ("attendance_observation", "excused"): {True, False, None},
        ("lesson_remark", "remark"): {"materials", "homework", "phone"},
        ("lesson", "status"): {"scheduled", "changed", "cancelled"},
        ("group", "group_kind"): {"homeroom", "section"},
        ("group_staff", "role"): {"mentor", "teacher"},
        ("group_staff", "order"): {1, 2, None},
        ("student", "gender"): {"female", "male", "other"},
        ("guardianship", "court_block"): {True, False},
        ("guardianship", "legal_authority"): {True, False},
    }
    assert {place: {row[place[1]] for row in told[place[0]]} for place in of} == of
    assert any(grade["weight"] is not None for grade in told["grade"])
    assert any(notice["ends"] is None for notice in told["absence_notice"])
    assert len(told["enrolment"]) > len(told["student"])
    assert len(told["guardian"]) < len(told["guardianship"])
    assert len(told["staff"]) < len(server.school.staff)


def test_in_xml_with_a_token(server: Server, engine: Engine) -> None:
    with bridge(server, engine) as made:
        assert_all_complete(made)
        assert_same(made.live(), expected(server.school))
        assert_unchanged_by_another_sync(made)
        assert_same(made.live(), expected(server.school))
        assert made.tombstones() == 0


@pytest.mark.parametrize(
    ("encoding", "login"), some([("cp1252", "token"), ("utf-8", "stateless")], 2), ids=str
)
def test_in_csv(server: Server, sqlite: Engine, encoding: str, login: str) -> None:
    with bridge(server, sqlite, format="csv", encoding=encoding, login=login) as made:
        assert_all_complete(made)
        assert_same(made.live(), expected(server.school, ansi=encoding == "cp1252"))
        assert_unchanged_by_another_sync(made)


def test_in_xml_without_a_login_and_with_a_period(server: Server, sqlite: Engine) -> None:
    server.calls.clear()
    with bridge(server, sqlite, login="stateless", period="2627") as made:
        assert_all_complete(made)
        assert_same(made.live(), expected(server.school))
    assert server.calls.count("Login") == 0


def test_without_a_list_of_pupils(server: Server, sqlite: Engine) -> None:
    with bridge(server, sqlite, lists={"pupils": ""}) as made:
        assert_all_complete(made)
        assert_same(made.live(), expected(server.school, pupils_list=False))
        assert_unchanged_by_another_sync(made)


def test_lists_that_a_school_does_not_offer_are_no_entities(server: Server, sqlite: Engine) -> None:
    offered = {"guardians": "", "lessons": "", "absences": "", "reasons": ""}
    with bridge(server, sqlite, lists=offered) as made:
        assert_all_complete(made)
        missing = {
            "guardian", "guardianship", "lesson", "absence_reason", "absence_notice", "attendance_observation",
            "lesson_remark",
        }  # fmt: skip
        wanted = {kind: rows for kind, rows in expected(server.school).items() if kind not in missing}
        assert_same(made.live(), wanted)
