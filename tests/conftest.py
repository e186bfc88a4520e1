"""What all tests share: a real database of each kind."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from canonical.database import connect, migrate
from tests.postgres import Cluster, cluster, memory
from tests.templates import Migrate, embedded, served

# Every answer waits until its line in the audit is on disk: the files of tests lie in memory, where there is room.
if place := memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))

# Schools are many small objects that stay: looking for garbage among them again and again is a tenth of all the time.
gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def _log_set_up_anew() -> Iterator[None]:
    """A command sets the log up for its whole process, on the standard error that its test has replaced."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One server for each test process."""
    with cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database; the test runs once for each."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    running: Cluster = request.getfixturevalue("postgres")
    url = running.new_database()
    yield url
    running.drop(url)


@pytest.fixture
def engine(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with the newest schema."""
    yield from migrated(database, request, tmp_path, migrate)


def migrated(
    database: str, request: pytest.FixtureRequest, tmp_path: Path, migrate: Migrate
) -> Iterator[Engine]:
    """A database of this kind, as ``migrate`` makes it, for as long as the test runs."""
    if database == "sqlite":
        made = embedded(tmp_path / "store.sqlite", migrate)
        yield made
        made.dispose()
        return
    running: Cluster = request.getfixturevalue("postgres")
    url = running.new_database(served(running, migrate))
    made = connect(url)
    yield made
    made.dispose()
    running.drop(url)
