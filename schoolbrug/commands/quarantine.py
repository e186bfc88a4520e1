"""``schoolbrug quarantine``: rows that could not be read."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from schoolbrug import syncing
from schoolbrug.commands.sync import finish
from schoolbrug.config import load
from schoolbrug.ledger import BadRow, opened_row, quarantined, quarantined_row
from schoolbrug.opening import opened
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile, EntityName, Number, SourceName
from schoolbrug.output import moment, now, out, print_json, progress, say, table
from schoolbrug.tenants import to_ask, with_tenants

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look at the rows that could not be read, and try them again.

    A row in quarantine never stops the others. It is tried again with every complete read and leaves by itself once it
    can be read, or is gone from the source.
    """


@app.command("list")
def list_(config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """List the rows that could not be read, with the fields that are wrong; never their values."""
    with opened(load(config)) as store:
        rows = quarantined(store.engine)
    if as_json:
        print_json({"rows": [_json(row) for row in rows]})
        return
    if not rows:
        say("Nothing is in quarantine.")
        return
    made = table("number", "source", "entity", "what is wrong", "tries", "since", right=("number", "tries"))
    at = now()
    for row in rows:
        made.add_row(
            str(row.number), escape(row.source), row.entity, escape(_problems(row)), str(row.attempts),
            moment(row.since, at),
        )  # fmt: skip
    out().print(made)
    say("More about one: schoolbrug quarantine show NUMBER")


@app.command()
def show(
    number: Number,
    config: ConfigFile = DEFAULT_FILE,
    row: Annotated[
        bool,
        typer.Option("--row", help="Also unseal and print the row itself. It holds PERSONAL DATA: mind who looks on."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one row: which record it is, what is wrong with each field, and how often it was tried."""
    with opened(load(config)) as store:
        found = quarantined_row(store.engine, number)
        values = opened_row(store, number).decode("utf-8", "backslashreplace") if row else None
    if as_json:
        print_json({**_json(found), "record": orjson.loads(found.row), **({"row": values} if row else {})})
        return
    kind, *key = orjson.loads(found.row)
    at = now()
    say(
        f"[bold]{number}[/]  {escape(found.source)} {found.entity}",
        f"record   {escape(kind)} {escape(' '.join(map(str, key)))}",
        f"since    {moment(found.since, at)}, tried {found.attempts} times",
    )
    for field, code in found.problems:
        say(f"field    {escape(field)}: {escape(code)}")
    if values is not None:
        sys.stdout.write(f"\n{values}\n")
    elif found.kept_until is not None:
        say(f"values   kept sealed until {moment(found.kept_until, at)}; add --row to see them")
    else:
        say("values   not kept")


@app.command()
def retry(
    source: SourceName = None, entity: EntityName = None, config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False
) -> None:
    """Read the entities that have rows in quarantine once more, completely."""
    settings = load(config)
    with opened(settings) as store, progress() as told:
        open_rows = quarantined(store.engine)
        done = []
        for one in to_ask(with_tenants(settings, store), store, source):
            concerned = {row.entity for row in open_rows if row.source == one.name}
            wanted = sorted(concerned if entity is None else concerned & {entity})
            if wanted:
                done.append(syncing.sync(store, one, wanted, progress=told))
    if not done and not as_json:
        say("Nothing to try again: no such row is in quarantine.")
        return
    finish(done, as_json=as_json)


def _problems(row: BadRow) -> str:
    return ", ".join(f"{field}: {code}" for field, code in row.problems)


def _json(row: BadRow) -> dict[str, Any]:
    return {
        "number": row.number, "source": row.source, "entity": row.entity, "stage": row.stage,
        "problems": [{"field": field, "code": code} for field, code in row.problems], "attempts": row.attempts,
        "since": row.since.isoformat(), "kept_until": row.kept_until.isoformat() if row.kept_until else None,
    }  # fmt: skip
