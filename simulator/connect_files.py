"""Connect's two files of one student: the progress file and the exam file (wire 5.4).

They have no date, no mark for "does not count" and no whole-school averages. A weight is a whole number or absent.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.atvo_ids import uuid_of
from simulator.connect_view import Item, filled, level_name
from simulator.model import Assessment, AssessmentKind, Grade, School, Study

_LAST_LEVEL = {"vmbo-t": 4, "havo": 5, "vwo": 6}
Course = tuple[str, str]
"""The codes of a study and a subject."""
Book = dict[int, list[Grade]]
"""The attempts of one student at each column, by its id."""


def progress_file(school: School, number: int, *, future: bool) -> list[Item]:
    """The results of this year, by subject and period. ``future``: with the tests that have no result yet."""
    book = _attempts(school, number)
    files: list[Item] = []
    for (study, subject), columns in _courses(school, number, book, future).items():
        level = school.studies[study]
        files.append(
            filled(
                vakuuid=uuid_of("subject", subject),
                vaknaam=school.subjects[subject].name,
                niveau=level_name(level),
                leerjaar=level.level,
                periodes=_periods(school, number, book, (study, subject), columns),
            )
        )
    return files


def exam_file(school: School, number: int, *, future: bool) -> list[Item]:
    """The school exams of every subject that has any for this student. There are no central exams yet."""
    book = _attempts(school, number)
    files: list[Item] = []
    for (study, subject), columns in _courses(school, number, book, future).items():
        exams = [column for column in columns if column.exam]
        if exams:
            level = school.studies[study]
            files.append(
                filled(
                    vakUUID=uuid_of("subject", subject),
                    vakNaam=school.subjects[subject].name,
                    niveau=level_name(level),
                    lichting=_exam_year(school, level),
                    se_resultaten={"se_resultaten": _results(number, book, exams)},
                    ce_resultaten={"ce_resultaten": []},
                )
            )
    return files


def _attempts(school: School, number: int) -> Book:
    book: Book = {}
    for (ident, _), grade in sorted(school.grades[number].items()):
        book.setdefault(ident, []).append(grade)
    return book


def _courses(school: School, number: int, book: Book, future: bool) -> dict[Course, list[Assessment]]:
    """What the student takes or has results of, with the test columns to show, in the order of the grade book."""
    found: dict[Course, list[Assessment]] = {
        (section.study, section.subject): [] for section in school.sections_of(number)
    }
    for column in map(school.assessments.__getitem__, book):
        if column.kind == "test":
            found.setdefault((column.study, column.subject), []).append(column)
    if future:
        for column in school.assessments.values():
            open_test = column.kind == "test" and not column.resit and not column.retired and column.id not in book
            if open_test and (column.study, column.subject) in found:
                found[column.study, column.subject].append(column)
    return {course: sorted(columns, key=lambda column: column.number) for course, columns in found.items()}


def _periods(school: School, number: int, book: Book, course: Course, columns: list[Assessment]) -> list[Item]:
    """The periods, counted from 1, of which there is anything to tell."""

    def computed(period: str, kind: AssessmentKind) -> str | None:
        ident = school.computed.get((*course, period, kind), 0)
        return result_text(book[ident][0], school.assessments[ident]) if ident in book else None

    made: list[Item] = []
    for index, code in enumerate(school.periods, 1):
        results = _results(number, book, [column for column in columns if column.period == code])
        average, report = computed(code, "average"), computed(code, "report")
        if results or average or report:
            made.append(filled(periode=index, periodegemiddelde=average, rapportgemiddelde=report, resultaten=results))
    return made


def _results(number: int, book: Book, columns: Iterable[Assessment]) -> list[Item]:
    made = (_result(number, book.get(column.id, []), column) for column in columns)
    return [result for result in made if result is not None]


def _result(number: int, attempts: list[Grade], column: Assessment) -> Item | None:
    """A test of a student; none when the student is exempt from it."""
    marked = [grade for grade in attempts if grade.state in ("scored", "labelled")]
    if not marked and any(grade.state == "exempt" for grade in attempts):
        return None
    standing = next((grade for grade in marked if grade.counts), marked[0] if marked else None)
    whole = column.weight == column.weight.to_integral_value()
    return filled(
        uuid=uuid_of("result", f"{number}-{column.id}"),
        omschrijving=column.title,
        code=column.name,
        toetsType="TOETS",
        weging=int(column.weight) if whole else None,
        geldend_resultaat=None if standing is None else result_text(standing, column),
        pogingen=[{"resultaat": result_text(grade, column), "poging": grade.attempt} for grade in marked],
    )


def result_text(grade: Grade, column: Assessment) -> str:
    """A mark with a decimal point, a whole one where the column is in whole marks, or the label."""
    if grade.tenths is None:
        return grade.label
    whole, tenth = divmod(grade.tenths, 10)
    return f"{whole}.{tenth}" if column.decimals else str(whole)


def _exam_year(school: School, study: Study) -> str:
    """The school year in which who takes this study now does the last exams."""
    begins = school.year.begins.year + _LAST_LEVEL[study.track] - study.level
    return f"{begins}/{begins + 1}"
