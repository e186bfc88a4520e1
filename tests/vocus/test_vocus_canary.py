"""A planted student and guardian: whatever is wrong with a delivery, no value of them shows or stays behind.

The archive and the quarantine of the folder hold the files as they were delivered; all else is looked through.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from canonical.seal import key_from
from connectors.contract import Settings
from simulator import school as people
from simulator.exports_csv import Variant
from simulator.school import make_school
from tests.bridge import NAME, Bridge, bridge_over
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
from tests.faults import EARLY, FILES_ALONE, some
from tests.vocus.bridge import FILES, WIDTH, Office, bridge
from vocus.connector import connect

FAULTS = ["bad-rows", *sorted({*FILES_ALONE, "half-list", "empty-list"})]
NOT_EXPORTED = {people.CANARY_PASSWORD, people.CANARY_PHONE, "CANARY-Stad"}
EDEX_TELLS = {
    "edexml-1.0.3": (people.CANARY_BSN,), "edexml-2.1": (people.CANARY_BSN, people.CANARY_EMAIL), "edex2000": (),
}  # fmt: skip
OWN_WORDS = ("REASON.txt", "reason.json", "delivery.json", "NOTE.txt")
"""What we write beside the files."""
SOURCE = """system = "vocus"
[source.vocus]
folder = "{folder}"
[source.vocus.sftp]
host = "127.0.0.1"
user = "schoolbrug"
password = {{ env = "CANARY_TEST_PASSWORD" }}
host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0AqTCVYCgp2U5AJJQS9Sc3MCLdBmdGeVQyPHNBTKxd"
[source.vocus.data.students]
preset = "vocus-example"
"""


@pytest.fixture
def log() -> Iterator[Log]:
    with listening() as heard:
        yield heard


@pytest.fixture
def office(office: Office) -> Office:
    office.variant = Variant(width=WIDTH)
    return office


def written(folder: Path) -> str:
    """Every word that is ours in a drop folder."""
    places = [path for path in folder.rglob("*") if path.is_file()]
    ours = [path for path in places if path.name in OWN_WORDS or ".schoolbrug" in path.parts]
    return "".join(f"{path} {path.read_text()}" for path in ours)


def refused_or_told(made: Bridge) -> str:
    return read_and_sync(made, [entity.name for entity in made.connector.entities])


@pytest.mark.parametrize("proof", ["manifest", "none"])
@pytest.mark.parametrize("fault", some(FAULTS))
def test_no_fault_shows_a_value(
    fault: str, proof: str, office: Office, sqlite: Engine, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    office.deliver()
    with bridge(office, sqlite, key=key_from(SEAL)) as made:
        assert all(report.error is None for report in made.sync().values())
        office.proof = proof  # type: ignore[assignment]
        told = ""
        # In the file of the canary first, in which one row in one is broken, and then in all of them.
        for night, only in enumerate((FILES["students"], FILES["guardians"], None), 1):
            office.faults.on(fault, only=None if fault in ("again", "late") else only, every=1)
            office.deliver_on(night)
            office.faults.off()
            told += refused_or_told(made)
        told += str(list(made.connector.check()))
        told += log.text.getvalue() + clear_columns(made) + written(office.folder) + "".join(capfd.readouterr())
    assert "delivery.json" in told
    assert not shown(told)
    sqlite.dispose()
    assert_nothing_is_kept(Path(str(sqlite.url.database)))


@pytest.mark.parametrize("preset", ["edexml-1.0.3", "edexml-2.1", "edex2000"])
def test_edex_shows_and_keeps_none_of_it_either(
    preset: str, tmp_path: Path, sqlite: Engine, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    office = Office(make_school(5, 40, EARLY), tmp_path / "drop", preset=preset)
    told = "".join(path.read_text("latin-1") for path in office.deliver() if path.suffix in (".xml", ".TXT"))
    assert [value for value in (people.CANARY_LAST_NAME, *EDEX_TELLS[preset]) if value not in told] == []
    data = {"students": {"preset": preset.partition("-")[0], "files": "edex*"}}
    connector = connect(Settings(NAME, {"folder": str(office.folder), "settle": 0, "data": data}))
    with bridge_over(office, sqlite, connector, key=key_from(SEAL)) as made:
        assert made.sync()["students"].error is None
        office.proof = "none"
        office.faults.on("half-file")
        office.deliver_on(1)
        assert made.sync()["students"].error is not None
        told = read_and_sync(made, ["students"]) + log.text.getvalue() + clear_columns(made) + written(office.folder)
        told += "".join(capfd.readouterr())
    assert not shown(told)
    sqlite.dispose()
    assert_nothing_is_kept(Path(str(sqlite.url.database)))


def test_no_listing_shows_a_value(
    office: Office, sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.deliver()
    with bridge(office, sqlite, key=key_from(SEAL)) as made:
        made.sync()
        office.faults.on("bad-rows", only=FILES["students"], every=1)
        office.faults.on("half-list", only=FILES["grades"])
        office.deliver_on(1)
        made.sync()
        assert made.quarantined()
        assert made.held()
    source = SOURCE.format(folder=office.folder)
    told = listings(Path(str(sqlite.url.database)), tmp_path, source, monkeypatch)
    assert "birth_date" in told
    assert "more is missing than may go at once" in told
    assert not shown(told)


def test_the_delivery_did_tell_what_is_exported(office: Office) -> None:
    """Else none of these tests would show anything."""
    told = "".join(path.read_text("utf-8-sig") for path in office.deliver() if path.suffix == ".csv")
    assert {value for value in NEVER_SHOWN if value not in told} == NOT_EXPORTED
    assert PASSWORD not in told


def test_nothing_of_a_row_leaves_the_reader_that_is_not_kept(office: Office, sqlite: Engine) -> None:
    """The rows that the kernel gets, and would seal in its quarantine, have none of it either."""
    office.deliver()
    with bridge(office, sqlite) as made:
        rows = b"".join(
            row.data + row.layout
            for entity in made.connector.entities
            for batch in made.connector.read(entity, None)
            for row in batch.rows
        ).decode()
    assert people.CANARY_LAST_NAME in rows
    assert [value for value in NEVER_KEPT if value in rows] == []
