"""The log, on standard error: coloured lines for a person at a terminal, JSON for a machine."""

from __future__ import annotations

import logging
import sys

import structlog


def write_log() -> None:
    """Set the log up; calling it again changes nothing. Whoever logs takes care to name no value of a record."""
    person = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if person else "iso", utc=not person),
            structlog.dev.ConsoleRenderer() if person else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # A tick that comes while the last one still works is no news.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
