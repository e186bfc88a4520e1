"""``schoolbrug held``: deletions that wait for a person."""

from __future__ import annotations

from typing import Any

import typer
from rich.markup import escape

from canonical.errors import UserError
from canonical.store import Store
from schoolbrug import syncing
from schoolbrug.commands.sync import finish
from schoolbrug.config import SourceTable, load
from schoolbrug.ledger import HeldPlan, held_plan, held_plans, members
from schoolbrug.opening import connected, opened, source_named
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile, Number
from schoolbrug.output import moment, now, out, print_json, progress, say, table
from schoolbrug.tenants import with_tenants

SHOWN = 20
"""Keys that ``show`` gives at most."""

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Decide on deletions that were held: too much was missing at once, or the source may be hiding what it still has.

    A wrong school year, an empty list or a lost right looks like a school without students, and somebody who was
    switched off in the source looks like one who left. So nothing was deleted; it waits here, under a number, until
    you have looked.
    """


@app.command("list")
def list_(config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """List the deletions that wait for you, and those that you decided on and that are still in force."""
    with opened(load(config)) as store:
        plans = held_plans(store.engine)
    if as_json:
        print_json({"held": [_json(plan) for plan in plans]})
        return
    if not plans:
        say("Nothing is held.")
        return
    numbers = ("number", "records", "of")
    made = table("number", "source", "entity", "records", "of", "why", "state", "since", right=numbers)
    at = now()
    for plan in plans:
        made.add_row(
            str(plan.number), escape(plan.source), plan.entity, str(plan.records), str(plan.of), plan.reason,
            plan.state, moment(plan.created_at, at),
        )  # fmt: skip
    out().print(made)
    say("Look first: schoolbrug held show NUMBER")


@app.command()
def show(number: Number, config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Show what would be deleted: how many records of which kind, and the source's own keys of some of them."""
    with opened(load(config)) as store:
        plan = held_plan(store.engine, number)
        kinds, keys = members(store.engine, plan, SHOWN)
    if as_json:
        some = [{"kind": kind, "key": list(key)} for kind, key in keys]
        print_json({**_json(plan), "kinds": kinds, "some": some})
        return
    first = f"the first {len(keys)}, " if plan.records > len(keys) else ""
    say(
        f"[bold]{number}[/]  {escape(plan.source)} {plan.entity}: {plan.records} of {plan.of} records, {plan.state}",
        f"because {plan.reason}, since {moment(plan.created_at, now())}",
        "",
        *(f"{count:>8} {kind}" for kind, count in kinds.items()),
        "",
        f"{first}by their key in the source:",
        *(f"  {kind} {escape(' '.join(key))}" for kind, key in keys),
        "",
    )
    if plan.state == "open":
        say(f"Really gone: schoolbrug held approve {number}     Keep them: schoolbrug held reject {number}")


@app.command()
def approve(number: Number, config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Delete what was held, after another look at the source.

    The entity is read once more at once. Only what is still missing then is deleted; what is back stays.
    """
    settings = load(config)
    with opened(settings) as store:
        plan = held_plan(store.engine, number)
        source = source_named(with_tenants(settings, store), plan.source)
        _same_scope(source, plan)
        _decide(store, plan, "approved")
        with progress() as told:
            done = syncing.sync(store, source, [plan.entity], progress=told)
    gone = sum(report.summary.tombstoned for report in done.reports)
    if not as_json and done.ok:
        say(f"{gone} of the {plan.records} records were still missing and are deleted now.")
    elif not as_json:
        say("The approval is kept; the next complete read that works will carry it out.")
    finish([done], as_json=as_json)


@app.command()
def reject(number: Number, config: ConfigFile = DEFAULT_FILE) -> None:
    """Keep what was held. It stays visible, and you are not asked again until all of it has been back."""
    with opened(load(config)) as store:
        plan = held_plan(store.engine, number)
        _decide(store, plan, "rejected")
    say(f"The {plan.records} records of {escape(plan.source)} {plan.entity} are kept.")


def _decide(store: Store, plan: HeldPlan, decision: str) -> None:
    if not store.resolve(plan.number, decision):
        raise UserError(f"Held number {plan.number} is {plan.state} already. See: schoolbrug held list")


def _same_scope(source: SourceTable, plan: HeldPlan) -> None:
    with connected(source) as connector:
        if connector.scope != plan.scope:
            raise UserError(
                f"Held number {plan.number} is about period {plan.scope or '(current)'} of {source.name}, but the"
                f" configuration now reads {connector.scope or '(current)'}. Set the period back to decide on it."
            )


def _json(plan: HeldPlan) -> dict[str, Any]:
    return {
        "number": plan.number, "source": plan.source, "entity": plan.entity, "state": plan.state,
        "records": plan.records, "of": plan.of, "reason": plan.reason, "created_at": plan.created_at.isoformat(),
    }  # fmt: skip
