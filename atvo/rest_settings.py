"""What a school sets for Somtoday Connect: the ``[source.atvo]`` table with ``dialect = "connect"``."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr

from atvo.night import ALWAYS, Night
from connectors.contract import Settings
from connectors.http import HttpSettings
from connectors.settings import validated


class RestSettings(BaseModel):
    """Everything but ``organisation``, ``client_id`` and ``client_secret`` has a default (wire 5.1)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_url: str = "https://api.somtoday.nl/rest/v1"
    token_url: str = "https://inloggen.somtoday.nl/oauth2/token"  # noqa: S105  # an address
    organisation: UUID
    """The institution (instelling) for which the token is asked."""
    client_id: str
    client_secret: SecretStr
    brin: str = Field(default="", pattern=r"^([0-9]{2}[A-Za-z]{2})?$")
    """Checked against ``organisation``, so that no other school is read; empty: not checked."""
    locations: tuple[str, ...] = ()
    """UUIDs or abbreviations of locations (vestigingen); empty for all that the school granted."""
    night: Night = ALWAYS
    """When Somtoday may be asked, in Dutch time. Assumed: Connect may be asked at all hours."""
    exam_file: bool = True
    """Whether the exam file is read; false for a school that grants no right to it."""
    parallel: int = Field(default=8, ge=1, le=40)
    """Calls at once where there is one for each student."""
    rate: float | None = Field(default=None, gt=0)
    """Calls a second at most."""
    deadline: float = Field(default=600, gt=0)
    """Seconds for one call, until its last byte."""
    read_timeout: float = Field(default=60, gt=0)
    """Seconds of silence."""
    attempts: int = Field(default=4, ge=1, le=10)
    ca_bundle: FilePath | None = None
    """The authority that signed the certificates, in PEM, when it is not a public one."""

    def http(self, address: str) -> HttpSettings:
        return HttpSettings(
            base_url=address, deadline=self.deadline, read_timeout=self.read_timeout, attempts=self.attempts,
            rate=self.rate, connections=self.parallel, ca_bundle=self.ca_bundle,
        )  # fmt: skip


class Loaded(NamedTuple):
    """The settings, and how to reach the two hosts: of the interface and of the tokens."""

    settings: RestSettings
    api: HttpSettings
    login: HttpSettings


def load(settings: Settings) -> Loaded:
    """Validate a source's table. Raises ``UserError`` that names each field and not its value."""
    loaded = validated(settings, "atvo", lambda: RestSettings.model_validate(settings.options))
    api = validated(settings, "atvo", lambda: loaded.http(loaded.api_url), url="api_url")
    return Loaded(loaded, api, validated(settings, "atvo", lambda: loaded.http(loaded.token_url), url="token_url"))
