"""What a fault of the source must come to, whatever the source: the error, what was applied and held, nothing lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from scheduler.sync import Report
from simulator import edits
from simulator.model import School
from tests.bridge import KEYED, LINKS, Bridge, Rows, by_identity

GATE = "SCHOOLBRUG_GATE" in os.environ
EARLY = date(2026, 10, 20)
"""When there are not so many grades yet."""
ATVO_ALONE = {"soap-fault", "maintenance", "new-element", "night", "short-page", "page-again"}
FILES_ALONE = {
    "half-file", "wrong-encoding", "dropped-column", "lost-zeros", "again", "late", "empty-file",
}  # fmt: skip
MAGISTER_ALONE = {"wrong-period", "renamed-column", "crcrlf"}
ALL = "everything"
"""As ``only``: the fault is on for every call."""
ONCE = {"times": 1}
NOT_PROVED = "the read was not proved complete"
EMPTY = "the answer was empty"
TOO_MUCH = "more is missing than may go at once"
NOT_IDENTIFIED = "rows in quarantine could not be identified"
MAYBE_HIDDEN = "the source may be hiding them"
NOT_ASKED = "of many records the source was not asked at all"

T = TypeVar("T")
Places = dict[tuple[str, Any], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """``fault`` is on for ``only`` (else for the entity's own call), with ``more``, while ``entity`` is synced with
    the source's ``options``."""

    fault: str
    entity: str
    only: str | None = None
    more: dict[str, Any] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    error: type[Exception] | None = None
    code: str | None = None
    outcome: str = "failed"
    message: str | None = None
    """Of the run, when it did not fail."""
    held: bool = False
    quarantined: bool = False
    calls: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        how = "-".join(str(value) for value in self.options.values() if isinstance(value, str))
        return "-".join(filter(None, (self.fault, self.entity, self.only, how, *map(str, self.more.values()))))


def fails(fault: str, entity: str, error: type[Exception], code: str, **more: Any) -> Case:
    return Case(fault, entity, error=error, code=code, **more)


def passes(fault: str, entity: str, **more: Any) -> Case:
    return Case(fault, entity, outcome="complete", **more)


def holds(fault: str, entity: str, message: str, **more: Any) -> Case:
    return Case(fault, entity, outcome="partial", message=message, held=True, **more)


def leaves(fault: str, entity: str, message: str, **more: Any) -> Case:
    """Nothing is held either: the read proves nothing about what is missing."""
    return Case(fault, entity, outcome="partial", message=message, **more)


def some(cases: Sequence[T], every: int = 3) -> Sequence[T]:
    """With every commit one in ``every``; the gate runs them all."""
    return cases if GATE else cases[::every]


ONE_DATABASE = some(("postgresql", "sqlite"), 2)
"""For a test that costs much and asks nothing of a database that others do not ask of both."""


def with_every_commit(cases: Sequence[Case]) -> Sequence[Case]:
    """Every sixth fault, once for each outcome: those of the wire come beside them. The gate runs them all: every list,
    call and option."""
    if GATE:
        return cases
    first = {(case.fault, case.outcome): case for case in reversed(cases)}
    return some([case for case in cases if case in first.values()], 6)


def stir(school: School) -> None:
    """Something new, something changed and something gone in every list."""
    marks = [g for g in school.all_grades() if g.tenths and school.assessments[g.assessment].kind == "test"]
    edits.remove_grade(school, marks[0].student, marks[0].assessment, attempt=marks[0].attempt)
    edits.change_grade(school, marks[-1].student, marks[-1].assessment, Decimal("9.8"), attempt=marks[-1].attempt)
    edits.enrol_student(school, next(iter(school.homerooms)))
    edits.change_student(school, school.cast["prefix"], prefix="van der")
    edits.remove_student(school, school.cast["single_father"])
    lesson = next(iter(school.lessons.values()))
    edits.mark(school, school.members(lesson.group)[0], "UG", lesson.id)
    edits.unmark(school, next(iter(school.observations)))
    edits.retire_assessment(school, marks[0].assessment)


def assert_nothing_is_lost(
    case: Case, made: Bridge, *, call: str | None, sync: Callable[[], Report],
    now: Callable[[School], Mapping[str, Rows]], kept_unread: Callable[[tuple[str, Any], dict[str, Any]], bool],
) -> Report:  # fmt: skip
    """Run ``sync`` while the case's fault is on for ``call``: the outcome is the case's and the store is sound.

    ``now`` tells what the school has now; ``kept_unread`` says of a record with a broken value in its row whether it
    is as it must be. The fault is off afterwards.
    """
    server = made.server
    tombstones, before = made.tombstones(), everything(made.live())
    server.calls.clear()
    server.faults.on(case.fault, only=call, **case.more)
    report = sync()
    server.faults.off()
    assert type(report.error) is (case.error or type(None)), report
    assert (report.summary.outcome, report.summary.code) == (case.outcome, case.code), report.summary
    if case.error is None:
        assert report.summary.message == case.message
    assert {name: server.calls.count(name) for name in case.calls} == case.calls
    assert bool(report.summary.held) == bool(made.held()) == case.held
    assert bool(report.summary.quarantined) == bool(made.quarantined()) == case.quarantined
    unread = kept_unread if case.fault == "bad-rows" else lambda *_: False
    _check_what_is_there(before, everything(now(server.school)), everything(made.live()), unread)
    if case.outcome != "complete" and case.message != NOT_ASKED:
        assert made.tombstones() == tombstones, "a read that was not proved complete deleted something"
    return report


def everything(rows: Mapping[str, Rows]) -> Places:
    return by_identity(rows, tuple(LINKS) + tuple(KEYED))


def _check_what_is_there(
    before: Places, now: Places, after: Places, kept_unread: Callable[[tuple[str, Any], dict[str, Any]], bool]
) -> None:
    """Every record is as it was or as it is at school now; what is gone is gone at school; a fault invents nothing."""
    assert not [place for place in before.keys() & now.keys() if place not in after]
    strange = [place for place, row in after.items() if row not in (before.get(place), now.get(place))]
    assert not [place for place in strange if not kept_unread(place, after[place])]


def sync_and_approve(made: Bridge, entity: str) -> None:
    """Sync without a fault. Who is gone, and may be hidden only, is let go by a person.

    Where the source is asked about one student at a time, what a student had goes with the student: those come first.
    """
    found = made.target.entity(entity)
    assert found is not None
    for name in ("students", entity) if found.asked_per else (entity,):
        _sync_and_approve(made, name)


def _sync_and_approve(made: Bridge, entity: str) -> None:
    again = made.sync(entity)[entity]
    assert again.error is None, again
    for plan in [plan for plan in made.held() if plan["entity"] == entity]:
        assert plan["reason"] == MAYBE_HIDDEN
        made.store.resolve(plan["id"], "approved")
    if again.summary.held:
        again = made.sync(entity)[entity]
    assert (again.error, again.summary.outcome) == (None, "complete")
    assert [plan for plan in made.held() if plan["entity"] == entity] == []
