"""``schoolbrug portal grant`` and ``withdraw``: roles that follow from no record."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from sqlalchemy import Connection, Engine

from canonical.errors import UserError
from portal import audit
from portal.access import Role
from portal.audit import COMMAND
from portal.clock import now
from portal.reading import reading, writing
from portal.settings import derived
from portal.signin import granting
from portal.signin.granting import Grant
from schoolbrug.commands.portal_letters import OfSource, office, source_of
from schoolbrug.config import load
from schoolbrug.opening import opened, portal_secret
from schoolbrug.options import DEFAULT_FILE, ConfigFile
from schoolbrug.output import say

GivenRole = Annotated[
    str, typer.Argument(metavar="ROLE", help=f"One of: {', '.join(role.value for role in granting.GRANTED)}.")
]
OfStaff = Annotated[
    str | None, typer.Option("--staff", metavar="CODE", help="The member of staff with this code, who has signed in.")
]
OfLogin = Annotated[str | None, typer.Option("--login", metavar="LOGIN", help="Or an own account, by its login.")]
OfAccount = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="Or any account, by its number in the audit.")
]


def grant(
    role: GivenRole,
    source: OfSource,
    staff: OfStaff = None,
    login: OfLogin = None,
    begins: Annotated[str | None, typer.Option("--begins", metavar="YYYY-MM-DD", help="The first day.")] = None,
    ends: Annotated[str | None, typer.Option("--ends", metavar="YYYY-MM-DD", help="The last day.")] = None,
    location: Annotated[str | None, typer.Option("--location", help="Of a team leader: a location's name.")] = None,
    study: Annotated[
        str | None, typer.Option("--study", help="Of a team leader: a study, as the records have it.")
    ] = None,
    grade_level: Annotated[int | None, typer.Option("--grade-level", help="Of a team leader: a year level.")] = None,
    instead_of: Annotated[
        str | None, typer.Option("--for", metavar="CODE", help="Of a substitute (role staff): for whom.")
    ] = None,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Give somebody a role that does not follow from the school's records.

    A team leader has a section, a substitute stands in for somebody until a last day. Administrators and managers see
    nothing until they sign in with a second factor.
    """
    wanted, first, last = _role(role), _day("--begins", begins), _day("--ends", ends)
    settings = load(config)
    secret = portal_secret(settings)
    with opened(settings) as store:
        source_id, _ = source_of(store.engine, source)
        with reading(store.engine, office(source_id)) as connection:
            place = None if location is None else granting.location_id(connection, source_id, location)
            section = {"location": place, "study": study, "grade_level": grade_level}
            told = {name: value for name, value in section.items() if value is not None}
            replaced = None if instead_of is None else granting.staff_id(connection, source_id, instead_of)
        given = Grant(wanted, source_id, told or None, replaced, first, last)
        account_id = account_of(store.engine, source_id, staff, login)
        with writing(store.engine) as connection:
            granting.grant(connection, account_id, given, COMMAND, now())
            _put_on_file(connection, secret, "grant", source_id, wanted)
    say(f"{wanted.value} of {source}: granted.")


def withdraw(
    role: GivenRole,
    source: OfSource,
    staff: OfStaff = None,
    login: OfLogin = None,
    account: OfAccount = None,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Take back a role that was granted. It holds no longer from now on, in sessions that go on as well."""
    wanted = _role(role)
    settings = load(config)
    secret = portal_secret(settings)
    with opened(settings) as store:
        source_id, _ = source_of(store.engine, source)
        account_id = account_of(store.engine, source_id, staff, login, account, gone=True)
        with writing(store.engine) as connection:
            if not granting.withdraw(connection, account_id, wanted, source_id, now()):
                raise UserError(f"There is no {wanted.value} to take back.")
            _put_on_file(connection, secret, "withdraw", source_id, wanted)
    say(f"{wanted.value} of {source}: taken back.")


def account_of(
    engine: Engine, source_id: int, staff: str | None, login: str | None, account: str | None = None, *,
    gone: bool = False,
) -> str:  # fmt: skip
    """The account that is meant; with ``gone`` also of a member of staff who has left. Raises ``UserError``."""
    if [staff, login, account].count(None) != 2:
        raise UserError("Whose? Give one: --staff, --login or --account where there is one.")
    with reading(engine) as connection:
        if account is not None:
            return granting.account_numbered(connection, source_id, account)
        if login is not None:
            return granting.account_of_login(connection, login)
    assert staff is not None
    with reading(engine, office(source_id)) as connection:
        person = granting.staff_id(connection, source_id, staff, gone=gone)
    with reading(engine) as connection:
        return granting.account_of_staff(connection, source_id, person)


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise UserError(f"ROLE: one of {', '.join(role.value for role in granting.GRANTED)} is expected.") from None


def _day(option: str, word: str | None) -> date | None:
    try:
        return None if word is None else date.fromisoformat(word)
    except ValueError:
        raise UserError(f"{option}: a day is expected, such as 2026-08-01.") from None


def _put_on_file(connection: Connection, secret: bytes, action: str, source_id: int, role: Role) -> None:
    """Who got it is in the grant itself, which stays."""
    event = audit.Event(source_id=source_id, actor=COMMAND, role=COMMAND, action=action, area=role.value)
    audit.append(connection, derived(secret, "audit"), [event], now())
