"""A PostgreSQL database whose owner is no superuser: row-level security holds for it as for anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text

from canonical.database import connect
from portal.schema import migrate_portal
from tests.postgres import Cluster

KEEPER = "keeper"


@pytest.fixture(scope="session")
def keeper(postgres: Cluster) -> Cluster:
    """A server with a login ``KEEPER``, who may make databases' roles and is no superuser."""
    login(postgres, KEEPER, may="CREATEROLE")
    return postgres


@pytest.fixture(scope="session")
def guarded_template(keeper: Cluster) -> Iterator[str]:
    """The name of a migrated database, to make copies of."""
    with database(keeper, KEEPER) as engine:
        migrate_portal(engine)
        engine.dispose()
        yield str(engine.url.database)


@pytest.fixture
def guarded(keeper: Cluster, guarded_template: str) -> Iterator[Engine]:
    """A database with the newest schema, for who owns it."""
    with database(keeper, KEEPER, guarded_template) as engine:
        yield engine


def administer(server: Cluster, *statements: str, database: str = "postgres") -> None:
    """Run statements as the server's superuser."""
    admin = create_engine(server.url(database), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


def login(server: Cluster, name: str, *, may: str = "") -> str:
    """A login of that name, made if it is not there; gives the name."""
    administer(server, f"DO $$ BEGIN CREATE ROLE {name} LOGIN {may}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    return name


@contextmanager
def database(server: Cluster, owner: str, template: str = "template1") -> Iterator[Engine]:
    """A database that ``owner`` owns and signs in to, and that is gone afterwards."""
    name = f"k{uuid4().hex}"
    administer(server, f'CREATE DATABASE "{name}" OWNER {owner} TEMPLATE "{template}" STRATEGY = file_copy')
    engine = connect(address(server, owner, name))
    try:
        yield engine
    finally:
        engine.dispose()
        administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def address(server: Cluster, user: str, name: str) -> str:
    """The address of the database ``name`` for ``user``."""
    return server.url(name).replace("//schoolbrug@", f"//{user}@")


def rows(connection: Any, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(statement), values)]
