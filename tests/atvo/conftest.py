"""Databases of the embedded kind, empty or with a whole school in it, for what does not differ between the two."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine

from canonical.database import connect
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import Dialect, bridge
from tests.faults import EARLY, stir
from tests.templates import embedded

Stored = Callable[[Dialect], Engine]


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    made = embedded(tmp_path / "store.sqlite")
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Dialect], Path]:
    """Gives a store that holds the whole school over a dialect, as it was before the edits."""

    @cache
    def make(dialect: Dialect) -> Path:
        file = tmp_path_factory.mktemp("synced") / f"{dialect}.sqlite"
        engine = embedded(file)
        with serve(make_school(5, 40, EARLY)) as server, bridge(server, engine, dialect) as made:
            assert {report.summary.outcome for report in made.sync().values()} == {"complete"}
        engine.dispose()
        return file

    return make


@pytest.fixture
def stored(synced: Callable[[Dialect], Path], tmp_path: Path) -> Iterator[Stored]:
    """Gives a copy of such a store."""
    made: list[Engine] = []

    def copy(dialect: Dialect) -> Engine:
        file = tmp_path / f"{dialect}.sqlite"
        shutil.copyfile(synced(dialect), file)
        made.append(connect(f"sqlite:///{file}"))
        return made[-1]

    yield copy
    for engine in made:
        engine.dispose()


@pytest.fixture
def server() -> Iterator[Server]:
    """The same school, edited since: there is something to apply and to delete in every list."""
    with serve(make_school(5, 40, EARLY)) as opened:
        stir(opened.school)
        yield opened
