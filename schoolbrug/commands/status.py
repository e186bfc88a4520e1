"""``schoolbrug status``: what the application manager looks at in the morning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from rich.markup import escape

from canonical.dues import PERSON
from canonical.errors import UserError
from canonical.store import OTHER_FORM
from connectors.errors import SourceError
from scheduler.cadence import Hours, always
from scheduler.rest import hours
from scheduler.sync import SCHOOL
from schoolbrug.config import Config, SourceTable, load
from schoolbrug.ledger import EntityStatus, statuses
from schoolbrug.opening import connected, opened
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile
from schoolbrug.output import age, moment, now, number, out, print_json, say, state, table, waiting
from schoolbrug.tenants import pauses, with_tenants

NEWS = timedelta(days=7)
"""How long it is told that a source describes its data otherwise."""


def status(config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Show how fresh and how whole each entity of each source is.

    ok: read lately, and whole. incomplete: rows are in quarantine, deletions are held, or the last read could not be
    proved complete. stale: not read for three of its intervals; where the source may not be asked by then, that time
    begins again when it may. failing: the last sync went wrong. never: not read yet. Changes are those of the last 24
    hours. A source that is paused is not read: denied, it refuses us; or somebody wants it so.
    """
    settings = load(config)
    at = now()
    with waiting("reading the store"), opened(settings) as store:
        settings = with_tenants(settings, store)
        why = pauses(store)
        found = statuses(store.engine, at)
    by_source = {source.name: [one for one in found if one.source == source.name] for source in settings.source}
    words = {source.name: _words(source, by_source[source.name], at) for source in settings.source}
    if as_json:
        told = [
            _source_json(source, why.get(source.name), by_source[source.name], words[source.name], at)
            for source in settings.source
        ]
        print_json({"sources": told})
    else:
        _show(settings, why, by_source, words, at)


def _words(source: SourceTable, entities: Sequence[EntityStatus], at: datetime) -> dict[str, str]:
    """The state of each entity. Only the connector knows its source's hours; it is made where they may matter."""
    words = {one.entity: judge(one, source, at) for one in entities}
    if "stale" in words.values():
        with suppress(UserError, SourceError), connected(source) as connector:
            allowed = {entity.name: hours(connector, entity) for entity in connector.entities}
            words = {one.entity: judge(one, source, at, allowed.get(one.entity, always)) for one in entities}
    return words


def judge(one: EntityStatus, source: SourceTable, at: datetime, allowed: Hours = always) -> str:
    """An entity's state in one word; the worst of what is true comes first."""
    if one.failures:
        return "failing"
    if one.fresh_at is None:
        return "never"
    if one.entity != SCHOOL and source.schedule.rhythm().is_stale(one.entity, one.fresh_at, at, allowed):
        return "stale"
    return "ok" if one.whole else "incomplete"


def _passed(one: EntityStatus, at: datetime) -> timedelta | None:
    return at - one.fresh_at if one.fresh_at else None


def _source_json(
    source: SourceTable, paused: str | None, entities: list[EntityStatus], words: Mapping[str, str], at: datetime
) -> dict[str, Any]:
    return {
        "name": source.name, "system": source.system, "school": source.school.name, "enabled": source.enabled,
        "paused": paused,
        "entities": [_entity_json(one, words[one.entity], at) for one in entities],
    }  # fmt: skip


def _entity_json(one: EntityStatus, word: str, at: datetime) -> dict[str, Any]:
    passed = _passed(one, at)
    error = {"code": one.code, "message": one.message, "at": _iso(one.failed_at)}
    return {
        "entity": one.entity, "state": word, "fresh_at": _iso(one.fresh_at),
        "complete_at": _iso(one.complete_at), "age_seconds": None if passed is None else int(passed.total_seconds()),
        "rows": one.rows, "changes": one.changes, "quarantined": one.quarantined, "held": one.held,
        "failures": one.failures, "last_error": error if one.message or one.code else None,
        "form_changed_at": _iso(one.form_changed_at),
    }  # fmt: skip


def _paused(name: str, why: str | None) -> str:
    """Why a source is left alone, and how that ends."""
    if why is None:
        return ""
    if why == PERSON:
        return f" [yellow](paused; go on with: schoolbrug tenant resume {name})[/]"
    return f" [bold red](paused: {why}; put it right, then run: schoolbrug sync {name})[/]"


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _show(
    settings: Config,
    why: Mapping[str, str],
    by_source: Mapping[str, list[EntityStatus]],
    words: Mapping[str, Mapping[str, str]],
    at: datetime,
) -> None:
    if not settings.source:
        say(escape("The configuration has no [[source]] yet, nor the store a tenant. See: schoolbrug config example"))
    for source in settings.source:
        off = "" if source.enabled else " [yellow](switched off)[/]"
        off += _paused(source.name, why.get(source.name))
        say(f"[bold]{escape(source.name)}[/] [dim]{escape(source.system)}, {escape(source.school.name)}[/]{off}")
        entities = by_source[source.name]
        if not entities:
            say(f"  never synced; begin with: schoolbrug sync {source.name} --dry-run")
            continue
        numbers = ("rows", "changes", "quarantine", "held")
        made = table("entity", "state", "last success", "age", *numbers, "last error", right=numbers)
        for one in entities:
            error = f"{one.message or ''} [dim]{escape(f'[{one.code}]') if one.code else ''}[/]"
            made.add_row(
                one.entity, state(words[source.name][one.entity]), moment(one.fresh_at, at), age(_passed(one, at)),
                *map(number, (one.rows, one.changes, one.quarantined, one.held)), error.strip(),
            )  # fmt: skip
        out().print(made)
        for one in entities:
            if one.form_changed_at is not None and at - one.form_changed_at < NEWS:
                say(f"{one.entity}, since {moment(one.form_changed_at, at)}: {OTHER_FORM}.")
    waiting_rows = any(one.quarantined for found in by_source.values() for one in found)
    waiting_plans = any(one.held for found in by_source.values() for one in found)
    if waiting_rows:
        say("Rows that could not be read: schoolbrug quarantine list")
    if waiting_plans:
        say("Deletions that wait for you: schoolbrug held list")
