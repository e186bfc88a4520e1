"""``[portal]``: who may sign in at the read layer, and how codes reach guardians."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from canonical.errors import UserError
from portal.access import Role
from portal.look import LOGOS, MOST_LOGO, OWN, Logo, Look, written
from portal.signin.issuers import Issuer, Provider
from schoolbrug.credentials import Secret


class Table(BaseModel):
    """What all tables of the configuration share."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class MailTable(Table):
    """``[portal.mail]``: the mail server that sends codes."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    tls: bool = True
    """STARTTLS before anything is sent. False only for a server on this machine."""
    user: str | None = None
    password: Secret | None = None
    sender: str

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together; a server that asks for neither needs neither")
        return self

    @field_validator("tls")
    @classmethod
    def _in_clear_at_home_only(cls, value: bool, info: object) -> bool:
        host = getattr(info, "data", {}).get("host")
        if not value and host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("only a mail server on this machine may be spoken to without TLS")
        return value


class PostTable(Table):
    """An address that takes JSON with a bearer token."""

    url: str
    token: Secret

    @field_validator("url")
    @classmethod
    def _https(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("an https:// address is expected")
        return value


class SmsTable(PostTable):
    """``[portal.sms]``: a gateway that takes {"to", "text"} as JSON (assumed) with a bearer token."""


class ProviderTable(Table):
    """``[[portal.providers]]``: the identity provider of one school, for its students and staff."""

    sources: tuple[str, ...] = Field(min_length=1)
    issuer: str
    client_id: str
    client_secret: Secret
    person_claim: str
    """Holds the number of a student or the code of a member of staff."""
    role_claim: str
    students: tuple[str, ...] = ("student",)
    """Values of ``role_claim`` that make a student."""
    staff: tuple[str, ...] = ("staff", "employee")
    hosts: tuple[str, ...] = ()
    scope: str = "openid profile"
    entra: bool = False

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        if set(self.students) & set(self.staff):
            raise ValueError("students and staff: a value of role_claim makes either, not both")
        return self

    def provider(self) -> Provider:
        """As the read layer takes it. Raises ``UserError``."""
        roles = {**dict.fromkeys(self.students, Role.STUDENT), **dict.fromkeys(self.staff, Role.STAFF)}
        return Provider(
            self.sources, self.issuer, self.client_id, self.client_secret.reveal(), self.person_claim,
            self.role_claim, roles, self.hosts, self.scope, entra=self.entra,
        )  # fmt: skip


class IssuerTable(Table):
    """``[[portal.issuers]]``: who issues bearer tokens for people who have an account."""

    issuer: str
    audience: str
    scope: str
    jwks_url: str

    def issuer_of(self) -> Issuer:
        """As the read layer takes it. Raises ``UserError``."""
        return Issuer(self.issuer, self.audience, self.scope, self.jwks_url)


def _colour(value: str) -> str:
    written(value)
    return value


class LookTable(Table):
    """``[portal.look]``: what a school puts above its pages."""

    name: str = Field(default=OWN.name, min_length=1, max_length=60)
    logo: Path | None = None
    """An SVG, PNG or WebP, shown 28 pixels high."""
    colour: Annotated[str, AfterValidator(_colour)] | None = None
    """Of links and buttons, such as ``#1f5f8b``. It is made darker or lighter where nobody could read it."""

    def look(self) -> Look:
        """As the read layer takes it. Raises ``UserError`` for a logo that cannot be read or shown."""
        return Look(self.name, None if self.logo is None else _logo(self.logo), self.colour)


def _logo(file: Path) -> Logo:
    kind = file.suffix.removeprefix(".").lower()
    if kind not in LOGOS:
        raise UserError(f"portal.look.logo: a file that ends in one of {', '.join(LOGOS)} is expected.")
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_LOGO + 1)
    except OSError as error:
        raise UserError(f"portal.look.logo: {file} cannot be read ({error.strerror}).") from None
    if len(content) > MOST_LOGO:
        raise UserError(f"portal.look.logo: {file} is larger than {MOST_LOGO // 1000} kB. Make it smaller.")
    return Logo(content, kind)


class PortalTable(Table):
    """``[portal]``: what the read layer needs for people to sign in and for its audit."""

    secret: Secret | None = None
    """At least 32 random characters: the audit's chain, codes and tokens are made with it. Keep it: with another one
    the audit can no longer be verified."""
    origin: str = "http://127.0.0.1:8080"
    """The address under which people know the portal."""
    mail: MailTable | None = None
    sms: SmsTable | None = None
    providers: tuple[ProviderTable, ...] = ()
    issuers: tuple[IssuerTable, ...] = ()
    look: LookTable = LookTable()

    @field_validator("origin")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ValueError("scheme and host are expected, such as https://portal.example")
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("an https:// address is expected; http is for this machine alone")
        return value.rstrip("/")
