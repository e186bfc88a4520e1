"""``schoolbrug check``: can it work, and if not, where to repair it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import typer

from canonical.errors import UserError
from canonical.store import Store
from connectors.contract import Checkable, Connector, Finding
from connectors.errors import SourceError
from portal.freshness import STALE_AFTER
from scheduler.rest import opens_at, sentence
from schoolbrug.alerts import channels
from schoolbrug.config import Config, KeyTable, SourceTable, load
from schoolbrug.opening import api_keys, chosen, connected, layer, opened
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile, SourceName
from schoolbrug.output import findings, findings_json, now, waiting
from schoolbrug.sending import ways
from schoolbrug.tenants import to_ask, with_tenants


def check(source: SourceName = None, config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Check the configuration, the database and each source, and say where to repair what is wrong.

    Nothing is changed at the source. Exit code 1: something is wrong.
    """
    settings = load(config)
    with ExitStack() as stack:
        store, database = _database(settings, stack)
        known = settings if store is None else with_tenants(settings, store)
        asked = chosen(known, source) if store is None else to_ask(known, store, source)
    found = [
        Finding(f"configuration {config}", ok=True), database, *map(_key, settings.serve.keys), _read_layer(settings),
        *_unknown(known), _codes(settings), _alerts(settings),
    ]  # fmt: skip
    for one in asked:
        with waiting(f"asking {one.name}"):
            found += _source(one)
    if as_json:
        findings_json(found)
    else:
        findings(found)
    if not all(finding.ok for finding in found):
        raise typer.Exit(1)


def _database(settings: Config, stack: ExitStack) -> tuple[Store | None, Finding]:
    try:
        store = stack.enter_context(opened(settings))
    except UserError as error:
        return None, Finding("database", ok=False, advice=str(error))
    return store, Finding(f"database {store.engine.url.render_as_string(hide_password=True)}", ok=True)


def _unknown(settings: Config) -> Iterator[Finding]:
    """Who is to see, or signs in for, a source that is not there."""
    known = {source.name for source in settings.source}
    asking = [(f"serve.keys[{key.name}].sources", key.sources) for key in settings.serve.keys]
    asking += [("portal.providers.sources", provider.sources) for provider in settings.portal.providers]
    for field, names in asking:
        if not set(names) <= known:
            yield Finding(field, ok=False, advice="only names of [[source]] tables and of tenants are expected")


def _key(key: KeyTable) -> Finding:
    try:
        api_keys([key])
    except UserError as error:
        return Finding(f"key {key.name}", ok=False, advice=str(error))
    return Finding(f"key {key.name}", ok=True)


def _read_layer(settings: Config) -> Finding:
    if settings.portal.secret is None:
        return Finding("read layer", ok=True, advice="schoolbrug run and serve need [portal] secret; sync does not")
    try:
        layer(settings, STALE_AFTER)
    except UserError as error:
        return Finding("read layer", ok=False, advice=str(error))
    return Finding("read layer", ok=True)


def _codes(settings: Config) -> Finding:
    """How guardians get the second code, which is no fault either way."""
    table = settings.portal
    told = {"email": "by e-mail", "phone": "by telephone"}
    sent = [told[way] for way in ways(table.mail, table.sms)]
    school = "the school hands it out with schoolbrug portal confirm"
    advice = f"{' or '.join(sent)}; to whom has no such address on record, {school}" if sent else school
    return Finding("second code of guardians", ok=True, advice=advice)


def _alerts(settings: Config) -> Finding:
    """Who is told that a source needs looking at: nobody, which is no fault, or who can be."""
    try:
        found = channels(settings)
    except UserError as error:
        return Finding("alerts", ok=False, advice=str(error))
    number = len(settings.alerts.email)
    told = [f"by e-mail to {number}"] if number else []
    told += ["by webhook"] if settings.alerts.webhook is not None else []
    return Finding("alerts", ok=True, advice=" and ".join(told) if found else "nobody is told; see [alerts]")


def _source(source: SourceTable) -> Iterator[Finding]:
    try:
        with connected(source) as connector:
            if isinstance(connector, Checkable):
                yield from connector.check()
            else:
                yield Finding(source.name, ok=True, advice=f"{source.system} cannot be tried without a sync")
            yield from _hours(source, connector)
    except (UserError, SourceError) as error:
        yield Finding(source.name, ok=False, advice=str(error))


def _hours(source: SourceTable, connector: Connector) -> Iterator[Finding]:
    """What may not be read now, which is nothing wrong."""
    at = now()
    for entity in connector.entities:
        if opens := opens_at(connector, entity, at):
            yield Finding(f"{source.name} {entity.name}", ok=True, advice=sentence(opens, at))
