"""A student's results in one subject, from the progress file and the exam file: to canonical records. Pure (wire 5.4).

Connect gives results and no columns: a test is recognised by what describes it. Assumed, since nothing says so: within
a school year, a subject, a level and a period a code names one test; within a subject, a level and an exam year
(lichting) it names one line of the exam file, whatever the year in which it was taken. A result that is in both files
has one UUID in both, and is a line of the exam file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from atvo.rest_listings import EXAMENDOSSIER
from atvo.rest_rows import Item, Layout, joined, key, objects
from canonical.records import Assessment, Grade, GradingPeriod, Key, Record
from canonical.terms import AssessmentKind, GradeStatus
from connectors.errors import BadRow, Problem
from connectors.results import judged
from connectors.rows import Row

KINDS = {"TOETS": AssessmentKind.TEST, "SAMENGESTELDETOETS": AssessmentKind.COMPOSITE}

AVERAGES = {"periodegemiddelde": AssessmentKind.AVERAGE, "rapportgemiddelde": AssessmentKind.REPORT}

LABEL = re.compile(r"[A-Za-z][A-Za-z +\-]{0,29}")
"""A school's own words: V, voldoende, uitstekend."""

_LONGEST_KEY = 200
"""Characters of a key column in the store."""


class Course(NamedTuple):
    """Whose results in what: ``year`` is the school year of the progress file."""

    student: Key
    year: Key
    subject: Key


class Column(NamedTuple):
    """What is known of a test before its result: ``period`` is where it belongs, ``weight`` in the progress file."""

    key: Key
    period: Key | None = None
    weight: Decimal | None = None
    exam_weight: Decimal | None = None
    exam: bool | None = False
    """None where the exam file was not read."""


class Line(NamedTuple):
    """A line of the exam file, and the key of its column."""

    at: str
    entry: Item
    key: Key


def results(item: Item, row: Row, layout: Layout) -> Sequence[Record]:
    """Tests, averages and report marks with their results, and the grading periods. A test without one is no grade."""
    course = Course(key(row, "leerling"), row.key("schooljaar"), key(row, "vak"))
    lines: dict[str, Line] = {}
    for line in _exam_lines(item, row, course):
        if lines.setdefault(row.text(f"{line.at}.uuid") or line.at, line) is not line:
            row.blame(f"{line.at}.uuid", "twice")
    plain = None if EXAMENDOSSIER.name in layout.withheld else False
    periods: dict[Key, Record] = {}
    records: list[Record] = []
    for at, progress in objects(item, "voortgang"):
        level = joined(row.text(f"{at}.leerjaar") or "", *row.key(f"{at}.niveau"))
        for place, period in objects(progress, "periodes", at):
            number = row.number_key(f"{place}.periode")
            this = (*course.year, *number)
            periods[this] = GradingPeriod(key=this, school_year=course.year, code=number[0])
            for result, entry in objects(period, "resultaten", place):
                same = lines.pop(row.text(f"{result}.uuid") or "", None)
                column = _column(row, course, result, level, number, same)
                records += _test(row, course, result, entry, column if same else column._replace(exam=plain))
            records += _averages(row, course, place, level, number)
    for line in lines.values():
        # It is not in the progress file, where it therefore weighs nothing.
        weight = row.decimal(f"{line.at}.weging")
        records += _test(row, course, line.at, line.entry, Column(line.key, None, Decimal(0), weight, exam=True))
    records += _final_marks(item, row, course)
    met = Counter((record.kind, record.key) for record in records)
    if any(times > 1 for times in met.values()):
        # Which of the two is meant could not be told next time.
        row.blame("resultaten", "twice")
    return row.finish([*periods.values(), *records])


def _exam_lines(item: Item, row: Row, course: Course) -> Iterator[Line]:
    for at, exam in objects(item, "examen"):
        for place, entry in objects(_inner(exam, "se_resultaten", at), "se_resultaten", f"{at}.se_resultaten"):
            yield Line(place, entry, (*_cohort(row, course, at), joined(*row.key(f"{place}.code"))))


def _cohort(row: Row, course: Course, at: str) -> Key:
    """What the lines of an exam file share: the subject, the level and the exam year."""
    return (*course.subject, *row.key(f"{at}.niveau", f"{at}.lichting"))


def _column(row: Row, course: Course, at: str, level: str, number: Key, line: Line | None) -> Column:
    """The column of a result of the progress file; ``line`` is the same result in the exam file."""
    code, period, weight = row.key(f"{at}.code"), (*course.year, *number), row.decimal(f"{at}.weging")
    if line:
        return Column(line.key, period, weight, row.decimal(f"{line.at}.weging"), exam=True)
    return Column((*course.year, *course.subject, level, joined(*number, *code)), period, weight)


