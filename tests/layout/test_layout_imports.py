"""The house: imports run one way, files stay readable, and the tools agree."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAY_IMPORT = {
    "canonical": set(),
    "connectors": {"canonical"},
    "magister": {"canonical", "connectors"},
    "atvo": {"canonical", "connectors"},
    "vocus": {"canonical", "connectors"},
    "scheduler": {"canonical", "connectors"},
    "portal": {"canonical"},
    # Of the systems it knows the one that has a command of its own: schoolbrug vocus inspect.
    "schoolbrug": {"canonical", "connectors", "scheduler", "portal", "simulator", "vocus"},
    "simulator": set(),
}
"""A room and the other rooms that it may know."""

SYSTEMS = {"magister", "atvo", "vocus"}
"""Rooms that are found by entry point: no other room names them."""


def imported(file: Path) -> Iterator[str]:
    """The top-level packages that a file imports."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


def sources(room: str) -> list[Path]:
    return sorted(file for file in (ROOT / room).rglob("*.py") if "versions" not in file.parts)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_imports_run_one_way(room: str) -> None:
    others = set(MAY_IMPORT) - {room} - MAY_IMPORT[room]
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in sources(room)
        for name in imported(file)
        if name in others
    ]
    assert sources(room), f"{room} is empty"
    assert wrong == []


def test_the_rule_sees_a_wrong_import(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from magister.client import Client\nimport portal.app\n", "utf-8")
    assert list(imported(wrong)) == ["magister", "portal"]


def test_every_room_is_shipped_and_ruled() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    shipped = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert shipped == set(MAY_IMPORT) == set(project["tool"]["mypy"]["packages"])
    found = {entry.split(".")[0] for entry in project["project"]["entry-points"]["schoolbrug.connectors"].values()}
    assert found == SYSTEMS


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_file_has_one_reason_to_exist(room: str) -> None:
    """About 400 lines at most; what is longer has more than one reason."""
    long = {str(file.relative_to(ROOT)): lines for file in sources(room)
            if (lines := len(file.read_text("utf-8").splitlines())) > 420}  # fmt: skip
    assert long == {}


@pytest.mark.parametrize("command", [["mypy"], ["ruff", "check", "."]], ids=lambda command: command[0])
def test_the_tools_agree(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lock_file_has_hashes_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert pinned
    assert all("==" in line for line in pinned)
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert "://" not in lock
    assert "index" not in lock
