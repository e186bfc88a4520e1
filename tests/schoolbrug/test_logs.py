"""A log that cannot be written ends nothing."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

from schoolbrug.logs import write_log


def test_a_full_disk_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bool] = []
    # Closing it fails as well, of what it still had.
    with suppress(OSError), Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        write_log()
        structlog.get_logger("schedule").error("database_gone", error="x")
        written.append(True)
    assert written


def test_what_can_be_written_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "log").open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        write_log()
        structlog.get_logger("schedule").error("database_gone", error="x")
    assert '"event": "database_gone"' in (tmp_path / "log").read_text()


def test_a_thread_that_ends_is_one_line_without_what_its_error_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ValueError("Jansen")

    with (tmp_path / "log").open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        monkeypatch.setattr(threading, "excepthook", threading.excepthook)
        write_log()
        thread = threading.Thread(target=fails)
        thread.start()
        thread.join()
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert '"event": "thread_ended"' in line
    assert '"error": "ValueError"' in line
    assert "Jansen" not in line
