"""A store with one source, and a client that may see everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portal.keys import ApiKey, digest
from portal.schema import migrate_portal
from tests.conftest import migrated
from tests.portal.layer import create_app
from tests.portal.school import School
from tests.postgres import Cluster
from tests.templates import embedded, served

KEY = "test-key-of-the-whole-store"


@pytest.fixture(scope="session")
def portal_template(postgres: Cluster) -> str:
    """The address of a PostgreSQL database with the newest schema, to make copies of."""
    return served(postgres, migrate_portal)


@pytest.fixture
def engine(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with the newest schema of the store and of the read layer."""
    yield from migrated(database, request, tmp_path, migrate_portal)


@pytest.fixture
def school(engine: Engine) -> School:
    return School(engine)


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    """A caller that may see every source."""
    app = create_app(engine, [ApiKey("all", digest(KEY))])
    with TestClient(app, headers={"Authorization": f"Bearer {KEY}"}) as made:
        yield made


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """For what does not depend on the kind of database."""
    made = embedded(tmp_path / "portal.sqlite", migrate_portal)
    yield made
    made.dispose()
