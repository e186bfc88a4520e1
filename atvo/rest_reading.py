"""Which listings an entity of Connect is read from, location by location.

Every listing has been read to its end, and every student's files were answered, before a read counts as complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from atvo.rest_client import GRANT, Client, Page
from atvo.rest_listings import (
    EXAMENDOSSIER,
    LEERLING,
    LESGROEP,
    MEDEWERKER,
    OUDER_VERZORGER,
    SCHOOLJAREN,
    STAMGROEP,
    VAK,
    VERZORGERS,
    VOORTGANGSDOSSIER,
    Listing,
)
from atvo.rest_rows import Item, Layout, layout_of, raw, uuid_or_none
from canonical.records import Key
from connectors.batches import Rows
from connectors.contract import Proof, RawRecord
from connectors.errors import Broken
from connectors.parallel import in_parallel

WHOLE_ANSWER = "the answer's last bracket"
EMPTY_PAGE = "an empty page after the last"
EVERY_FILE = "every file that Connect shows was answered whole"


class Reader(NamedTuple):
    """``at`` gives the rows of one location. ``listings`` are what it asks of Connect there, for who checks that."""

    at: Callable[[Client, str, str], Iterator[list[RawRecord]]]
    listings: Sequence[Listing]


def locations(client: Client, entity: str) -> Rows:
    """The locations themselves: one small answer."""
    page = client.vestigingen()
    layout = layout_of(Layout("vestiging", withheld=page.withheld))
    yield [raw(entity, item, layout) for item in page.items], Proof(WHOLE_ANSWER)


def by_location(client: Client, entity: str) -> Rows:
    """What the listings of ``entity`` hold, for every location."""
    for location in client.locations():
        for rows in READERS[entity].at(client, entity, location):
            yield rows, None
    yield [], Proof(EMPTY_PAGE)


def _plain(*listings: Listing) -> Reader:
    def at(client: Client, entity: str, location: str) -> Iterator[list[RawRecord]]:
        for listing in listings:
            for page in client.pages(location, listing):
                layout = layout_of(Layout(listing.name, location, page.withheld))
                yield [raw(entity, item, layout) for item in page.items]

    return Reader(at, listings)


def _students(client: Client, entity: str, location: str) -> Iterator[list[RawRecord]]:
    """A student names the subjects that are taken by their abbreviations alone: the layout tells what these are."""
    subjects = _subjects(client, location)
    for page in client.pages(location, LEERLING):
        layout = layout_of(Layout("leerling", location, page.withheld, subjects))
        yield [raw(entity, item, layout) for item in page.items]


def _subjects(client: Client, location: str) -> Mapping[str, str]:
    """The UUIDs of a location's subjects by abbreviation, without those that several subjects share."""
    found: dict[str, set[str]] = {}
    for page in client.pages(location, VAK):
        for item in page.items:
            code, own = item.get("afkorting"), uuid_or_none(item.get("uuid"))
            if isinstance(code, str) and own:
                found.setdefault(code.strip(), set()).add(own)
    return {code: own.pop() for code, own in found.items() if len(own) == 1}


def _guardians(client: Client, entity: str, location: str) -> Iterator[list[RawRecord]]:
    """The order of a student's guardians stands with the student: each guardian's row is given the numbers."""
    orders = _orders(client, location)
    for page in client.pages(location, OUDER_VERZORGER):
        layout = layout_of(Layout(OUDER_VERZORGER.name, location, page.withheld))
        yield [
            raw(entity, {**item, "volgnummers": orders.get(uuid_or_none(item.get("uuid")) or "", {})}, layout)
            for item in page.items
        ]


def _orders(client: Client, location: str) -> Mapping[str, Mapping[str, int]]:
    """For each guardian, the number that each of the children gives: guardian's UUID -> {student's UUID: number}."""
    found: dict[str, dict[str, int]] = {}
    for page in client.pages(location, VERZORGERS):
        for student in page.items:
            child = uuid_or_none(student.get("uuid"))
            for tie in _list(student.get("verzorgers")):
                guardian, number = uuid_or_none(tie.get("uuid")), tie.get("volgnummer")
                if child and guardian and isinstance(number, int):
                    found.setdefault(guardian, {})[child] = number
    return found


