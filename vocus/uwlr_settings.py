"""How a school's UWLR service is reached: the ``[source.vocus.uwlr]`` table (wire B)."""

from __future__ import annotations

import ssl
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath, SecretStr, ValidationError, model_validator

from connectors.http import HttpSettings

MOST_BYTES = 256 << 20
"""Of an answer, which is about one school."""

_LONGEST = 64
"""Characters of what stands in the header of a request."""


def _word(value: str) -> str:
    if not value.isprintable() or not value.strip() or len(value) > _LONGEST:
        raise ValueError(f"must be 1 to {_LONGEST} plain characters")
    return value


def _secret(value: SecretStr) -> SecretStr:
    _word(value.get_secret_value())
    return value


def _address(url: str) -> str:
    try:
        HttpSettings(base_url=url)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]["msg"]
    else:
        return url
    raise ValueError(problem.removeprefix("Value error, "))


Word = Annotated[str, AfterValidator(_word)]


class UwlrSettings(BaseModel):
    """Which school is meant says either ``brin`` or ``schoolkey``. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_address)]
    """Of the service, without ``?wsdl``."""
    version: Literal["1.0", "2.0", "2.1", "2.2", "2.3"]
    authorisation_key: Annotated[SecretStr, AfterValidator(_secret)]
    """What the school was given by its administration (autorisatiesleutel)."""
    customer_code: Word
    customer_name: Word
    """Who is calling (klantcode, klantnaam), as the administration's supplier registered it."""
    brin: str = Field(default="", pattern=r"^([0-9]{2}[A-Z]{2})?$")
    dependance: str = Field(default="", pattern=r"^([0-9]{2})?$")
    schoolkey: str = Field(default="", max_length=256)
    set: str = Field(default="", max_length=_LONGEST)
    """The name of a set of data (gegevenssetid), where the supplier has several."""
    client_certificate: FilePath | None = None
    """Our own certificate, in PEM, for a service that asks for one."""
    client_key: FilePath | None = None
    """Its key, in PEM and without a pass phrase, where it is not in the same file."""
    ca_bundle: FilePath | None = None
    """The authority that signed the service's certificate, in PEM, when it is not a public one."""
    deadline: float = Field(default=600, gt=0)
    read_timeout: float = Field(default=120, gt=0)
    attempts: int = Field(default=4, ge=1, le=10)

    @model_validator(mode="after")
    def _fits(self) -> UwlrSettings:
        if bool(self.brin) == bool(self.schoolkey):
            raise ValueError("say which school it is by brin or by schoolkey, one of the two")
        if self.dependance and not self.brin:
            raise ValueError("dependance goes with brin")
        if not (self.schoolkey + self.set).isprintable():
            raise ValueError("schoolkey and set must be plain characters")
        if self.set and self.version == "1.0":
            raise ValueError("version 1.0 has no set")
        if self.client_key and not self.client_certificate:
            raise ValueError("client_key goes with client_certificate")
        if self.client_certificate and not _loads(self.client_certificate, self.client_key):
            raise ValueError("client_certificate must be PEM with its key, or with client_key, without a pass phrase")
        return self

    def http(self) -> HttpSettings:
        return HttpSettings(
            base_url=self.url, deadline=self.deadline, read_timeout=self.read_timeout, attempts=self.attempts,
            max_bytes=MOST_BYTES, connections=1, ca_bundle=self.ca_bundle, client_cert=self.client_certificate,
            client_key=self.client_key,
        )  # fmt: skip


def _loads(certificate: FilePath, key: FilePath | None) -> bool:
    """Whether it can be used. Without the empty pass phrase OpenSSL would ask for one at the terminal."""
    try:
        ssl.create_default_context().load_cert_chain(certificate, key, password="")
    except (OSError, ValueError):
        return False
    return True
