"""PostgreSQL's own programs for backups: where they are, and how they are run. No password is among their words."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from canonical.errors import UserError

USUAL = "/usr/lib/postgresql"

_SAFE = re.compile(
    r"permission denied for \w+ \S+|must be owner of \w+ \S+|role \S+ does not exist|no space left on device"
    r"|connection to server .*failed|server version mismatch",
    re.IGNORECASE,
)
"""What may be passed on of a complaint; the rest may hold a row's values."""


class Tool(NamedTuple):
    """A program and its major version."""

    path: Path
    version: int


def find(name: str, least: int) -> Tool:
    """``name`` of at least that major version, on PATH or where Debian has it. Raises ``UserError``."""
    found = [Tool(path, version) for path in _candidates(name) if (version := _version(path)) is not None]
    if tool := next((tool for tool in found if tool.version >= least), None):
        return tool
    newest = f" The one that is there is of {max(tool.version for tool in found)}." if found else ""
    raise UserError(
        f"{name} of PostgreSQL {least} or newer is needed and not found.{newest} Install it, such as with:"
        f" apt-get install postgresql-client-{least}"
    )


def _candidates(name: str) -> Iterator[Path]:
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += sorted(Path(USUAL).glob("*/bin"), key=lambda folder: folder.parent.name.zfill(4), reverse=True)
    return (folder / name for folder in folders if os.access(folder / name, os.X_OK))


def _version(path: Path) -> int | None:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(found.group(1)) if found else None


def run(tool: Tool, engine: Engine, *words: str) -> None:
    """Run ``tool`` on the database of ``engine``. Raises ``UserError`` when it does not end well."""
    environment, database = address(engine)
    done = subprocess.run(  # noqa: S603
        [tool.path, f"--dbname={database}", "--no-password", *words], env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        why = _SAFE.search(done.stderr)
        raise UserError(f"{tool.path.name} failed ({why.group() if why else f'exit code {done.returncode}'}).")


def lines(tool: Tool, *words: str) -> Iterator[bytes]:
    """What ``tool`` prints, line by line. Raises ``UserError`` when it does not end well."""
    with subprocess.Popen([tool.path, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        assert process.stdout is not None
        yield from process.stdout
    if process.returncode:
        raise UserError(f"{tool.path.name} failed (exit code {process.returncode}).")


def address(engine: Engine) -> tuple[Mapping[str, str], str]:
    """The environment, and where the database is; the password not among it, as everybody sees a program's words."""
    _, keywords = engine.dialect.create_connect_args(engine.url)
    plain = {name: str(value) for name, value in keywords.items() if name not in ("password", "context")}
    secret = {"PGPASSWORD": str(keywords["password"])} if "password" in keywords else {}
    settings = {"PGTZ": "UTC", "PGOPTIONS": "-c bytea_output=hex", "LC_ALL": "C"}
    return {**os.environ, **settings, **secret}, make_conninfo(**plain)
