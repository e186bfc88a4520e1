"""Options and arguments that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schoolbrug.config import DEFAULT_FILE, VARIABLE
from simulator.people import LEAST_STUDENTS

ConfigFile = Annotated[
    Path, typer.Option("--config", "-c", envvar=VARIABLE, metavar="FILE", help="The configuration file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for scripts.")]
SourceName = Annotated[
    str | None, typer.Argument(metavar="[SOURCE]", help="The name of one source; without it all that are enabled.")
]
EntityName = Annotated[
    str | None, typer.Argument(metavar="[ENTITY]", help="One entity of that source, such as grades; without it all.")
]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The number that the list shows.")]
Students = Annotated[
    int, typer.Option("--students", min=LEAST_STUDENTS, help="How many students the make-believe school has.")
]
Seed = Annotated[int, typer.Option("--seed", help="The same number makes the same school.")]

__all__ = ["DEFAULT_FILE", "AsJson", "ConfigFile", "EntityName", "Number", "Seed", "SourceName", "Students"]
