"""The hours at which a source may not be asked: no run is begun then, and nothing counts as failing."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.contract import Connector, Entity, Resting
from connectors.errors import Broken
from scheduler.cadence import AMSTERDAM, Hours

CLOSED = "source.closed"
"""The code of a read that was not begun."""


def opens_at(connector: Connector, entity: Entity, now: datetime) -> datetime | None:
    """From when ``entity`` may be read; None when it may be now. Raises ``Broken`` for a connector that cannot tell."""
    if not isinstance(connector, Resting):
        return None
    try:
        opens = connector.opens_at(entity, now)
        return opens if opens is not None and opens > now else None
    except Exception as error:  # noqa: BLE001  # an unknown error fails the entity, never the whole schedule
        name = type(error).__name__
    raise Broken(f"{entity.name}: {name} in the connector's own hours", code="unknown")


def hours(connector: Connector, entity: Entity) -> Hours:
    """The hours of an entity; a connector that cannot tell them is always open."""

    def opens(at: datetime) -> datetime | None:
        try:
            return opens_at(connector, entity, at)
        except Broken:
            return None

    return opens


def sentence(opens: datetime, now: datetime) -> str:
    """What people are told, in Dutch time; with the day where the hour alone would not do."""
    local = opens.astimezone(AMSTERDAM)
    when = f"{local:%H:%M}" if opens - now < timedelta(days=1) else f"{local:%a %d %b %H:%M}"
    return f"may be read from {when} (Dutch time)"
