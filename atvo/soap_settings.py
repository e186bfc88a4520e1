"""What a school sets for UMService and WISService: the ``[source.atvo]`` table of the dialect ``soap``."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FilePath, SecretStr, field_validator

from atvo.night import Night
from atvo.wis import Wis, assumed, merged
from canonical.terms import AttendanceKind, Relation
from connectors.contract import Settings
from connectors.http import HttpSettings
from connectors.relations import RELATIONS
from connectors.settings import validated

YEAR_TURNS = (8, 1)
"""Month and day on which a school year begins."""

_YEAR = re.compile(r"(\d{4})/(\d{4})")

ABSENCE_KINDS: dict[str, AttendanceKind] = {
    "Z": AttendanceKind.SICK,
    "ZK": AttendanceKind.SICK,
    "ZH": AttendanceKind.SICK,
    "VR": AttendanceKind.EXEMPT,
}
"""Assumed: codes of the school's own list of reasons that say more than absent, late or removed."""


class SoapSettings(BaseModel):
    """Everything but the addresses, ``brin``, ``user`` and ``password`` has a default; what is assumed is marked so."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url_um: str
    """``https://oop.somtoday.nl/services/umService``; its WSDL is the same with ``?wsdl``."""
    url_wis: str = ""
    """``https://.../services/WISService``; empty for a school without it, which then has no grades and absences."""
    brin: str = Field(pattern=r"^[0-9]{2}[A-Za-z]{2}$")
    """Of the main location."""
    user: str
    password: SecretStr
    wis_user: str = ""
    """The account for WISService, where it is another one than for UMService; likewise ``wis_password``."""
    wis_password: SecretStr | None = None
    school_year: str = ""
    """``2026/2027``; empty for the current one, which begins on 1 August."""
    locations: tuple[str, ...] = ()
    """Abbreviations of the locations that are read; empty for all."""
    night: Night = Night.model_validate({"from": "22:00", "to": "06:00"})
    """Assumed: when UMService answers, in Dutch time; twice the same is always."""
    parallel: int = Field(default=8, ge=1, le=40)
    """Calls to WISService at once, where there is one for each student."""
    rate: float | None = Field(default=None, gt=0)
    """Calls a second at most, of each service."""
    deadline: float = Field(default=1800, gt=0)
    """Seconds for one call, until its last byte: a whole location comes as one answer."""
    read_timeout: float = Field(default=120, gt=0)
    """Seconds of silence."""
    attempts: int = Field(default=4, ge=1, le=10)
    ca_bundle: FilePath | None = None
    """The authority that signed the certificate, in PEM, when it is not a public one."""
    date_format: str = "%Y-%m-%d"
    """Assumed: how UMService writes a date of birth."""
    subject_separator: str = Field(default=",", min_length=1)
    """Assumed: what stands between the subjects in ``leerlingVakken``."""
    relations: dict[str, Relation] = dict(RELATIONS)
    """More words for how a guardian is related to a student, over those of ``RELATIONS``."""
    absence_kinds: dict[str, AttendanceKind] = ABSENCE_KINDS
    """More codes of reasons that say which kind of absence it is, over those of ``ABSENCE_KINDS``."""
    unresolved_codes: tuple[str, ...] = ("AB",)
    """Assumed: codes of absence whose reason is not known yet (R35)."""
    wis: Annotated[Wis, BeforeValidator(merged)] = Wis.model_validate(assumed())
    """What is assumed of WISService; see ``wis.toml``."""

    @field_validator("school_year")
    @classmethod
    def _two_years(cls, value: str) -> str:
        found = _YEAR.fullmatch(value)
        if value and (found is None or int(found[2]) != int(found[1]) + 1):
            raise ValueError("must be two years on end, such as 2026/2027, or empty for the current one")
        return value

    @field_validator("relations")
    @classmethod
    def _all_relations(cls, value: dict[str, Relation]) -> dict[str, Relation]:
        return {**RELATIONS, **{word.strip().lower(): relation for word, relation in value.items()}}

    @field_validator("absence_kinds")
    @classmethod
    def _all_kinds(cls, value: dict[str, AttendanceKind]) -> dict[str, AttendanceKind]:
        return ABSENCE_KINDS | value

    def http(self, url: str) -> HttpSettings:
        return HttpSettings(
            base_url=url, deadline=self.deadline, read_timeout=self.read_timeout, attempts=self.attempts,
            rate=self.rate, connections=self.parallel, ca_bundle=self.ca_bundle,
        )  # fmt: skip

    def wis_account(self) -> tuple[str, str]:
        """User and password for WISService."""
        return self.wis_user or self.user, (self.wis_password or self.password).get_secret_value()

    def year(self, today: date) -> str:
        """The school year that is asked for on a day, as the source writes it."""
        if self.school_year:
            return self.school_year
        first = today.year if (today.month, today.day) >= YEAR_TURNS else today.year - 1
        return f"{first}/{first + 1}"


def load(settings: Settings) -> tuple[SoapSettings, HttpSettings, HttpSettings | None]:
    """Validate a source's table: the settings, how to reach UMService, and WISService if the school has it.

    Raises ``UserError`` that names each field and not its value.
    """
    loaded = validated(settings, "atvo", lambda: SoapSettings.model_validate(settings.options))
    um = validated(settings, "atvo", lambda: loaded.http(loaded.url_um), url="url_um")
    if not loaded.url_wis:
        return loaded, um, None
    return loaded, um, validated(settings, "atvo", lambda: loaded.http(loaded.url_wis), url="url_wis")
