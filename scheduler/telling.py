"""What the log tells of the schedule: that something changed, once, and never a value of a record."""

from __future__ import annotations

from datetime import datetime

import structlog

from canonical.store import FORM_CHANGED
from connectors.errors import SourceError
from scheduler.sync import WAITING, Report

log = structlog.get_logger("schedule")


def outcome(source: str, entity: str, report: Report | None, trouble: str | None, before: int) -> int:
    """Tell when an entity begins to fail and when it works again; gives the failures in a row by now.

    ``before`` are those so far. Without a ``report`` another worker reads it, or the database is in ``trouble``.
    """
    where = {"source": source, "entity": entity}
    if report is None and trouble is None:
        return before
    if report is not None and (report.error is None or report.summary.outcome == WAITING):
        if before:
            log.info("ok", **where, after_failures=before)
        if report.summary.code == FORM_CHANGED:
            log.warning("form_changed", **where, message=report.summary.message)
        return 0
    if not before:
        log.warning("failing", **where, **_why(report, trouble))
    return before + 1


def _why(report: Report | None, trouble: str | None) -> dict[str, str | None]:
    if report is None:
        return {"code": f"store.{trouble}", "message": "the database did not answer"}
    code = report.error.code if isinstance(report.error, SourceError) else report.summary.code
    return {"code": code, "message": str(report.error)}


def age(source: str, entity: str, since: datetime | None) -> None:
    """Tell that an entity has become stale, ``since`` when it was last read; or that it no longer is (None)."""
    if since is None:
        log.info("fresh", source=source, entity=entity)
    else:
        log.warning("stale", source=source, entity=entity, since=since.isoformat())


def paused(source: str, code: str) -> None:
    """Tell that a source has refused us and is left alone."""
    log.error("paused", source=source, code=code, next=f"put it right, then run: schoolbrug sync {source}")


def resumed(source: str) -> None:
    """Tell that a source works again."""
    log.info("resumed", source=source)
