"""``schoolbrug schedule``: what is read when in the next 24 hours, by the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, NamedTuple

import typer
from rich.markup import escape

from canonical.dues import EVERYTHING
from scheduler.cadence import AMSTERDAM, next_night, next_slot
from scheduler.sync import Target
from scheduler.work import Source
from schoolbrug.config import SourceTable, load
from schoolbrug.opening import chosen, connected, opened
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile, SourceName
from schoolbrug.output import now, number, out, print_json, say, table
from schoolbrug.tenants import pauses, with_tenants

DAY = timedelta(hours=24)


class Line(NamedTuple):
    """One entity, or everything at night (``EVERYTHING``), with all moments within the next 24 hours."""

    entity: str
    moments: Sequence[datetime]


def schedule(
    source: SourceName = None,
    config: ConfigFile = DEFAULT_FILE,
    at: Annotated[
        datetime | None,
        typer.Option("--at", formats=["%Y-%m-%dT%H:%M"], help="From this Dutch time on, 2026-12-24T22:00; else now."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is read when in the next 24 hours.

    By the configuration, as though everything had just been read. What was missed is made up for as soon as it may be
    read; what fails waits longer and longer, up to an hour.
    """
    settings = load(config)
    with opened(settings) as store:
        sources = chosen(with_tenants(settings, store), source)
        why = pauses(store)
    begins = at.replace(tzinfo=AMSTERDAM).astimezone(UTC) if at is not None else now()
    found = {one.name: list(_lines(one, begins)) for one in sources}
    if as_json:
        print_json({"sources": [
            {"name": one.name, "paused": why.get(one.name), "entities": [
                {"entity": line.entity or "everything", "at": [moment.isoformat() for moment in line.moments]}
                for line in found[one.name]
            ]} for one in sources
        ]})  # fmt: skip
        return
    for one in sources:
        _show(one, found[one.name], why.get(one.name), begins)


def _lines(table: SourceTable, begins: datetime) -> Iterator[Line]:
    with connected(table) as connector:
        source = Source(Target(table.name, 0, connector), table.schedule.rhythm(), table.schedule.at_once)
        rhythm, until = source.rhythm, begins + DAY
        place = source.phase(EVERYTHING)
        night = next_night(begins, rhythm.night, rhythm.closed, place, begins)
        yield Line(EVERYTHING, [night] if night < until else [])
        for entity in connector.entities:
            moments, moment = [], begins
            beat, place = source.beat(entity), source.phase(entity.name)
            while (moment := next_slot(beat, rhythm.closed, place, moment)) < until:
                moments.append(moment)
            yield Line(entity.name, moments)


def _show(one: SourceTable, lines: Sequence[Line], why: str | None, begins: datetime) -> None:
    said = f" [bold red]paused ({escape(why)})[/]" if why else ""
    say(f"[bold]{escape(one.name)}[/] [dim]{escape(one.system)}, {escape(one.school.name)}[/]{said}")
    if not any(line.moments for line in lines):
        say("  nothing is read in the next 24 hours")
        return
    made = table("entity", "from", "until", "every", "times", right=("times",))
    for line in lines:
        shown = [_clock(moment, begins) for moment in (line.moments[0], line.moments[-1])] if line.moments else ["", ""]
        made.add_row(line.entity or "everything", *shown, _every(line.moments), number(len(line.moments)))
    out().print(made)


def _every(moments: Sequence[datetime]) -> str:
    """The shortest time between two of them."""
    if len(moments) < 2:
        return ""
    seconds = min((later - sooner).total_seconds() for sooner, later in pairwise(moments))
    return f"{seconds / 60:g} min"


def _clock(moment: datetime, begins: datetime) -> str:
    local = moment.astimezone(AMSTERDAM)
    same = local.date() == begins.astimezone(AMSTERDAM).date()
    return f"{local:%H:%M:%S}" if same else f"{local:%a %H:%M:%S}"
