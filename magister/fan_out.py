"""What Magister tells only for one person at a time: groups and subjects, asked in parallel (wire A1, A3).

The rows come in the order of the persons, whoever is answered first; every call must have succeeded before the whole
counts as complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from connectors.batches import Rows
from connectors.contract import Proof, RawRecord
from connectors.errors import Broken
from connectors.parallel import in_parallel
from magister.client import Client
from magister.rows import layout, reader
from magister.settings import MagisterSettings

EVERY_CALL = "every call was answered whole"


class Person(NamedTuple):
    """``number`` is what a call needs, ``code`` what its rows do not tell."""

    number: str
    code: str = ""


def groups(client: Client, settings: MagisterSettings, entity: str) -> Rows:
    """``GetLeerlingGroepen`` for every active student."""
    period = {"LesPeriode": settings.period}
    return _each(client, settings, entity, "GetLeerlingGroepen", _students(client, entity, period))


def subjects(client: Client, settings: MagisterSettings, entity: str) -> Rows:
    """``GetPersoneelGroepVakken`` for every teacher, then ``GetLeerlingVakken`` for every active student.

    The first has the subjects' names, and what is brought first counts.
    """
    period = {"LesPeriode": settings.period}
    teachers = _persons(client.function(entity, "GetActiveEmpoyees", period), "stamnr_str", "Code")
    staff = [person for person in teachers if person.code and "*" not in person.code]
    for rows, _proof in _each(client, settings, entity, "GetPersoneelGroepVakken", staff):
        yield rows, None
    yield from _each(client, settings, entity, "GetLeerlingVakken", _students(client, entity, period))


def _students(client: Client, entity: str, period: dict[str, str]) -> Sequence[Person]:
    return _persons(client.function(entity, "GetActiveStudents", period), "stamnr_str")


def _persons(rows: Rows, number: str, code: str = "") -> Sequence[Person]:
    """Everyone in an answer, once. Raises ``Broken`` when a number cannot be read."""
    found: dict[str, Person] = {}
    for some, _proof in rows:
        for raw in some:
            place = layout(raw.layout)
            values = reader(place.form, place.encoding, place.header)(raw.data)
            own = values.get(number, "").strip()
            if not own:
                raise Broken(f"{place.source}: a row has no {number}", code="magister.column")
            found.setdefault(own, Person(own, values.get(code, "").strip()))
    return list(found.values())


def _each(
    client: Client, settings: MagisterSettings, entity: str, function: str, persons: Sequence[Person]
) -> Rows:
    """The rows of ``function`` for everyone. Magister says 404 where one has no data; where all do, it has no such
    function."""

    def ask(person: Person) -> list[RawRecord] | None:
        try:
            parameters = {"LesPeriode": settings.period, "StamNr": person.number}
            return client.small(entity, function, parameters, person.code)
        except Broken as error:
            if error.code != "http.not_found":
                raise
            return None

    answered = 0
    for answers in in_parallel(ask, persons, settings.parallel):
        answered += sum(1 for answer in answers if answer is not None)
        yield [row for answer in answers if answer for row in answer], None
    if persons and not answered:
        raise Broken(f"{function}: Magister does not know this function", code="http.not_found")
    yield [], Proof(EVERY_CALL)
