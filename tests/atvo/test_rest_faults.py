"""Each fault of the simulated Connect, as the kernel sees it: the error and its code, or what came and whether that
proves the read to be complete."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from atvo.connector import connect
from atvo.rest_reading import EMPTY_PAGE, EVERY_FILE, WHOLE_ANSWER
from connectors.contract import Checkable, Connector, Finding, RawRecord, Settings
from connectors.errors import BadRow, Broken, Denied, Retry, SourceError
from simulator.atvo_ids import uuid_of
from simulator.magister import DEFAULT_ACCOUNT, Account
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import rest_options
from tests.bridge import closing
from tests.faults import EARLY, some

CALLS = {
    "locations": "vestiging", "staff": "medewerker", "subjects": "vak", "groups": "lesgroep", "students": "leerling",
    "guardians": "ouderVerzorger", "grades": "voortgangsdossier",
}  # fmt: skip
ONCE = {"times": 1}


@dataclass(frozen=True)
class Case:
    """``fault`` is on for ``only`` (else for the entity's own listing) while ``entity`` is read."""

    fault: str
    entity: str
    error: type[SourceError] | None = None
    code: str = ""
    only: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    """How often each of these was called."""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.fault, self.entity, self.only, *map(str, self.more.values()))))


CASES = (
    *(Case("right-refused", entity, Broken, "atvo.right", calls={"token": 1}) for entity in CALLS),
    *(Case("error-inside", entity, Broken, "atvo.form") for entity in CALLS),
    *(Case("content-type", entity, Broken, "http.content_type") for entity in CALLS),
    *(Case("maintenance", entity, Retry, "atvo.maintenance") for entity in CALLS),
    *(Case("page-again", entity, Broken, "atvo.paging") for entity in ("staff", "subjects", "groups", "students")),
    *(Case("bom", entity) for entity in CALLS),
    *(Case("short-page", entity) for entity in CALLS),
    *(Case("new-element", entity) for entity in CALLS),
    Case("right-refused", "grades", Broken, "atvo.right", "examendossier"),
    Case("right-refused", "students", Broken, "atvo.right", "vak"),
    Case("right-refused", "guardians", Broken, "atvo.right", "leerling"),
    Case("login-refused", "students", Denied, "atvo.login", "token", calls={"token": 1, "vestiging": 0}),
    Case("content-type", "students", Retry, "atvo.maintenance", "token"),
    Case("maintenance", "students", Retry, "atvo.maintenance", "token"),
    Case("maintenance", "students", Retry, "atvo.maintenance", "vestiging"),
    Case("throttle", "students", more=ONCE, calls={"leerling": 7}),
    Case("throttle", "students", Retry, "http.busy", calls={"leerling": 2}),
    Case("unavailable", "grades", more=ONCE),
    Case("unavailable", "students", Retry, "http.busy"),
    Case("unavailable", "students", Retry, "http.busy", "token"),
    Case("cut", "students", Retry, "http.cut"),
    Case("cut", "students", more=ONCE),
    Case("cut", "grades", Retry, "http.cut"),
    Case("cut-silent", "students", Retry, "atvo.cut"),
    Case("cut-silent", "grades", Retry, "atvo.cut"),
    Case("cut-silent", "grades", Retry, "atvo.cut", "examendossier", more=ONCE),
    Case("drip", "students", Retry, "http.deadline", options={"deadline": 1}),
    Case("drip", "students", Retry, "http.deadline", "token", options={"deadline": 1}),
    Case("reset", "students", Retry, "http.connection"),
    Case("reset", "students", more=ONCE),
    Case("slow", "students", more={"seconds": 0.01}),
    Case("empty-list", "locations", Broken, "atvo.right"),
    Case("empty-list", "students", Broken, "atvo.right", "vestiging"),
    Case("bad-rows", "students", Broken, "atvo.form", "vestiging", more={"every": 1}),
)


@pytest.fixture(scope="module")
def opened() -> Iterator[Server]:
    with serve(make_school(5, 80, EARLY)) as server:
        yield server


@pytest.fixture
def server(opened: Server) -> Iterator[Server]:
    """The same school for each test, with nothing wrong with it at the begin."""
    opened.calls.clear()
    yield opened
    opened.faults.off()
    opened.connect.withheld = set()


@pytest.fixture
def made(server: Server) -> Iterator[Connector]:
    with closing(connect(Settings("linde", rest_options(server)))) as connector:
        yield connector


@pytest.fixture(scope="module")
def whole(opened: Server) -> dict[str, tuple[Counter[Any], str | None]]:
    """What each entity's read gives when nothing is wrong."""
    found = {}
    with closing(connect(Settings("linde", rest_options(opened)))) as connector:
        for entity in CALLS:
            rows, proof = read(connector, entity)
            found[entity] = mapped(connector, rows)[0], proof
    return found


