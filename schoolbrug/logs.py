"""The log, on standard error: coloured lines for a person at a terminal, JSON for a machine."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog


class _Tolerant:
    """A file whose disk may be full: what cannot be written is dropped, since no sync may fail with it."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, words: str) -> int:
        with suppress(OSError):
            self._file.write(words)
        return len(words)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    """One line, without the error's text: what is in that nobody knows here."""
    structlog.get_logger("process").error("thread_ended", error=args.exc_type.__name__)


def write_log() -> None:
    """Set the log up, also for a thread that ends with an error nobody takes; calling it again changes nothing.

    Whoever logs takes care to name no value of a record.
    """
    person = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if person else "iso", utc=not person),
            structlog.dev.ConsoleRenderer() if person else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Tolerant(sys.stderr))),
    )
    threading.excepthook = _thread_ended
    # A tick that comes while the last one still works is no news, and that the database is away is told once, by us.
    for name in ("apscheduler", "procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
