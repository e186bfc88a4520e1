"""From a row of Connect to canonical records: which listing has which mapping. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from atvo import rest_groups, rest_people, rest_results
from atvo.rest_rows import Item, Layout, layout, read
from canonical.records import Record
from connectors.contract import RawRecord
from connectors.errors import BadRow, Problem
from connectors.rows import Row

VERSION = "atvo-connect-1"
"""Counts up when a mapping gives something else for the same row."""

Mapper = Callable[[Item, Row, Layout], Sequence[Record]]

MAPPERS: Mapping[str, Mapper] = {
    "vestiging": rest_groups.location,
    "medewerker": rest_people.staff,
    "vak": rest_groups.subject,
    "stamgroep": rest_groups.homeroom,
    "lesgroep": rest_groups.section,
    "leerling": rest_people.student,
    "ouderVerzorger": rest_people.guardian,
    "dossier": rest_results.results,
}
"""By the name of the listing; ``dossier`` is a student's two files in one subject."""


def map_row(raw: RawRecord) -> Iterable[Record]:
    """The records of one row. Raises ``BadRow``."""
    place = layout(raw.layout)
    mapper = MAPPERS.get(place.source)
    if mapper is None:
        raise BadRow([Problem("layout", "form")])
    item, row = read(raw.data)
    return mapper(item, row, place)
