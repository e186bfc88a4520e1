"""One sync of one source, as the commands need it: the school's own record first, then what the source offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.markup import escape

from canonical import rehearsals
from canonical.store import FORM_CHANGED, OTHER_FORM, Store
from connectors.errors import Denied
from scheduler.school import sync_school
from scheduler.sync import SCHOOL, WAITING, Progress, Report, Target, sync_source
from schoolbrug.config import SourceTable
from schoolbrug.opening import entities_of, target
from schoolbrug.output import complain, number, out, say, table

COUNTS = ("read", "inserted", "updated", "unchanged", "tombstoned", "quarantined", "held")


@dataclass
class Synced:
    """How the sync of a source went. ``busy`` are entities that another process was syncing, ``unasked`` those left."""

    source: SourceTable
    reports: list[Report] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.busy and not self.unasked and all(report.error is None for report in self.reports)


def sync(
    store: Store,
    source: SourceTable,
    entities: Sequence[str | None] = (None,),
    *,
    full: bool = True,
    rehearse: bool = False,
    progress: Progress | None = None,
) -> Synced:
    """Sync entities of a source by name, None for all of them. Raises ``UserError`` for a name it does not have."""
    with target(store, source) as opened:
        done = Synced(source)
        wanted = [entity for name in entities if name != SCHOOL for entity in entities_of(opened, name)]
        if None in entities or SCHOOL in entities:
            _school(store, opened, done, rehearse)
        done.reports += sync_source(store, opened, wanted, full=full, rehearse=rehearse, progress=progress)
        reported = {report.entity for report in done.reports}
        left = [entity.name for entity in wanted if entity.name not in reported]
        denied = any(isinstance(report.error, Denied) for report in done.reports)
        done.unasked, done.busy = (left, done.busy) if denied else ([], done.busy + left)
        if rehearse:
            _keep(store, opened.source_id, done.reports)
        return done


def _keep(store: Store, source_id: int, reports: Sequence[Report]) -> None:
    """What a dry run would have done, for the application manager to look at; what was not read would do nothing."""
    at = datetime.now(UTC)
    with store.writing() as connection:
        for report in reports:
            if report.opens is None and report.summary.outcome != WAITING:
                rehearsals.keep(connection, source_id, report.entity, report.summary, at)


def _school(store: Store, opened: Target, done: Synced, rehearse: bool) -> None:
    school = done.source.school
    report = sync_school(store, opened.name, opened.source_id, school.name, school.brin, rehearse=rehearse)
    if report is None:
        done.busy.append(SCHOOL)
    else:
        done.reports.append(report)


def as_json(synced: Sequence[Synced], *, outcomes: bool = False) -> dict[str, Any]:
    """The summary for scripts. With ``outcomes`` also how each entity ended, and what was not done."""
    return {"sources": [_source_json(one, outcomes) for one in synced]}


def _source_json(one: Synced, outcomes: bool) -> dict[str, Any]:
    source = one.source
    told: dict[str, Any] = {
        "name": source.name, "system": source.system, "school": source.school.name,
        "entities": [_entity_json(report, outcomes) for report in one.reports],
    }  # fmt: skip
    return {**told, "busy": one.busy, "unasked": one.unasked} if outcomes else told


def _entity_json(report: Report, outcomes: bool) -> dict[str, Any]:
    summary = report.summary
    told = {"entity": report.entity, **{name: getattr(summary, name) for name in COUNTS}}
    told["seconds"] = round(report.seconds, 3)
    return {**told, **{n: getattr(summary, n) for n in ("outcome", "code", "message")}} if outcomes else told


def show(synced: Sequence[Synced], *, rehearse: bool = False) -> None:
    """The summary for people."""
    for one in synced:
        say(f"[bold]{escape(one.source.name)}[/] [dim]{escape(one.source.system)}, {escape(one.source.school.name)}[/]")
        numbers = ("read", "new", "changed", "same", "gone", "quarantine", "held", "seconds")
        made = table("entity", *numbers, "", right=numbers)
        for report in one.reports:
            counts = [number(getattr(report.summary, name)) for name in COUNTS]
            made.add_row(report.entity, *counts, f"{report.seconds:.1f}", _verdict(report))
        out().print(made)
        for report in one.reports:
            if report.summary.code == FORM_CHANGED:
                say(f"{escape(one.source.name)} {report.entity}: {OTHER_FORM}.")
    if rehearse:
        say("Nothing was changed: this is what a sync would do.")
    elif any(report.summary.held for one in synced for report in one.reports):
        say("Some deletions wait for you: schoolbrug held list")


def _verdict(report: Report) -> str:
    if report.opens is not None:
        return "[dim]not asked[/]"
    if report.summary.outcome == WAITING:
        return f"[dim]{report.summary.message}[/]"
    if report.error is not None:
        return f"[bold red]failed[/] {report.summary.code or ''}"
    return "[green]whole[/]" if report.summary.outcome == "complete" else f"[yellow]{report.summary.message}[/]"


def complain_of(synced: Sequence[Synced]) -> None:
    """What went wrong, a line each, on standard error."""
    for one in synced:
        for report in one.reports:
            if report.error is not None:
                complain(f"{report.source} {report.entity}: {report.summary.message} [{report.summary.code}]")
        if one.unasked:
            complain(f"{one.source.name}: the source refuses us, so the rest was not asked: {', '.join(one.unasked)}.")
        if one.busy:
            complain(f"{one.source.name}: another process is syncing {', '.join(one.busy)}; try again when it is done.")
