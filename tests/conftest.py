"""What all tests share: a real database of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from canonical.database import connect, migrate
from tests.postgres import Cluster, cluster


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
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; the test runs once for each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    running: Cluster = request.getfixturevalue("postgres")
    url = running.new_database()
    yield url
    running.drop(url)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with the newest schema."""
    made = connect(database_url)
    migrate(made)
    yield made
    made.dispose()
