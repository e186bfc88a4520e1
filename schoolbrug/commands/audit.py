"""``schoolbrug audit``: is the log of who looked whole, and what does it say."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy import Connection, select

from canonical.errors import UserError
from canonical.tables import SOURCE, TABLES
from portal.auditing import Anchor, Fault, Looked, anchors, anchors_in, readers_of, remove, seen_by, verify
from portal.clock import SCHOOL_TIME
from portal.settings import derived
from portal.signin.accounts import normal
from portal.tables import ACCOUNT
from schoolbrug.config import load
from schoolbrug.opening import opened, portal_secret
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile
from schoolbrug.output import moment, now, number, out, print_json, say, table, waiting
from schoolbrug.pupils import OfSource, Student, find

KEPT = 730
"""Days that the log is kept, if nothing else is said (R65)."""
_SHOWN = 20
"""Faults that are told at most."""

Told = {
    "altered": "this row, or its place, is not what was written", "missing": "rows are gone from here on",
    "beyond": "rows that the end of the chain does not know of", "head": "the end of the chain is not what was written",
    "anchor": "this is not the chain that was anchored",
}  # fmt: skip

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The log of who looked at which student: see that it is whole, and ask it.

    Nothing can be changed in it unnoticed. Against somebody who sets all of it back to an earlier day there is the
    anchor: a few lines to keep elsewhere, every day.
    """


