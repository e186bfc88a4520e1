"""Schools whose settings are in the store: the same ``[[source]]`` tables as in the configuration, for all machines.

What stands in both counts as it is in the configuration. What this machine cannot use, since another release wrote it
or its secret is not here, is told and left out: one school's mistake stops no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from canonical import tenants
from canonical.dues import PERSON, paused
from canonical.errors import UserError
from canonical.store import Store
from schoolbrug.config import Config, SourceTable, read, sources
from schoolbrug.credentials import Secret, label
from schoolbrug.opening import chosen, connected
from schoolbrug.output import complain, err

PATHS = frozenset({"folder", "ca_bundle", "xsd", "client_certificate", "client_key"})
"""Settings that name a file or folder of this machine, wherever they are asked."""


class Tenant(NamedTuple):
    """What is in the store of a source. Without ``table``: why it cannot be used here."""

    added_at: datetime
    table: SourceTable | None
    trouble: str = ""


def stored(connection: Connection, before: Mapping[str, Tenant]) -> dict[str, Tenant]:
    """The tenants by name. One query, and another one if any was added since ``before``."""
    added = tenants.added(connection)
    same = {name: before[name] for name, at in added.items() if name in before and before[name].added_at == at}
    new = added.keys() - same.keys()
    found = tenants.settings(connection, new) if new else {}
    return same | {name: _tenant(name, at, text) for name, (at, text) in found.items()}


def _tenant(name: str, at: datetime, text: str) -> Tenant:
    try:
        (table,) = sources({"source": [json.loads(text)]}, Path(f"tenant {name}"))
    except UserError as error:
        return Tenant(at, None, str(error))
    return Tenant(at, table)


def together(settings: Config, found: Mapping[str, Tenant]) -> tuple[Config, dict[str, str]]:
    """The configuration with these tenants, and what is the matter with those that are left out."""
    own = {source.name for source in settings.source}
    twice = "the configuration has a source of that name, which counts; take one of them out"
    troubles = {name: f"tenant {name}: {twice}" if name in own else one.trouble for name, one in found.items()
                if name in own or one.table is None}  # fmt: skip
    more = [one.table for name, one in sorted(found.items()) if one.table is not None and name not in own]
    return settings.model_copy(update={"source": (*settings.source, *more)}), troubles


def with_tenants(settings: Config, store: Store) -> Config:
    """The configuration with the store's sources; what cannot be used of these is told on standard error."""
    with store.engine.connect() as connection:
        config, troubles = together(settings, stored(connection, {}))
    for trouble in troubles.values():
        complain(trouble)
    return config


def to_ask(settings: Config, store: Store, name: str | None) -> list[SourceTable]:
    """The sources that a person wants to be asked now: the one that is named, or all but those that are paused by a
    person. Raises ``UserError``."""
    found = list(chosen(settings, name))
    if name is not None:
        return found
    resting = paused_by_person(store)
    for one in found:
        if one.name in resting:
            err().print(f"{one.name} is paused and not asked. To ask it all the same, name it.", style="dim")
    return [one for one in found if one.name not in resting]


def paused_by_person(store: Store) -> set[str]:
    """The names of the sources that somebody has paused."""
    return {name for name, why in pauses(store).items() if why == PERSON}


def pauses(store: Store) -> dict[str, str]:
    """Why sources are left alone, by name."""
    with store.engine.connect() as connection:
        return {pause.source: pause.why for pause in paused(connection).values()}


def add(settings: Config, store: Store, file: Path) -> list[SourceTable]:
    """Put the sources of a file into the store: all of them or none. Raises ``UserError``."""
    raw = read(file, "It holds the [[source]] tables of a school; see: schoolbrug config example")
    if relative := next(_relative(raw), None):
        raise UserError(f"{file}: {relative}: give the whole path, from / on: every machine looks there.")
    sources(raw, file)
    # As it will be read: nothing but what JSON can say reaches a worker.
    texts = [json.dumps(table, default=str, ensure_ascii=False) for table in raw["source"]]
    found = sources({"source": [json.loads(text) for text in texts]}, file)
    for one in found:
        with connected(one):
            pass  # its own settings are right, and its secrets are here
    own = {source.name for source in settings.source}
    with store.writing() as connection:
        for one, text in zip(found, texts, strict=True):
            if one.name in own or not tenants.add(connection, one.name, text):
                where = "in the configuration" if one.name in own else "as a tenant"
                raise UserError(f"{file}: source[{one.name}].name: there is a source of that name {where}.")
    return list(found)


def _relative(value: Any, field: str = "") -> Iterator[str]:
    """The fields with a path that leads elsewhere on another machine."""
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _relative(entry, f"{field}[{label(entry, index)}]")
    elif isinstance(value, dict):
        for key, inner in value.items():
            where = f"{field}.{key}" if field else key
            names_file = key in PATHS or (key == "file" and len(value) == 1)
            if names_file and isinstance(inner, str) and not Path(inner).is_absolute():
                yield where
            yield from _relative(inner, where)


def from_environment(value: Any) -> Iterator[str]:
    """The environment variables that a source takes secrets from."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from from_environment(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from from_environment(inner)
    elif isinstance(value, Secret) and value.place == "env":
        yield value.name
