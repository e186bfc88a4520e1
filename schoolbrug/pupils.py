"""One student on the command line: by canonical id or by the school's number."""

from __future__ import annotations

from typing import Annotated, NamedTuple
from uuid import UUID

import typer
from sqlalchemy import Connection, select

from canonical.errors import UserError
from canonical.tables import IDENTITY, SOURCE, TABLES

Student = Annotated[str, typer.Argument(metavar="STUDENT", help="The school's number of the student, or the id.")]
OfSource = Annotated[
    str | None, typer.Option("--source", metavar="SOURCE", help="Of which source, if several have this number.")
]


class Found(NamedTuple):
    id: str
    source_id: int
    source: str


def find(connection: Connection, word: str, source: str | None) -> Found:
    """The student, deleted or erased ones too (these by their id). Raises ``UserError``."""
    student = TABLES["student"]
    held = select(student.c.id, student.c.source_id, SOURCE.c.name).join_from(
        student, SOURCE, SOURCE.c.id == student.c.source_id
    )
    known = select(IDENTITY.c.id, IDENTITY.c.source_id, SOURCE.c.name).join_from(
        IDENTITY, SOURCE, SOURCE.c.id == IDENTITY.c.source_id
    )
    if id_ := _id(word):
        statement = known.where(IDENTITY.c.id == id_, IDENTITY.c.kind == "student")
    else:
        statement = held.where(student.c.local_id == word)
    if source is not None:
        statement = statement.where(SOURCE.c.name == source)
    found = [Found(*row) for row in connection.execute(statement)]
    if not found:
        raise UserError("There is no such student. Whoever was erased is found by the id alone.")
    if len(found) > 1:
        names = ", ".join(sorted(one.source for one in found))
        raise UserError(f"Several sources have this student: {names}. Say which with --source.")
    return found[0]


def _id(word: str) -> str | None:
    """The canonical id that this is, if it is one."""
    try:
        return str(UUID(word)) if len(word) == 36 else None
    except ValueError:
        return None
