"""From the configuration to things that work: the store, a connection to a source, the keys of the read layer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from sqlalchemy import Engine

from canonical.database import connect as connect_database
from canonical.errors import UserError
from canonical.seal import key_from
from canonical.store import Store
from connectors.contract import Closeable, Connector, Entity, Paced, Settings
from connectors.registry import connect
from portal.freshness import Limits
from portal.keys import ApiKey, digest
from portal.schema import migrate_portal
from portal.settings import SECRET_LENGTH
from portal.settings import Settings as PortalSettings
from scheduler.gate import SharedGate
from scheduler.school import sync_school
from scheduler.sync import Target
from scheduler.work import Source
from schoolbrug.config import Config, KeyTable, SourceTable
from schoolbrug.credentials import Secret, revealed
from schoolbrug.sending import sender, ways

KEY_LENGTH = 24
"""A shorter key could be guessed: what is kept of it is a plain digest."""


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    """The store with the newest schema. Raises ``UserError`` when it cannot be opened."""
    secret = config.store.quarantine_key
    key = key_from(secret.reveal()) if secret else None
    with engine_of(config) as engine:
        migrate_portal(engine)
        yield Store(engine, limits=config.limits.limits(), key=key)


@contextmanager
def engine_of(config: Config) -> Iterator[Engine]:
    """The store's database as it is. Raises ``UserError`` for an address that cannot be one."""
    url = config.store.database
    try:
        engine = connect_database(url.reveal() if isinstance(url, Secret) else url)
    except OSError as error:
        raise UserError(f"database: its folder cannot be made ({error.strerror}).") from None
    try:
        yield engine
    finally:
        engine.dispose()


def source_named(config: Config, name: str) -> SourceTable:
    """The enabled source of that name. Raises ``UserError``."""
    source = next((source for source in config.source if source.name == name), None)
    if source is None:
        known = ", ".join(source.name for source in config.source) or "none"
        raise UserError(f"There is no source {name}. There are: {known}.")
    if not source.enabled:
        raise UserError(f"The source {name} is switched off. Set enabled = true in its [[source]] table.")
    return source


def chosen(config: Config, name: str | None) -> Sequence[SourceTable]:
    """One source by name, or all that are enabled. Raises ``UserError`` when there is none."""
    if name is not None:
        return [source_named(config, name)]
    if not config.enabled:
        raise UserError(
            "The configuration has no [[source]] that is enabled, nor the store a tenant."
            " See: schoolbrug config example"
        )
    return config.enabled


@contextmanager
def connected(source: SourceTable) -> Iterator[Connector]:
    """A connection to a source. Raises ``UserError`` for settings that the connector cannot use."""
    connector = connect(source.system, Settings(source.name, revealed(source.options)))
    try:
        _check_schedule(source, connector)
        yield connector
    finally:
        if isinstance(connector, Closeable):
            connector.close()


def kept(store: Store, source: SourceTable, stack: ExitStack) -> Source:
    """A source as the schedule takes it, connected for as long as ``stack`` is open."""
    opened = stack.enter_context(target(store, source))
    if isinstance(opened.connector, Paced) and store.engine.dialect.name == "postgresql":
        opened.connector.share(SharedGate(store, opened.source_id))
    sync_school(store, opened.name, opened.source_id, source.school.name, source.school.brin)
    return Source(opened, source.schedule.rhythm(), source.schedule.at_once)


@contextmanager
def target(store: Store, source: SourceTable) -> Iterator[Target]:
    """A source that is known to the store, and the connection to it."""
    with connected(source) as connector:
        yield Target(source.name, store.source(source.name, source.system, source.school.name), connector)


def entities_of(target: Target, name: str | None) -> tuple[Entity, ...]:
    """One entity by name, or all that the source offers, in the order of a full sync. Raises ``UserError``."""
    if name is None:
        return target.connector.entities
    entity = target.entity(name)
    if entity is None:
        raise UserError(f"{target.name} has no entity {name}. It has: {_names(target.connector)}.")
    return (entity,)


def _check_schedule(source: SourceTable, connector: Connector) -> None:
    offered = {entity.name for entity in connector.entities}
    if unknown := next((name for name in source.schedule.entities if name not in offered), None):
        raise UserError(
            f"source[{source.name}].schedule.{unknown}: the source has no such entity. It has: {_names(connector)}."
        )


def _names(connector: Connector) -> str:
    return ", ".join(entity.name for entity in connector.entities)


def api_keys(keys: Sequence[KeyTable]) -> tuple[ApiKey, ...]:
    """The keys of the read layer as it keeps them. Raises ``UserError`` for one that is too short."""
    return tuple(ApiKey(key.name, digest(_long_enough(key)), key.sources, key.scopes) for key in keys)


def portal_secret(config: Config) -> bytes:
    """What the read layer's keys are made of. Raises ``UserError`` when it is not there or too short."""
    secret = config.portal.secret
    if secret is None:
        raise UserError(
            "portal.secret: this is needed, at least 32 random characters, and the same ones for ever: what people"
            ' read is put on file with it. Write [portal] secret = { env = "NAME" }.'
        )
    revealed = secret.reveal()
    if len(revealed) < SECRET_LENGTH:
        raise UserError(f"{secret.field}: give at least {SECRET_LENGTH} random characters.")
    return revealed.encode()


def layer(config: Config, limits: Limits, synced: Collection[str] = ()) -> PortalSettings:
    """The read layer's settings. ``limits`` say when what is shown is stale, ``synced`` are the names of what is kept
    in sync; both may change meanwhile. Raises ``UserError``."""
    table = config.portal
    return PortalSettings(
        portal_secret(config), api_keys(config.serve.keys), limits, table.origin,
        tuple(provider.provider() for provider in table.providers),
        tuple(issuer.issuer_of() for issuer in table.issuers),
        sender(table.mail, table.sms), ways(table.mail, table.sms), table.look.look(),
        synced,
    )  # fmt: skip


def _long_enough(key: KeyTable) -> str:
    secret = key.secret.reveal()
    if len(secret) < KEY_LENGTH:
        raise UserError(f"{key.secret.field}: give at least {KEY_LENGTH} random characters.")
    return secret
