"""``schoolbrug config``: what a configuration looks like."""

from __future__ import annotations

import sys

import typer

from schoolbrug.example import example

app = typer.Typer(no_args_is_help=True, help="Show what a configuration looks like.")


@app.callback()
def _group() -> None:
    """Show what a configuration looks like."""


@app.command("example")
def show() -> None:
    """Print an example configuration with every setting explained.

    Begin with it: schoolbrug config example > schoolbrug.toml
    """
    sys.stdout.write(example())
