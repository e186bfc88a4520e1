"""A planted student and guardian: whatever goes wrong, over no dialect does a value of them show or stay behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine

from canonical.seal import key_from
from simulator import school as people
from simulator.atvo_ids import uuid_of
from simulator.faults import NAMES
from simulator.magister import DEFAULT_ACCOUNT
from simulator.model import School
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import DIALECTS, Dialect, bridge
from tests.canary import (
    NEVER_KEPT,
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
)
from tests.faults import EARLY, FILES_ALONE, MAGISTER_ALONE, some

CALLS: dict[Dialect, tuple[str, ...]] = {
    "soap": (
        "getDataLeerlingen", "getDataVerzorgers", "getInrichtingStamgroepen", "getKlasLeerlingenBijStamgroep",
    ),
    "connect": ("leerling", "ouderVerzorger", "plaatsing"),
}  # fmt: skip
ENTITIES: dict[Dialect, tuple[str, ...]] = {
    "soap": ("students", "groups", "guardians", "absences"), "connect": ("students", "guardians", "grades"),
}  # fmt: skip
PATHS: dict[Dialect, str] = {"soap": "POST /services/umService", "connect": "GET /rest/v1/connect"}
BIRTH: dict[Dialect, str] = {"soap": "leerlingGeboortedatum", "connect": "leerlingnummer"}
QUICK = {"deadline": 0.4, "attempts": 1, "parallel": 40}
SOURCES: dict[Dialect, str] = {
    "soap": """system = "atvo"
[source.atvo]
url_um = "http://127.0.0.1:1/services/umService"
url_wis = "http://127.0.0.1:1/services/WISService"
brin = "99XX"
user = "schoolbrug"
password = { env = "CANARY_TEST_PASSWORD" }
school_year = "2026/2027"
""",
    "connect": f"""system = "atvo"
[source.atvo]
dialect = "connect"
api_url = "http://127.0.0.1:1/rest/v1"
token_url = "http://127.0.0.1:1/oauth2/token"
organisation = "{uuid_of("organisation", "99XX")}"
client_id = "schoolbrug"
client_secret = {{ env = "CANARY_TEST_PASSWORD" }}
""",
}


@pytest.fixture
def log() -> Iterator[Log]:
    with listening() as heard:
        yield heard


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


def more(server: Server) -> list[str]:
    """What else there is of them that nobody may see: tokens, and what SOAP tells besides of the two."""
    school = server.school
    guardian = guardian_of(school)
    return [
        *server.connect._tokens, f"1{people.CANARY_BSN[1:]}", f"9996{guardian % 100_000:05}",
        f"NL00VBLD{guardian:010}", f"Ouder{guardian}!",
    ]  # fmt: skip


def guardian_of(school: School) -> int:
    return school.guardianships[school.cast["canary"]][0].guardian


@pytest.mark.parametrize("fault", some(sorted(NAMES - MAGISTER_ALONE - FILES_ALONE), 5))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_fault_shows_a_value(
    dialect: Dialect, fault: str, server: Server, sqlite: Engine, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    entities, sealed = ENTITIES[dialect], key_from(SEAL)
    with bridge(server, sqlite, dialect, key=sealed) as made:
        assert all(report.error is None for report in made.sync(*entities).values())
        # First in each answer with personal data in it (one row in one, for what is in the rows), then in all.
        for call in CALLS[dialect]:
            server.faults.on(fault, only=call, every=1)
        with bridge(server, sqlite, dialect, key=sealed, **QUICK) as faulty:
            told = read_and_sync(faulty, entities)
        server.faults.off()
        server.faults.on(fault)
        with bridge(server, sqlite, dialect, key=sealed, **QUICK) as faulty:
            told += read_and_sync(faulty, entities)
        server.faults.off()
        known = more(server)
        told += log.text.getvalue() + clear_columns(made) + "".join(capfd.readouterr())
    assert PATHS[dialect] in told
    assert not shown(told, *known)
    sqlite.dispose()
    assert_nothing_is_kept(Path(str(sqlite.url.database)), *known)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_listing_shows_a_value(
    dialect: Dialect, server: Server, sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bridge(server, sqlite, dialect, key=key_from(SEAL)) as made:
        made.sync()
        for call in CALLS[dialect]:
            server.faults.on("bad-rows", only=call, every=1)
        made.sync("students", "guardians")
        server.faults.off()
        server.faults.on("half-list")
        made.sync("grades")
        assert made.quarantined()
        assert made.held()
    told = listings(Path(str(sqlite.url.database)), tmp_path, SOURCES[dialect], monkeypatch)
    assert BIRTH[dialect] in told
    assert "more is missing than may go at once" in told
    assert not shown(told, *more(server))


def test_soap_did_tell_all_of_it(server: Server) -> None:
    """Else none of these tests would show anything."""
    told = "".join(
        requests.post(f"{server.url}/services/umService", data=request(name, server), timeout=10).text
        for name in ("getDataLeerlingen", "getDataVerzorgers")
    )
    first_name = people.CANARY_GUARDIAN_FIRST_NAME  # of a guardian there are only initials
    assert [value for value in NEVER_SHOWN if value not in told and value != first_name] == []
    kept_apart = server.connect._tokens
    assert [value for value in more(server) if value not in told and value not in kept_apart] == []


def request(operation: str, server: Server) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<n:{operation} xmlns:n="http://services.mijnsom.nl"><brinNr>{server.school.brin}</brinNr>'
        f"<username>{DEFAULT_ACCOUNT.user}</username><password>{PASSWORD}</password></n:{operation}></s:Body></s:Envelope>"
    ).encode()


def test_connect_did_tell_what_it_has(server: Server, sqlite: Engine) -> None:
    """It has no passwords, and leaves out an address that is secret."""
    with bridge(server, sqlite, "connect") as made:
        made.sync("locations")
    (token,) = server.connect._tokens
    told = "".join(
        requests.get(
            f"{server.url}/rest/v1/connect/vestiging/{uuid_of('location', code)}/{name}",
            {"amount": "200"}, headers={"Authorization": f"Bearer {token}"}, timeout=10,
        ).text
        for code in server.school.locations
        for name in ("leerling", "ouderVerzorger/")
    )  # fmt: skip
    secret = {*NEVER_KEPT, people.CANARY_GUARDIAN_FIRST_NAME} - {people.CANARY_BSN, people.CANARY_PHONE}
    assert [value for value in NEVER_SHOWN if value not in told and value not in secret] == []


def test_nothing_of_a_row_leaves_the_reader_that_is_not_kept(server: Server, sqlite: Engine) -> None:
    """The rows that the kernel gets, and would seal in its quarantine, have none of it either."""
    for dialect in DIALECTS:
        with bridge(server, sqlite, dialect) as made:
            rows = b"".join(
                row.data + row.layout
                for entity in made.connector.entities
                for batch in made.connector.read(entity, None)
                for row in batch.rows
            ).decode()
        assert people.CANARY_LAST_NAME in rows
        assert [value for value in (*NEVER_KEPT, *more(server)) if value in rows] == []
