"""WISService: groups, and the marks and absences of one student at a time. Its result types are assumed (wire 3).

``peilDatum`` must be a moment; the overview is of the whole school year whatever it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from simulator import atvo_people as people
from simulator.atvo_ids import code_of
from simulator.atvo_soap import Arguments, Record, text, whole
from simulator.model import Assessment, Grade, Observation, School
from simulator.timetable import LESSON, hour_begins

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
COLUMN_KIND = {
    "test": "Toetskolom", "average": "PeriodeGemiddeldeKolom", "report": "RapportCijferKolom",
    "calculated": "ToetssoortGemiddeldeKolom",
}  # fmt: skip
ABSENCE_KIND = {"late": "Telaat", "removed": "Verwijderd"}
"""All other kinds are ``Absent``."""
AWAY = frozenset({"absent", "sick", "exemption"})
UNTOLD = frozenset({"homework", "materials", "phone"})
"""What is seen in a lesson and is not part of this interface."""
UNEXPLAINED = "AB"
"""The reason that nobody has dealt with."""


def rows(school: School, operation: str, arguments: Arguments) -> Iterable[Record]:
    """The answer to an operation; the caller holds the school's lock. An unknown student gives none.

    Raises ``ValueError`` for an argument that is not of its type.
    """
    return OPERATIONS[operation](school, arguments)


def _homerooms(school: School, _: Arguments) -> Iterable[Record]:
    return [people.homeroom(school, code) for code in school.homerooms]


def _homeroom_students(school: School, arguments: Arguments) -> Iterable[Record]:
    room = code_of(school.homerooms, whole(arguments, "stamgroepID"))
    current = (school.enrolment(number) for number in school.students)
    return [people.student(school, found) for found in current if found and found.homeroom == room]


def _overview(school: School, arguments: Arguments) -> Iterable[Record]:
    _moment(text(arguments, "peilDatum"))
    return _marks(school, whole(arguments, "leerlingNummer"), lambda column: True)


def _exam_file(school: School, arguments: Arguments) -> Iterable[Record]:
    return _marks(school, whole(arguments, "leerlingNummer"), lambda column: column.exam)


def _marks(school: School, student: int, wanted: Callable[[Assessment], bool]) -> list[Record]:
    """Each subject that the student takes, or has a result in, with its columns and results."""
    enrolment = people.latest(school, student)
    if enrolment is None or student not in school.students:
        return []
    book = school.grades[student]
    filled = {column for column, _ in book}
    taken = {section.subject for section in school.sections_of(student)}
    taken.update(school.assessments[column].subject for column in filled)
    taken.add("gem")
    found: dict[str, list[Record]] = {}
    for column in school.assessments.values():
        listed = column.study == enrolment.study and column.subject in taken and not column.resit
        if (listed or column.id in filled) and wanted(column):
            attempts = [book[column.id, attempt] for attempt in (1, 2) if (column.id, attempt) in book]
            found.setdefault(column.subject, []).extend(_results(school, column, attempts))
    return [{"resultaten": results, "vak": people.subject(school, code)} for code, results in found.items()]


def _results(school: School, column: Assessment, attempts: list[Grade]) -> list[Record]:
    """A column with the result in it, and a result more for a resit; a column without results stands there empty."""
    period = school.periods[column.period]
    head = {
        "code": column.name, "examenKolom": column.exam, "examenWeging": column.weight if column.exam else None,
        "kolomID": column.id, "kolomSoort": COLUMN_KIND[column.kind], "kolomVervallen": column.retired,
        "omschrijving": column.title, "periode": period.code, "periodeOmschrijving": period.name,
        "toetsDatum": column.held_on, "volgnummer": column.number, "weging": column.weight,
    }  # fmt: skip
    if not attempts:
        return [head]
    return [{**head, **_result(grade, column, alone=len(attempts) == 1)} for grade in attempts]


def _result(grade: Grade, column: Assessment, *, alone: bool) -> Record:
    return {
        "cijfer": None if grade.score is None else f"{grade.score:.{column.decimals}f}",
        "datumBehaald": grade.achieved_on, "datumInvoer": _local(grade.entered_at), "geldend": alone or grade.counts,
        "herkansingsNummer": grade.attempt - 1 or None, "id": column.id * 10 + grade.attempt,
        "inhalen": grade.state == "to_be_made_up", "isVoldoende": grade.sufficient, "label": grade.label or None,
        "leerlingWeging": grade.weight, "teltNietMee": not grade.counts, "vrijstelling": grade.state == "exempt",
    }  # fmt: skip


def _notices(school: School, arguments: Arguments) -> Iterable[Record]:
    student, within = whole(arguments, "leerlingNummer"), _interval(arguments)
    return [
        {
            "absentieReden": _reason(school, row.reason), "afgehandeld": row.reason != UNEXPLAINED,
            "beginDatumTijd": _local(row.begins), "datumTijdInvoer": _local(row.noted_at),
            "eindDatumTijd": row.ends and _local(row.ends), "id": row.id, "leerlingNummer": row.student,
        }
        for row in school.notices.values()
        if row.student == student and within(row.begins, row.ends)
    ]  # fmt: skip


def _observations(school: School, arguments: Arguments) -> Iterable[Record]:
    student, within = whole(arguments, "leerlingNummer"), _interval(arguments)
    seen = (row for row in school.observations.values() if row.student == student)
    told = (row for row in seen if school.reasons[row.reason].kind not in UNTOLD)
    begins = ((row, hour_begins(row.day, row.hour)) for row in told)
    return [_observation(school, row, at) for row, at in begins if within(at, at + LESSON)]


def _observation(school: School, row: Observation, begins: datetime) -> Record:
    kind, lesson = school.reasons[row.reason].kind, school.lessons[row.lesson]
    return {
        "absentieReden": None if kind == "present" else _reason(school, row.reason),
        "afgehandeld": row.reason != UNEXPLAINED, "beginDatumTijd": _local(begins), "beginLesuur": row.hour,
        "datumTijdInvoer": _local(row.noted_at), "eindDatumTijd": _local(begins + LESSON), "eindLesuur": row.hour,
        "id": row.id, "leerlingNummer": row.student, "lesgroep": lesson.group,
        "vak": people.subject(school, lesson.subject), "waarnemingSoort": "Afwezig" if kind in AWAY else "Aanwezig",
    }  # fmt: skip


def _reason(school: School, code: str) -> Record:
    reason = school.reasons[code]
    return {
        "absentieSoort": ABSENCE_KIND.get(reason.kind, "Absent"), "afkorting": code, "geoorloofd": reason.excused,
        "id": reason.id, "omschrijving": reason.name,
    }  # fmt: skip


def _interval(arguments: Arguments) -> Callable[[datetime, datetime | None], bool]:
    """Whether something from one moment to another touches what is asked for; both ends may be left open."""
    since, until = _moment(text(arguments, "beginDatum")), _moment(text(arguments, "eindDatum"))

    def within(begins: datetime, ends: datetime | None) -> bool:
        late_enough = since is None or ends is None or _local(ends) >= since
        return late_enough and (until is None or _local(begins) <= until)

    return within


def _moment(words: str) -> datetime | None:
    """A moment with its offset, or wall time without one. Raises ``ValueError`` for what is neither."""
    if not words:
        return None
    at = datetime.fromisoformat(words)
    return at if at.tzinfo else _local(at)


def _local(wall: datetime) -> datetime:
    return wall.replace(tzinfo=AMSTERDAM)


OPERATIONS: dict[str, Callable[[School, Arguments], Iterable[Record]]] = {
    "getStamgroepenlijst": _homerooms,
    "getKlasLeerlingenBijStamgroep": _homeroom_students,
    "getCijferOverzicht": _overview,
    "getExamenDossier": _exam_file,
    "getLeerlingAbsentieMeldingen": _notices,
    "getLeerlingAbsentieConstateringen": _observations,
}
_NO_MARK, _NO_DAY = "11,7x", "2026-02-31T25:00:00+01:00"
BROKEN: dict[str, tuple[tuple[str, str], ...]] = {
    "getCijferOverzicht": (("resultaten.cijfer", _NO_MARK), ("resultaten.datumInvoer", _NO_DAY)),
    "getExamenDossier": (("resultaten.cijfer", _NO_MARK), ("resultaten.datumInvoer", _NO_DAY)),
    "getLeerlingAbsentieMeldingen": (("beginDatumTijd", _NO_DAY), ("absentieReden.absentieSoort", "Ziek")),
    "getLeerlingAbsentieConstateringen": (("beginDatumTijd", _NO_DAY), ("waarnemingSoort", "Misschien")),
}
"""What the fault ``bad-rows`` puts where, in turn; in the others it is their ``id``."""