READERS: Mapping[str, Reader] = {
    "staff": _plain(MEDEWERKER),
    "subjects": _plain(VAK),
    "groups": _plain(STAMGROEP, LESGROEP),
    "students": Reader(_students, (VAK, LEERLING)),
    "guardians": Reader(_guardians, (VERZORGERS, OUDER_VERZORGER)),
}
"""By the name of the entity."""


NO_FILE = Page([], [])


class Pupil(NamedTuple):
    """Whose files are asked for, where, and of which school year they are."""

    location: str
    student: str
    school_year: str


def grades(client: Client, entity: str, parallel: int, *, exam_file: bool) -> Rows:
    """A row for each subject of each student, from the progress file and, unless the school keeps it, the exam file.

    A student is read whole or not at all. One whose file Connect does not show keeps what there is: it cannot be told
    from one who was hidden (``Proof.about``). Where that is so of all, it is no listing.
    """

    def ask(pupil: Pupil) -> tuple[Pupil, list[RawRecord] | None]:
        return pupil, files(client, entity, pupil, exam_file=exam_file)

    told: list[Key] = []
    asked = 0
    for location in client.locations():
        pupils = _pupils(client, location)
        asked += len(pupils)
        for answers in in_parallel(ask, pupils, parallel):
            shown = [(pupil, rows) for pupil, rows in answers if rows is not None]
            told += [(pupil.student,) for pupil, _ in shown]
            yield [row for _, rows in shown for row in rows], None
    if asked and not told:
        raise Broken(
            f"{VOORTGANGSDOSSIER.name}: Somtoday shows it of no student; {GRANT}", code="atvo.not_found"
        )
    yield [], Proof(EVERY_FILE, about=told)


def _pupils(client: Client, location: str) -> list[Pupil]:
    """Every student of a location who can be asked about, always in the same order."""
    found: list[Pupil] = []
    for page in client.pages(location, SCHOOLJAREN):
        for item in page.items:
            student, year = uuid_or_none(item.get("uuid")), _school_year(item)
            if student and year:
                found.append(Pupil(location, student, year))
    return sorted(found)


def _school_year(student: Item) -> str | None:
    """That of the latest placement."""
    known = [place for place in _list(student.get("plaatsingen")) if isinstance(place.get("schooljaar"), str)]
    latest = max(known, key=lambda place: str(place.get("startdatum", "")), default=None)
    return None if latest is None else latest["schooljaar"].strip()


def files(client: Client, entity: str, pupil: Pupil, *, exam_file: bool) -> list[RawRecord] | None:
    """The rows of one student; None when one of the files is not shown."""
    progress = client.file(pupil.location, pupil.student, VOORTGANGSDOSSIER)
    exam = client.file(pupil.location, pupil.student, EXAMENDOSSIER) if progress and exam_file else NO_FILE
    if progress is None or exam is None:
        return None
    subjects: dict[str, dict[str, list[Any]]] = {}
    for name, page, column in (("voortgang", progress, "vakuuid"), ("examen", exam, "vakUUID")):
        for item in page.items:
            subject = item.get(column)
            subjects.setdefault(subject if isinstance(subject, str) else "", {}).setdefault(name, []).append(item)
    withheld = [*_withheld(progress, exam), *(() if exam_file else (EXAMENDOSSIER.name,))]
    layout = layout_of(Layout("dossier", pupil.location, withheld))
    student = {"leerling": pupil.student, "schooljaar": pupil.school_year}
    return [raw(entity, {**student, "vak": vak, **told}, layout) for vak, told in sorted(subjects.items())]


def look_at_files(client: Client, location: str, *, exam_file: bool) -> list[str]:
    """The rights that are missing in the files of the first student of a location."""
    for pupil in _pupils(client, location)[:1]:
        progress = client.file(location, pupil.student, VOORTGANGSDOSSIER)
        exam = client.file(location, pupil.student, EXAMENDOSSIER) if exam_file else None
        return _withheld(progress or NO_FILE, exam or NO_FILE)
    return []


def _withheld(progress: Page, exam: Page) -> list[str]:
    return [f"voortgang.{name}" for name in progress.withheld] + [f"examen.{name}" for name in exam.withheld]


def _list(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none of what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