def read(connector: Connector, entity: str) -> tuple[list[RawRecord], str | None]:
    """The rows, and how the read is known to be complete."""
    (found,) = [each for each in connector.entities if each.name == entity]
    batches = list(connector.read(found, None))
    proof = batches[-1].proof
    return [row for batch in batches for row in batch.rows], None if proof is None else proof.by


def mapped(connector: Connector, rows: list[RawRecord]) -> tuple[Counter[Any], list[BadRow]]:
    """The records, and what was wrong with the other rows."""
    records: Counter[Any] = Counter()
    bad: list[BadRow] = []
    for row in rows:
        try:
            records.update(connector.map(row))
        except BadRow as error:
            bad.append(error)
    return records, bad


@pytest.mark.parametrize("case", some(CASES, 6), ids=str)
def test_a_fault_is_an_error_or_no_loss(
    case: Case, server: Server, whole: dict[str, tuple[Counter[Any], str | None]]
) -> None:
    server.faults.on(case.fault, only=case.only or CALLS[case.entity], **case.more)
    server.calls.clear()
    with closing(connect(Settings("linde", rest_options(server, **case.options)))) as faulty:
        if case.error is None:
            found, by = read(faulty, case.entity)
            assert (mapped(faulty, found)[0], by) == whole[case.entity]
        else:
            with pytest.raises(SourceError) as caught:
                read(faulty, case.entity)
            assert (type(caught.value), caught.value.code) == (case.error, case.code)
    assert {name: server.calls.count(name) for name in case.calls} == case.calls


@pytest.mark.parametrize("entity", CALLS)
def test_each_read_says_how_it_is_known_to_be_complete(made: Connector, entity: str) -> None:
    proof = {"locations": WHOLE_ANSWER, "grades": EVERY_FILE}.get(entity, EMPTY_PAGE)
    rows, by = read(made, entity)
    assert by == proof
    assert rows
    assert not mapped(made, rows)[1]


@pytest.mark.parametrize("entity", ["staff", "subjects", "students", "guardians"])
def test_an_empty_listing_is_proved_and_the_kernel_holds_what_it_would_delete(
    server: Server, made: Connector, entity: str
) -> None:
    server.faults.on("empty-list", only=CALLS[entity])
    assert read(made, entity) == ([], EMPTY_PAGE)


@pytest.mark.parametrize(("entity", "bad_fields"), [
    ("locations", {"uuid"}), ("staff", {"uuid", "achternaam"}), ("subjects", {"uuid", "afkorting"}),
    ("groups", {"uuid", "leerlingen"}), ("students", {"leerlingnummer", "geboortedatum"}),
    ("guardians", {"uuid", "relatie_tot_leerlingen"}),
])  # fmt: skip
def test_a_bad_row_is_named_by_its_field(
    server: Server, made: Connector, entity: str, bad_fields: set[str]
) -> None:
    server.faults.on("bad-rows", only=CALLS[entity], every=2)
    rows, by = read(made, entity)
    _, bad = mapped(made, rows)
    assert by
    assert {problem.field for error in bad for problem in error.problems} == bad_fields


def test_an_unreadable_result_keeps_its_text(server: Server, made: Connector) -> None:
    server.faults.on("bad-rows", only="voortgangsdossier", every=1)
    records, bad = mapped(made, read(made, "grades")[0])
    unreadable = [r for r in records if r.kind == "grade" and r.status == "unreadable"]
    assert {(grade.raw_text, grade.score, grade.label) for grade in unreadable} == {("11,7x", None, None)}
    assert not bad


def test_a_school_without_a_right_to_the_exam_file_can_do_without(server: Server) -> None:
    server.faults.on("right-refused", only="examendossier")
    with closing(connect(Settings("school", rest_options(server, exam_file=False)))) as made:
        rows, by = read(made, "grades")
        assert by == EVERY_FILE
        records, bad = mapped(made, rows)
        assert not bad
        assert {record.exam_column for record in records if record.kind == "assessment"} == {None}
        assert isinstance(made, Checkable)
        assert all(finding.ok for finding in made.check())


