"""The connection to a simulated school over SOAP: what is asked, what leaves the reader, and what ``check`` finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from atvo.connector import connect
from connectors.contract import Batch, Checkable, Connector, Entity, Finding, RawRecord, Resting, Settings
from connectors.errors import Broken, Retry, SourceError
from simulator import school as people
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import soap_options
from tests.bridge import closing
from tests.faults import EARLY

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DAY = {"from": "22:00", "to": "22:01"}


@pytest.fixture(scope="module")
def school() -> Iterator[Server]:
    with serve(make_school(5, 60, EARLY)) as opened:
        yield opened


@pytest.fixture
def server(school: Server) -> Iterator[Server]:
    """The same school, as it was."""
    yield school
    school.faults.off()
    school.atvo.hidden.clear()


def made(server: Server, **more: object) -> Connector:
    return connect(Settings("linde", soap_options(server, attempts=1, **more)))


def entity(connector: Connector, name: str) -> Entity:
    return next(entity for entity in connector.entities if entity.name == name)


def batches(server: Server, name: str, **more: object) -> list[Batch]:
    with closing(made(server, **more)) as connector:
        return list(connector.read(entity(connector, name), None))


def rows(server: Server, name: str, **more: object) -> list[RawRecord]:
    return [row for batch in batches(server, name, **more) for row in batch.rows]


def refused(server: Server, name: str, **more: object) -> SourceError:
    with pytest.raises(SourceError) as caught:
        batches(server, name, **more)
    assert DEFAULT_ACCOUNT.password not in str(caught.value)
    return caught.value


def findings(server: Server, **more: object) -> list[Finding]:
    with closing(made(server, **more)) as connector:
        assert isinstance(connector, Checkable)
        return list(connector.check())


def test_what_the_source_may_hide_is_whom_it_can_switch_off(server: Server) -> None:
    with closing(made(server)) as connector:
        hidden = {entity.name: entity.may_hide for entity in connector.entities if entity.may_hide}
    assert hidden == {"staff": ("staff",), "students": ("student",), "guardians": ("guardian",)}


def test_umservice_rests_by_day_and_wisservice_never(server: Server) -> None:
    with closing(made(server, night={"from": "22:00", "to": "06:00"})) as connector:
        assert isinstance(connector, Resting)
        opens = {entity.name: connector.opens_at(entity, NOON) for entity in connector.entities}
        assert {name for name, at in opens.items() if at is None} == {"grades", "absences"}
        assert {at for at in opens.values() if at} == {NOON.replace(hour=21)}


def test_every_read_has_a_proof_and_the_form_of_its_service(server: Server) -> None:
    forms = {}
    with closing(made(server)) as connector:
        for found in connector.entities:
            last = list(connector.read(found, None))[-1]
            assert last.proof, found.name
            forms[found.name] = last.form
    assert None not in forms.values()
    assert len(set(forms.values())) == 2
    assert forms["grades"] == forms["absences"] != forms["students"]


def test_nothing_that_is_not_kept_is_in_a_row(server: Server) -> None:
    never = (
        people.CANARY_BSN, people.CANARY_PASSWORD, people.CANARY_STREET, people.CANARY_POSTCODE, people.CANARY_PHONE,
        "CANARY-Stad", DEFAULT_ACCOUNT.password, "Docent2", "Ouder1", "NL00VBLD", "ketenid", "openid", "kluis",
    )  # fmt: skip
    bsns = {student.bsn for student in server.school.students.values()}
    told = b""
    with closing(made(server)) as connector:
        for found in connector.entities:
            for batch in connector.read(found, None):
                told += b"".join(row.data + row.layout for row in batch.rows)
    text = told.decode()
    assert people.CANARY_LAST_NAME in text, "the canary was not read"
    assert [value for value in never if value in text] == []
    assert [bsn for bsn in bsns if bsn in text or f"1{bsn[1:]}" in text] == []


def test_a_column_comes_once_and_a_result_once_though_two_files_have_it(server: Server) -> None:
    found = rows(server, "grades")
    columns = [orjson.loads(row.data)["kolomID"] for row in found if b'"column"' in row.layout]
    results = [(row.layout, row.data) for row in found if b'"result"' in row.layout]
    assert len(columns) == len(set(columns)) > 0
    enrolled = [grades for number, grades in server.school.grades.items() if server.school.enrolment(number)]
    assert len(results) == len(set(results)) == sum(map(len, enrolled))
    both = {"operations": {"exam_grades": ""}}
    assert set(rows(server, "grades", wis=both)) == set(found), "the overview has all of it in this school"


def test_only_the_locations_that_were_named_are_read(server: Server) -> None:
    first, second = server.school.locations
    names = ("locations", "students", "groups", "grades", "absences")
    for name in names:
        whole, one, other = (rows(server, name, locations=some) for some in ([], [first], [second]))
        assert whole, name
        if name != "grades":  # students of both locations share columns
            assert sorted(one + other) == sorted(whole), name
        assert len(one) + len(other) >= len(whole), name
    error = refused(server, "students", locations=["XX", first])
    assert (type(error), error.code) == (Broken, "atvo.location")
    assert "XX" in str(error)


def test_a_school_year_that_the_source_does_not_have_gives_nothing(server: Server) -> None:
    assert rows(server, "students", school_year="2019/2020") == []


def test_a_student_that_fails_ends_the_read_without_a_proof(server: Server) -> None:
    with server.faults.during("soap-fault", only="getExamenDossier"):
        error = refused(server, "grades")
    assert (type(error), error.code) == (Broken, "atvo.fault")


def test_by_night_only(server: Server) -> None:
    with server.faults.during("night"):
        error = refused(server, "students")
        assert (type(error), error.code) == (Retry, "atvo.night")
        assert "night" in str(error)
        assert rows(server, "absences"), "WISService answers by day"


@pytest.mark.parametrize(
    ("own", "code", "key"),
    [
        ({"fields": {"result": {"score": "resultaat"}}}, "atvo.field", "fields.result.score"),
        ({"fields": {"subject": {"code": "vak.code"}}}, "atvo.field", "fields.subject.code"),
        ({"fields": {"subject": {"results": "cijfers"}}}, "atvo.field", "fields."),
        ({"fields": {"student": {"number": "leerlingnummer"}}}, "atvo.field", "fields.student.number"),
        ({"arguments": {"at": "datum"}}, "atvo.field", "arguments.at"),
        ({"arguments": {"homeroom": "klasID"}}, "atvo.field", "arguments.homeroom"),
        ({"operations": {"grades": "getCijfers"}}, "atvo.operation", "operations.grades"),
        ({"operations": {"homerooms": "getKlassen"}}, "atvo.operation", "operations.homerooms"),
    ],
)  # fmt: skip
def test_what_the_wsdl_does_not_have_is_told_with_the_key_to_set(
    server: Server, own: dict[str, object], code: str, key: str
) -> None:
    error = refused(server, "grades", wis=own)
    assert (type(error), error.code) == (Broken, code)
    assert key in str(error)
    assert "[source.atvo.wis]" in str(error)


def test_what_the_source_does_not_have_is_not_read(server: Server) -> None:
    own = {"fields": {"result": {"score": "", "entered_at": ""}}}
    found = rows(server, "grades", wis=own)
    assert found
    assert not [row for row in found if b'"cijfer"' in row.data or b'"datumInvoer"' in row.data]


def test_absences_begin_with_the_school_year(server: Server) -> None:
    """The year before has other rows, which nothing would ever delete if they came this year."""
    assert rows(server, "absences")
    notice = next(iter(server.school.notices.values()))
    server.school.notices[notice.id] = replace(
        notice, begins=datetime(2026, 6, 1, 8), ends=datetime(2026, 6, 1, 16)
    )
    try:
        assert not [row for row in rows(server, "absences") if orjson.loads(row.data)["id"] == str(notice.id)]
    finally:
        server.school.notices[notice.id] = notice


def test_check_asks_little_and_finds_nothing_wrong(server: Server) -> None:
    before = server.calls.count("getCijferOverzicht")
    found = findings(server)
    assert [finding.subject for finding in found] == [
        f"linde {name}"
        for name in ("locations", "staff", "subjects", "students", "groups", "guardians", "grades", "absences")
    ]
    assert all(finding.ok for finding in found)
    assert server.calls.count("getCijferOverzicht") == before + 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"password": "fout"}, "password"), ({"user": "fout"}, "user name"), ({"brin": "00AA"}, "BRIN"),
    ],
)  # fmt: skip
def test_check_stops_at_a_refused_account(server: Server, more: dict[str, object], words: str) -> None:
    (found,) = findings(server, **more)
    assert (found.subject, found.ok) == ("linde locations", False)
    assert words in found.advice


def test_check_names_each_right_that_lacks(server: Server) -> None:
    calls = {"linde guardians": "getDataVerzorgers", "linde grades": "getCijferOverzicht"}
    for call in calls.values():
        server.faults.on("right-refused", only=call)
    wrong = {finding.subject: finding.advice for finding in findings(server) if not finding.ok}
    assert wrong.keys() == calls.keys()
    assert all(calls[subject] in advice and "right" in advice for subject, advice in wrong.items())


def test_check_says_so_when_an_address_is_wrong(server: Server) -> None:
    found = {finding.subject: finding.ok for finding in findings(server, url_um=f"{server.url}/services/other")}
    assert found == {"linde UMService": False, "linde grades": True, "linde absences": True}


def test_check_does_not_ask_what_rests(server: Server) -> None:
    """A minute a night: whatever the time is, this is another one."""
    now = datetime.now(UTC).astimezone()
    begins = (now + timedelta(hours=5)).strftime("%H:%M")
    ends = (now + timedelta(hours=5, minutes=1)).strftime("%H:%M")
    before = server.calls.count("getDataLeerlingen")
    found = findings(server, night={"from": begins, "to": ends})
    assert server.calls.count("getDataLeerlingen") == before
    assert [finding.subject for finding in found] == ["linde grades", "linde absences"]


def test_without_wisservice_there_is_nothing_of_it(server: Server) -> None:
    before = server.calls.count("WISService?wsdl")
    assert {finding.subject for finding in findings(server, url_wis="")} == {
        f"linde {name}" for name in ("locations", "staff", "subjects", "students", "groups", "guardians")
    }
    assert server.calls.count("WISService?wsdl") == before
