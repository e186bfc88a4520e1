"""Who is believed about who somebody is: a school's identity provider, and other issuers of tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from canonical.errors import UserError
from portal.access import Role

ALGORITHMS = ("RS256", "PS256", "ES256")
"""How a provider may sign; with a key pair, so that who can verify cannot sign."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The identity provider of one school, for its students and staff (OpenID Connect).

    ``sources`` are the names of that school's sources. ``issuer`` is exact, to the letter; it is never a template for
    many schools. ``person_claim`` holds the number of a student (``student.local_id``) or the code of a member of
    staff (``staff.code``); nobody may be able to set it for himself. ``roles`` says which values of ``role_claim``
    make a student and which a member of staff. ``hosts`` are those of its endpoints, where they are not the issuer's.
    With ``entra`` somebody is known by ``tid`` and ``oid`` in place of ``iss`` and ``sub``.
    """

    sources: tuple[str, ...]
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    person_claim: str
    role_claim: str
    roles: Mapping[str, Role]
    hosts: tuple[str, ...] = ()
    scope: str = "openid profile"
    algorithms: tuple[str, ...] = ALGORITHMS
    entra: bool = False

    def __post_init__(self) -> None:
        name = f"provider of {', '.join(self.sources) or 'no source'}"
        if not self.sources:
            raise UserError(f"{name}: name the sources of its school")
        _usable(name, self.issuer, self.algorithms)
        if not self.roles or not set(self.roles.values()) <= {Role.STUDENT, Role.STAFF}:
            raise UserError(f"{name}: roles lead to student or staff; every other role is granted here")
        if "openid" not in self.scope.split():
            raise UserError(f"{name}: openid has to be in its scope")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues tokens with which programs call for somebody who has an account here.

    Its keys are at ``jwks_url``, on the issuer's own host, or given as ``keys`` (a JWK set). ``audience`` is what its
    tokens call this read layer, ``scope`` what has to be in their scope. ``entra`` as of a ``Provider``.
    """

    issuer: str
    audience: str
    scope: str
    jwks_url: str | None = None
    keys: Mapping[str, Any] | None = None
    algorithms: tuple[str, ...] = ALGORITHMS
    entra: bool = False

    def __post_init__(self) -> None:
        name = f"issuer for {self.audience}"
        _usable(name, self.issuer, self.algorithms)
        if (self.jwks_url is None) == (self.keys is None):
            raise UserError(f"{name}: give jwks_url or keys")
        if self.jwks_url is not None and not allowed(self.jwks_url, self.issuer, ()):
            raise UserError(f"{name}: jwks_url has to be https, on the issuer's own host")


def checked(providers: Sequence[Provider], issuers: Sequence[Issuer], origin: str) -> None:
    """Raises ``UserError`` when it would not be clear whom to believe."""
    names = [name for provider in providers for name in provider.sources]
    if len(set(names)) != len(names):
        raise UserError("two providers are of the same source; one provider a source")
    known = [issuer.issuer for issuer in issuers]
    if len({*known, origin}) != len(known) + 1:
        raise UserError("two issuers have the same name, or one has that of this read layer; each needs its own")


def allowed(url: object, issuer: str, hosts: Sequence[str]) -> bool:
    """Whether ``url`` is one that may be called for this issuer: as safe as it, on its own host or one of ``hosts``."""
    if not isinstance(url, str):
        return False
    try:
        asked, own = urlsplit(url), urlsplit(issuer)
        authorities = {(own.hostname, own.port), *((host.lower(), None) for host in hosts)}
        return (
            asked.scheme == own.scheme and not asked.username and not asked.password and not asked.fragment
            and (asked.hostname, asked.port) in authorities
        )  # fmt: skip
    except ValueError:
        return False


def _usable(name: str, issuer: str, algorithms: Sequence[str]) -> None:
    parts = urlsplit(issuer)
    plain = parts.scheme == "http" and _is_loopback(parts.hostname)
    if not parts.hostname or not (parts.scheme == "https" or plain) or parts.query or parts.fragment or "{" in issuer:
        raise UserError(f"{name}: issuer must be the exact https address that its tokens bear")
    if not algorithms or not set(algorithms) <= set(ALGORITHMS):
        raise UserError(f"{name}: algorithms can be {', '.join(ALGORITHMS)}")


def _is_loopback(host: str | None) -> bool:
    """Only what never leaves the machine may go without TLS."""
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False
