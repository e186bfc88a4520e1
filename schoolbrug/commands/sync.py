"""``schoolbrug sync``: bring the store up to date now."""

from __future__ import annotations

from typing import Annotated

import typer

from schoolbrug import syncing
from schoolbrug.config import load
from schoolbrug.opening import opened
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile, EntityName, SourceName
from schoolbrug.output import print_json, progress
from schoolbrug.tenants import to_ask, with_tenants


def sync(
    source: SourceName = None,
    entity: EntityName = None,
    config: ConfigFile = DEFAULT_FILE,
    full: Annotated[
        bool,
        typer.Option("--full/--recent", help="Read everything, or only what changed lately where the source can tell."),
    ] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read everything and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read the sources now and bring the store up to date.

    With --dry-run it tells what would be new, changed, gone, held or put in quarantine, and changes nothing. Records
    that a source no longer has are removed only after a complete read; when too many are gone at once, they are held
    for you (schoolbrug held list). What somebody has paused is asked only when you name it.

    Exit code 1: an entity could not be synced. What did come in is kept.
    """
    settings = load(config)
    with opened(settings) as store:
        sources = to_ask(with_tenants(settings, store), store, source)
        with progress() as told:
            done = [
                syncing.sync(store, one, [entity], full=full or dry_run, rehearse=dry_run, progress=told)
                for one in sources
            ]
    finish(done, as_json=as_json, rehearse=dry_run)


def finish(done: list[syncing.Synced], *, as_json: bool, rehearse: bool = False) -> None:
    """Tell how it went; exit code 1 unless all of it went well."""
    if as_json:
        print_json({**syncing.as_json(done, outcomes=True), "dry_run": rehearse})
    else:
        syncing.show(done, rehearse=rehearse)
    syncing.complain_of(done)
    if not all(one.ok for one in done):
        raise typer.Exit(1)
