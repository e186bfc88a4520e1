"""A source's own table of the configuration, validated: a mistake names each field and not its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from canonical.errors import UserError
from connectors.contract import Settings

T = TypeVar("T")


def validated(settings: Settings, table: str, make: Callable[[], T], *, url: str = "url") -> T:
    """What ``make`` gives. Raises ``UserError`` for what pydantic refuses of it, in the words of ``[source.<table>]``.

    ``url`` is the field that holds what ``HttpSettings`` calls its base URL.
    """
    try:
        return make()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, item['loc'])).replace('base_url', url)}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_input=False, include_url=False, include_context=False)
        )
    # Not within the ``except``: the library's exception holds the values.
    raise UserError(f"source {settings.source}, table {table}: {faults}")
