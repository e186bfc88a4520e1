"""The schema that the migrations make is the one that the records ask for, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, make_url

from canonical import database
from canonical.database import WIRE, connect, migrate, revision, wire
from canonical.errors import UserError
from canonical.store import Store
from canonical.tables import METADATA
from tests.stored import rows_of


def test_migrations_make_what_the_records_ask_for(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    there, newest = revision(engine)
    assert there == newest is not None


def test_an_entity_that_was_synced_before_the_second_schema_goes_on(database_url: str) -> None:
    engine = connect(database_url)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        configuration = database._configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
        connection.exec_driver_sql("INSERT INTO source (id, name, system, school_name) VALUES (7, 'oak', 'fake', 'x')")
        connection.exec_driver_sql(
            "INSERT INTO entity_state (source_id, entity, kinds, lease_until, fence, cursor, failures)"
            " VALUES (7, 'grades', '[\"grade\"]', 0, 3, 'here', 2)"
        )
    migrate(engine)
    [state] = rows_of(engine, "entity_state")
    assert (state["may_hide"], state["form"], state["cursor"], state["failures"]) == ("[]", None, "here", 2)
    run = Store(engine).begin(7, "grades", ("grade",), owner="me", may_hide=("grade",), incremental=True)
    assert run is not None
    assert (run.cursor, run.fence) == ("here", 4)
    assert rows_of(engine, "entity_state")[0]["may_hide"] == '["grade"]'
    engine.dispose()


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


def test_a_schema_of_a_newer_release_is_a_persons_mistake(engine: Engine) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UserError, match="newer than this release"):
        migrate(engine)
    assert revision(engine)[0] == "9999"


def test_a_server_that_is_cut_off_is_given_up_unless_its_address_says_otherwise() -> None:
    url = make_url("postgresql+psycopg://server/store?tcp_user_timeout=5000")
    assert wire(url) == {name: value for name, value in WIRE.items() if name != "tcp_user_timeout"}
    assert WIRE["tcp_user_timeout"] <= 60_000
