"""The whole program as a process of its own, as a person or a service manager starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

PROGRAM = str(Path(sys.executable).with_name("schoolbrug"))
PATIENCE = 120.0

T = TypeVar("T")


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Temporary files go into ``folder``, so that a test sees whether any is left."""
    folder.mkdir(exist_ok=True)
    return {"PATH": os.environ["PATH"], "TMPDIR": str(folder), **(more or {})}


def once(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *words], cwd=folder, env=environment(folder / "tmp"), capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip


def _hears_ctrl_c() -> None:
    """A test run in the background ignores Ctrl-C, and what it starts would ignore it as well."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def running(folder: Path, *words: str, more: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A process with both outputs in one pipe. It is killed at the end if it still runs."""
    process = subprocess.Popen(
        [PROGRAM, *words], cwd=folder, env=environment(folder / "tmp", more), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, preexec_fn=_hears_ctrl_c,
    )  # fmt: skip
    killer = threading.Timer(PATIENCE, process.kill)
    killer.start()
    try:
        yield process
    finally:
        killer.cancel()
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def read_until(process: subprocess.Popen[str], text: str) -> list[str]:
    """The lines so far, once one holds ``text``."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if text in line:
            return lines
    raise AssertionError("it ended: " + "\n".join(lines))


def end(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """Send a signal and give the rest of what is printed."""
    process.send_signal(number)
    rest, _ = process.communicate(timeout=PATIENCE)
    return rest


def until(find: Callable[[], T | None]) -> T:
    """Ask again and again until there is something, or patience ends."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come")


def children(process: subprocess.Popen[str]) -> list[int]:
    return [int(number) for number in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
