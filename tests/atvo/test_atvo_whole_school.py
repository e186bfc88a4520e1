"""After a sync over either dialect the store equals the simulated school, field by field; a second changes nothing."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine

from simulator.atvo_ids import uuid_of
from simulator.model import School
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import DIALECTS, EXPECTED, Dialect, bridge
from tests.atvo.expected_soap import enrolled
from tests.bridge import assert_all_complete, assert_same, assert_unchanged_by_another_sync
from tests.faults import GATE, some

Place = tuple[str, str]

BOTH: dict[Place, set[Any]] = {
    ("grade", "attempt"): {1, 2},
    ("grade", "counts"): {True, False},
    ("assessment", "exam_column"): {True, False},
    ("group", "group_kind"): {"homeroom", "section"},
    ("group_staff", "role"): {"mentor", "teacher"},
    ("group_staff", "order"): {1, 2, None},
    ("student", "gender"): {"female", "male", None},
    ("guardian", "secret"): {True, False},
    ("guardianship", "legal_authority"): {True, False},
    ("guardianship", "receives_mail"): {True, False},
}
SOME_OF_EVERYTHING: dict[Dialect, dict[Place, set[Any]]] = {
    "soap": {
        **BOTH,
        ("grade", "status"): {"scored", "labelled", "to_be_made_up", "exempt", "out_of_range"},
        ("grade", "sufficient"): {True, False, None},
        ("assessment", "assessment_kind"): {"test", "average", "report", "calculated"},
        ("assessment", "retired"): {True, False},
        ("attendance_observation", "attendance_kind"): {"absent", "late", "sick", "removed", "exempt"},
        ("attendance_observation", "excused"): {True, False, None},
    },
    "connect": {
        **BOTH,
        ("grade", "status"): {"scored", "labelled"},
        ("assessment", "assessment_kind"): {"test", "average", "report"},
        ("assessment", "exam_column"): {True, False, None},
    },
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(make_school(11, 120)) as opened:
        yield opened


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_school_has_something_of_everything(dialect: Dialect, server: Server) -> None:
    told, of = EXPECTED[dialect](server.school), SOME_OF_EVERYTHING[dialect]
    assert {place: {row[place[1]] for row in told[place[0]]} for place in of} == of
    assert len(told["guardian"]) < len(told["guardianship"])
    assert len(told["staff"]) < len(server.school.staff)
    assert len(told["location"]) == 2


EACH_ONCE = (("soap", "postgresql"), ("connect", "sqlite"))
"""With every commit; the gate syncs each dialect into each database."""


@pytest.mark.parametrize(
    ("dialect", "database"), [*product(DIALECTS, ("sqlite", "postgresql"))] if GATE else EACH_ONCE
)
def test_everything_once_and_once_more(dialect: Dialect, database: str, server: Server, engine: Engine) -> None:
    with bridge(server, engine, dialect) as made:
        assert_all_complete(made)
        assert_same(made.live(), EXPECTED[dialect](server.school))
        assert_unchanged_by_another_sync(made)
        assert_same(made.live(), EXPECTED[dialect](server.school))
        assert made.tombstones() == 0
        assert made.quarantined() == made.held() == []


@pytest.mark.parametrize("dialect", some(DIALECTS[::-1], 2))
def test_a_connector_that_asks_one_by_one_reads_the_same(dialect: Dialect, server: Server, sqlite: Engine) -> None:
    with bridge(server, sqlite, dialect, parallel=1) as made:
        assert_all_complete(made)
        assert_same(made.live(), EXPECTED[dialect](server.school))


@pytest.mark.parametrize("dialect", some(DIALECTS[::-1], 2))
def test_a_guardian_with_children_at_two_locations_is_one_guardian(
    dialect: Dialect, server: Server, sqlite: Engine
) -> None:
    """The source tells of somebody at each location, and there of the children at that location alone."""
    school = server.school
    children: defaultdict[int, set[int]] = defaultdict(set)
    for number in enrolled(school):
        for tie in school.guardianships[number]:
            children[tie.guardian].add(number)
    parted = {who: them for who, them in children.items() if len({place(school, child) for child in them}) == 2}
    assert parted
    with bridge(server, sqlite, dialect) as made:
        made.sync()
        rows = made.live()
    local = {row["key"]: int(row["local_id"]) for row in rows["student"]}
    for who, them in parted.items():
        own = (uuid_of("guardian", who),)
        assert sum(row["key"] == own for row in rows["guardian"]) == 1
        ties = [local[row["student"]] for row in rows["guardianship"] if row["guardian"] == own]
        assert sorted(number for number in ties if number in enrolled(school)) == sorted(them)


def place(school: School, student: int) -> str:
    return school.enrolments[student][-1].location
