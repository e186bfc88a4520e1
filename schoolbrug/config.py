"""The configuration: one TOML file, checked as a whole before anything is done.

A mistake is a ``UserError`` that names the file, the dotted field and what is expected there, never the value.
``schoolbrug config example`` shows every setting.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from canonical.errors import UserError
from canonical.plan import Limits
from portal.keys import SCOPES, USUAL_SCOPES
from scheduler.cadence import EVERY_DAY, Beat, Days, Night, Rhythm
from schoolbrug.credentials import Secret, in_clear, label, locate
from schoolbrug.portalconfig import PortalTable, PostTable, Table

M = TypeVar("M", bound=BaseModel)

DEFAULT_FILE = Path("schoolbrug.toml")
VARIABLE = "SCHOOLBRUG_CONFIG"

Minutes = Annotated[float, Field(gt=0, le=24 * 60)]
Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]

def _written(value: Any) -> Any:
    # A bare number would be taken for seconds since midnight.
    if isinstance(value, (time, str, dict)):
        return value
    raise ValueError(_EXPECTED["time_parsing"])


Minute = Annotated[time, BeforeValidator(_written)]

_EXPECTED = {
    "missing": "this is needed",
    "string_pattern_mismatch": "small letters, digits and hyphens only",
    "is_instance_of": 'write { env = "NAME" }, { file = "..." } or { keyring = "service/user" }',
    "time_parsing": 'a time of day is expected, such as "02:30"',
}
"""Where pydantic's own sentence would not help."""


class StoreTable(Table):
    """``[store]``: where the records are kept."""

    database: str | Secret = "sqlite:///schoolbrug.sqlite"
    quarantine_key: Secret | None = None
    """Without it, of a row in quarantine only what is wrong with it is kept."""


class LimitsTable(Table):
    """``[limits]``: how much may go wrong before a person has to look."""

    deletion_percent: Percent = 10
    deletion_floor: Count = 20
    bad_percent: Percent = 5
    bad_floor: Count = 20

    def limits(self) -> Limits:
        return Limits(self.deletion_percent / 100, self.deletion_floor, self.bad_percent / 100, self.bad_floor)


class KeyTable(Table):
    """``[[serve.keys]]``: one program that calls the read layer. Without ``sources`` it may see all of them."""

    name: str
    secret: Secret
    sources: tuple[str, ...] = ()
    scopes: frozenset[str] = USUAL_SCOPES

    @field_validator("scopes")
    @classmethod
    def _known(cls, value: frozenset[str]) -> frozenset[str]:
        if not value <= SCOPES:
            raise ValueError(f"there are the scopes {', '.join(sorted(SCOPES))}")
        return value


class ServeTable(Table):
    """``[serve]``: where the read layer listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    proxies: tuple[str, ...] = ()
    """Addresses of web servers before it that say in X-Forwarded-For where a request comes from."""
    metrics: str | None = None
    """``host:port`` at which Prometheus asks, which is never the read layer's own."""
    keys: tuple[KeyTable, ...] = ()

    @field_validator("metrics")
    @classmethod
    def _place(cls, value: str | None) -> str | None:
        try:
            place = urlsplit(f"//{value}")
            right = value is None or bool(place.hostname and place.port and place.netloc == value)
        except ValueError:
            right = False
        if not right:
            raise ValueError('a host and a port are expected, such as "127.0.0.1:9464"')
        return value


def _address(value: str) -> str:
    if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", value):
        raise ValueError("an e-mail address is expected, such as beheer@school.example")
    return value


class AlertsTable(Table):
    """``[alerts]``: where the application manager hears that a source needs looking at."""

    email: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    """Addresses; the mail server of ``[portal.mail]`` sends them."""
    webhook: PostTable | None = None


class SchoolTable(Table):
    """``school``: what the school is called. ``brin`` is its national number, such as 99XX."""

    name: str = Field(min_length=1)
    brin: str | None = None

    @field_validator("brin")
    @classmethod
    def _brin(cls, value: str | None) -> str | None:
        if value is not None and not (len(value) == 4 and value.isascii() and value.isalnum()):
            raise ValueError("four letters and digits are expected, such as 99XX")
        return value.upper() if value else None


