"""The schema of the read layer: a chain of migrations of its own, upon the store's."""

from __future__ import annotations

from sqlalchemy import Engine

from canonical import database

MIGRATIONS = "portal:migrations"
VERSION_TABLE = "portal_version"


def migrate_portal(engine: Engine) -> None:
    """Bring the store's schema and the read layer's to the newest version, in one transaction.

    Raises ``UserError`` when the database cannot be opened, or its login may not do what row-level security needs.
    """
    database.migrate(engine, MIGRATIONS)


def revision_portal(engine: Engine) -> tuple[str | None, str | None]:
    """The version of the read layer's tables in the database, and the newest that this program knows."""
    return database.revision(engine, MIGRATIONS, VERSION_TABLE)
