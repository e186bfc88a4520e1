"""What is told of the schedule: that something changed, once, and never a value of a record.

Whoever listens is a function that takes a ``Transition``: the log is one, alerts are another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from canonical.plan import MAY_HIDE
from canonical.store import FORM_CHANGED
from connectors.errors import SourceError
from scheduler.ledger import Held, Standing
from scheduler.sync import WAITING, Report

log = structlog.get_logger("schedule")

LEVELS = {
    "failing": "warning", "ok": "info", "form_changed": "warning", "stale": "warning", "fresh": "info",
    "paused": "error", "resumed": "info", "held": "warning", "shrunk": "warning", "released": "info",
    "unreadable": "warning", "readable": "info",
}  # fmt: skip
"""Every kind of transition, and how loud the log is about it."""


@dataclass(frozen=True, slots=True)
class Transition:
    """Something has become otherwise. ``details`` are codes, numbers and moments, never a value of a record."""

    kind: str
    source: str
    entity: str | None
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


Tell = Callable[[Transition], None]
"""Must not raise, and must not keep a sync waiting."""


def to_log(told: Transition) -> None:
    """The listener that writes the log."""
    entity = {} if told.entity is None else {"entity": told.entity}
    getattr(log, LEVELS[told.kind])(told.kind, source=told.source, **entity, **told.details)


def is_well(report: Report) -> bool:
    """Whether a read has ended as it should."""
    return report.error is None or report.summary.outcome == WAITING


def failures(report: Report | None, before: int) -> int:
    """Failures in a row after a read, ``before`` so far. Without a ``report`` another worker reads it."""
    if report is None:
        return before
    return 0 if is_well(report) else before + 1


def outcome(report: Report | None, before: Standing) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The kinds and details of what a read has changed in how its entity does."""
    if report is None:
        return
    if is_well(report):
        if before.failures:
            yield "ok", {"after_failures": before.failures}
        if before.refused:
            yield "readable", {}
        if report.summary.code == FORM_CHANGED:
            yield "form_changed", {"message": report.summary.message}
    else:
        code = report.error.code if isinstance(report.error, SourceError) else report.summary.code
        if not before.failures:
            yield "failing", {"code": code, "message": str(report.error)}
        if report.summary.outcome == "refused" and not before.refused:
            yield "unreadable", {"code": code, "message": report.summary.message}


def holding(before: Held | None, after: Held | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Likewise, in whether deletions wait for a person: few that the source may only hide, or too many."""
    if before is None and after is not None:
        numbers = {"number": after.number, "records": after.records, "of": after.of, "reason": after.reason}
        yield "held" if after.reason == MAY_HIDE else "shrunk", numbers
    elif before is not None and after is None:
        yield "released", {"number": before.number}
