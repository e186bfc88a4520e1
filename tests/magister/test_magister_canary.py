"""A planted student and guardian: whatever goes wrong, no log, error, run, listing or sealed row shows a value of them.

Their names are in the store, where they belong. What Schoolbrug never keeps (national number, password, address, the
student's telephone) is in no byte of it, nor are the credentials of the source.
"""

import io
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine
from typer.testing import CliRunner

from canonical.seal import key_from
from canonical.tables import HELD, QUARANTINE, RUN
from connectors.errors import SourceError
from schoolbrug.cli import app
from simulator import school as people
from simulator.faults import NAMES
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import Server, serve
from tests.magister.bridge import Bridge, bridge

PASSWORD = DEFAULT_ACCOUNT.password
NEVER_KEPT = (
    people.CANARY_BSN, people.CANARY_PASSWORD, people.CANARY_STREET, people.CANARY_POSTCODE, people.CANARY_PHONE,
    "CANARY-Stad",
)  # fmt: skip
NEVER_SHOWN = (
    *NEVER_KEPT, people.CANARY_FIRST_NAME, people.CANARY_LAST_NAME, people.CANARY_EMAIL,
    people.CANARY_GUARDIAN_FIRST_NAME, people.CANARY_GUARDIAN_LAST_NAME, people.CANARY_GUARDIAN_EMAIL,
    people.CANARY_GUARDIAN_PHONE, "canary-",
)  # fmt: skip
CALLS = ("schoolbrug-leerlingen", "schoolbrug-ouders", "GetActiveStudents")
ENTITIES = ("students", "guardians")
FORMS: dict[str, dict[str, object]] = {
    "xml": {}, "csv": {"format": "csv"}, "functions": {"lists": {"pupils": ""}},
}  # fmt: skip
IN_THE_BODY = ("bad-rows", "bom", "crcrlf", "cut", "cut-silent", "error-inside", "half-list", "renamed-column")
"""Faults that differ with the form of an answer."""
QUICK = {"deadline": 0.4, "attempts": 1, "parallel": 40}
SEAL = "een sleutel van ten minste 32 tekens"


