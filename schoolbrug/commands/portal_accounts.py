"""``schoolbrug portal close``, ``reopen`` and ``reset``: an account in wrong hands, and one whose factors are lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from portal import audit
from portal.audit import COMMAND
from portal.clock import now
from portal.reading import writing
from portal.settings import derived
from portal.signin import granting
from schoolbrug.commands.portal_grant import OfAccount, OfLogin, OfStaff, account_of
from schoolbrug.commands.portal_letters import OfSource, source_of
from schoolbrug.config import load
from schoolbrug.opening import opened, portal_secret
from schoolbrug.options import DEFAULT_FILE, ConfigFile
from schoolbrug.output import say


def close(
    source: OfSource,
    staff: OfStaff = None,
    login: OfLogin = None,
    account: OfAccount = None,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Close an account, such as one in wrong hands: nobody signs in with it, and its sessions end at once."""
    found = _do("close", granting.close, source, staff, login, account, config)
    say(f"Closed. To let it in again: schoolbrug portal reopen --source {source} --account {found}")


def reopen(
    source: OfSource,
    account: Annotated[str, typer.Option("--account", metavar="ID", help="The account, as close has told it.")],
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Let an account that was closed sign in again."""
    _do("reopen", granting.reopen, source, None, None, account, config)
    say("Open again.")


def reset(
    source: OfSource,
    staff: OfStaff = None,
    login: OfLogin = None,
    account: OfAccount = None,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Remove the second factors of somebody who has lost all of them, and end the sessions.

    See first who it is that asks: from then on the password, or the school's sign-in, is enough to set up new ones.
    """
    _do("reset", granting.reset, source, staff, login, account, config)
    say("Removed. The next sign-in asks for none; let a new one be set up at once.")


def _do(
    action: str, what: Callable[[Connection, str, datetime], None], source: str, staff: str | None, login: str | None,
    account: str | None, config: ConfigFile,
) -> str:  # fmt: skip
    """Do it to one account and put it on file: the account's number. Raises ``UserError``."""
    settings = load(config)
    secret = portal_secret(settings)
    with opened(settings) as store:
        source_id, _ = source_of(store.engine, source)
        found = account_of(store.engine, source_id, staff, login, account, gone=True)
        with writing(store.engine) as connection:
            what(connection, found, now())
            event = audit.Event(source_id, COMMAND, COMMAND, action, area=f"account:{found}")
            audit.append(connection, derived(secret, "audit"), [event], now())
    return found
