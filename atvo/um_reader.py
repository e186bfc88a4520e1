"""How each kind of data is asked of UMService: one call for each location, which gives all of it (wire 2.2, 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from atvo.soap_client import Service
from atvo.soap_rows import Layout, raw
from atvo.um_mapping import KEPT
from connectors.batches import Rows
from connectors.contract import Proof
from connectors.errors import Broken

EVERY_TAG = "the closing tags of every answer"

LOCATIONS = "getInrichtingVestigingen"
BY_CODE, BY_NUMBER = "vestigingAfkorting", "vestigingID"

OPERATIONS: Mapping[str, Sequence[tuple[str, str]]] = {
    "staff": [("getDataMedewerkers", BY_CODE)],
    "subjects": [("getInrichtingVakken", BY_NUMBER)],
    "students": [("getDataLeerlingen", BY_CODE)],
    "groups": [("getInrichtingStamgroepen", BY_NUMBER), ("getInrichtingLesgroepen", BY_NUMBER)],
    "guardians": [("getDataVerzorgers", BY_CODE)],
}
"""By entity: what is asked of every location, and which argument says of which."""

class Asked(NamedTuple):
    """What a read is about: the school year, and the abbreviations of the locations (none is all of them).

    ``sample`` asks no more than shows that the account may ask.
    """

    year: str
    locations: Sequence[str]
    sample: bool = False


class Place(NamedTuple):
    """A location, by the number and the abbreviation that calls want."""

    number: str
    code: str


def rows(service: Service, entity: str, asked: Asked) -> Rows:
    """The rows of an entity, some at a time; the last pair carries the proof that nothing was left out."""
    if entity == "locations":
        layout = Layout(LOCATIONS, asked.year)
        for found in service.rows(LOCATIONS, {}, KEPT[LOCATIONS]):
            wanted = [row for row in found if not asked.locations or row.get("afkorting") in asked.locations]
            yield [raw(entity, row, layout) for row in wanted], None
    else:
        for place in _places(service, asked):
            for operation, argument in OPERATIONS[entity]:
                which = place.code if argument == BY_CODE else int(place.number)
                layout = Layout(operation, asked.year, place.code)
                arguments = {"schooljaar": asked.year, argument: which}
                for found in service.rows(operation, arguments, KEPT[operation]):
                    yield [raw(entity, row, layout) for row in found], None
    yield [], Proof(EVERY_TAG)


def _places(service: Service, asked: Asked) -> Sequence[Place]:
    """The locations that are read. Raises ``Broken`` for one that the source does not have or that has no code."""
    found: dict[str, Place] = {}
    for some in service.rows(LOCATIONS, {}, KEPT[LOCATIONS]):
        for row in some:
            place = Place(str(row.get("id", "")).strip(), str(row.get("afkorting", "")).strip())
            if place.code in asked.locations or not asked.locations:
                found.setdefault(place.code, place)
    if any(not place.code or not place.number.isdigit() for place in found.values()):
        raise Broken(
            f"{service.name} {LOCATIONS}: a location has no afkorting or no number, so that nothing can be asked of it;"
            " give it one in Somtoday, or set locations",
            code="atvo.location",
        )
    if lacking := sorted(set(asked.locations) - set(found)):
        raise Broken(
            f"{service.name} {LOCATIONS}: the source has no location {', '.join(lacking)}; correct locations",
            code="atvo.location",
        )
    return list(found.values())[:1] if asked.sample else list(found.values())
