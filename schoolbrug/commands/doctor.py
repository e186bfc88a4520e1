"""``schoolbrug doctor``: is this installation sound."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import typer
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

import schoolbrug
from canonical.database import revision
from canonical.errors import UserError
from canonical.tables import RUN
from connectors.contract import Finding
from connectors.registry import available
from portal.schema import revision_portal
from schoolbrug.config import load
from schoolbrug.opening import opened
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile
from schoolbrug.output import findings, findings_json, now

ROOMS = ("canonical", "connectors", "magister", "atvo", "vocus", "scheduler", "portal", "schoolbrug", "simulator")
LIBRARIES = ("sqlalchemy", "pydantic", "requests", "zeep", "fastapi", "apscheduler", "psycopg", "cryptography")
LEAST_FREE = 1024**3
"""Bytes: with less, a first sync of a big school may not fit."""

AHEAD = timedelta(minutes=5)


def doctor(config: ConfigFile = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Examine the installation: Python, libraries, database, disk, clock and connectors.

    It asks nothing of a source; schoolbrug check does. Exit code 1: something is wrong.
    """
    found = [_python(), *(_room(name, _home()) for name in ROOMS), *_connectors(), *_database(config)]
    if as_json:
        findings_json(found)
    else:
        findings(found)
    if not all(finding.ok for finding in found):
        raise typer.Exit(1)


def _python() -> Finding:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    good = sys.version_info >= (3, 11)
    advice = libraries if good else "install Python 3.11 or newer"
    return Finding(f"Python {platform.python_version()}, schoolbrug {version('schoolbrug')}", ok=good, advice=advice)


def _home() -> Path:
    return Path(str(schoolbrug.__file__)).parents[1]


def _room(name: str, home: Path) -> Finding:
    """The packages have short names; one of another distribution that comes first on the path would replace ours."""
    spec = find_spec(name)
    origin = Path(spec.origin).parents[1] if spec and spec.origin else None
    if origin == home:
        return Finding(f"package {name}", ok=True)
    where = f"that of {origin} is found instead" if origin else "it is not found"
    return Finding(
        f"package {name}", ok=False, advice=f"{where}; install Schoolbrug in an environment of its own (ours: {home})"
    )


def _connectors() -> Iterator[Finding]:
    try:
        names = ", ".join(sorted(available()))
    except UserError as error:
        yield Finding("connectors", ok=False, advice=str(error))
        return
    yield Finding("connectors", ok=bool(names), advice=names or "none is installed; install Schoolbrug again")


def _database(config: Path) -> Iterator[Finding]:
    try:
        settings = load(config)
    except UserError as error:
        yield Finding(f"configuration {config}", ok=False, advice=str(error))
        return
    try:
        with opened(settings) as store:
            for name, (there, newest) in {
                "database schema": revision(store.engine), "read layer's schema": revision_portal(store.engine),
            }.items():  # fmt: skip
                advice = "" if there == newest else f"expected {newest}; start this version of Schoolbrug once more"
                yield Finding(f"{name} {there}", ok=there == newest, advice=advice)
            yield from _disk(store.engine)
            yield _clock(_newest_run(store.engine), now())
    except UserError as error:
        yield Finding("database", ok=False, advice=str(error))
    except DBAPIError as error:
        yield Finding("database", ok=False, advice=f"it does not answer ({type(error.orig).__name__})")


def _disk(engine: Engine) -> Iterator[Finding]:
    """Only of a database that is a file here."""
    if engine.dialect.name == "sqlite":
        folder = Path(str(engine.url.database)).absolute().parent
        free = shutil.disk_usage(folder).free
        advice = "" if free >= LEAST_FREE else f"make room on the disk of {folder}: at least 1 GB"
        yield Finding(f"disk, {free / 1024**3:.1f} GB free", ok=free >= LEAST_FREE, advice=advice)


def _newest_run(engine: Engine) -> datetime | None:
    with engine.connect() as connection:
        return connection.execute(select(func.max(RUN.c.started_at))).scalar()


def _clock(newest: datetime | None, at: datetime) -> Finding:
    """A clock that is behind what was written already was set back, or is another than the database's."""
    good = newest is None or newest - at < AHEAD
    advice = "" if good else "the newest sync lies in the future: set this machine's clock right (NTP)"
    return Finding(f"clock {at:%Y-%m-%d %H:%M} UTC", ok=good, advice=advice)
