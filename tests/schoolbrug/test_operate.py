"""The chapter on many machines in docs/operate.md, followed line by line on a clean server."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from canonical.tables import CHANGE, IDENTITY, RUN
from tests.faults import GATE
from tests.postgres import Cluster, cluster

ROOT = Path(__file__).parents[2]
PATIENCE = 900
"""Seconds until it is taken for stuck, on a machine that is busy with much else."""
FENCES = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def clean() -> Iterator[Cluster]:
    """A server that has never heard of Schoolbrug."""
    with cluster() as server:
        yield server


def chapter(name: str) -> str:
    text = (ROOT / "docs/operate.md").read_text("utf-8")
    found = re.search(rf"^## {name}\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found.group(1)


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
    return port


def followed(clean: Cluster, tmp_path: Path) -> None:
    text = chapter("Many machines")
    for port in ("8080", "8123"):  # somebody else may have them here
        text = text.replace(port, str(free_port()))
    blocks = FENCES.findall(text)
    (configuration,) = (body for kind, body in blocks if kind == "toml")
    (tmp_path / "schoolbrug.toml").write_text(configuration, "utf-8")
    lines = [line for kind, body in blocks if kind == "console" for line in body.splitlines()]
    assert lines
    assert all(line.startswith("$ ") for line in lines)
    script = "".join(f"printf '\\n@@ {n}\\n'\n{line[2:]}\n" for n, line in enumerate(lines))
    home = Path(clean.url("x").split("host=")[1])
    (tmp_path / "lines").write_text(script, "utf-8")
    process = subprocess.Popen(
        ["bash", "-euo", "pipefail", "lines"], cwd=tmp_path, stdin=subprocess.DEVNULL,
        stdout=(tmp_path / "said").open("w"), stderr=subprocess.STDOUT, start_new_session=True,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
            "PGHOST": str(home), "PGUSER": "schoolbrug", "HOME": str(tmp_path), "TMPDIR": str(tmp_path),
        },
    )  # fmt: skip
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        pass  # which line it was is told below
    finally:
        with suppress(ProcessLookupError):  # and what it has started
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    said = (tmp_path / "said").read_text("utf-8")
    reached = int(re.findall(r"@@ (\d+)", said)[-1])
    assert process.returncode == 0, f"{lines[reached]}\n{said[-3000:]}{logs(tmp_path)}"
    assert reached == len(lines) - 1
    assert "restored and verified" in said
    assert "The log is whole" in said
    assert "failing" not in logs(tmp_path)
    assert "Traceback" not in said + logs(tmp_path)
    assert json.loads(next(line for line in said.splitlines() if line.startswith('{"meta"')))["meta"]["sources"]
    the_other_one_went_on(clean)


if GATE:  # it starts the program a dozen times
    test_the_chapter_is_followed_line_by_line = followed


def logs(folder: Path) -> str:
    return "".join(f"\n{file.name}: {file.read_text()[-2000:]}" for file in sorted(folder.glob("*.log")))


def the_other_one_went_on(server: Cluster) -> None:
    """The restored store was synced, and no record that is unchanged got another version."""
    engine = create_engine(server.url("schoolbrug_drill"))
    with engine.connect() as connection:
        runs = connection.execute(select(RUN.c.entity, RUN.c.outcome).where(RUN.c.outcome != "running")).all()
        changes = connection.execute(select(CHANGE.c.id, CHANGE.c.version)).all()
        identities = connection.execute(select(IDENTITY.c.id)).all()
    engine.dispose()
    assert {run.outcome for run in runs} == {"complete"}
    grades = [run for run in runs if run.entity == "grades"]
    assert len(grades) >= 2
    assert {change.version for change in changes} == {1}
    assert len(changes) == len({change.id for change in changes}) <= len(identities)


def test_the_other_blocks_name_commands_that_exist() -> None:
    text = (ROOT / "docs/operate.md").read_text("utf-8")
    asked = set(re.findall(r"schoolbrug ((?:audit|portal|held|quarantine|config) \w+|[a-z]+)\b", " ".join(
        body for kind, body in FENCES.findall(text) if kind in ("sh", "console")
    )))  # fmt: skip
    said = subprocess.run(
        [sys.executable, "-c", "from typer.main import get_command; from schoolbrug.cli import app\n"
         "for name, one in get_command(app).commands.items():\n"
         "    print(name, *(f'{name} {sub}' for sub in getattr(one, 'commands', ())), sep='\\n')"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert asked
    assert asked <= {*said.stdout.splitlines(), "schoolbrug"}
