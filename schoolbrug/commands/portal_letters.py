"""``schoolbrug portal letters`` and ``confirm``: accounts for guardians."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from sqlalchemy import Connection, Engine, select

from canonical.errors import UserError
from canonical.tables import SOURCE
from portal import audit
from portal.access import Role, Viewer
from portal.audit import COMMAND
from portal.clock import local_day, now
from portal.reading import reading, writing
from portal.settings import derived
from portal.signin import codes, invitations
from portal.signin.invitations import Invited
from portal.signin.letters import Child, Letter, full_name, pdf, unnamed
from portal.signin.texts import Language
from schoolbrug.config import load
from schoolbrug.opening import opened, portal_secret
from schoolbrug.options import DEFAULT_FILE, ConfigFile
from schoolbrug.output import out, say, table, waiting, write_new
from schoolbrug.sending import ways

OfSource = Annotated[str, typer.Option("--source", metavar="SOURCE", help="The name of the school's source.")]
OfStudent = Annotated[
    str | None, typer.Option("--student", metavar="NUMBER", help="Only of the student with this number of the school.")
]


def letters(
    source: OfSource,
    to: Annotated[Path, typer.Option("--out", metavar="FILE", help="The PDF file to write; it must not exist yet.")],
    student: OfStudent = None,
    language: Annotated[Language, typer.Option("--language", help="The language of the letters.")] = Language.DUTCH,
    again: Annotated[bool, typer.Option("--again", help="Also for who has an account: to begin anew.")] = False,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Write letters with which guardians make an account: one for each guardian who may see a student.

    Not for who has no authority, is blocked, or has no part in an adult's data. A new letter makes an earlier one of
    the same guardian worthless. Each letter holds a code: print the file and remove it.
    """
    settings = load(config)
    secret = portal_secret(settings)
    with opened(settings) as store, waiting("writing letters"):
        source_id, school = source_of(store.engine, source)
        at = now()
        with reading(store.engine, office(source_id)) as connection:
            found = invitations.invited(connection, source_id, at, student=student, again=again)
        if not found:
            raise UserError(
                "There is nobody to write to: nobody may see a student, or all have an account already (--again)."
            )
        made = {one.guardian.id: codes.new(codes.LETTER_LENGTH) for one in found}
        pages = [_letter(one, made[one.guardian.id], at) for one in found]
        file = pdf(pages, school, settings.portal.origin, language, local_day(at))
        with ExitStack() as undo:
            with writing(store.engine) as connection:
                # Before anything is withdrawn: a file that cannot be written costs nobody a letter.
                write_new(to, file)
                undo.callback(to.unlink)
                for one in found:
                    code = made[one.guardian.id]
                    invitations.issue(connection, derived(secret, "code"), source_id, one.guardian.id, code, at)
                _put_on_file(connection, secret, "letter", source_id, found, at)
            undo.pop_all()
    say(f"Letters in {escape(str(to))}: {len(found)}. They hold codes: print the file and remove it.")
    for page, letter in enumerate(pages, start=1):
        if unnamed(letter):
            say(
                f"Page {page} has a number in place of a name that cannot be printed. See whose it is:"
                f" schoolbrug portal confirm --source {source} --student {escape(letter.students[0].number)}"
            )


def confirm(
    source: OfSource,
    student: Annotated[str, typer.Option("--student", metavar="NUMBER", help="The school's number of the student.")],
    guardian: Annotated[
        int | None, typer.Option("--guardian", metavar="N", help="Which guardian, by the number in the list.")
    ] = None,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Hand out the second code to a guardian of whom the school has no address on record.

    Without --guardian: shows the student's guardians, and how a code can reach each. The code is for somebody who has
    a letter and whose identity was seen at school. It holds for seven days, for one account.
    """
    settings = load(config)
    secret = portal_secret(settings)
    with opened(settings) as store:
        source_id, _ = source_of(store.engine, source)
        at = now()
        with reading(store.engine, office(source_id)) as connection:
            found = invitations.invited(connection, source_id, at, student=student, again=True)
        if not found:
            raise UserError("This student has no guardian who may have an account.")
        if guardian is None:
            return _show(store.engine, source_id, found, ways(settings.portal.mail, settings.portal.sms), at)
        if not 1 <= guardian <= len(found):
            raise UserError(f"--guardian: there are {len(found)}; give a number of the list.")
        one = found[guardian - 1]
        with writing(store.engine) as connection:
            invitation = invitations.open_for(connection, source_id, one.guardian.id, at)
            if invitation is None:
                raise UserError("This guardian has no letter that is still good. Make one: schoolbrug portal letters")
            code = invitations.second_code(connection, derived(secret, "code"), invitation.id, at, handed=True)
            _put_on_file(connection, secret, "confirm", source_id, [one], at)
    say(f"The second code for {escape(full_name(one.guardian))}, for seven days: [bold]{code}[/]")
    return None


def source_of(engine: Engine, name: str) -> tuple[int, str]:
    """A source's number and its school's name. Raises ``UserError``."""
    with reading(engine) as connection:
        row = connection.execute(select(SOURCE.c.id, SOURCE.c.school_name).where(SOURCE.c.name == name)).first()
    if row is None:
        raise UserError(f"The store has no source {name}. See: schoolbrug status")
    return row.id, row.school_name


def office(source_id: int) -> Viewer:
    """Who may see which guardians there are."""
    return Viewer(Role.ADMINISTRATOR, COMMAND, frozenset({source_id}))


def _letter(one: Invited, code: str, at: datetime) -> Letter:
    until = local_day(at + invitations.VALID - timedelta(days=1))  # its last whole day
    children = tuple(Child(full_name(student), student.local_id) for student in one.students)
    return Letter(full_name(one.guardian), children, code, until)


def _put_on_file(
    connection: Connection, secret: bytes, action: str, source_id: int, found: Sequence[Invited], at: datetime
) -> None:
    events = [
        audit.Event(source_id=source_id, actor=COMMAND, role=COMMAND, action=action, student_id=student.id)
        for one in found
        for student in one.students
    ]
    audit.append(connection, derived(secret, "audit"), events, at)


def _show(engine: Engine, source_id: int, found: Sequence[Invited], possible: Collection[str], at: datetime) -> None:
    shown = table("", "Guardian", "Letter", "Reached by", right=[""])
    for n, one in enumerate(found, start=1):
        with reading(engine) as connection:
            letter = invitations.open_for(connection, source_id, one.guardian.id, at)
            contact = invitations.contact(connection, source_id, one.guardian.id, possible)
        shown.add_row(
            str(n), escape(full_name(one.guardian)), "good" if letter else "none", contact.way if contact else "nothing"
        )
    out().print(shown)
    say("Then: schoolbrug portal confirm ... --guardian N")
