"""The schema that the migrations make is the one that the records ask for, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from canonical.database import connect, migrate, revision
from canonical.errors import UserError
from canonical.tables import METADATA


def test_migrations_make_what_the_records_ask_for(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    there, newest = revision(engine)
    assert there == newest is not None


def test_sqlite_survives_a_power_cut_after_a_commit(tmp_path: Path) -> None:
    made = connect(f"sqlite:///{tmp_path / 'new' / 'store.sqlite'}")
    with made.connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in (
            "journal_mode", "synchronous", "foreign_keys")}  # fmt: skip
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("url", ["sqlite://", "mysql://localhost/x", "nonsense"])
def test_an_address_that_cannot_be_one_is_explained(url: str) -> None:
    with pytest.raises(UserError, match="database: "):
        connect(url)
