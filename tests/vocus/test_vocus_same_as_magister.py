"""One school read over Magister and out of its VOCUS files gives the same records: no kind, key or field differs.

How @VO differs from Magister, and so from VOCUS, is in ``tests/atvo/test_atvo_same_as_magister.py``.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from canonical.database import connect, migrate
from canonical.tables import TABLES
from simulator.school import make_school
from simulator.server import serve
from tests.bridge import assert_all_complete, assert_same
from tests.faults import EARLY
from tests.magister import bridge as magister
from tests.vocus.bridge import Office, bridge

NEITHER = {"school"}
"""The school itself is told by the configuration."""


def test_the_same_records(sqlite: Engine, tmp_path: Path) -> None:
    other = connect(f"sqlite:///{tmp_path / 'magister.sqlite'}")
    migrate(other)
    with serve(make_school(11, 120, EARLY)) as server:
        office = Office(server.school, tmp_path / "drop")
        office.deliver()
        with magister.bridge(server, other) as theirs, bridge(office, sqlite) as ours:
            assert_all_complete(theirs)
            assert_all_complete(ours)
            found = ours.live()
            assert_same(found, theirs.live())
            assert set(found) == set(TABLES) - NEITHER
    other.dispose()