@app.command("verify")
def verify_(
    anchor: Annotated[
        Path | None, typer.Option("--anchor", metavar="FILE", help="What schoolbrug audit anchor has written before.")
    ] = None,
    config: ConfigFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Look for rows that were changed, removed, added, moved or cut off. Exit code 1 when there are any."""
    settings = load(config)
    key = derived(portal_secret(settings), "audit")
    kept = [] if anchor is None else _anchors(anchor)
    with opened(settings) as store, store.engine.connect() as connection, waiting("reading the log"):
        found = verify(connection, key, kept)
        chains = anchors(connection)
    if as_json:
        print_json({"ok": not found, "chains": [_of(chain) for chain in chains], "faults": [*map(_fault, found)]})
    elif found:
        for fault in found[:_SHOWN]:
            say(f"[bold red]wrong[/]  chain {fault.source_id}, row {fault.n}: {Told[fault.what]}")
        if len(found) > _SHOWN:
            say(f"... and {len(found) - _SHOWN} more.")
    else:
        say(f"The log is whole: {number(sum(chain.n for chain in chains))} rows in {len(chains)} chains.")
    if found:
        raise typer.Exit(1)


@app.command()
def anchor(config: ConfigFile = DEFAULT_FILE) -> None:
    """Print where every chain ends now. Keep it where nobody who can write to the database comes."""
    with opened(load(config)) as store, store.engine.connect() as connection:
        for one in anchors(connection):
            typer.echo(str(one))


@app.command()
def seen(
    actor: Annotated[str, typer.Argument(metavar="ACTOR", help="account:ID, client:NAME, or a login.")],
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="2026-03-02 or 2026-03-02T08:30, Dutch time.")],
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="Up to here, and not this moment itself.")],
    config: ConfigFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Which students' data one account saw between two moments: what a school needs to know of a breach (R66)."""
    first, last = _moment("--from", since), _moment("--to", until)
    if last <= first:
        raise UserError("--to: must be later than --from.")
    with opened(load(config)) as store, store.engine.connect() as connection:
        found = seen_by(connection, _actor(connection, actor), first, last)
        known = _known(connection, {one.student_id for one in found})
    if as_json:
        return print_json({"actor": actor, "from": first.isoformat(), "to": last.isoformat(),
                           "seen": [_looked(one, known) for one in found]})  # fmt: skip
    shown = table("Student", "Id", "What", "Action", "As", "Times", "First", "Last", right=["Times"])
    for one in found:
        what = one.area if one.allowed else f"{one.area} [dim](refused)[/]"
        shown.add_row(
            escape(known.get((one.student_id, one.source_id), "[gone]")), one.student_id, what, one.action,
            one.relation, number(one.times), moment(one.first, now()), moment(one.last, now()),
        )  # fmt: skip
    students = len({one.student_id for one in found if one.allowed})
    if found:
        out().print(shown)
    say(f"{students or 'No'} {'student' if students == 1 else 'students'} seen.")
    return None


@app.command()
def readers(
    student: Student, source: OfSource = None, config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False
) -> None:
    """Who looked at one student, or tried to."""
    with opened(load(config)) as store, store.engine.connect() as connection:
        found = list(readers_of(connection, find(connection, student, source).id))
    if as_json:
        return print_json([_event(row) for row in found])
    shown = table("When", "Who", "Role", "As", "What", "Action", "")
    for row in found:
        shown.add_row(
            moment(row.at, now()), escape(row.actor), row.role, row.relation or "", row.area or "", row.action,
            "" if row.allowed else f"refused: {row.reason or ''}",
        )  # fmt: skip
    out().print(shown) if found else say("Nobody has looked.")
    return None


@app.command()
def expire(
    days: Annotated[int, typer.Option("--days", min=365, help="How many days the log is kept.")] = KEPT,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Remove what is older than the log is kept (R65). The rest can be verified as before."""
    settings = load(config)
    key, at = derived(portal_secret(settings), "audit"), now()
    with opened(settings) as store, store.writing() as connection:
        removed = remove(connection, key, at - timedelta(days=days), at)
    say(f"{removed or 'No'} rows removed.")


def _anchors(file: Path) -> list[Anchor]:
    try:
        return anchors_in(file.read_text("utf-8").splitlines())
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror}).") from None
    except UserError as error:
        raise UserError(f"{file}: {error}.") from None


def _moment(option: str, word: str) -> datetime:
    try:
        told = datetime.fromisoformat(word)
    except ValueError:
        raise UserError(f"{option}: a time is expected, such as 2026-03-02T08:30.") from None
    return told if told.tzinfo else told.replace(tzinfo=SCHOOL_TIME)


def _actor(connection: Connection, word: str) -> str:
    """What the log calls somebody. Raises ``UserError``."""
    if ":" in word or word == "command":
        return word
    account = connection.execute(select(ACCOUNT.c.id).where(ACCOUNT.c.login == normal(word))).scalar()
    if account is None:
        raise UserError("There is no account that signs in so. Give account:ID or client:NAME.")
    return f"account:{account}"


def _known(connection: Connection, ids: set[str]) -> dict[tuple[str, int], str]:
    """The school's numbers of those students who are still held, with the names of their sources."""
    student = TABLES["student"]
    rows = connection.execute(
        select(student.c.id, student.c.source_id, student.c.local_id, SOURCE.c.name)
        .join_from(student, SOURCE, SOURCE.c.id == student.c.source_id)
        .where(student.c.id.in_(sorted(ids)))
    )
    return {(row.id, row.source_id): f"{row.name} {row.local_id}" for row in rows}


def _of(chain: Anchor) -> dict[str, Any]:
    return {"source": chain.source_id, "n": chain.n, "hash": chain.hash.hex()}


def _fault(fault: Fault) -> dict[str, Any]:
    return {"source": fault.source_id, "n": fault.n, "what": fault.what}


def _looked(one: Looked, known: dict[tuple[str, int], str]) -> dict[str, Any]:
    return {
        "student": one.student_id, "number": known.get((one.student_id, one.source_id)), "area": one.area,
        "action": one.action, "relation": one.relation, "allowed": one.allowed, "times": one.times,
        "first": one.first.isoformat(), "last": one.last.isoformat(),
    }  # fmt: skip


def _event(row: Any) -> dict[str, Any]:
    names = ("actor", "role", "relation", "area", "action", "allowed", "reason", "session", "client")
    return {"at": row.at.isoformat(), **{name: getattr(row, name) for name in names}}
