"""What Magister tells for one person at a time: in parallel within the limit, complete or not at all."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.contract import Connector
from connectors.errors import Broken
from magister.fan_out import EVERY_CALL
from simulator.magister import Reply
from simulator.magister_wire import page
from simulator.school import make_school
from simulator.server import Server, serve
from tests.faults import EARLY
from tests.magister.bridge import connection

GROUPS, SUBJECTS, TEACHING = "GetLeerlingGroepen", "GetLeerlingVakken", "GetPersoneelGroepVakken"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


def read(connector: Connector, name: str) -> tuple[list[bytes], str]:
    """The rows of an entity, and by what it is known that they are all."""
    entity = next(entity for entity in connector.entities if entity.name == name)
    batches = list(connector.read(entity, None))
    proof = batches[-1].proof
    assert proof is not None
    return [row.data for batch in batches for row in batch.rows], proof.by


def active(server: Server) -> list[int]:
    return [number for number in server.school.students if server.school.enrolment(number)]


def not_found(server: Server, function: str, *numbers: str) -> None:
    """Answer 404 to ``function`` for these students, or for everybody."""
    answer = server.magister.answer

    def answering(query: dict[str, str]) -> Reply:
        if query.get("function") == function and (not numbers or query["stamnr"] in numbers):
            return Reply(404, page("Niet gevonden"))
        return answer(query)

    server.magister.answer = answering


def test_everybody_is_asked_once_and_no_more_at_a_time_than_the_limit(server: Server) -> None:
    server.faults.on("slow", seconds=0.02)
    for parallel in (1, 3):
        server.calls.clear()
        with connection(server, parallel=parallel) as connector:
            rows, by = read(connector, "groups")
        assert by == EVERY_CALL
        assert len(rows) == sum(len(section.members) for section in server.school.sections.values())
        assert server.calls.count(GROUPS) == len(active(server))
        assert server.calls.peak == parallel


def test_the_rows_come_in_the_order_of_the_persons_whoever_is_answered_first(server: Server) -> None:
    with connection(server, parallel=1) as one, connection(server, parallel=20) as many:
        assert read(one, "groups") == read(many, "groups")
        assert read(one, "subjects") == read(many, "subjects")


def test_a_person_without_data_is_no_error_and_a_function_without_anybody_is(server: Server) -> None:
    first, *others = map(str, active(server))
    not_found(server, GROUPS, first)
    with connection(server) as connector:
        rows, by = read(connector, "groups")
        assert by == EVERY_CALL
        assert not [row for row in rows if f">{first}<".encode() in row]
        assert {other for other in others if f">{other}<".encode() in b"".join(rows)} == set(others)
        not_found(server, GROUPS)
        with pytest.raises(Broken) as caught:
            read(connector, "groups")
    assert caught.value.code == "http.not_found"


def test_one_call_that_fails_ends_the_read_without_a_proof_and_without_the_other_calls(server: Server) -> None:
    server.faults.on("slow", only=GROUPS, seconds=0.1)
    server.faults.on("error-inside", only=GROUPS, times=1)
    with connection(server, parallel=1) as connector, pytest.raises(Broken) as caught:
        read(connector, "groups")
    assert caught.value.code == "magister.exception"
    assert server.calls.count(GROUPS) < len(server.school.students) / 2


def test_only_staff_with_a_code_is_asked_what_it_teaches(server: Server) -> None:
    staff = server.school.staff
    first = next(iter(staff))
    staff[first] = replace(staff[first], code="")
    with connection(server) as connector:
        _, by = read(connector, "subjects")
    assert by == EVERY_CALL
    assert server.calls.count(TEACHING) == sum(1 for person in staff.values() if person.code and not person.left_on)
    assert server.calls.count(SUBJECTS) == len(active(server))


@pytest.mark.parametrize("entity", ["groups", "subjects"])
def test_somebody_without_a_number_ends_the_read(server: Server, entity: str) -> None:
    server.faults.on("renamed-column", only="GetActiveStudents", column="stamnr_str")
    with connection(server) as connector, pytest.raises(Broken) as caught:
        read(connector, entity)
    assert caught.value.code == "magister.column"
