"""A store with one source, and a client that may see everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from canonical.database import connect, migrate
from portal.app import create_app
from portal.keys import ApiKey, digest
from tests.portal.school import School

KEY = "test-key-of-the-whole-store"


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
    made = connect(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    migrate(made)
    yield made
    made.dispose()
