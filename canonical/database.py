"""The database: connections with the settings that the promise needs, and the schema's migrations.

``sqlite:///path`` is the embedded default, one file a school; ``postgresql+psycopg://`` is for many.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from canonical.errors import UserError

_SQLITE = (
    "PRAGMA journal_mode=WAL",
    # A commit that was acknowledged survives a power cut; NORMAL may roll it back.
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-32768",
    "PRAGMA temp_store=MEMORY",
)
_POSTGRESQL = (
    # A moment near the year 1 or 9999 cannot be read in every other time zone.
    "SET timezone TO 'UTC'",
    # A process that was frozen within a transaction would keep its locks; it loses that transaction instead.
    "SET idle_in_transaction_session_timeout TO '60s'",
    # So does one that is cut off from the network, also while the server has something to say to it.
    "SET tcp_user_timeout TO '40s'",
    "SET tcp_keepalives_idle TO '20s'",
    "SET tcp_keepalives_interval TO '5s'",
    "SET tcp_keepalives_count TO 4",
)
WIRE = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
}
"""A server that is cut off says nothing: without these somebody waits for its answer for hours. What stands in the
address goes before them."""
_MIGRATION_LOCK = 0x5C400185
"""Any number will do, as long as nothing else locks it."""


def connect(url: str) -> Engine:
    """An engine for ``url``. Raises ``UserError`` for an address that cannot be one."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UserError(
            "database: not a database address; use sqlite:///file.sqlite or postgresql+psycopg://..."
        ) from None
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise UserError(f"database: {parsed.drivername} is not supported; use sqlite or postgresql+psycopg")
    if parsed.drivername == "sqlite":
        return _sqlite(url, parsed.database)
    return _postgresql(url)


def _postgresql(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=wire(make_url(url)))

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        for setting in _POSTGRESQL:
            connection.execute(setting)
        connection.autocommit = False

    return engine


def wire(url: URL) -> dict[str, Any]:
    """What of ``WIRE`` the address leaves open."""
    return {name: value for name, value in WIRE.items() if name not in url.query}


def _sqlite(url: str, file: str | None) -> Engine:
    if file in (None, "", ":memory:"):
        raise UserError("database: SQLite needs a file, such as sqlite:///schoolbrug.sqlite")
    Path(str(file)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's own BEGIN below is the only one
        for pragma in _SQLITE:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer says so at once: upgrading a read lock later can fail whatever the timeout.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


MIGRATIONS = "canonical:migrations"


def _configuration(place: str = MIGRATIONS) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", place)
    configuration.set_main_option("path_separator", "os")
    return configuration


def migrate(engine: Engine, *further: str) -> None:
    """Bring the schema to the newest version; nothing happens when it is. Safe when several start at once.

    ``further`` are chains of migrations that build on this one (``package:folder``), each with a version table of its
    own. All of them are brought up in one transaction, or none.
    """
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
            for place in (MIGRATIONS, *further):
                configuration = _configuration(place)
                configuration.attributes["connection"] = connection
                command.upgrade(configuration, "head")
    except CommandError:  # a version that this program has never heard of
        raise UserError("database: the schema is newer than this release. Install the release that made it.") from None
    except OperationalError as error:
        raise UserError(f"database: cannot be opened at {_where(engine)}: {type(error.orig).__name__}") from None


def revision(
    engine: Engine, place: str = MIGRATIONS, table: str = "alembic_version"
) -> tuple[str | None, str | None]:
    """The schema's version in the database, and the newest that this program knows, of the chain at ``place``."""
    with engine.connect() as connection:
        there = MigrationContext.configure(connection, opts={"version_table": table}).get_current_revision()
    return there, newest(place)


@cache
def newest(place: str = MIGRATIONS) -> str | None:
    """The newest version of the schema that this program knows, of the chain at ``place``."""
    # Kept, since all migrations are read to find it.
    return ScriptDirectory.from_config(_configuration(place)).get_current_head()


def _where(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
