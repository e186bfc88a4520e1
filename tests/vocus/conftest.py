"""Databases of the embedded kind, and a school that delivers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from canonical.database import connect, migrate
from simulator.school import make_school
from tests.faults import EARLY
from tests.vocus.bridge import Office


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    made = connect(f"sqlite:///{tmp_path / 'store.sqlite'}")
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """It has delivered nothing yet."""
    return Office(make_school(5, 40, EARLY), tmp_path / "drop")
