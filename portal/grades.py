"""A student's grade overview: the queries. ``gradebook`` puts the rows in order, ``averages`` does the arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, select

from canonical.tables import TABLES
from portal.freshness import NOTHING_KNOWN, DataClass
from portal.gradebook import Year, arrange
from portal.grademodels import GRADES, Grades
from portal.reading import AnyRow, living, refers
from portal.scope import Scope
from portal.sources import meta, states
from portal.students import one_source, student


def overview(connection: Connection, scope: Scope, wanted: UUID) -> Grades:
    """The grade overview. Five queries, whatever the number of grades. Raises ``NotThere``."""
    row = student(connection, scope, wanted)
    about = meta([one_source(states(connection, scope), row)], *GRADES)
    if about.completeness[DataClass.GRADES] in NOTHING_KNOWN:
        return Grades(meta=about, student_id=row.id, subjects=None, means=None)
    subjects, means = arrange(
        _grades(connection, scope, row), _years(connection, scope, row), _exemptions(connection, scope, row)
    )
    return Grades(meta=about, student_id=row.id, subjects=subjects, means=means)


def _grades(connection: Connection, scope: Scope, row: AnyRow) -> Sequence[AnyRow]:
    """All results of a student, each with its column, subject and period as far as these have come in."""
    table, column, subject, period = (TABLES[kind] for kind in ("grade", "assessment", "subject", "grading_period"))
    return connection.execute(
        select(
            table.c.assessment_id, table.c.attempt, table.c.raw_text, table.c.score, table.c.label, table.c.status,
            table.c.sufficient, table.c.counts, table.c.weight.label("own_weight"), table.c.entered_at,
            table.c.achieved_on,
            column.c.id.label("column_id"), column.c.subject_id, column.c.assessment_kind, column.c.code,
            column.c.title, column.c.order, column.c.held_on, column.c.weight, column.c.exam_weight,
            column.c.exam_column, column.c.resit_policy, column.c.parent_id, column.c.retired,
            column.c.grading_period_id.label("period_id"),
            subject.c.code.label("subject_code"), subject.c.name.label("subject_name"),
            period.c.code.label("period_code"), period.c.name.label("period_name"),
            period.c.begins.label("period_begins"), period.c.school_year_id.label("period_year"),
        )
        .select_from(
            table.outerjoin(column, refers(table.c.assessment_id, table, column))
            .outerjoin(subject, refers(column.c.subject_id, column, subject))
            .outerjoin(period, refers(column.c.grading_period_id, column, period))
        )
        .where(
            table.c.student_id == row.id, table.c.source_id == row.source_id, living(table),
            scope.student(table.c.student_id, table.c.source_id),
        )
    ).all()  # fmt: skip


def _years(connection: Connection, scope: Scope, row: AnyRow) -> list[Year]:
    table = TABLES["school_year"]
    found = connection.execute(
        select(table.c.id, table.c.code, table.c.begins, table.c.ends)
        .where(table.c.source_id == row.source_id, living(table), scope.source(table.c.source_id))
    )  # fmt: skip
    return [Year(year.id, year.code, year.begins, year.ends) for year in found]


def _exemptions(connection: Connection, scope: Scope, row: AnyRow) -> Mapping[str, bool | None]:
    """For each subject that the student takes, whether it is exempt."""
    table = TABLES["student_subject"]
    found = connection.execute(
        select(table.c.subject_id, table.c.exempt).where(
            table.c.student_id == row.id, table.c.source_id == row.source_id, living(table),
            scope.student(table.c.student_id, table.c.source_id),
        )
    )  # fmt: skip
    return {taken.subject_id: taken.exempt for taken in found}
