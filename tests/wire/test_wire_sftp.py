"""Whatever the wire does to a school's deliveries on their way over SFTP: no wrong, doubled or missing record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from connectors.contract import Settings
from simulator.school import make_school
from simulator.sftp import serve_sftp
from tests.bridge import NAME, bridge_over
from tests.faults import EARLY, GATE, everything
from tests.magister.expected import expected
from tests.vocus.bridge import FIRST, Office, options
from tests.wire.checks import assert_nothing_is_wrong_after_a_run, differs, places, stir_a_little
from tests.wire.cutting import KINDS, cutting
from vocus.connector import connect

FAULTS = 250 if GATE else 14
"""For each database; with every commit one database has them."""
DEADLINE = 2.0
DENSITIES = (0.5, 0.9)
PASSWORD = "een-wachtwoord-van-de-school"


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("database", ["sqlite", "postgresql"] if GATE else ["sqlite"])
def test_whatever_the_wire_does_to_deliveries(engine: Engine, tmp_path: Path) -> None:
    random = Random(f"sftp {engine.dialect.name}")
    there, here = tmp_path / "uitvoer", tmp_path / "drop"
    here.mkdir()
    office = Office(make_school(5, 40, EARLY), there)
    with serve_sftp(there, user="schoolbrug", password=PASSWORD) as server, cutting(server.port, random) as wire:
        account = {
            "host": "127.0.0.1", "port": wire.port, "user": "schoolbrug", "password": PASSWORD,
            "host_key": server.host_key, "deadline": DEADLINE,
        }  # fmt: skip
        patient = {**account, "deadline": 60}
        delivered = 0

        def deliver() -> None:
            nonlocal delivered
            delivered += 1
            for old in there.iterdir():
                old.unlink()
            office.deliver(made=FIRST + timedelta(minutes=delivered))

        def quietly() -> dict[object, object]:
            wire.begin(0)
            deliver()
            with bridge_over(office, engine, connect(Settings(NAME, {**options(here), "sftp": patient}))) as made:
                outcomes = {entity: report.summary.outcome for entity, report in made.sync(full=False).items()}
                assert set(outcomes.values()) == {"complete"}, outcomes
                found = places(made.live())
                differs(found, everything(expected(office.school)))
                return found

        seen, rounds = quietly(), 0
        while wire.struck.total() < FAULTS:
            rounds += 1
            stir_a_little(office.school, random)
            deliver()
            with bridge_over(office, engine, connect(Settings(NAME, {**options(here), "sftp": account}))) as made:
                seen = dict(assert_nothing_is_wrong_after_a_run(
                    made, wire, random.choice(DENSITIES), seen=places, before=seen,
                    now=everything(expected(office.school)), deadline=DEADLINE,
                ))  # fmt: skip
            if rounds % 10 == 0:
                seen = quietly()
        quietly()
        assert not list((here / "quarantine").iterdir()), "a file that is not whole was taken in"
    assert set(wire.struck) == set(KINDS)
