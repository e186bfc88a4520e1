"""``schoolbrug backup`` and ``schoolbrug restore``: the whole store as one file, and back again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from canonical.errors import UserError
from portal.settings import derived
from schoolbrug.backups.making import back_up
from schoolbrug.backups.manifest import Manifest
from schoolbrug.backups.restoring import restore as restore_from
from schoolbrug.config import load
from schoolbrug.opening import engine_of, portal_secret
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile
from schoolbrug.output import AMSTERDAM, number, print_json, say, waiting


def backup(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it must not exist yet.")],
    config: ConfigFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Write the whole store as it is now into one file, while everything goes on.

    The file holds PERSONAL DATA and is readable by you alone. portal.secret and store.quarantine_key are not in it:
    keep them elsewhere. A PostgreSQL store needs pg_dump and pg_restore.
    """
    with engine_of(load(config)) as engine, waiting("backing up"):
        if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
            raise UserError(f"{engine.url.database}: there is no store yet, so there is nothing to back up.")
        made = back_up(engine, to)
    if as_json:
        return print_json({"file": str(to), **_told(made)})
    say(f"{number(made.rows)} rows of {len(made.tables)} tables are in {escape(str(to))}, as of {_when(made)}.")
    return None


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What schoolbrug backup has written.")],
    config: ConfigFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Make the store of a backup, in a database in which nothing is yet, and verify that it is the same.

    Every row and the log of who looked are compared with what the backup says; an older schema is then upgraded. Start
    nothing else on that database before this has ended. Erase again whoever was erased after the backup was made.
    """
    settings = load(config)
    with engine_of(settings) as engine, waiting("restoring"):
        made = restore_from(engine, file, lambda: derived(portal_secret(settings), "audit"))
    if as_json:
        return print_json({"file": str(file), **_told(made)})
    say(
        f"{number(made.rows)} rows of {len(made.tables)} tables are restored and verified, and the log of who looked.",
        f"All is as of {_when(made)}. Whoever was erased after that must be erased again: docs/operate.md.",
    )
    return None


def _told(made: Manifest) -> dict[str, Any]:
    return {
        "made_at": made.made_at.isoformat(), "database": made.database, "rows": made.rows,
        "tables": {name: table.rows for name, table in made.tables.items()},
    }  # fmt: skip


def _when(made: Manifest) -> str:
    return f"{made.made_at.astimezone(AMSTERDAM):%Y-%m-%d %H:%M:%S}"
