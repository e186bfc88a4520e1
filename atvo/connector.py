"""The entry point: which dialect of @VO a school is reached by."""

from __future__ import annotations

from atvo import rest_connector, soap_connector
from canonical.errors import UserError
from connectors.contract import Connector, Settings

DIALECTS = {"soap": soap_connector.connect, "connect": rest_connector.connect}
"""``soap`` are UMService and WISService, ``connect`` is Somtoday Connect."""


def connect(settings: Settings) -> Connector:
    """Make the connector of ``dialect`` (``soap`` unless given). Raises ``UserError`` for settings that cannot be."""
    options = dict(settings.options)
    dialect = options.pop("dialect", "soap")
    if not isinstance(dialect, str) or dialect not in DIALECTS:
        names = " or ".join(f'"{name}"' for name in DIALECTS)
        raise UserError(f"source {settings.source}, table atvo: dialect: write {names}")
    return DIALECTS[dialect](Settings(settings.source, options))
