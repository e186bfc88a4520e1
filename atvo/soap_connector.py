"""The connection to one school's UMService and WISService: which entities there are, and how each of them is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256

from atvo import night, um_mapping, um_reader, wis_mapping
from atvo.soap_client import Service, security_header
from atvo.soap_rows import layout, values
from atvo.soap_settings import SoapSettings, load
from atvo.um_reader import Asked
from atvo.wis_reader import WisReader, offered
from canonical.records import Record
from connectors.batches import Rows, batches
from connectors.columns import AMSTERDAM, dates
from connectors.contract import Batch, Connector, Entity, Finding, RawRecord, Settings
from connectors.errors import BadRow, Denied, Problem, SourceError
from connectors.pace import Gate

VERSION = "atvo-soap-1"
"""Counts up when a mapping gives something else for the same row."""

# UMService leaves out whoever is switched off for it (wire 2.2): that they are missing does not say that they left.
LOCATIONS = Entity("locations", ("location",))
STAFF = Entity("staff", ("staff",), may_hide=("staff",))
SUBJECTS = Entity("subjects", ("subject",))
STUDENTS = Entity(
    "students", ("school_year", "student", "enrolment", "group_member", "student_subject"), may_hide=("student",)
)
GROUPS = Entity("groups", ("group", "group_staff"))
GUARDIANS = Entity("guardians", ("guardian", "guardianship"), may_hide=("guardian",))
GRADES = Entity("grades", ("grading_period", "subject", "assessment", "grade"), asked_per="student")
ABSENCES = Entity(
    "absences", ("absence_reason", "absence_notice", "attendance_observation"), asked_per="student"
)

BY_NIGHT = (LOCATIONS, STAFF, SUBJECTS, STUDENTS, GROUPS, GUARDIANS)
"""What comes from UMService; all else comes from WISService, which answers by day as well."""

UM_MAPPERS = {
    "getInrichtingVestigingen": um_mapping.location,
    "getDataMedewerkers": um_mapping.staff,
    "getInrichtingVakken": um_mapping.subject,
    "getDataLeerlingen": um_mapping.student,
    "getInrichtingStamgroepen": um_mapping.homeroom,
    "getInrichtingLesgroepen": um_mapping.section,
    "getDataVerzorgers": um_mapping.guardian,
}
WIS_MAPPERS = {
    "column": wis_mapping.column,
    "result": wis_mapping.result,
    "notice": wis_mapping.notice,
    "observation": wis_mapping.observation,
}
"""By the source of a row, as its layout says."""


def connect(settings: Settings) -> Connector:
    """Make the connector. Raises ``UserError`` for settings that cannot be."""
    loaded, um_http, wis_http = load(settings)
    password, faults = loaded.password.get_secret_value(), loaded.wis.faults
    common = {"brinNr": loaded.brin, "username": loaded.user, "password": password}
    um = Service("UMService", um_http, [password], faults, common=common)
    if wis_http is None:
        return Soap(settings.source, loaded, um, None)
    wis_user, wis_password = loaded.wis_account()
    header = security_header(loaded.wis.namespaces["brin"], loaded.brin, wis_user, wis_password)
    return Soap(settings.source, loaded, um, Service("WISService", wis_http, [wis_password], faults, header=header))


class Soap:
    """A ``Connector``; see ``connectors.contract``."""

    name = "atvo"

    def __init__(self, source: str, settings: SoapSettings, um: Service, wis: Service | None) -> None:
        self._source = source
        self._settings = settings
        self._um = um
        self._wis = wis
        self._reader = WisReader(wis, settings.wis, settings.parallel) if wis else None
        self._um_formats = um_mapping.UmFormats(
            dates(settings.date_format), settings.subject_separator, settings.relations
        )
        self._wis_formats = wis_mapping.WisFormats(
            settings.wis, settings.absence_kinds, frozenset(settings.unresolved_codes)
        )
        self.scope = settings.school_year
        mapping = settings.model_dump_json(
            include={"date_format", "subject_separator", "relations", "absence_kinds", "unresolved_codes", "wis"}
        )
        self.mapping_version = f"{VERSION}-{sha256(mapping.encode()).hexdigest()[:12]}"
        by_day = [entity for entity in (GRADES, ABSENCES) if wis and offered(settings.wis, entity.name)]
        self.entities = (*BY_NIGHT, *by_day)

    def close(self) -> None:
        for service in (self._um, self._wis):
            if service is not None:
                service.close()

    def share(self, gate: Gate) -> None:
        for service in (self._um, self._wis):
            if service is not None:
                service.share(gate)

    def map(self, raw: RawRecord) -> Iterable[Record]:
        place = layout(raw.layout)
        row = values(raw.data)
        if place.source in UM_MAPPERS:
            return UM_MAPPERS[place.source](row, place, self._um_formats)
        if place.source in WIS_MAPPERS:
            return WIS_MAPPERS[place.source](row, place, self._wis_formats)
        raise BadRow([Problem("layout", "source")])

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        service = self._service(entity)
        form = service.begin().form
        yield from batches(self._rows(entity, sample=False), form=form)

    def opens_at(self, entity: Entity, now: datetime) -> datetime | None:
        """UMService is open at night only; WISService always."""
        return night.opens_at(self._settings.night, now) if entity in BY_NIGHT else None

    def check(self) -> Iterator[Finding]:
        """Load both WSDLs, then ask a little of each entity that may be read now; a refused account ends it."""
        for service in (self._um, self._wis):
            if service is None:
                continue
            try:
                service.begin()
            except SourceError as error:
                yield Finding(f"{self._source} {service.name}", ok=False, advice=str(error))
                continue
            for entity in self.entities:
                if self._service(entity) is service and self.opens_at(entity, datetime.now(UTC)) is None:
                    finding, denied = self._try(entity)
                    yield finding
                    if denied:
                        return

    def _try(self, entity: Entity) -> tuple[Finding, bool]:
        """What comes of asking a little, and whether the account was refused."""
        subject = f"{self._source} {entity.name}"
        try:
            for _ in self._rows(entity, sample=True):
                pass
        except SourceError as error:
            return Finding(subject, ok=False, advice=str(error)), isinstance(error, Denied)
        return Finding(subject, ok=True), False

    def _service(self, entity: Entity) -> Service:
        return self._um if entity in BY_NIGHT or self._wis is None else self._wis

    def _rows(self, entity: Entity, *, sample: bool) -> Rows:
        today = datetime.now(UTC).astimezone(AMSTERDAM).date()
        asked = Asked(self._settings.year(today), self._settings.locations, sample)
        if entity in BY_NIGHT or self._reader is None:
            return um_reader.rows(self._um, entity.name, asked)
        return self._reader.rows(entity.name, asked)
