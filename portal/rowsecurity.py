"""Row-level security on PostgreSQL: the second line of what ``portal.access`` decides.

The rules are in ``rowsecurity.sql``. SQLite has none: there a school has a file of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection

from canonical.errors import UserError

STORE, PORTAL = "schoolbrug_store", "schoolbrug_portal"
"""The roles of the database: who writes the records, and who reads them for a viewer. Nobody signs in as either."""

_RULES = Path(__file__).with_name("rowsecurity.sql")

_ROLE = SQL("""
DO $$ BEGIN
  CREATE ROLE {role} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was first
END $$
""")
_MEMBER = SQL("""
DO $$ BEGIN
  GRANT {role} TO CURRENT_USER;
EXCEPTION WHEN unique_violation THEN NULL;
END $$
""")


def install(connection: Connection) -> None:
    """Put the rules in place, within the caller's transaction. Nothing on SQLite. Raises ``UserError``."""
    if connection.dialect.name != "postgresql":
        return
    make_roles(connection)
    driver: Any = connection.connection.driver_connection
    driver.execute(_RULES.read_text("utf-8"))


def make_roles(connection: Connection) -> None:
    """Make the roles that are not there, and this login a member of both.

    Raises ``UserError`` that says what an administrator of the database must do, when this login may not.
    """
    driver: Any = connection.connection.driver_connection
    for role in (STORE, PORTAL):
        _made(driver, role)


def _made(driver: Any, role: str) -> None:
    """Make a role that is not there, and this login a member of it."""
    login, there = driver.execute(
        "SELECT current_user, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role]
    ).fetchone()
    try:
        if not there:
            driver.execute(_ROLE.format(role=Identifier(role)))
        if not driver.execute("SELECT pg_has_role(%s, 'USAGE')", [role]).fetchone()[0]:
            driver.execute(_MEMBER.format(role=Identifier(role)))
    except InsufficientPrivilege:
        raise UserError(_advice(login)) from None


def _advice(login: str) -> str:
    member = '"' + login.replace('"', '""') + '"'
    return (
        "database: this login may not make the two roles that row-level security needs. Let an administrator of the"
        f" database run once: CREATE ROLE {STORE} NOLOGIN ROLE {member}; CREATE ROLE {PORTAL} NOLOGIN ROLE {member};"
        f" or, where they are there already: GRANT {STORE}, {PORTAL} TO {member};"
    )
