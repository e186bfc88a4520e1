"""Making a backup: the store as it was at one moment, while others write, and the proof that all of it is there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from sqlite3 import connect as connect_file
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, text

from canonical.database import connect
from canonical.errors import Refused, UserError
from schoolbrug.backups.content import at_one_moment, content, ends, moment, versions
from schoolbrug.backups.file import digest, new, pack
from schoolbrug.backups.manifest import FORMAT, Counted, Data, Manifest, Tally, differences
from schoolbrug.backups.tools import Tool, find, lines, run

DUMPED = ("--format=custom", "--encoding=UTF8", "--schema=public", "--enable-row-security", "--no-owner")
"""All but the queue of the workers, which is made anew; as the login that owns it, for whom policies hold as well."""

_COPY = re.compile(rb'COPY public\."?(\w+)"? \(.*\) FROM stdin;\n')


def back_up(engine: Engine, file: Path) -> Manifest:
    """Write a backup of the store into a new ``file``. Raises ``UserError``, and ``Refused`` where it is not whole.

    What has not been packed yet lies in a folder beside it, which only its owner can open and which is gone afterwards.
    """
    with new(file) as opened, TemporaryDirectory(prefix=".backup-", dir=file.absolute().parent) as folder:
        data = Path(folder) / "store"
        served = engine.dialect.name == "postgresql"
        manifest = _dumped(engine, data) if served else _copied(engine, data)
        pack(opened, manifest, data, compress=not served)
    return manifest


def _copied(engine: Engine, to: Path) -> Manifest:
    """SQLite itself copies the file as it was at one moment; what is told is told of the copy."""
    with engine.connect() as connection, closing(connect_file(to)) as copy:
        at = moment(connection)
        driver: Any = connection.connection.driver_connection
        driver.backup(copy)
    taken = connect(f"sqlite:///{to}")
    try:
        with at_one_moment(taken) as connection:
            manifest = _manifest(connection, at)
    finally:
        taken.dispose()
    return manifest.model_copy(update={"data": Data(sha256=digest(to))})


def _dumped(engine: Engine, to: Path) -> Manifest:
    """pg_dump and the manifest look at one snapshot; then the dump is read back."""
    with at_one_moment(engine) as connection:
        server = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
        tool, reader = find("pg_dump", server), find("pg_restore", server)
        manifest = _manifest(connection, moment(connection))
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        run(tool, engine, *DUMPED, f"--snapshot={snapshot}", f"--file={to}")
    if wrong := differences(manifest.tables, read_back(reader, to)):
        # As where this login is not a member of the role that sees every row.
        raise Refused(f"The backup would not be whole, so there is none. {'; '.join(wrong)}. See: docs/operate.md")
    return manifest.model_copy(update={"data": Data(sha256=digest(to), server=server, tool=tool.version)})


def _manifest(connection: Connection, at: datetime) -> Manifest:
    """What ``connection`` sees; its data are still to come. Raises ``UserError`` when there is no store."""
    found = versions(connection)
    if not found:
        raise UserError("There is no store in this database yet, so there is nothing to back up.")
    database: Any = connection.dialect.name
    return Manifest(
        format=FORMAT, database=database, made_at=at, schema_versions=found, tables=content(connection),
        audit=ends(connection), data=Data(sha256=""),
    )  # fmt: skip


def read_back(reader: Tool, dump: Path) -> dict[str, Counted]:
    """The rows of every table in a dump."""
    return tallied(lines(reader, "--data-only", "--file=-", str(dump)))


def tallied(script: Iterable[bytes]) -> dict[str, Counted]:
    """The rows of every table in the script that a dump makes."""
    found: dict[str, Tally] = {}
    tally: Tally | None = None
    for line in script:
        if tally is None:
            if begins := _COPY.fullmatch(line):
                tally = found[begins.group(1).decode()] = Tally()
        elif line == b"\\.\n":
            tally = None
        else:
            tally.add(line)
    return {name: each.counted() for name, each in found.items()}
