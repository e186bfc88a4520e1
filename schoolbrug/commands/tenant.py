"""``schoolbrug tenant``: schools that come and go without a file being edited on each machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from canonical import dues, tenants
from canonical.errors import UserError
from canonical.store import Store
from schoolbrug.config import Config, SourceTable, load
from schoolbrug.opening import opened
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile
from schoolbrug.output import moment, now, out, print_json, say, table
from schoolbrug.tenants import Tenant, add, from_environment, pauses, stored, together

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the source.")]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Add, pause and remove schools while everything runs, on all machines at once.

    A tenant is a source whose settings are in the database and not in each machine's configuration. Pause and resume
    work for every source.
    """


@app.command("add")
def add_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file with the source tables of a school.")],
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Add a school: the source tables of a file, as they would stand in the configuration.

    Secrets stay outside it as ever, and every machine must be able to fetch them. Keep the file: to change something,
    remove the tenant and add it again; its records stay.
    """
    settings = load(config)
    with opened(settings) as store:
        added = add(settings, store, file)
    for one in added:
        say(f"{escape(one.name)} is added ({escape(one.system)}, {escape(one.school.name)}).")
    say("What runs already knows it within a minute; no restart is needed.")
    if variables := sorted({name for one in added for name in from_environment(one.options)}):
        say(
            f"But its secrets are in the environment ({escape(', '.join(variables))}), which is read when a process"
            " starts: restart run and worker, or use { file = ... } or { keyring = ... }."
        )


@app.command("list")
def list_(config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """List all sources: those of the configuration and the tenants, and which are paused."""
    settings = load(config)
    with opened(settings) as store:
        with store.engine.connect() as connection:
            found = stored(connection, {})
        why = pauses(store)
    known, troubles = together(settings, found)
    own = {source.name for source in settings.source}
    listed = [_listed(one, None if one.name in own else found[one.name], why) for one in known.source]
    if as_json:
        left_out = [{"name": name, "message": message} for name, message in troubles.items()]
        print_json({"sources": listed, "left_out": left_out})
        return
    made = table("name", "system", "school", "settings", "state")
    at = now()
    for one in listed:
        since = f"tenant since {moment(found[one['name']].added_at, at)}" if one["added_at"] else "configuration"
        made.add_row(*map(escape, (one["name"], one["system"], one["school"], since, _state(one))))
    out().print(made)
    for message in troubles.values():
        say(f"[yellow]left out[/] {escape(message)}")


def _listed(one: SourceTable, tenant: Tenant | None, why: dict[str, str]) -> dict[str, Any]:
    return {
        "name": one.name, "system": one.system, "school": one.school.name, "enabled": one.enabled,
        "added_at": tenant.added_at.isoformat() if tenant else None, "paused": why.get(one.name),
    }  # fmt: skip


def _state(one: dict[str, Any]) -> str:
    if not one["enabled"]:
        return "switched off"
    return f"paused ({one['paused']})" if one["paused"] else "read"


@app.command()
def pause(name: Name, config: ConfigFile = DEFAULT_FILE) -> None:
    """Leave a source alone until you resume it; what is here of it stays, and is shown.

    What is being read of it ends within a minute. Your own schoolbrug sync NAME still asks it.
    """
    settings = load(config)
    with opened(settings) as store:
        if not dues.pause_by_person(store, _number(settings, store, name)):
            raise UserError(f"{name} is paused already. To go on with it: schoolbrug tenant resume {name}")
    say(f"{escape(name)} is paused. To go on with it: schoolbrug tenant resume {escape(name)}")


@app.command()
def resume(name: Name, config: ConfigFile = DEFAULT_FILE) -> None:
    """Read a source again that you have paused, or that has refused us."""
    settings = load(config)
    with opened(settings) as store:
        if not dues.resume_by_person(store, _number(settings, store, name)):
            raise UserError(f"{name} is not paused. See: schoolbrug tenant list")
    say(f"{escape(name)} is read again.")


@app.command()
def remove(name: Name, config: ConfigFile = DEFAULT_FILE) -> None:
    """Read a tenant no more, and forget its settings. Its records stay as they are."""
    settings = load(config)
    with opened(settings) as store:
        if any(source.name == name for source in settings.source):
            raise UserError(f"{name} stands in the configuration {config}: take its [[source]] table out there.")
        with store.writing() as connection:
            if not tenants.remove(connection, name):
                raise UserError(f"There is no tenant {name}. See: schoolbrug tenant list")
    say(
        f"{escape(name)} is removed. What runs already reads it no more within a minute.",
        "Its records stay as they are.",
    )


def _number(settings: Config, store: Store, name: str) -> int:
    """The number of a source, of the configuration or of the store. Raises ``UserError``."""
    with store.engine.connect() as connection:
        found = stored(connection, {})
    known, _ = together(settings, found)
    source = next((source for source in known.source if source.name == name), None)
    if source is None:
        raise UserError(f"There is no source {name}. See: schoolbrug tenant list")
    return store.source(source.name, source.system, source.school.name)
