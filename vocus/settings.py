"""What a school sets: the ``[source.vocus]`` table, and how each data set of its files is laid out.

Everything is checked here, before anything is read. A mistake names its field, such as
``data.students.columns.geboren``, and never a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    StrictInt,
    StrictStr,
    field_validator,
)

from canonical.errors import UserError
from canonical.terms import AttendanceKind
from connectors.contract import Settings
from connectors.settings import validated
from connectors.sftp import public_key
from vocus import presets
from vocus.faults import data_faults
from vocus.uwlr_settings import UwlrSettings

YEAR_TURNS = (8, 1)
"""Month and day on which a school year begins (wire G)."""

DATES = ("%d-%m-%Y", "%Y-%m-%d", "%Y%m%d", "%d%m%Y", "%d/%m/%Y")
TIMES = ("%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S")
"""What is tried unless a school says otherwise; a file decides which of them it is."""

Column = StrictStr | StrictInt
"""A header, or a place counted from 0."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RecordType(_Table):
    """Only rows with ``value`` in ``column`` belong to the data set."""

    column: Column
    value: str


def _word(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


class DataSettings(_Table):
    """One data set: ``[source.vocus.data.<name>]``, over what its preset says."""

    preset: str = presets.CSV_MAPPED
    files: str = ""
    """A pattern for file names, compared without regard to case."""
    mode: Literal["snapshot", "delta"] = "snapshot"
    """A snapshot holds everything, and what it lacks is gone; a delta holds only what has changed."""
    encoding: Literal["auto", "utf-8", "utf-16", "cp1252"] = "auto"
    delimiter: str = "auto"
    quoting: bool = True
    """Whether double quotes enclose a value; without it they are letters like any other."""
    header: bool = True
    null: tuple[str, ...] = ("", "-", "NULL")
    """Cells that say nothing."""
    separator: str = ","
    """Between several values in one cell."""
    dates: tuple[str, ...] = DATES
    times: tuple[str, ...] = TIMES
    columns: dict[str, Column] = Field(default_factory=dict)
    """Our field = their header, without regard to case and spaces, or the place of the column, from 0."""
    record_type: RecordType | None = None
    maps: dict[str, dict[str, Annotated[str, BeforeValidator(_word)]]] = Field(default_factory=dict)
    """For a field, their value (without regard to case) = ours."""
    pad: dict[str, int] = Field(default_factory=dict)
    """For a number that is a name, how many digits it has: lost leading zeros come back."""
    digits: dict[str, int] = Field(default_factory=dict)
    """The same, but a file in which they are lost is refused."""
    scale: Literal["decimal", "tenths"] = "decimal"
    """Of results: 6,5 or 65."""
    xsd: FilePath | None = None
    """The standard's schema (``EDEXML.structuur.xsd``): what is not as it wants is told, and refused is nothing."""

    def fingerprint(self) -> str:
        """The same text as long as a file is read in the same way."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]


class Reason(_Table):
    """What one of the school's own codes of absence says."""

    kind: AttendanceKind
    excused: bool | None = None


class SftpTable(_Table):
    """Where the folder is filled from: ``[source.vocus.sftp]``. One of ``password`` and ``private_key``."""

    host: str = Field(min_length=1)
    port: int = Field(default=22, ge=1, le=65535)
    user: str = Field(min_length=1)
    password: SecretStr | None = None
    private_key: SecretStr | None = None
    """In the form of OpenSSH or PEM."""
    host_key: str
    """The key that the host must show: ``ssh-ed25519 AAAA...``."""
    path: str = "."
    deadline: float = Field(default=600, gt=0)
    """Seconds for all that is fetched at a time."""

    @field_validator("host_key")
    @classmethod
    def _whole_key(cls, value: str) -> str:
        public_key(value)
        return value


class VocusSettings(_Table):
    """A school has files (``folder`` and ``data``), UWLR, or both."""

    folder: Path | None = None
    settle: float = Field(default=60, ge=0)
    """Seconds that a file must stand still where there is neither a manifest nor a marker."""
    archive_days: int = Field(default=30, ge=1)
    """Days that deliveries are kept; the newest of each data set always is."""
    school_year: str = ""
    """``2026-2027``; empty for the current one, which begins on 1 August."""
    unresolved_codes: tuple[str, ...] = ("AB",)
    """Absent with one of these codes is neither excused nor unexcused yet (R35)."""
    reasons: dict[str, Reason] = Field(default_factory=dict)
    """The school's own codes of absence."""
    jaargroepen: dict[str, Annotated[int, Field(ge=1, le=8)]] = Field(default_factory=dict)
    """EDEXML's jaargroep = grade level, where it is not 10 more."""
    sftp: SftpTable | None = None
    uwlr: UwlrSettings | None = None
    data: dict[str, DataSettings] = Field(default_factory=dict)

    @field_validator("data", mode="before")
    @classmethod
    def _over_presets(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {
            name: presets.merged(name, table) if isinstance(table, Mapping) else table for name, table in value.items()
        }

    @property
    def comes_as_edex(self) -> bool:
        """Whether the students come in the words of EDEX: as EDEXML, EDEX2000 or over UWLR."""
        students = self.data.get("students")
        return self.uwlr is not None or (students is not None and students.preset in presets.EDEX)

    def year(self, day: date) -> str:
        """The school year of a day in the Netherlands: what is set, or else by the calendar."""
        if self.school_year:
            return self.school_year
        first = day.year if (day.month, day.day) >= YEAR_TURNS else day.year - 1
        return f"{first}-{first + 1}"

    def mapping(self) -> str:
        """The same text as long as the same bytes give the same records."""
        return self.model_dump_json(include={"school_year", "unresolved_codes", "reasons", "jaargroepen", "data"})


def load(settings: Settings) -> VocusSettings:
    """Validate a source's table. Raises ``UserError`` that names each field and not its value."""
    loaded = validated(settings, "vocus", lambda: VocusSettings.model_validate(settings.options))
    found = [f"{place}: {sentence}" for place, sentence in _faults(loaded)]
    if found:
        raise UserError(f"source {settings.source}, table vocus: {'; '.join(found)}")
    return loaded


def _faults(settings: VocusSettings) -> Iterator[tuple[str, str]]:
    """What is wrong with the settings as a whole: the field and a sentence."""
    years = settings.school_year.split("-")
    if settings.school_year and not (
        len(years) == 2 and all(len(year) == 4 and year.isascii() and year.isdigit() for year in years)
        and int(years[1]) == int(years[0]) + 1
    ):  # fmt: skip
        yield "school_year", "must be two years on end, such as 2026-2027, or empty for the current one"
    if not settings.data and settings.uwlr is None:
        yield "data", "there is nothing to read: add a table data.students, or uwlr"
    if settings.data and settings.folder is None:
        yield "folder", "say where the files are dropped"
    sftp = settings.sftp
    if sftp is not None and settings.folder is None:
        yield "folder", "say where the files of sftp are to be put"
    if sftp is not None and (sftp.password is None) == (sftp.private_key is None):
        yield "sftp", "give either password or private_key"
    students = settings.data.get("students")
    if students is not None and settings.uwlr is not None:
        yield "data.students", "the students come over UWLR already; leave one of the two out"
    if "staff" in settings.data and settings.comes_as_edex:
        yield "data.staff", "the staff comes with the students already; leave it out"
    for name, data in settings.data.items():
        for place, sentence in data_faults(name, data):
            yield f"data.{name}{place}", sentence


