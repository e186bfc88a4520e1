"""Databases with the newest schema: made once in a process, and copied for each test."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from canonical.database import connect, migrate
from tests.postgres import Cluster

Migrate = Callable[[Engine], None]


def embedded(file: Path, migrate: Migrate = migrate) -> Engine:
    """A new SQLite database in ``file``, as ``migrate`` makes it."""
    file.write_bytes(_embedded(migrate))
    return connect(f"sqlite:///{file}")


@cache
def _embedded(migrate: Migrate) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.sqlite"
        engine = connect(f"sqlite:///{file}")
        migrate(engine)
        engine.dispose()
        return file.read_bytes()


@cache
def served(cluster: Cluster, migrate: Migrate = migrate) -> str:
    """The address of a PostgreSQL database that ``migrate`` has made, to make copies of."""
    url = cluster.new_database()
    engine = connect(url)
    migrate(engine)
    engine.dispose()
    return url
