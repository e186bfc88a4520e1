"""Databases of the embedded kind, and a school that delivers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from simulator.school import make_school
from tests.faults import EARLY
from tests.templates import embedded
from tests.vocus.bridge import Office


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    made = embedded(tmp_path / "store.sqlite")
    yield made
    made.dispose()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """It has delivered nothing yet."""
    return Office(make_school(5, 40, EARLY), tmp_path / "drop")
