"""Whether something new has come of an entity that its source sends by itself."""

from __future__ import annotations

from connectors.contract import Connector, Delivered, Entity
from connectors.errors import Broken, SourceError


def newest_of(connector: Connector, entity: Entity) -> tuple[str | None, SourceError | None]:
    """The cursor of the newest that has come, None before there is anything; or what keeps us from knowing it."""
    try:
        if not isinstance(connector, Delivered):
            raise Broken(f"{entity.name}: the connector cannot tell what was delivered", code="contract.delivered")
        return connector.newest(entity), None
    except SourceError as error:
        return None, error
    except Exception as error:  # noqa: BLE001  # an unknown error fails the entity, never the whole schedule
        name = type(error).__name__
    return None, Broken(f"{entity.name}: {name} in what was delivered", code="unknown")
