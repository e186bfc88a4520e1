"""``schoolbrug simulate``: a make-believe school to practise on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from schoolbrug.options import Seed, Students
from schoolbrug.output import err
from simulator.__main__ import main as open_school
from simulator.magister import DEFAULT_ACCOUNT


def simulate(
    students: Students = 300,
    seed: Seed = 7,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where it listens; 0 is any free port.")] = 0,
    live: Annotated[
        float | None, typer.Option("--live", min=0.1, help="Let it live: seconds at school for each real second.")
    ] = None,
    deliver: Annotated[
        Path | None,
        typer.Option("--deliver", metavar="FOLDER", file_okay=False, help="Let it write its files into this folder."),
    ] = None,
    deliver_every: Annotated[
        float, typer.Option("--deliver-every", min=1, help="Seconds between two deliveries, with --live.")
    ] = 60,
) -> None:
    """Open a make-believe school that answers as Magister, @VO and UWLR do, until you press Ctrl-C.

    It prints one line of JSON with its address on standard output once it is ready. All its students are made up.
    """
    if sys.stderr.isatty():
        err().print(
            f"A source that reads it has user {DEFAULT_ACCOUNT.user} and password {DEFAULT_ACCOUNT.password}, and below"
            " the url: /doc for Magister, /services/umService and WISService for @VO, and for UWLR"
            " /uwlr/2.2/leerlinggegevens. Ctrl-C closes the school.",
            style="dim",
        )
    given = ["--students", str(students), "--seed", str(seed), "--port", str(port)]
    if live is not None:
        given += ["--live", str(live)]
    if deliver is not None:
        given += ["--deliver", str(deliver), "--deliver-every", str(deliver_every)]
    code = open_school(given)
    if code:
        raise typer.Exit(code)
