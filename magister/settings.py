"""What a school sets for its Magister: the ``[source.magister]`` table."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr, field_validator

from connectors.contract import Settings
from connectors.http import HttpSettings
from connectors.settings import validated
from magister.lists import LISTS


class Lists(BaseModel):
    """The names under which the lists were imported in Magister; empty for a list that the school does not offer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pupils: str = "schoolbrug-leerlingen"
    guardians: str = "schoolbrug-ouders"
    columns: str = "schoolbrug-cijferkolommen"
    grades: str = "schoolbrug-cijfers"
    reasons: str = "schoolbrug-redenen"
    lessons: str = "schoolbrug-lessen"
    absences: str = "schoolbrug-absenties"


class MagisterSettings(BaseModel):
    """Everything but ``url``, ``user`` and ``password`` has a default; what is assumed of Magister is marked so."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str
    """``https://school.swp.nl:8800/doc`` (``:8801`` is Magister's test environment)."""
    user: str
    password: SecretStr
    login: Literal["token", "stateless"] = "token"
    """``token`` logs in once and again when the token has run out; ``stateless`` sends user and password each time."""
    period: str = Field(default="", pattern=r"^([0-9]{4})?$")
    """The school year as Magister writes it, 2627; empty for the current one."""
    format: Literal["xml", "csv"] = "xml"
    """How lists are asked for. XML proves by its closing tag that it is whole; CSV cannot."""
    encoding: Literal["utf-8", "cp1252"] = "utf-8"
    """Of CSV: ``cp1252`` asks for ``Encoding=ANSI``."""
    parallel: int = Field(default=8, ge=1, le=40)
    """Calls at once where there is one for each student (20 to 40 is where Magister gains no more)."""
    rate: float | None = Field(default=None, gt=0)
    """Calls a second at most."""
    deadline: float = Field(default=600, gt=0)
    """Seconds for one call, until its last byte."""
    read_timeout: float = Field(default=60, gt=0)
    """Seconds of silence."""
    attempts: int = Field(default=4, ge=1, le=10)
    ca_bundle: FilePath | None = None
    """The authority that signed the certificate, in PEM, when it is not a public one."""
    lists: Lists = Lists()
    columns: dict[str, dict[str, str]] = Field(default_factory=dict)
    """For a list, our column name = the name under which Magister sends it; empty for one that it does not send."""
    date_format: str = "%d-%m-%Y"
    """Assumed: how Magister writes a date."""
    datetime_format: str = "%d-%m-%Y %H:%M:%S"
    """Assumed: how Magister writes a moment, in Dutch time."""
    unresolved_codes: tuple[str, ...] = ("AB",)
    """Codes of absence whose reason is not known yet (R35)."""

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for name, renamed in value.items():
            if name not in LISTS:
                raise ValueError(f"there is no list {name}; there are {', '.join(LISTS)}")
            unknown = set(renamed) - set(LISTS[name].columns)
            if unknown:
                raise ValueError(f"{name} has no column {', '.join(sorted(unknown))}")
        return value

    def http(self) -> HttpSettings:
        return HttpSettings(
            base_url=self.url, deadline=self.deadline, read_timeout=self.read_timeout, attempts=self.attempts,
            rate=self.rate, connections=self.parallel, ca_bundle=self.ca_bundle,
        )  # fmt: skip


def load(settings: Settings) -> tuple[MagisterSettings, HttpSettings]:
    """Validate a source's table. Raises ``UserError`` that names each field and not its value."""
    loaded = validated(settings, "magister", lambda: MagisterSettings.model_validate(settings.options))
    return loaded, validated(settings, "magister", loaded.http)
