"""Restoring a backup into an empty store: nothing is taken for restored that is not what was backed up."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, text

from canonical.database import connect, newest
from canonical.erasure import scrub
from canonical.errors import Refused, UserError
from portal.audit import Head, seal
from portal.auditing import Anchor, verify
from portal.rowsecurity import PORTAL, STORE, make_roles
from portal.schema import migrate_portal
from schoolbrug.backups.content import SCHEMAS, at_one_moment, content
from schoolbrug.backups.file import told, unpack
from schoolbrug.backups.manifest import End, Manifest, differences
from schoolbrug.backups.tools import Tool, find, run

RESTORED = ("--no-owner", "--single-transaction", "--exit-on-error", "--schema=public")
"""What lies in the schema; the schema itself is in every database."""

Key = Callable[[], bytes]
"""Gives the key of the log of who looked; only asked for where the log has begun."""


def restore(engine: Engine, file: Path, key: Key) -> Manifest:
    """Make the store of a backup in the empty database of ``engine``, with the newest schema.

    Raises ``UserError``, and ``Refused`` where what was restored is not what was backed up.
    """
    manifest = told(file)
    _fits(engine, manifest)
    secret = key() if manifest.audit else b""
    _same_secret(manifest, secret)
    served = engine.dialect.name == "postgresql"
    into = _into_database if served else _into_file
    try:
        with TemporaryDirectory(prefix=".restore-", dir=None if served else _target(engine).parent) as folder:
            into(engine, file, manifest, Path(folder) / "store", secret)
    except OSError as error:
        raise UserError(f"{error.filename or 'the backup'}: cannot be unpacked ({error.strerror}).") from None
    return manifest


def _into_file(engine: Engine, file: Path, manifest: Manifest, data: Path, secret: bytes) -> None:
    """It gets its place when it is verified and upgraded, and not before."""
    target = _target(engine)
    if target.exists():
        raise UserError(f"{target} is there already. Restore to another [store] database, or move this file away.")
    unpack(file, manifest, data)
    data.chmod(0o600)
    made = connect(f"sqlite:///{data}")
    try:
        _finish(made, manifest, secret)
        scrub(made)
    finally:
        made.dispose()
    os.link(data, target)


def _into_database(engine: Engine, file: Path, manifest: Manifest, data: Path, secret: bytes) -> None:
    with engine.connect() as connection:
        if held := connection.execute(_HELD).scalar_one():
            raise UserError(f"The database is not empty: it has {held} tables. Make a new one, and restore into that.")
        server = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
    if server < (manifest.data.server or 0):
        raise UserError(f"The backup is of PostgreSQL {manifest.data.server}, and this server of {server} is too old.")
    tool: Tool = find("pg_restore", max(server, manifest.data.tool or 0))
    unpack(file, manifest, data)
    with engine.begin() as connection:
        make_roles(connection)
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {STORE}, {PORTAL}"))
    run(tool, engine, *RESTORED, str(data))
    _finish(engine, manifest, secret)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))  # a dump brings no statistics along


_HELD = text(
    "SELECT count(*) FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
)


def _finish(engine: Engine, manifest: Manifest, secret: bytes) -> None:
    """Verify, and only then change anything."""
    with at_one_moment(engine) as connection:
        wrong = differences(manifest.tables, content(connection))
        anchors = [Anchor(end.source, end.n, bytes.fromhex(end.hash)) for end in manifest.audit]
        faults = verify(connection, secret, anchors) if secret else []
    if faults:
        wrong.append(f"the log of who looked has {len(faults)} faults")
    if wrong:
        raise Refused(
            f"What was restored is not what was backed up: {'; '.join(wrong)}.\nDo not use it; throw the database away."
        )
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        _set_free(connection)
    migrate_portal(engine)


def _set_free(connection: Connection) -> None:
    """Whoever was at work when the backup was made is not at work here: nobody waits for him."""
    connection.execute(text("UPDATE entity_state SET owner = NULL, lease_until = 0"))
    connection.execute(text("UPDATE due SET owner = NULL, taken_until = 0, offered_until = 0"))


def _fits(engine: Engine, manifest: Manifest) -> None:
    if manifest.database != engine.dialect.name:
        raise UserError(
            f"This is a backup of {manifest.database}, and [store] database is {engine.dialect.name}. Restore it to"
            f" {manifest.database}."
        )
    for name, version in manifest.schema_versions.items():
        chain, _ = SCHEMAS.get(name, (None, None))
        if chain is None or version > (newest(chain) or ""):
            raise UserError(f"The backup was made by a newer release ({name} {version}). Restore it with that release.")


def _same_secret(manifest: Manifest, secret: bytes) -> None:
    """Raises ``UserError`` when the log was sealed with another secret: it could be neither verified nor written on."""
    for end in manifest.audit:
        if not hmac.compare_digest(seal(secret, end.source, _head(end)).hex(), end.seal):
            raise UserError(
                "portal.secret: the backup was made with another one. Give the secret of then; see docs/security.md."
            )


def _head(end: End) -> Head:
    return Head(end.n, bytes.fromhex(end.hash), end.gone, bytes.fromhex(end.gone_hash))


def _target(engine: Engine) -> Path:
    return Path(str(engine.url.database)).absolute()
