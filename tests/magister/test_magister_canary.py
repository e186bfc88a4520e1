"""A planted student and guardian: whatever goes wrong, no log, error, run, listing or sealed row shows a value of them.

Their names are in the store, where they belong. What Schoolbrug never keeps (national number, password, address, the
student's telephone) is in no byte of it, nor are the credentials of the source.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine

from canonical.seal import key_from
from connectors.errors import SourceError
from simulator import school as people
from simulator.faults import NAMES
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import Server, serve
from tests.canary import (
    NEVER_SHOWN,
    PASSWORD,
    SEAL,
    Log,
    assert_nothing_is_kept,
    clear_columns,
    listening,
    listings,
    read_and_sync,
    shown,
    told_by,
)
from tests.faults import ATVO_ALONE, EARLY, FILES_ALONE
from tests.magister.bridge import bridge

CALLS = ("schoolbrug-leerlingen", "schoolbrug-ouders", "GetActiveStudents")
ENTITIES = ("students", "guardians")
FORMS: dict[str, dict[str, object]] = {
    "xml": {}, "csv": {"format": "csv"}, "functions": {"lists": {"pupils": ""}},
}  # fmt: skip
IN_THE_BODY = ("bad-rows", "bom", "crcrlf", "cut", "cut-silent", "error-inside", "half-list", "renamed-column")
"""Faults that differ with the form of an answer."""
QUICK = {"deadline": 0.4, "attempts": 1, "parallel": 40}
SOURCE = """system = "magister"
[source.magister]
url = "http://127.0.0.1:1/doc"
user = "schoolbrug"
password = { env = "CANARY_TEST_PASSWORD" }
"""


@pytest.fixture
def log() -> Iterator[Log]:
    with listening() as heard:
        yield heard


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


def tokens(server: Server) -> list[str]:
    return list(server.magister._tokens)


@pytest.mark.parametrize(
    ("fault", "form"),
    [
        (name, form)
        for name in sorted(NAMES - ATVO_ALONE - FILES_ALONE)
        for form in FORMS
        if form == "xml" or name in IN_THE_BODY
    ],
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
            told = read_and_sync(faulty, ENTITIES)
        server.faults.off()
        server.faults.on(fault)
        with bridge(server, sqlite, key=key_from(SEAL), **{**more, **QUICK}, login="stateless") as faulty:
            told += read_and_sync(faulty, ENTITIES)
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
    database = Path(str(sqlite.url.database))
    told = listings(database, tmp_path, SOURCE, monkeypatch)
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
