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
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup
from typer.main import get_group

from canonical.errors import SchoolbrugError, UserError
from connectors.redaction import guard_urllib3_logs
from scheduler.collector import look_less_often
from schoolbrug.output import complain

COMMANDS = {
    "Look around": ("demo", "simulate", "config", "vocus"),
    "Every day": ("status", "sync", "run", "serve", "worker", "schedule", "tenant", "backup"),
    "When something is wrong": ("check", "doctor", "restore", "quarantine", "held"),
    "Who may see what": ("portal", "audit"),
}
"""What there is, as ``--help`` shows it."""
_BESIDE = {"serve": "run", "restore": "backup"}
"""Commands that are in another one's module."""
_PANELS = {name: panel for panel, names in COMMANDS.items() for name in names}


@cache
def _command(panel: str, name: str) -> Any:
    module = import_module(f"schoolbrug.commands.{_BESIDE.get(name, name)}")
    holder = typer.Typer()
    if hasattr(module, "app"):
        holder.add_typer(module.app, name=name, rich_help_panel=panel)
    else:
        holder.command(name, rich_help_panel=panel)(getattr(module, name))
    holder.callback()(lambda: None)  # so that it stays a group with one in it
    return get_group(holder).commands[name]


class _Imported(Mapping[str, Any]):
    """Each command is imported when it is asked for: most need neither portal nor simulator, which take longest."""

    def __getitem__(self, name: str) -> Any:
        return _command(_PANELS[name], name)

    def __iter__(self) -> Iterator[str]:
        return iter(_PANELS)

    def __len__(self) -> int:
        return len(_PANELS)


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


class _All(_Commands):
    """The whole program: those of ``COMMANDS``."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = _Imported()


app = typer.Typer(
    cls=_All, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich"
)


@app.callback()
def _schoolbrug() -> None:
    """Connects Magister, @VO and VOCUS to one store of students, grades and absences, and serves portal views from it.

    See it at work with schoolbrug demo. To connect a school, begin with schoolbrug config example.
    """


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