class Log(logging.Handler):
    """Everything that any logger says, with tracebacks, as it would stand in a file."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.text = io.StringIO()

    def emit(self, record: logging.LogRecord) -> None:
        self.text.write(f"{self.format(record)} {record.__dict__}\n")


@pytest.fixture
def log() -> Iterator[Log]:
    handler, root = Log(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40)) as opened:
        yield opened


def tokens(server: Server) -> list[str]:
    return list(server.magister._tokens)


def told_by(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + repr(error.args) + repr(vars(error))


def read_and_sync(made: Bridge) -> str:
    """What errors tell when everything with a canary in it is synced, and once more when it is read without a store."""
    told = [told_by(report.error) for report in made.sync(*ENTITIES).values() if report.error]
    for name in ENTITIES:
        entity = made.target.entity(name)
        assert entity is not None
        try:
            for batch in made.connector.read(entity, None):
                for row in batch.rows:
                    told.append(map_error(made, row))
        except SourceError as error:
            told.append(told_by(error))
    return "".join(told)


def map_error(made: Bridge, row: object) -> str:
    try:
        list(made.connector.map(row))  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not tell
        return told_by(error)
    return ""


def clear_columns(made: Bridge) -> str:
    quarantine = [{k: v for k, v in row.items() if k != "payload"} for row in made.rows(QUARANTINE)]
    sealed = b"".join(row["payload"] or b"" for row in made.rows(QUARANTINE)).decode("latin-1")
    return f"{quarantine} {sealed} {made.rows(HELD)} {made.rows(RUN)}"


def shown(text: str, *more: str) -> list[str]:
    return [value for value in (*NEVER_SHOWN, PASSWORD, *more) if value.lower() in text.lower()]


def assert_nothing_is_kept(database: Path, *more: str) -> None:
    files = list(database.parent.glob(f"{database.name}*"))
    data = b"".join(file.read_bytes() for file in files)
    assert people.CANARY_LAST_NAME.encode() in data, "the canary was not synced: nothing was shown"
    assert not [value for value in (*NEVER_KEPT, PASSWORD, *more) if value.encode() in data]


def listings(database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CANARY_TEST_SEAL", SEAL)
    monkeypatch.setenv("CANARY_TEST_PASSWORD", PASSWORD)
    config = folder / "schoolbrug.toml"
    config.write_text(
        f'[store]\ndatabase = "sqlite:///{database}"\nquarantine_key = {{ env = "CANARY_TEST_SEAL" }}\n'
        '[[source]]\nname = "de-waterling"\nsystem = "magister"\nschool = { name = "De Waterling", brin = "99XX" }\n'
        '[source.magister]\nurl = "http://127.0.0.1:1/doc"\nuser = "schoolbrug"\n'
        'password = { env = "CANARY_TEST_PASSWORD" }\n'
    )
    told = ""
    for command in (["status"], ["quarantine", "list"], ["quarantine", "show", "1"], ["held", "list"]):
        for form in ([], ["--json"]):
            result = CliRunner().invoke(app, [*command, "--config", str(config), *form])
            assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
            told += result.output + result.stderr
    return told


@pytest.mark.parametrize(
    ("fault", "form"),
    [(name, form) for name in sorted(NAMES) for form in FORMS if form == "xml" or name in IN_THE_BODY],
)
def test_no_fault_shows_a_value(
    fault: str, form: str, server: Server, sqlite: Engine, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    more = FORMS[form]
    with bridge(server, sqlite, key=key_from(SEAL), **more) as made:
        assert all(report.error is None for report in made.sync(*ENTITIES).values())
        # First in each answer with personal data in it (one row in one, for what is in the rows), then in all.
        for call in CALLS:
            server.faults.on(fault, only=call, every=1)
        with bridge(server, sqlite, key=key_from(SEAL), **{**more, **QUICK}) as faulty:
            told = read_and_sync(faulty)
        server.faults.off()
        server.faults.on(fault)
        with bridge(server, sqlite, key=key_from(SEAL), **{**more, **QUICK}, login="stateless") as faulty:
            told += read_and_sync(faulty)
        server.faults.off()
        known = tokens(server)
        told += log.text.getvalue() + clear_columns(made) + "".join(capfd.readouterr())
    assert "GET /doc?[hidden]" in log.text.getvalue()
    assert not shown(told, *known)
    sqlite.dispose()
    assert_nothing_is_kept(Path(str(sqlite.url.database)), *known)


def test_no_listing_shows_a_value(
    server: Server, sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bridge(server, sqlite, key=key_from(SEAL)) as made:
        made.sync()
        server.faults.on("bad-rows", every=1)
        made.sync("students", "guardians")
        server.faults.off()
        server.faults.on("half-list")
        made.sync("grades")
        assert made.quarantined()
        assert made.held()
        made.rows(RUN)
    database = Path(str(sqlite.url.database))
    told = listings(database, tmp_path, monkeypatch)
    assert "GEBDATUM" in told
    assert "more is missing than may go at once" in told
    assert not shown(told, *tokens(server))


def test_the_source_did_tell_all_of_it(server: Server) -> None:
    """Else none of these tests would show anything."""
    query = {"SessionToken": f"{DEFAULT_ACCOUNT.user};{PASSWORD}", "Type": "XML"}
    functions = {"Library": "ADFuncties", "Function": "GetActiveStudents"}
    lists = {"Library": "Data", "Function": "GetData", "Layout": "schoolbrug-ouders"}
    told = b"".join(requests.get(f"{server.url}/doc", {**query, **asked}, timeout=10).content
                    for asked in (functions, lists)).decode()  # fmt: skip
    assert [value for value in NEVER_SHOWN if value not in told] == []


def test_the_look_out_sees_a_value_that_is_shown(log: Log) -> None:
    logging.getLogger("any.library").debug("answer %s", {"name": people.CANARY_LAST_NAME})
    assert people.CANARY_LAST_NAME in shown(log.text.getvalue())
    assert shown(told_by(SourceError(people.CANARY_BSN, code="x"))) == [people.CANARY_BSN]