_MARK = "#"
"""Begins the name of a member of a union, which is no place in the file."""
_WHICH = Discriminator(lambda value: f"{_MARK}table" if isinstance(value, (dict, Table)) else f"{_MARK}plain")
"""What is written as a table is meant as one: of a mistake in it, nothing else is said."""


class HoursTable(Table):
    """One entity's rhythm: ``every`` so many minutes ``from`` one local time ``until`` another, on ``days``."""

    every: Minutes
    begins: Minute = Field(default=time(0), alias="from")
    ends: Minute | None = Field(default=None, alias="until")
    """None: midnight."""
    days: frozenset[Annotated[int, Field(ge=1, le=7)]] = EVERY_DAY
    """1 is Monday, 7 is Sunday."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.days:
            raise ValueError("days: at least one is expected; leave it out for every day")
        if self.begins == self.ends:
            raise ValueError("from and until are the same: that is no time at all")
        return self


class NightTable(Table):
    """Between which local times everything is read at night; each source has its own moment in between."""

    begins: Minute = Field(alias="from")
    ends: Minute = Field(alias="until")


class DaysTable(Table):
    """Days on which a source is left alone, both inclusive."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta() <= self.last - self.first < timedelta(days=366):
            raise ValueError("last comes after first, and no more than a year later")
        return self


_PLAIN, _TABLE = Tag(f"{_MARK}plain"), Tag(f"{_MARK}table")
Interval = Annotated[Annotated[Minutes, _PLAIN] | Annotated[HoursTable, _TABLE], _WHICH]


class ScheduleTable(BaseModel):
    """``[source.schedule]``: how often each entity is read, when everything is, and on which days nothing is."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)
    __pydantic_extra__: dict[str, Interval]

    default: Interval = 30
    full: Annotated[Annotated[Minute, _PLAIN] | Annotated[NightTable, _TABLE], _WHICH] = time(2, 30)
    """Local time, Europe/Amsterdam."""
    closed: tuple[DaysTable, ...] = ()
    """Holidays, or when the source is being worked on."""
    at_once: int = Field(default=2, ge=1, le=50)
    """So many of its entities are read at the same time, all workers together."""

    def rhythm(self) -> Rhythm:
        """As the scheduler takes it."""
        night = self.full
        return Rhythm(
            _beat(self.default),
            Night(night) if isinstance(night, time) else Night(night.begins, night.ends),
            {name: _beat(value) for name, value in self.__pydantic_extra__.items()},
            tuple(Days(days.first, days.last) for days in self.closed),
        )

    @property
    def entities(self) -> frozenset[str]:
        """The entities that are named."""
        return frozenset(self.__pydantic_extra__)


def _beat(value: float | HoursTable) -> Beat:
    if not isinstance(value, HoursTable):
        return Beat(timedelta(minutes=value))
    return Beat(timedelta(minutes=value.every), value.begins, value.ends, value.days)


class SourceTable(Table):
    """``[[source]]``: one school's administration. ``options`` is its ``[source.<system>]``, the connector's own."""

    name: Name
    system: str
    enabled: bool = True
    school: SchoolTable
    schedule: ScheduleTable = ScheduleTable()
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _own_table(cls, data: Any) -> Any:
        """The table that bears the system's name belongs to the connector, which alone can tell whether it is right."""
        system = data.get("system") if isinstance(data, dict) else None
        if not isinstance(system, str):
            return data
        if "options" in data or system in cls.model_fields:
            raise ValueError(f"the connector's settings belong in a table of the system's name, [source.{system}]")
        own = data.get(system, {})
        if not isinstance(own, dict):
            raise ValueError(f"{system} must be a table, [source.{system}]")
        return {**{key: value for key, value in data.items() if key != system}, "options": own}


