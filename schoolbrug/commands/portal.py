"""``schoolbrug portal``: the people who use the read layer, and what is kept of a student there."""

from __future__ import annotations

import typer

from schoolbrug.commands import portal_accounts, portal_file, portal_grant, portal_letters

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Let people in, and give a student's data out or remove them.

    Students and staff sign in at the school's own provider. Guardians get a letter each, with a code; a second code
    goes to the address on record.
    """


for command in (
    portal_letters.letters, portal_letters.confirm, portal_grant.grant, portal_grant.withdraw,
    portal_accounts.close, portal_accounts.reopen, portal_accounts.reset,
    portal_file.export, portal_file.erase, portal_file.readmit, portal_file.expire,
):  # fmt: skip
    app.command()(command)
