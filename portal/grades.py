"""A student's grade overview: the queries. ``gradebook`` puts the rows in order, ``averages`` does the arithmetic.

What is not published for the viewer has been left out before anything is counted: see ``portal.results``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from canonical.tables import TABLES
from canonical.terms import AssessmentKind
from portal.clock import local_day
from portal.examrules import counters
from portal.freshness import NOTHING_KNOWN, DataClass
from portal.gradebook import Year, arrange, year_of
from portal.grademodels import GRADES, Grades, Points, SourceMark, SubjectGrades, YearMean
from portal.looking import Seen
from portal.models import Coded, Meta
from portal.reading import AnyRow, living
from portal.results import Result, empty_columns, exam_lines, is_own, results
from portal.sources import meta, states
from portal.students import one_source


@dataclass(frozen=True, slots=True)
class Book:
    """All that is published of one student's results, and what it takes to put them in order.

    ``lines`` are those of the exam programme; ``exempt`` says of each subject that the student takes whether it is
    exempt.
    """

    results: Sequence[Result]
    lines: Sequence[Result]
    years: Sequence[Year]
    exempt: Mapping[str, bool | None]


def overview(connection: Connection, seen: Seen, at: datetime) -> Grades:
    """The grade overview at ``at``. Seven queries, whatever the number of grades."""
    about = about_grades(connection, seen)
    if about.completeness[DataClass.GRADES] in NOTHING_KNOWN:
        return Grades(meta=about, student_id=seen.row.id, subjects=None, means=None, points=None)
    subjects, means = arranged(seen, book(connection, seen, at))
    # Points are of all subjects, as means are.
    counted = None if means is None else points(subjects)
    return Grades(meta=about, student_id=seen.row.id, subjects=subjects, means=means, points=counted)


def about_grades(connection: Connection, seen: Seen) -> Meta:
    """What an answer about this student's grades says of itself."""
    return meta([one_source(states(connection, seen.viewer), seen.row)], *GRADES)


def book(connection: Connection, seen: Seen, at: datetime) -> Book:
    """Read what is published of a student. Six queries at most."""
    found, years = results(connection, [seen])[seen.row.id], years_of(connection, seen.row.source_id)
    exempt = exemptions(connection, [seen])[seen.row.id]
    taken = {subject for subject in exempt if seen.own_subjects is None or subject in seen.own_subjects}
    lines = exam_lines(connection, seen.row.source_id, taken) if taken else ()
    own = programme(lines, years, local_day(at))
    return Book(found, empty_columns(connection, seen.row.source_id, own) if own else (), years, exempt)


def arranged(seen: Seen, of: Book) -> tuple[list[SubjectGrades], list[YearMean] | None]:
    """The overview by school year and subject, and the mean of each year.

    A teacher gets the own subjects and no means, which are of all subjects (R57). What has no subject yet has been
    taken into account all the same: an average without it might be wrong.
    """
    subjects, means = arrange([*of.results, *of.lines], of.years, of.exempt, seen.rules.marking)
    if seen.own_subjects is None:
        return subjects, means
    return [subject for subject in subjects if subject.subject and subject.subject.id in seen.own_subjects], None


def listed(seen: Seen, found: Iterable[Result]) -> list[Result]:
    """The results that are each worth a line of their own: all but what the source keeps computing from others."""
    computed = (AssessmentKind.AVERAGE, AssessmentKind.CALCULATED)
    return [result for result in found if result.assessment_kind not in computed and is_own(seen, result)]


def programme(lines: Iterable[AnyRow], years: Sequence[Year], today: date) -> list[str]:
    """The ids of the columns of this year's exam programme, which may have no result yet (R20).

    A column does not say for which study or grade level it is. Where the lines of a subject are of several programmes,
    since a period has one code twice, it is not known which of them are this student's, and none is promised.
    """
    current: dict[str, list[AnyRow]] = defaultdict(list)
    for line in lines:
        year = year_of(line.period_year, line.held_on, years)
        if year is not None and year.may_hold(today):
            current[line.subject_id].append(line)
    return [line.id for of_subject in current.values() if _is_one(of_subject) for line in of_subject]


def _is_one(lines: Sequence[AnyRow]) -> bool:
    return max(Counter((line.period_id, line.code) for line in lines).values()) == 1


def points(subjects: Iterable[SubjectGrades]) -> list[Points]:
    """The deficit and compensation points of each report, the latest year first (R28, R30)."""
    reports: dict[tuple[str | None, str | None], list[tuple[SubjectGrades, SourceMark]]] = defaultdict(list)
    for subject in subjects:
        for mark in subject.source_marks:
            if mark.kind is AssessmentKind.REPORT and mark.score is not None:
                reports[_id(subject.school_year), _id(mark.period)].append((subject, mark))
    return [
        Points(
            school_year=found[0][0].school_year, period=found[0][1].period,
            **counters([mark.score for _, mark in found if mark.score is not None])._asdict(),
        )
        for found in reports.values()
    ]  # fmt: skip


def _id(of: Coded | None) -> str | None:
    return None if of is None else of.id


def years_of(connection: Connection, source_id: int) -> list[Year]:
    """The school years of a source. One query."""
    table = TABLES["school_year"]
    found = connection.execute(
        select(table.c.id, table.c.code, table.c.begins, table.c.ends)
        .where(table.c.source_id == source_id, living(table))
    )  # fmt: skip
    return [Year(year.id, year.code, year.begins, year.ends) for year in found]


def exemptions(connection: Connection, seens: Collection[Seen]) -> dict[str, dict[str, bool | None]]:
    """For each student and each subject that it takes, whether it is exempt. One query."""
    table = TABLES["student_subject"]
    found: dict[str, dict[str, bool | None]] = {seen.row.id: {} for seen in seens}
    sources = {seen.row.id: seen.row.source_id for seen in seens}
    rows: Iterable[AnyRow] = connection.execute(
        select(table.c.student_id, table.c.source_id, table.c.subject_id, table.c.exempt)
        .where(table.c.student_id.in_(sorted(found)), living(table))
    )  # fmt: skip
    for row in rows:
        if row.source_id == sources[row.student_id]:
            found[row.student_id][row.subject_id] = row.exempt
    return found
