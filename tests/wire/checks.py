"""What must stand after a run on a wire that does what it likes, and what happens at school before it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any, Protocol

from sqlalchemy import Engine, func, select

from canonical.errors import Refused
from canonical.tables import CHANGE, RUN
from connectors.errors import SourceError
from simulator import edits
from simulator.model import School
from tests.bridge import Bridge, Rows
from tests.faults import NOT_ASKED, everything

SPARE = 30.0
"""Seconds that a run may take beyond the deadlines of the calls that were struck in it: for the calls that were not."""

Seen = Callable[[Mapping[str, Rows]], Mapping[Any, Any]]
"""What is seen of a school in the store's living rows."""


class Wire(Protocol):
    """What stands between a connector and a school; ``struck`` counts what has truly happened. The ``slow`` take as
    long as the client bears them."""

    struck: Counter[str]

    @property
    def slow(self) -> Sequence[str]: ...

    def begin(self, density: float) -> None:
        """From now on so many calls of all are struck."""


def places(live: Mapping[str, Rows]) -> dict[Any, Any]:
    """Each record under what tells it apart."""
    found = everything(live)
    assert len(found) == sum(map(len, live.values())), "a record is there twice"
    return found


def assert_nothing_is_wrong_after_a_run(
    made: Bridge, wire: Wire, density: float, *, seen: Seen, before: Mapping[Any, Any], now: Mapping[Any, Any],
    deadline: float,
) -> Mapping[Any, Any]:  # fmt: skip
    """Every record is as it was or as it is at school now, none is there twice, none that is at school is gone.

    ``before`` is what there was, the answer what there is; ``deadline`` is in seconds, of a call.
    """
    seq, slow = newest(made.engine), slow_ones(wire)
    wire.begin(density)
    began = time.monotonic()
    reports = made.sync()
    took = time.monotonic() - began
    wire.begin(0)
    for report in reports.values():
        assert report.error is None or isinstance(report.error, (SourceError, Refused)), repr(report.error)
        assert report.summary.outcome in ("complete", "partial", "failed", "refused"), report.summary
    assert took < SPARE + deadline * (slow_ones(wire) - slow), "a run outlasts the deadlines of its calls"
    after = seen(made.live())
    lost = [place for place in before.keys() & now.keys() if place not in after]
    assert not lost, f"{len(lost)} that are at school are gone, such as one of {lost[0]}"
    strange = [place for place, row in after.items() if row not in (before.get(place), now.get(place))]
    assert not strange, f"{len(strange)} are neither as before nor as at school: {strange[0]}: {after[strange[0]]}"
    assert unproved_deletions(made.engine, seq) == [], "a read that was not proved complete deleted something"
    return after


def differs(found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> None:
    assert found.keys() == wanted.keys()
    assert [place for place in wanted if found[place] != wanted[place]] == []


def slow_ones(wire: Wire) -> int:
    return sum(wire.struck[name] for name in wire.slow)


def newest(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.max(CHANGE.c.seq))).scalar() or 0)


def unproved_deletions(engine: Engine, since: int) -> list[tuple[str, str | None]]:
    """How the runs ended that were not complete and have deleted something."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(RUN.c.entity, RUN.c.message).distinct().join(CHANGE, CHANGE.c.run_id == RUN.c.id).where(
                CHANGE.c.seq > since, CHANGE.c.action == "delete", RUN.c.outcome != "complete"
            )
        ).all()  # fmt: skip
    return [(row.entity, row.message) for row in rows if row.message != NOT_ASKED]


def stir_a_little(school: School, random: Random) -> None:
    """Something new, something changed and something gone, however often: there is about as much of all as before."""
    marks = [g for g in school.all_grades() if g.tenths and school.assessments[g.assessment].kind == "test"]
    for mark in random.sample(marks, 3):
        edits.change_grade(school, mark.student, mark.assessment, Decimal(random.randint(10, 100)) / 10,
                           attempt=mark.attempt)  # fmt: skip
    gone = random.choice(marks)
    edits.remove_grade(school, gone.student, gone.assessment, attempt=gone.attempt)
    if random.random() < 0.5 or len(marks) < 800:
        edits.enter_grade(school, gone.student, gone.assessment, Decimal(random.randint(10, 100)) / 10)
    edits.change_student(school, random.choice(list(school.students)), prefix=random.choice(["van der", "de", ""]))
    lesson = random.choice(list(school.lessons.values()))
    members = school.members(lesson.group)
    if members:
        edits.mark(school, random.choice(members), random.choice(["UG", "TL", "AB"]), lesson.id)
    if len(school.observations) > 200:
        edits.unmark(school, random.choice(list(school.observations)))
    if random.random() < 0.2 and len(school.students) < 42:
        edits.enrol_student(school, random.choice(list(school.homerooms)))