def _test(row: Row, course: Course, at: str, entry: Item, column: Column) -> Iterator[Record]:
    """A test with the student's attempts at it, and the parts of a composite one with theirs."""
    kind = KINDS.get(row.text(f"{at}.toetsType") or "", AssessmentKind.UNKNOWN)
    yield _assessment(row, course, at, column, kind)
    yield from _grades(row, course, at, entry, column.key)
    for place, part in objects(entry, "deeltoetsen", at):
        own = (*column.key[:-1], f"{column.key[-1]}:{joined(*row.key(f'{place}.code'))}")
        made = Column(own, column.period, row.decimal(f"{place}.weging"), exam=column.exam)
        yield _assessment(row, course, place, made, AssessmentKind.COMPONENT, column.key)
        yield from _grades(row, course, place, part, own)


def _assessment(
    row: Row, course: Course, at: str, column: Column, kind: AssessmentKind, parent: Key | None = None
) -> Assessment:
    if max(map(len, column.key)) > _LONGEST_KEY:
        raise BadRow([Problem(f"{at}.code", "key")])
    return Assessment(
        key=column.key, subject=course.subject, grading_period=column.period, assessment_kind=kind,
        code=row.required(f"{at}.code"), title=row.text(f"{at}.omschrijving"), weight=column.weight,
        exam_weight=column.exam_weight, exam_column=column.exam, parent=parent,
    )  # fmt: skip


def _grades(row: Row, course: Course, at: str, entry: Item, assessment: Key) -> Iterator[Record]:
    """The attempts, of which the standing one counts (R17, R18).

    Of several, it is the first that says what the standing result says. Where none does, such as with the mean of
    two, nobody but the source knows: all of them count. A single attempt has the standing result, whatever it was.
    """
    standing = row.text(f"{at}.geldend_resultaat")
    attempts: dict[int, str] = {}
    for index, (place, _) in enumerate(objects(entry, "pogingen", at), 1):
        text, number = row.text(f"{place}.resultaat"), row.whole(f"{place}.poging")
        number = index if number is None else number
        if text and number in attempts:
            row.blame(f"{place}.poging", "twice")
        if text:
            attempts[number] = text
    if standing and len(attempts) < 2:
        attempts = {next(iter(attempts), 1): standing}
    stands = next((number for number in sorted(attempts) if _same(attempts[number], standing)), None)
    for number, text in attempts.items():
        own = (*key(row, f"{at}.uuid"), str(number))
        yield _grade(own, course, assessment, text, number, counts=stands in (None, number))


def _same(text: str, standing: str | None) -> bool:
    """Whether two texts are the same result: 7 and 7.0 are."""
    if standing is None or text == standing:
        return text == standing
    score = judged(text, LABEL)[1]
    return score is not None and score == judged(standing, LABEL)[1]


def _grade(own: Key, course: Course, assessment: Key, text: str, attempt: int = 1, *, counts: bool = True) -> Grade:
    status, score = judged(text, LABEL)
    return Grade(
        key=own, student=course.student, assessment=assessment, attempt=attempt, raw_text=text, score=score,
        label=text if status is GradeStatus.LABELLED else None, status=status, counts=counts,
    )  # fmt: skip


def _averages(row: Row, course: Course, at: str, level: str, number: Key) -> Iterator[Record]:
    """What the source itself made of a period. No test has an empty code, so that these keys are no test's."""
    for word, kind in AVERAGES.items():
        text = row.text(f"{at}.{word}")
        if text:
            own = (*course.year, *course.subject, level, joined(*number, "", word))
            yield Assessment(
                key=own, subject=course.subject, grading_period=(*course.year, *number), assessment_kind=kind,
                code=word,
            )  # fmt: skip
            place = joined(level, *number, word)
            yield _grade((*course.student, *course.year, *course.subject, place), course, own, text)


def _final_marks(item: Item, row: Row, course: Course) -> Iterator[Record]:
    """The marks of the exam file that are no school test: the final ones, and those of the central exam."""
    for at, exam in objects(item, "examen"):
        central, place = _inner(exam, "ce_resultaten", at), f"{at}.ce_resultaten"
        marks = {f"{at}.eindcijfer": "eindcijfer", f"{at}.se_resultaten.se_eindcijfer": "se_eindcijfer",
                 f"{place}.ce_eindcijfer": "ce_eindcijfer"}  # fmt: skip
        for term, sitting in objects(central, "ce_resultaten", place):
            code = joined("ce", *row.key(f"{term}.tijdvak"))
            marks[f"{term}.geldend_resultaat"] = code
            for part, _ in objects(sitting, "deelexamens", term):
                marks[f"{part}.geldend_resultaat"] = f"{code}:{joined(*row.key(f'{part}.naam'))}"
        for path, code in marks.items():
            text = row.text(path)
            if text:
                yield from _final_mark(_cohort(row, course, at), course, code, text)


def _final_mark(cohort: Key, course: Course, code: str, text: str) -> Iterator[Record]:
    own = (*cohort, f":{code}")
    yield Assessment(
        key=own, subject=course.subject, assessment_kind=AssessmentKind.EXAM, code=code, exam_column=True
    )
    yield _grade((*course.student, *course.subject, joined(*cohort[1:]), code), course, own, text)


def _inner(item: Item, name: str, path: str) -> Item:
    """The object ``name`` of an object at ``path``; one without fields when it is not there."""
    found = item.get(name, {})
    if not isinstance(found, dict):
        raise BadRow([Problem(f"{path}.{name}", "form")])
    return found
