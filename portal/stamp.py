"""What tells that nothing an answer depends on has changed since it was made."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, func, select, update

from canonical.tables import STATE
from portal.tables import STAMP

_ENTITIES = (
    select(
        STATE.c.source_id, STATE.c.kinds, STATE.c.entity, STATE.c.fence, STATE.c.lease_until, STATE.c.fresh_at,
        STATE.c.complete_at, STATE.c.failures,
    )
    .where(STATE.c.source_id.in_(bindparam("sources", expanding=True)))
    .order_by(STATE.c.source_id, STATE.c.entity)
)  # fmt: skip


class Entity(NamedTuple):
    """An entity of a source at one moment. Every transaction of a sync extends its lease: after it this is another."""

    source_id: int
    kinds: frozenset[str]
    how: tuple[object, ...]


class Stamps(NamedTuple):
    """How things stand. ``rules`` grows with every rule, decision, consent, restriction and role."""

    rules: int
    entities: tuple[Entity, ...]

    def of(self, source_id: int, kinds: Collection[str]) -> tuple[object, ...]:
        """The stamp of what depends on these kinds of record of one source. Only ever compared with another."""
        touched = (e.how for e in self.entities if e.source_id == source_id and not e.kinds.isdisjoint(kinds))
        return (self.rules, *touched)


def stamps(connection: Connection, sources: Collection[int]) -> Stamps:
    """How things stand for these sources in this transaction. Two queries."""
    rules = connection.execute(select(func.max(STAMP.c.n))).scalar_one()
    return Stamps(rules, entities(connection, sources))


def entities(connection: Connection, sources: Collection[int]) -> tuple[Entity, ...]:
    """How the entities of these sources stand in this transaction."""
    rows = connection.execute(_ENTITIES, {"sources": sorted(sources)})
    return tuple(Entity(row[0], _kinds(row[1]), tuple(row[2:])) for row in rows)


def touch(connection: Connection) -> None:
    """Say that rules, decisions, consents, restrictions or roles have changed, in the transaction that changes them.

    The row stays locked until its end: stamps become visible in the order in which they were given.
    """
    connection.execute(update(STAMP).values(n=STAMP.c.n + 1))


_known: dict[str, frozenset[str]] = {}


def _kinds(told: str) -> frozenset[str]:
    """Connectors name a handful of lists of kinds; each is read once."""
    if told not in _known:
        _known[told] = frozenset(orjson.loads(told))
    return _known[told]
