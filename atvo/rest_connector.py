"""The connection to one school's Somtoday Connect: which entities there are, and how each of them is read.

Absences are no entity: Connect does not offer them (wire 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from atvo import night, rest_reading
from atvo.rest_client import GRANT, Client
from atvo.rest_mapping import VERSION, map_row
from atvo.rest_settings import RestSettings, load
from canonical.records import Record
from connectors.batches import Rows, batches
from connectors.contract import Batch, Connector, Entity, Finding, RawRecord, Settings
from connectors.errors import Denied, SourceError
from connectors.pace import Gate

LOCATIONS = Entity("locations", ("location",), one_to_one=True, may_hide=("location",))
STAFF = Entity("staff", ("staff",), may_hide=("staff",))
SUBJECTS = Entity("subjects", ("subject",))
STUDENTS = Entity("students", ("school_year", "student", "enrolment", "student_subject"), may_hide=("student",))
GROUPS = Entity("groups", ("group", "group_member", "group_staff"), may_hide=("group",))
GUARDIANS = Entity("guardians", ("guardian", "guardianship"), may_hide=("guardian", "guardianship"))
GRADES = Entity("grades", ("grading_period", "assessment", "grade"), asked_per="student")


def connect(settings: Settings) -> Connector:
    """The dialect's entry point. Raises ``UserError`` for settings that cannot be."""
    loaded = load(settings)
    return Connect(settings.source, loaded.settings, Client(loaded))


class Connect:
    """A ``Connector``; see ``connectors.contract``."""

    name = "atvo"
    mapping_version = VERSION
    scope = ""
    # Students before whatever refers to them: who is missing is then known when a membership or a grade is.
    entities: tuple[Entity, ...] = (LOCATIONS, STAFF, SUBJECTS, STUDENTS, GROUPS, GUARDIANS, GRADES)

    def __init__(self, source: str, settings: RestSettings, client: Client) -> None:
        self._source = source
        self._settings = settings
        self._client = client

    def close(self) -> None:
        self._client.close()

    def share(self, gate: Gate) -> None:
        self._client.share(gate)

    def map(self, raw: RawRecord) -> Iterable[Record]:
        return map_row(raw)

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        self._client.may_log_in_again()
        yield from batches(self._rows(entity))

    def _rows(self, entity: Entity) -> Rows:
        if entity is LOCATIONS:
            return rest_reading.locations(self._client, entity.name)
        if entity is GRADES:
            exam_file = self._settings.exam_file
            return rest_reading.grades(self._client, entity.name, self._settings.parallel, exam_file=exam_file)
        return rest_reading.by_location(self._client, entity.name)

    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        return night.opens_at(self._settings.night, now)

    def check(self) -> Iterator[Finding]:
        """Ask every location for the first page of everything, and for the files of its first student.

        What the school does not permit is told, even where it stops nothing.
        """
        if night.opens_at(self._settings.night, datetime.now(UTC)):
            return
        self._client.may_log_in_again()
        subject = f"{self._source} {LOCATIONS.name}"
        try:
            withheld = self._client.vestigingen().withheld
            found = self._client.locations()
        except SourceError as error:
            yield Finding(subject, ok=False, advice=str(error))
            return
        yield Finding(subject, ok=True, advice=_not_permitted(withheld))
        for location in found:
            for entity in self.entities[1:]:
                subject = f"{self._source} {entity.name}, location {location}"
                try:
                    yield Finding(subject, ok=True, advice=_not_permitted(self._look(entity, location)))
                except Denied as error:
                    yield Finding(subject, ok=False, advice=str(error))
                    return
                except SourceError as error:
                    yield Finding(subject, ok=False, advice=str(error))

    def _look(self, entity: Entity, location: str) -> list[str]:
        """The rights to fields that are missing where ``entity`` is read from."""
        if entity is GRADES:
            return rest_reading.look_at_files(self._client, location, exam_file=self._settings.exam_file)
        listings = rest_reading.READERS[entity.name].listings
        return [name for listing in listings for name in self._client.page(location, listing).withheld]


def _not_permitted(withheld: list[str]) -> str:
    return f"{', '.join(dict.fromkeys(withheld))}: not permitted; {GRANT}" if withheld else ""
