"""An intake that is killed at any step is gone on with by the next one: the same archive, nothing lost or twice."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from connectors.files import DataSet, Deliveries, Facts, RefusedFile

SETS = (DataSet("grades", "cijfers*.csv", True), DataSet("students", "leer*.csv", True))
WHEN = max(datetime.now(UTC) + timedelta(days=1), datetime(2027, 1, 1, tzinfo=UTC))
STEPS = ("rename", "replace", "mkdir", "unlink", "rmdir", "fsync", "open")
"""What changes a file system; a kill comes before each of them."""


def examine(_data_set: str, path: Path, _before: Facts | None, *, proved: bool) -> Facts:
    if b"bad" in path.read_bytes():
        raise RefusedFile("it is bad", "test.bad")
    return {"rows": path.read_bytes().count(b"\n"), "proved": proved}


def collect(folder: Path) -> None:
    Deliveries(folder, SETS, examine, settle=0, keep_days=30, clock=lambda: WHEN).collect()


def killed_at(point: int, folder: Path) -> tuple[bool, int]:
    """Collect in a child that is killed before its ``point``-th step: was it, and how many steps there were."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        steps = 0

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def step(*args: Any, **how: Any) -> Any:
                nonlocal steps
                steps += 1
                if steps == point:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **how)

            return step

        status = 1
        try:
            for name in STEPS:
                setattr(os, name, counted(getattr(os, name)))
            collect(folder)
            os.write(writing, str(steps).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status), int(said or 0)


def loose(folder: Path) -> None:
    for name, data in {"cijfers.csv": b"a\nb\n", "leerlingen.csv": b"c\n"}.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))


def manifest(folder: Path) -> None:
    loose(folder)
    names = ("cijfers.csv", "leerlingen.csv")
    files = [{"name": name, "sha256": sha256((folder / name).read_bytes()).hexdigest()} for name in names]
    told = {"made": "2026-11-24T02:15:00+01:00", "files": files}
    (folder / "x.manifest.json").write_text(json.dumps(told), "utf-8")


def refused(folder: Path) -> None:
    loose(folder)
    (folder / "cijfers.csv").write_bytes(b"bad\n")


def packed(folder: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("cijfers.csv", "a\nb\n")
        archive.writestr("leerlingen.csv", "c\n")
    (folder / "x.zip").write_bytes(made.getvalue())
    os.utime(folder / "x.zip", (1_700_000_000, 1_700_000_000))


def twice(folder: Path) -> None:
    loose(folder)
    collect(folder)
    loose(folder)


def lying(folder: Path) -> dict[str, bytes]:
    """Every file but the lock, by its path. A ZIP whose content is in the archive may be there or not."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("lock", "x.zip")
    }


@pytest.mark.parametrize("prepare", [loose, manifest, refused, packed, twice], ids=lambda one: one.__name__)
def test_a_kill_at_any_step(prepare: Callable[[Path], None], tmp_path: Path) -> None:
    source, whole = tmp_path / "source", tmp_path / "whole"
    source.mkdir()
    prepare(source)
    shutil.copytree(source, whole)
    _, steps = killed_at(0, whole)
    wanted = lying(whole)
    assert steps > 8
    assert [name for name in wanted if name.endswith((".csv", ".json"))]
    for point in range(1, steps + 1):
        folder = tmp_path / f"at-{point}"
        shutil.copytree(source, folder)
        killed, _ = killed_at(point, folder)
        assert killed, f"nothing was killed at step {point}"
        collect(folder)
        assert lying(folder) == wanted, f"after a kill at step {point}"
        shutil.rmtree(folder)


def test_what_is_dropped_after_a_kill_is_the_next_delivery(tmp_path: Path) -> None:
    """A namesake of a file that is in hand must not get into the delivery that was begun."""
    source = tmp_path / "source"
    source.mkdir()
    loose(source)
    shutil.copytree(source, tmp_path / "count")
    _, steps = killed_at(0, tmp_path / "count")
    for point in range(1, steps + 1):
        folder = tmp_path / f"at-{point}"
        shutil.copytree(source, folder)
        killed_at(point, folder)
        begun = not (folder / "cijfers.csv").exists()
        (folder / "cijfers.csv").write_bytes(b"new\nnew\nnew\n")
        collect(folder)
        rows = sorted(len(path.read_bytes().splitlines()) for path in (folder / "archive").glob("*/cijfers.csv"))
        assert rows == ([2, 3] if begun else [3]), f"after a kill at step {point}"
        shutil.rmtree(folder)