class Sources(Table):
    """Nothing but ``[[source]]`` tables."""

    source: tuple[SourceTable, ...]

    @model_validator(mode="after")
    def _names(self) -> Self:
        if not self.source:
            raise ValueError("source: at least one [[source]] table is expected")
        _one_each(self.source)
        return self


class Config(Table):
    """The whole file."""

    store: StoreTable = StoreTable()
    limits: LimitsTable = LimitsTable()
    serve: ServeTable = ServeTable()
    portal: PortalTable = PortalTable()
    alerts: AlertsTable = AlertsTable()
    source: tuple[SourceTable, ...] = ()

    @model_validator(mode="after")
    def _names(self) -> Self:
        _one_each(self.source)
        if twice := _twice([key.name for key in self.serve.keys]):
            raise ValueError(f"two serve.keys are called {twice}; every key needs a name of its own")
        if self.alerts.email and self.portal.mail is None:
            raise ValueError("alerts.email: a mail server has to send them; describe it in [portal.mail]")
        return self

    @property
    def enabled(self) -> tuple[SourceTable, ...]:
        return tuple(source for source in self.source if source.enabled)


def _one_each(sources: tuple[SourceTable, ...]) -> None:
    if twice := _twice([source.name for source in sources]):
        raise ValueError(f"two sources are called {twice}; every source needs a name of its own")


def _twice(names: list[str]) -> str | None:
    return next((name for index, name in enumerate(names) if name in names[:index]), None)


def load(file: Path) -> Config:
    """Read and check ``file``. Raises ``UserError``. No secret is fetched yet; see ``Secret.reveal``."""
    advice = f"Make one with: schoolbrug config example > {file}\nor name another with --config or {VARIABLE}."
    config = _checked(Config, read(file, advice), file)
    _no_password_in(config.store.database, file)
    return config


def sources(raw: Any, file: Path) -> tuple[SourceTable, ...]:
    """The sources of what has nothing but ``[[source]]`` tables. ``file`` is what messages call it. Raises
    ``UserError``."""
    if other := next((name for name in raw if name != "source"), None):
        raise UserError(
            f"{file}: {other}: only [[source]] tables are expected here; all else stands in the configuration."
        )
    return _checked(Sources, raw, file).source


def read(file: Path, advice: str) -> dict[str, Any]:
    """The tables of a TOML file. ``advice`` is what to do when there is none. Raises ``UserError``."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"{file}: there is no such file. {advice}") from None
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise UserError(f"{file}: not UTF-8 text. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{file}: not a TOML file: {error}") from None


def _checked(model: type[M], raw: Any, file: Path) -> M:
    located = locate(raw, file)
    try:
        return model.model_validate(located)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        lines = [f"{file}: {_dotted(located, fault['loc'])}{_told(fault)}" for fault in faults]
    # Not within the ``except``: the library's exception holds the values.
    raise UserError("\n".join(lines))


def _told(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "this field is not known. See: schoolbrug config example"
    if fault["type"] == "value_error":
        return f"{fault['ctx']['error']}."
    told: str = _EXPECTED.get(fault["type"]) or fault["msg"]
    return told[0].lower() + told[1:] + "."


def _dotted(raw: Any, path: tuple[int | str, ...]) -> str:
    """``source[de-linde].school.brin: `` for a place in the file; empty for the file as a whole."""
    written = ""
    for step in path:
        if isinstance(step, int):
            entry = raw[step] if isinstance(raw, list) and step < len(raw) else None
            written += f"[{label(entry, step)}]"
            raw = entry
        elif isinstance(raw, dict) and not step.startswith(_MARK):  # nor below a value, where pydantic names a union's
            written += f".{step}" if written else step
            raw = raw.get(step)
    return f"{written}: " if written else ""


def _no_password_in(database: str | Secret, file: Path) -> None:
    try:
        if isinstance(database, str) and make_url(database).password is not None:
            raise UserError(in_clear(file, "store.database"))
    except ArgumentError:
        return
