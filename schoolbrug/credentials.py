"""Secrets stay outside the configuration: it only says where each of them is.

    password = { env = "LINDE_MAGISTER_PASSWORD" }      an environment variable
    password = { file = "/run/secrets/linde" }          a file that nobody else on the machine can read
    password = { keyring = "schoolbrug/de-linde" }      the keyring of the operating system, service/user
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keyring
from keyring.errors import KeyringError

from canonical.errors import UserError

PLACES = ("env", "file", "keyring")
SECRET_FIELDS = frozenset(
    {"password", "secret", "quarantine_key", "token", "client_secret", "private_key", "authorisation_key"}
)
"""What must never stand in the configuration in clear, wherever it is asked."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is. It is fetched when it is used, so that ``status`` needs no password of a source."""

    place: str
    name: str
    field: str
    """The configuration's file and the dotted field that asks for it, for messages."""
    folder: Path
    """What a relative ``file`` is relative to: the folder of the configuration."""

    def reveal(self) -> str:
        """Fetch it. Raises ``UserError`` when it is not there, empty, or open to others."""
        found = {"env": self._from_environment, "file": self._from_file, "keyring": self._from_keyring}[self.place]()
        if not found:
            raise UserError(f"{self.field}: the {self._told()} is empty.")
        return found

    def _told(self) -> str:
        return {"env": "environment variable", "file": "file", "keyring": "keyring entry"}[self.place] + f" {self.name}"

    def _from_environment(self) -> str:
        value = os.environ.get(self.name)
        if value is None:
            raise UserError(f"{self.field}: the {self._told()} is not set. Set it before you start Schoolbrug.")
        return value

    def _from_file(self) -> str:
        path = self.folder / self.name
        try:
            if path.stat().st_mode & stat.S_IRWXO:
                raise UserError(f"{self.field}: everybody on this machine can open {path}. Run: chmod o= {path}")
            return path.read_text("utf-8").strip("\r\n")
        except OSError as error:
            raise UserError(f"{self.field}: cannot read the file {path} ({error.strerror}).") from None
        except UnicodeDecodeError:
            raise UserError(f"{self.field}: the file {path} is not UTF-8 text.") from None

    def _from_keyring(self) -> str:
        service, _, user = self.name.partition("/")
        try:
            value = keyring.get_password(service, user)
        except KeyringError:
            raise UserError(
                f"{self.field}: this machine has no keyring that can be opened here. Use env or file instead."
            ) from None
        if value is None:
            raise UserError(f"{self.field}: the {self._told()} is not there. Run: keyring set {service} {user}")
        return value


def locate(value: Any, file: Path, field: str = "") -> Any:
    """The same configuration with every ``{ env | file | keyring = ... }`` made a ``Secret``.

    Raises ``UserError`` for a secret in clear and for a place that cannot be one.
    """
    if isinstance(value, dict) and len(value) == 1 and (place := next(iter(value))) in PLACES:
        name = value[place]
        if not isinstance(name, str) or not name or (place == "keyring" and "/" not in name.strip("/")):
            expected = "service/user" if place == "keyring" else "a name"
            raise UserError(f"{file}: {field}.{place}: give {expected} as text.")
        return Secret(place, name, f"{file}: {field}", file.parent)
    if field.rpartition(".")[2] in SECRET_FIELDS:
        raise UserError(in_clear(file, field))
    if isinstance(value, dict):
        return {key: locate(inner, file, f"{field}.{key}" if field else key) for key, inner in value.items()}
    if isinstance(value, list):
        return [locate(inner, file, f"{field}[{label(inner, index)}]") for index, inner in enumerate(value)]
    return value


def in_clear(file: Path, field: str) -> str:
    """What to say of a secret that stands in the configuration itself."""
    name = field.rpartition(".")[2]
    return (
        f"{file}: {field}: a secret may not stand here in clear."
        f' Put it in an environment variable and write {name} = {{ env = "NAME" }}, or in {{ file = "..." }}'
        ' or { keyring = "service/user" }.'
    )


def label(entry: Any, index: int) -> str:
    """How a person finds an entry of a list: by its name, else by its number counted from one."""
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else str(index + 1)


def revealed(value: Any) -> Any:
    """The same table with every ``Secret`` fetched."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {key: revealed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [revealed(inner) for inner in value]
    return value
