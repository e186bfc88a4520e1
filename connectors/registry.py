"""Finds connectors: every installed distribution may bring some, by an entry point in ``GROUP``."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from canonical.errors import UserError
from connectors.contract import Connector, Settings

GROUP = "schoolbrug.connectors"


def available() -> dict[str, EntryPoint]:
    """Give the installed systems by name, without loading them. Two that share a name are a ``UserError``."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise UserError(
                f"The system {point.name} is brought by {_distribution(other)} and by {_distribution(point)}:"
                " uninstall one of them."
            )
    return found


def connect(system: str, settings: Settings) -> Connector:
    """Make a connector to ``system``. Raises ``UserError``: not installed, broken, or its settings are wrong."""
    installed = available()
    if system not in installed:
        names = ", ".join(sorted(installed)) or "nothing"
        raise UserError(f"Source {settings.source}: no connector for {system} is installed. Installed: {names}.")
    point = installed[system]
    try:
        factory = point.load()
    except Exception as error:
        raise UserError(
            f"The connector for {system} of {_distribution(point)} cannot be loaded ({type(error).__name__}):"
            " install it again, or a version that fits this one."
        ) from error
    connector = factory(settings) if callable(factory) else None
    if not isinstance(connector, Connector):
        raise UserError(
            f"The connector for {system} of {_distribution(point)} does not keep to the contract:"
            " install a version that fits this one."
        )
    return connector


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"
