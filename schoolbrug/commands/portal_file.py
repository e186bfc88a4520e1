"""``schoolbrug portal export``, ``erase``, ``readmit`` and ``expire``: a student's rights, and the end of the copy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from canonical.erasure import readmit as let_in
from canonical.erasure import scrub
from canonical.errors import Refused, UserError
from portal import audit, erasing
from portal.access import Area, Role, Viewer
from portal.audit import COMMAND
from portal.clock import local_day, now
from portal.erasing import Leavers
from portal.file import File, file
from portal.looking import Reads, look
from portal.reading import reading, writing
from portal.settings import derived
from schoolbrug.config import load
from schoolbrug.opening import opened, portal_secret
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile
from schoolbrug.output import print_json, say, write_new
from schoolbrug.pupils import Found, OfSource, Student, find

Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without this you are only told what would go.")]


def export(
    student: Student,
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The JSON file to write; it must not exist yet.")],
    source: OfSource = None,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Write everything that is held about one student into a file, for whoever has a right to it (R64).

    Of fifteen and younger that is the guardians, of sixteen and older the student. See who it is that asks.
    """
    settings = load(config)
    key = derived(portal_secret(settings), "audit")
    with opened(settings) as store:
        with store.engine.connect() as connection:
            found = find(connection, student, source)
        made = _file(store.engine, key, found)
        write_new(to, made.model_dump_json(indent=2).encode() + b"\n")
    say(f"Everything about this student is in {escape(str(to))}. Remove the file when it has been handed over.")


def erase(
    student: Student, source: OfSource = None, yes: Yes = False, config: ConfigFile = DEFAULT_FILE
) -> None:
    """Erase the portal's copy of one student, the account with it. A sync does not bring it back: see readmit.

    The source keeps what it has; what the law lets a school keep, and for how long, is decided there.
    """
    settings = load(config)
    key = derived(portal_secret(settings), "audit")
    with opened(settings) as store:
        with store.engine.connect() as connection:
            found = find(connection, student, source)
        with store.writing(keep=yes) as connection:
            gone = erasing.end(connection, key, found.source_id, found.id, now(), erasing.ERASE)
        if yes:
            scrub(store.engine)
    if not yes:
        raise UserError(f"{gone.records} records of {found.source} would go, for good. To do it, add --yes.")
    say(f"{gone.records} records are erased. The id is {found.id}; with it the student can be readmitted.")


def readmit(student: Student, source: OfSource = None, config: ConfigFile = DEFAULT_FILE) -> None:
    """Let a student who was erased come in again, with the next complete reads."""
    settings = load(config)
    key = derived(portal_secret(settings), "audit")
    with opened(settings) as store, store.writing() as connection:
        found = find(connection, student, source)
        if not let_in(connection, found.source_id, found.id):
            raise UserError("This student was not erased.")
        erasing.put_on_file(connection, key, found.source_id, found.id, erasing.READMIT, now())
    say(f"Done. The next complete reads of {found.source} bring what they have of this student.")


def expire(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    many: Annotated[bool, typer.Option("--many", help="Also when it is more than half of a school.")] = False,
    config: ConfigFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Erase the portal's copy of those who left longer ago than the school's rules say (R63). Let it run every night.

    Who comes back to school comes back in the portal, with the new enrolment.
    """
    settings = load(config)
    key = derived(portal_secret(settings), "audit")
    with opened(settings) as store:
        with store.engine.connect() as connection:
            found = erasing.leavers(connection, local_day(now()))
        refused = [one for one in found if not many and 2 * len(one.due) > one.students]
        for one in found:
            if not dry_run and one.waits is None and one not in refused:
                _expire(store.engine, key, one)
        if not dry_run:
            scrub(store.engine)
    _tell(found, refused, dry_run=dry_run, as_json=as_json)


def _expire(engine: Engine, key: bytes, leavers: Leavers) -> None:
    """One transaction a student: a sync need not wait for all of them."""
    for due in leavers.due:
        with engine.execution_options(writes=True).begin() as connection:
            erasing.end(connection, key, due.source_id, due.student_id, now(), erasing.EXPIRE)


def _tell(found: list[Leavers], refused: list[Leavers], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json([
            {"source": one.source, "waits": one.waits, "refused": one in refused, "due": [*map(erasing.told, one.due)]}
            for one in found
        ])  # fmt: skip
    else:
        for one in (one for one in found if one.due):
            what = "would go" if dry_run or one in refused else "are erased"
            what = f"are due, but {one.waits}" if one.waits else what
            say(f"{escape(one.source)}: {len(one.due)} of {one.students} students {what}.")
    if refused and not dry_run:
        raise Refused(
            f"{', '.join(one.source for one in refused)}: more than half of the students would have left. Is the right"
            " school year being read? If so: schoolbrug portal expire --many"
        )


def _file(engine: Engine, key: bytes, found: Found) -> File:
    """The file as the school's office may hand it out; that it was made is on file first. Raises ``UserError``."""
    viewer, at = Viewer(Role.ADMINISTRATOR, COMMAND, frozenset({found.source_id})), now()
    reads = Reads(viewer)
    try:
        with reading(engine, viewer) as connection:
            made = file(connection, look(connection, viewer, UUID(found.id), Area.FILE, at, reads), at)
    except HTTPException as error:
        raise UserError(f"{error.detail} It was deleted, erased, or its processing is restricted.") from None
    reads.note("export", found.source_id, student_id=found.id, area=Area.FILE.value)
    with writing(engine) as connection:
        audit.append(connection, key, reads.events, at)
    return made
