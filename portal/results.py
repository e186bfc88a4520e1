"""Results as they are published: what one viewer may know of them at one moment, and no more (R72-R74).

A result has a moment: when it was entered, or last changed. With a horizon, a later one is not there yet: a changed
result is as it was before the change, a new one is missing. All that is computed is computed from what is left, so
that nothing hidden shows through an average, a count or an order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, literal, or_, select

from canonical.tables import CHANGE, TABLES
from canonical.terms import AssessmentKind
from portal.averages import FEEDS
from portal.looking import Seen
from portal.reading import AnyRow, living, refers

ENTERED = (AssessmentKind.TEST, AssessmentKind.COMPONENT, AssessmentKind.TEXT)
"""Kinds of column whose results are entered by a person; those of all others may say something of these."""


class Result(NamedTuple):
    """One result with its column as far as this has come in; or, without ``id``, a column that has no result."""

    id: str | None
    version: int
    changed_at: datetime
    assessment_id: str
    attempt: int
    raw_text: str
    score: Decimal | None
    label: str | None
    status: str
    sufficient: bool | None
    counts: bool
    own_weight: Decimal | None
    entered_at: datetime | None
    achieved_on: date | None
    column_id: str | None
    subject_id: str | None
    assessment_kind: str | None
    code: str | None
    title: str | None
    order: int | None
    held_on: date | None
    weight: Decimal | None
    exam_weight: Decimal | None
    exam_column: bool | None
    resit_policy: str | None
    parent_id: str | None
    retired: bool | None
    period_id: str | None
    subject_code: str | None
    subject_name: str | None
    period_code: str | None
    period_name: str | None
    period_begins: date | None
    period_year: str | None


@dataclass(frozen=True, slots=True)
class State:
    """A state of a result in the change log; ``fields`` is None when the source no longer held it."""

    version: int
    at: datetime
    fields: Mapping[str, Any] | None


def moment(result: Result) -> datetime:
    """The moment of a result: when it was entered, and if it was changed since, when that was.

    What the source computes goes by when it was read: an average that was entered long ago holds what came later.
    """
    if result.entered_at is None:
        return result.changed_at
    if result.version == 1 and result.assessment_kind in ENTERED:
        return result.entered_at
    return max(result.entered_at, result.changed_at)


def published(result: Result, states: Sequence[State], horizon: datetime | None) -> Result | None:
    """``result`` as it is seen up to ``horizon``: as it is, as it was before the last changes, or not at all (None).

    ``states`` are those of the change log; only those of a changed result are asked for.
    """
    if horizon is None or moment(result) <= horizon:
        return result
    for state in sorted(states, key=lambda state: state.version, reverse=True):
        if state.fields is None:
            if state.at <= horizon:
                return None
            continue
        earlier = _earlier(result, state, state.fields)
        if moment(earlier) <= horizon:
            # It was a result of another column: that is no earlier state of this one.
            return earlier if earlier.assessment_id == result.assessment_id else None
    return None


def _earlier(result: Result, state: State, fields: Mapping[str, Any]) -> Result:
    score, weight, entered, achieved = (fields.get(name) for name in ("score", "weight", "entered_at", "achieved_on"))
    return result._replace(
        version=state.version, changed_at=state.at, assessment_id=fields["assessment_id"],
        attempt=fields["attempt"], raw_text=fields["raw_text"], score=None if score is None else Decimal(score),
        label=fields.get("label"), status=fields["status"], sufficient=fields.get("sufficient"),
        counts=fields["counts"], own_weight=None if weight is None else Decimal(weight),
        entered_at=None if entered is None else datetime.fromisoformat(entered),
        achieved_on=None if achieved is None else date.fromisoformat(achieved),
    )  # fmt: skip


def is_own(seen: Seen, result: Result) -> bool:
    """Whether a result is of a subject that the viewer has to do with (R57)."""
    return seen.own_subjects is None or result.subject_id in seen.own_subjects


def results(
    connection: Connection, seens: Collection[Seen], *conditions: ColumnElement[bool]
) -> dict[str, list[Result]]:
    """The published results of each of these students, by the student's id: two queries at most.

    A teacher's are those of the own subjects, and those whose column has not come in: these are of no known subject,
    and are told by ``is_own``. ``conditions`` are further ones on the table of grades.
    """
    wanted = {seen.row.id: seen for seen in seens}
    found: dict[str, list[tuple[Result, Seen]]] = defaultdict(list)
    for row in connection.execute(_grades(seens).where(*conditions)):
        *fields, student = row
        seen, result = wanted[student], Result._make(fields)
        if result.column_id is None or is_own(seen, result):
            found[student].append((result, seen))
    late = [
        result.id for pairs in found.values() for result, seen in pairs
        if result.id is not None and result.version > 1 and seen.horizon is not None and moment(result) > seen.horizon
    ]  # fmt: skip
    states = _states(connection, late, {seen.row.source_id for seen in seens}) if late else {}
    return {
        id_: [
            shown for result, seen in found[id_]
            if (shown := published(result, states.get((result.id, seen.row.source_id), ()), seen.horizon)) is not None
        ]
        for id_ in wanted
    }  # fmt: skip


def _grades(seens: Collection[Seen]) -> Select[Any]:
    """All results of these students, each with its column, subject and period as far as these have come in.

    The columns are the fields of ``Result`` in their order, and then the student's id.
    """
    table, column, subject, period = (TABLES[kind] for kind in ("grade", "assessment", "subject", "grading_period"))
    of_source: dict[int, list[str]] = defaultdict(list)
    for seen in seens:
        of_source[seen.row.source_id].append(seen.row.id)
    return (
        select(
            table.c.id, table.c.version, table.c.changed_at, table.c.assessment_id,
            table.c.attempt, table.c.raw_text, table.c.score, table.c.label, table.c.status, table.c.sufficient,
            table.c.counts, table.c.weight.label("own_weight"), table.c.entered_at, table.c.achieved_on,
            *_of_column(column, subject, period), table.c.student_id,
        )
        .select_from(
            table.outerjoin(column, refers(table.c.assessment_id, table, column))
            .outerjoin(subject, refers(column.c.subject_id, column, subject))
            .outerjoin(period, refers(column.c.grading_period_id, column, period))
        )
        .where(
            living(table),
            or_(*(and_(table.c.source_id == source, table.c.student_id.in_(ids)) for source, ids in of_source.items())),
        )
    )  # fmt: skip


def exam_lines(connection: Connection, source_id: int, subjects: Collection[str]) -> Sequence[AnyRow]:
    """What tells the living lines of the exam programme apart, in these subjects (R20). One query.

    Of every study and year: there may be very many, so that little is read of each.
    """
    column, period = TABLES["assessment"], TABLES["grading_period"]
    return connection.execute(
        select(
            column.c.id, column.c.subject_id, column.c.code, column.c.grading_period_id.label("period_id"),
            column.c.held_on, period.c.school_year_id.label("period_year"),
        )
        .select_from(column.outerjoin(period, refers(column.c.grading_period_id, column, period)))
        .where(
            column.c.source_id == source_id, living(column), column.c.subject_id.in_(sorted(subjects)),
            column.c.exam_column.is_(True), column.c.retired.is_(False), column.c.parent_id.is_(None),
            column.c.assessment_kind.in_(FEEDS),
        )
    ).all()  # fmt: skip


def empty_columns(connection: Connection, source_id: int, ids: Collection[str]) -> Sequence[Result]:
    """These columns, without results. One query."""
    column, subject, period = (TABLES[kind] for kind in ("assessment", "subject", "grading_period"))
    rows = connection.execute(
        select(column.c.changed_at, *_of_column(column, subject, period))
        .select_from(
            column.outerjoin(subject, refers(column.c.subject_id, column, subject))
            .outerjoin(period, refers(column.c.grading_period_id, column, period))
        )
        .where(column.c.source_id == source_id, column.c.id.in_(sorted(ids)))
    )  # fmt: skip
    nothing = ("id", "score", "label", "sufficient", "own_weight", "entered_at", "achieved_on")
    empty: dict[str, Any] = dict.fromkeys(nothing) | {
        "version": 0, "attempt": 0, "raw_text": "", "status": "", "counts": False
    }  # fmt: skip
    return [Result(assessment_id=row.column_id, **(empty | dict(row._mapping))) for row in rows]


def _of_column(column: FromClause, subject: FromClause, period: FromClause) -> Sequence[ColumnElement[Any]]:
    return (
        column.c.id.label("column_id"), column.c.subject_id, column.c.assessment_kind, column.c.code, column.c.title,
        column.c.order, column.c.held_on, column.c.weight, column.c.exam_weight, column.c.exam_column,
        column.c.resit_policy, column.c.parent_id, column.c.retired, column.c.grading_period_id.label("period_id"),
        subject.c.code.label("subject_code"), subject.c.name.label("subject_name"),
        period.c.code.label("period_code"), period.c.name.label("period_name"),
        period.c.begins.label("period_begins"), period.c.school_year_id.label("period_year"),
    )  # fmt: skip


def _states(
    connection: Connection, ids: Collection[str], sources: Collection[int]
) -> Mapping[tuple[str | None, int], Sequence[State]]:
    """All earlier states of these results, by result and source."""
    found: dict[tuple[str | None, int], list[State]] = defaultdict(list)
    rows = connection.execute(
        select(CHANGE.c.id, CHANGE.c.source_id, CHANGE.c.version, CHANGE.c.at, CHANGE.c.after).where(
            CHANGE.c.id.in_(ids), CHANGE.c.source_id.in_(sources), CHANGE.c.kind == literal("grade")
        )
    )
    for row in rows:
        fields = None if row.after is None else orjson.loads(row.after)
        found[row.id, row.source_id].append(State(row.version, row.at, fields))
    return found