@pytest.mark.parametrize("file", ["voortgangsdossier", "examendossier"])
def test_a_student_whose_file_is_not_shown_is_left_out_and_nothing_is_proved_about_them(
    server: Server, made: Connector, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    whole, _ = read(made, "grades")
    hidden = hide(server, monkeypatch, file, 1)
    rows, by = read(made, "grades")
    assert by == EVERY_FILE
    assert (hidden,) not in about(made)
    monkeypatch.undo()
    assert (hidden,) in about(made)
    assert rows == [row for row in whole if hidden not in row.data.decode()]
    assert 0 < len(rows) < len(whole)


def about(made: Connector) -> Sequence[tuple[str, ...]]:
    """Those whom a read of grades was about."""
    entity = next(entity for entity in made.entities if entity.name == "grades")
    *_, last = made.read(entity, None)
    assert last.proof is not None
    return last.proof.about


def hide(server: Server, monkeypatch: pytest.MonkeyPatch, file: str, students: int) -> str:
    """Let Connect not know the first ``students`` students when ``file`` is asked for; gives the last of them."""
    real = server.connect.answer
    idents = [uuid_of("student", number) for number in server.school.students][:students]

    def answer(method: str, path: str, *rest: Any) -> Any:
        unknown = uuid_of("student", 0)
        for ident in idents if path.endswith(file) else ():
            path = path.replace(ident, unknown)
        return real(method, path, *rest)

    monkeypatch.setattr(server.connect, "answer", answer)
    return idents[-1]


def test_a_file_that_is_shown_of_nobody_is_no_empty_file(
    server: Server, made: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(server, monkeypatch, "examendossier", 80)
    with pytest.raises(Broken) as caught:
        read(made, "grades")
    assert caught.value.code == "atvo.not_found"


def test_a_student_without_a_school_year_is_not_guessed_at(server: Server, made: Connector) -> None:
    server.connect.withheld = {"schooljaar"}
    with pytest.raises(Broken, match=r"plaatsingVeldpermissies\.schooljaar: not permitted") as caught:
        read(made, "grades")
    assert caught.value.code == "atvo.right"


def test_files_are_asked_for_in_parallel_and_come_in_one_order(server: Server) -> None:
    orders = []
    for parallel in (1, 20):
        server.calls.clear()
        with closing(connect(Settings("linde", rest_options(server, parallel=parallel)))) as connector:
            orders.append([row.data for row in read(connector, "grades")[0]])
        assert server.calls.peak <= parallel
    assert orders[0] == orders[1]


def test_a_token_that_runs_out_in_mid_read_is_renewed_once(
    server: Server, made: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, asked, begin = read(made, "grades"), Counter[str](), server.calls.begin

    def expire_then_begin(name: str) -> None:
        asked[name] += 1
        if name == "examendossier" and asked[name] == 17:
            server.connect.expire_tokens()
        begin(name)

    monkeypatch.setattr(server.calls, "begin", expire_then_begin)
    server.calls.clear()
    assert read(made, "grades") == whole
    assert server.calls.count("token") == 1


def test_a_field_that_the_school_does_not_permit_is_not_an_empty_one(server: Server, made: Connector) -> None:
    """Its rows are others, so that they are read anew when the school permits it."""
    before, _ = read(made, "guardians")
    server.connect.withheld = {"telefoonnummer"}
    after, _ = read(made, "guardians")
    assert {row.layout for row in before}.isdisjoint({row.layout for row in after})
    guardians = [record for record in mapped(made, after)[0] if record.kind == "guardian"]
    assert guardians
    assert {guardian.phone for guardian in guardians} == {None}
    told = [finding for finding in check(made) if "telefoonnummer" in finding.advice]
    assert [finding.subject.split(",")[0] for finding in told] == ["linde guardians", "linde guardians"]
    assert all(finding.ok and "not permitted; the school grants it" in finding.advice for finding in told)


def check(connector: Connector) -> list[Finding]:
    assert isinstance(connector, Checkable)
    return list(connector.check())


def test_all_is_well_when_every_right_is_there(server: Server, made: Connector) -> None:
    found = check(made)
    assert {(finding.ok, finding.advice) for finding in found} == {(True, "")}
    assert len(found) == 1 + 2 * 6
    assert server.calls.count("voortgangsdossier") == server.calls.count("examendossier") == 2


def test_a_right_that_is_missing_is_told_for_that_kind_of_data_alone() -> None:
    rights = frozenset({"vestiging", "leerling", "vak", "medewerker", "lesgroep", "stamgroep", "voortgangsdossier"})
    account = Account(DEFAULT_ACCOUNT.user, DEFAULT_ACCOUNT.password, rights)
    with (
        serve(make_school(5, 40, EARLY), accounts=(account,)) as server,
        closing(connect(Settings("linde", rest_options(server)))) as connector,
    ):
        wrong = [finding for finding in check(connector) if not finding.ok]
    assert {finding.subject.split(",")[0] for finding in wrong} == {"linde guardians", "linde grades"}
    assert any("examendossier: no right" in finding.advice for finding in wrong)


@pytest.mark.parametrize(("fault", "only", "findings"), [
    ("login-refused", None, 1), ("maintenance", "vestiging", 1), ("right-refused", "vestiging", 1),
])  # fmt: skip
def test_without_a_way_in_there_is_one_finding(
    server: Server, made: Connector, fault: str, only: str | None, findings: int
) -> None:
    server.faults.on(fault, only=only)
    found = check(made)
    assert len(found) == findings
    assert not found[0].ok


def test_a_secret_that_is_refused_later_ends_the_check(
    server: Server, made: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, begin = server.connect.expire_tokens, server.calls.begin

    def refuse_then_begin(name: str) -> None:
        if name == "vak":
            real()
            server.faults.on("login-refused")
        begin(name)

    monkeypatch.setattr(server.calls, "begin", refuse_then_begin)
    found = check(made)
    assert [finding.ok for finding in found] == [True, True, False]
    assert server.calls.count("token") == 2
