"""The command line: which commands there are, and what becomes of their errors.

    exit code 0  all is well
              1  the source, the database or a guard said no, or something that was examined is wrong
              2  something a person can put right: the configuration, a name, a number
            130  Ctrl-C
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import typer
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup

from canonical.errors import SchoolbrugError, UserError
from connectors.redaction import guard_urllib3_logs
from scheduler.collector import look_less_often
from schoolbrug.commands import audit, config, held, portal, quarantine, tenant, vocus
from schoolbrug.commands.backup import backup, restore
from schoolbrug.commands.check import check
from schoolbrug.commands.demo import demo
from schoolbrug.commands.doctor import doctor
from schoolbrug.commands.run import run, serve
from schoolbrug.commands.schedule import schedule
from schoolbrug.commands.simulate import simulate
from schoolbrug.commands.status import status
from schoolbrug.commands.sync import sync
from schoolbrug.commands.worker import worker
from schoolbrug.output import complain


class _Commands(TyperGroup):
    """Turns our errors into one or two lines and an exit code; a traceback is left for mistakes in the program."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            complain(str(error))
            raise typer.Exit(2) from None
        except SchoolbrugError as error:
            complain(str(error))
            raise typer.Exit(1) from None
        except DBAPIError as error:
            # Its own text may hold a row's values.
            complain(f"The database does not answer as it should ({type(error.orig).__name__}). See: schoolbrug doctor")
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich"
)

TRY, DAILY, REPAIR = "Look around", "Every day", "When something is wrong"
PEOPLE = "Who may see what"


@app.callback()
def _schoolbrug() -> None:
    """Connects Magister, @VO and VOCUS to one store of students, grades and absences, and serves portal views from it.

    See it at work with schoolbrug demo. To connect a school, begin with schoolbrug config example.
    """


for panel, commands in {
    TRY: (demo, simulate), DAILY: (status, sync, run, serve, worker, schedule, backup),
    REPAIR: (check, doctor, restore),
}.items():  # fmt: skip
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.add_typer(quarantine.app, name="quarantine", rich_help_panel=REPAIR)
app.add_typer(held.app, name="held", rich_help_panel=REPAIR)
app.add_typer(tenant.app, name="tenant", rich_help_panel=DAILY)
app.add_typer(portal.app, name="portal", rich_help_panel=PEOPLE)
app.add_typer(audit.app, name="audit", rich_help_panel=PEOPLE)
app.add_typer(config.app, name="config", rich_help_panel=TRY)
app.add_typer(vocus.app, name="vocus", rich_help_panel=TRY)


def main() -> None:
    """The entry point."""
    guard_urllib3_logs()
    look_less_often()
    try:
        app()
    except SystemExit as ending:
        if threading.active_count() > 1:
            # A source keeps a read waiting, and Python would wait with it. Nothing is written half: we may go now.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ending.code if isinstance(ending.code, int) else 1)
        raise
