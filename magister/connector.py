"""The connection to one school's Magister: which entities there are, and how each of them is read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from canonical.records import Record
from connectors.batches import Rows, batches
from connectors.columns import AMSTERDAM
from connectors.contract import Batch, Connector, Entity, Finding, RawRecord, Settings
from connectors.errors import BadRow, Broken, SourceError
from connectors.pace import Gate
from magister import fan_out
from magister.client import Client
from magister.formats import formats
from magister.lists import FUNCTIONS, LISTS
from magister.mapping import VERSION, map_row
from magister.rows import layout, missing_columns, reader
from magister.settings import MagisterSettings, load

STUDENTS = Entity(
    "students", ("school_year", "location", "student", "enrolment", "group", "group_member", "group_staff")
)
STAFF = Entity("staff", ("staff",))
GUARDIANS = Entity("guardians", ("guardian", "guardianship"))
GROUPS = Entity("groups", ("group", "group_member"))
SUBJECTS = Entity("subjects", ("subject", "group_staff", "student_subject"))
ASSESSMENTS = Entity("assessments", ("grading_period", "subject", "assessment"))
GRADES = Entity("grades", ("grade",), one_to_one=True)
REASONS = Entity("absence_reasons", ("absence_reason",), one_to_one=True)
LESSONS = Entity("lessons", ("lesson",), one_to_one=True)
ABSENCES = Entity(
    "absences", ("attendance_observation", "absence_notice", "lesson_remark"), one_to_one=True, incremental=True
)

BY_LIST = {
    "guardians": GUARDIANS,
    "columns": ASSESSMENTS,
    "grades": GRADES,
    "reasons": REASONS,
    "lessons": LESSONS,
    "absences": ABSENCES,
}

LAG = timedelta(days=2)
"""How far an incremental read reaches back behind the last one: the list tells only the day of entry."""

_LOOK_AT = 500
"""Rows within which each column of a list or function must have come by."""


def connect(settings: Settings) -> Connector:
    """The entry point. Raises ``UserError`` for settings that cannot be."""
    loaded, http = load(settings)
    return Magister(settings.source, loaded, Client(loaded, http))


class Magister:
    """A ``Connector``; see ``connectors.contract``."""

    name = "magister"

    def __init__(self, source: str, settings: MagisterSettings, client: Client) -> None:
        self._source = source
        self._settings = settings
        self._client = client
        self._formats = formats(settings)
        self.scope = settings.period
        mapping = settings.model_dump_json(
            include={"columns", "date_format", "datetime_format", "unresolved_codes"}
        )
        self.mapping_version = f"{VERSION}-{sha256(mapping.encode()).hexdigest()[:12]}"
        listed = {name: entity for name, entity in BY_LIST.items() if getattr(settings.lists, name)}
        self._lists = {entity.name: name for name, entity in listed.items()}
        self.entities = (
            STUDENTS, STAFF, *(entity for entity in listed.values() if entity is GUARDIANS), GROUPS, SUBJECTS,
            *(entity for entity in listed.values() if entity is not GUARDIANS),
        )  # fmt: skip

    def close(self) -> None:
        self._client.close()

    def share(self, gate: Gate) -> None:
        self._client.share(gate)

    def map(self, raw: RawRecord) -> Iterable[Record]:
        return map_row(raw, self._formats, self._settings.columns)

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        cursor = (datetime.now(UTC).astimezone(AMSTERDAM).date() - LAG).isoformat() if entity.incremental else None
        self._client.may_log_in_again()
        yield from batches(self._with_columns(self._rows(entity, since)), cursor=cursor)

    def _rows(self, entity: Entity, since: str | None) -> Rows:
        period = {"LesPeriode": self._settings.period}
        if entity is STUDENTS and not self._settings.lists.pupils:
            return self._client.function(entity.name, "GetActiveStudents", period)
        if entity is STAFF:
            return self._client.function(entity.name, "GetActiveEmpoyees", period)
        if entity is GROUPS:
            return fan_out.groups(self._client, self._settings, entity.name)
        if entity is SUBJECTS:
            return fan_out.subjects(self._client, self._settings, entity.name)
        return self._list(entity, "pupils" if entity is STUDENTS else self._lists[entity.name], since)

    def _list(self, entity: Entity, name: str, since: str | None) -> Rows:
        parameters = {"lesperiode": self._settings.period}
        if entity.incremental:
            day = _day(since)
            parameters["vanaf"] = day.strftime(self._settings.date_format) if day else ""
        return self._client.named_list(entity.name, name, parameters)

    def _with_columns(self, rows: Rows) -> Rows:
        """The same rows, once it is sure that they have every column: a renamed one would look like blanks."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        looked: Counter[str] = Counter()
        for some, proof in rows:
            source = layout(some[0].layout).source if some else ""
            if some and looked[source] < _LOOK_AT:
                found[source] |= _column_names(some[: _LOOK_AT - looked[source]])
                looked[source] += len(some)
                self._check_columns(source, found[source])
            yield some, proof

    def _check_columns(self, source: str, found: set[str]) -> None:
        """Raises ``Broken`` for a column that is not in ``found``; where no row could be read, nothing is known."""
        wanted = LISTS[source].columns if source in LISTS else FUNCTIONS[source]
        missing = missing_columns(wanted, self._settings.columns.get(source, {}), found) if found else []
        if missing and source in FUNCTIONS:
            raise Broken(f"{source}: column {', '.join(missing)} did not come", code="magister.column")
        if missing:
            raise Broken(
                f"list {getattr(self._settings.lists, source)}: column {', '.join(missing)} did not come; import the"
                f" list again, or set columns.{source} to the name under which Magister sends it",
                code="magister.column",
            )

    def check(self) -> Iterator[Finding]:
        """Ask for the first rows of everything, one after the other."""
        for entity in self.entities:
            try:
                next(iter(self.read(entity, None)), None)
            except SourceError as error:
                yield Finding(f"{self._source} {entity.name}", ok=False, advice=str(error))
                if error.code == "magister.login":
                    return
            else:
                yield Finding(f"{self._source} {entity.name}", ok=True)


def _day(cursor: str | None) -> date | None:
    """The day that a cursor means; none for one that is not ours, which then asks for everything."""
    try:
        return date.fromisoformat(cursor or "")
    except ValueError:
        return None


def _column_names(rows: Sequence[RawRecord]) -> set[str]:
    """The names of the columns that come by in some rows; those of a row that cannot be read are not known."""
    found: set[str] = set()
    for raw in rows:
        place = layout(raw.layout)
        try:
            found |= reader(place.form, place.encoding, place.header)(raw.data).keys()
        except BadRow:
            continue
    return found
