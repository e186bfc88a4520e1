"""Every command and every option says what it is for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from schoolbrug.cli import app

COMMANDS = {
    "demo", "simulate", "check", "sync", "run", "serve", "worker", "schedule", "status", "doctor",
    "backup", "restore", "tenant add", "tenant list", "tenant pause", "tenant resume", "tenant remove",
    "config example", "vocus inspect",
    "quarantine list", "quarantine show", "quarantine retry", "held list", "held show", "held approve", "held reject",
    "portal letters", "portal confirm", "portal grant", "portal withdraw", "portal close", "portal reopen",
    "portal reset", "portal export", "portal erase", "portal readmit", "portal expire", "audit verify", "audit anchor",
    "audit seen", "audit readers", "audit expire",
}  # fmt: skip


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in (group or get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_these_are_the_commands() -> None:
    assert {" ".join(path) for path, _ in commands()} == COMMANDS


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_a_command_is_documented(path: str) -> None:
    command = dict(commands())[tuple(path.split())]
    first, *_ = (command.help or "").strip().split("\n")
    assert first.endswith(".")
    assert first[0].isupper()
    assert not [option.name for option in command.params if not option.help]
    # Of [[source]] the brackets alone would be printed: it is markup there.
    assert not [told for told in (command.help, *(option.help for option in command.params)) if "[[" in told]


def test_help_is_printed() -> None:
    program = str(Path(sys.executable).with_name("schoolbrug"))
    environment = {"PATH": os.environ["PATH"], "COLUMNS": "120"}
    done = subprocess.run([program, "--help"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "Usage: schoolbrug" in done.stdout


@pytest.mark.parametrize("name", ["held", "quarantine", "config", "portal", "tenant", "sync"])
def test_help_of_a_group_or_command_is_printed(name: str) -> None:
    done = CliRunner().invoke(app, [name, "--help"])
    assert done.exit_code == 0
    assert done.stderr == ""
    assert f"Usage: root {name}" in done.stdout
    assert "[]" not in done.stdout


def test_an_option_with_personal_data_says_so() -> None:
    row = next(option for option in dict(commands())["quarantine", "show"].params if option.name == "row")
    assert "PERSONAL DATA" in row.help


def test_a_command_imports_what_it_needs_alone() -> None:
    asked = (
        "import sys; from typer.testing import CliRunner; from schoolbrug.cli import app;"
        "done = CliRunner().invoke(app, ['status', '--help']); assert done.exit_code == 0, done.output;"
        "print(sorted({'portal.app', 'simulator.magister', 'schoolbrug.commands.status'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("['schoolbrug.commands.status']", "")
