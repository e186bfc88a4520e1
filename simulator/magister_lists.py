"""The named lists that Schoolbrug asks a school to import, as Magister answers them.

A list takes its parameters by name; the ones it does not know are ignored. The caller holds the school's lock while
a list is made; what a list gives afterwards is a snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from simulator.magister_text import FLAG, GENDER, MARK, WHOLE, Days, Moments, number
from simulator.magister_wire import Row, Shape, Table
from simulator.model import Enrolment, Grade, Guardianship, Homeroom, School

Parameters = Mapping[str, str]


class Layout(NamedTuple):
    shape: Shape
    columns: tuple[str, ...]
    rows: Callable[[School, Parameters], Iterable[Row]]
    broken: tuple[tuple[str, str], ...]
    """What the fault ``bad-rows`` puts where."""


RELATION = {
    "mother": "moeder", "father": "vader", "legal_guardian": "voogd", "foster_parent": "pleegouder",
    "step_parent": "stiefouder", "institution": "instelling", "other": "anders",
}  # fmt: skip
COLUMN_KIND = {"test": "1", "average": "2", "report": "13", "calculated": "14"}
ABSENCE_TYPE = {
    "absent": "1", "late": "2", "sick": "3", "removed": "4", "present": "5", "exemption": "6", "materials": "7",
    "homework": "8", "phone": "9",
}  # fmt: skip
LESSON_STATUS = {"scheduled": "1", "changed": "3", "moved": "9", "changed_and_moved": "10", "cancelled": "4"}


def table(school: School, layout: str, parameters: Parameters) -> Table | None:
    """The answer to a list; nothing for a list that does not exist.

    Raises ``ValueError`` for a parameter that the database cannot read. A period that is not this year's gives
    0 rows and no error.
    """
    found = LISTS.get(layout)
    if found is None:
        return None
    period = parameters.get("lesperiode", "")
    rows = found.rows(school, parameters) if period in ("", school.year.code) else ()
    return Table(found.shape, found.columns, rows)


def _students(school: School, _: Parameters) -> list[Row]:
    return [
        _student(school, enrolment, school.homerooms[enrolment.homeroom])
        for enrolments in school.enrolments.values()
        for enrolment in enrolments
    ]


def _student(school: School, enrolment: Enrolment, room: Homeroom) -> Row:
    student = school.students[enrolment.student]
    location, year, days = school.locations[enrolment.location], school.year, Days()
    second = room.mentors[1] if len(room.mentors) > 1 else ""
    return (
        str(student.number), student.initials, student.first_name, student.prefix, student.last_name,
        GENDER[student.gender], days[student.birth_date], student.email, year.code, year.name, days[year.begins],
        days[year.ends], room.code, enrolment.study, str(enrolment.level), enrolment.profile, location.code,
        location.name, location.city, room.mentors[0], second, days[enrolment.begins], days[enrolment.ends],
        days[enrolment.left_on],
    )  # fmt: skip


def _guardians(school: School, _: Parameters) -> list[Row]:
    return [_guardian(school, tie) for ties in school.guardianships.values() for tie in ties]


def _guardian(school: School, tie: Guardianship) -> Row:
    guardian = school.guardians[tie.guardian]
    return (
        str(tie.student), str(guardian.id), str(tie.order), RELATION[tie.relation], guardian.title, guardian.initials,
        guardian.first_name, guardian.prefix, guardian.last_name, guardian.email, guardian.phone,
        FLAG[guardian.secret], FLAG[tie.legal_authority], FLAG[tie.court_block], FLAG[tie.receives_mail],
    )  # fmt: skip


def _columns(school: School, _: Parameters) -> list[Row]:
    days = Days()
    return [
        (
            str(column.id), school.year.code, period.code, period.name, days[period.begins], days[period.ends],
            column.subject, school.subjects[column.subject].name, column.name, str(column.number), column.title,
            COLUMN_KIND[column.kind], number(column.weight), FLAG[column.exam], FLAG[column.resit],
            "" if column.resit_of is None else str(column.resit_of), FLAG[column.retired],
        )
        for column in school.assessments.values()
        for period in (school.periods[column.period],)
    ]  # fmt: skip


def _grades(school: School, _: Parameters) -> Iterator[Row]:
    columns = {ident: (str(ident), MARK if column.decimals else WHOLE) for ident, column in school.assessments.items()}
    return _grade_rows(columns, [(str(number), list(book.values())) for number, book in school.grades.items()])


def _grade_rows(columns: dict[int, tuple[str, dict[int, str]]], books: list[tuple[str, list[Grade]]]) -> Iterator[Row]:
    days, moments = Days(), Moments()
    for student, grades in books:
        for grade in grades:
            column, marks = columns[grade.assessment]
            made_up = exempt = "False"
            sufficient = "" if grade.sufficient is None else FLAG[grade.sufficient]
            if grade.tenths is not None:
                text = marks[grade.tenths]
            elif grade.state == "to_be_made_up":
                # Magister says "sufficient" of what has no mark as well; a reader must not believe it (wire B6).
                text, made_up, sufficient = "Inh", "True", "True"
            elif grade.state == "exempt":
                text, exempt, sufficient = "Vr", "True", "True"
            else:
                text = grade.label
            yield (
                student, column, str(grade.attempt), text, made_up, exempt, FLAG[grade.counts], sufficient,
                "" if grade.weight is None else number(grade.weight), days[grade.achieved_on],
                moments[grade.entered_at],
            )  # fmt: skip


def _reasons(school: School, _: Parameters) -> list[Row]:
    return [
        (
            str(reason.id), reason.code, reason.name, ABSENCE_TYPE[reason.kind], FLAG[reason.excused],
            FLAG[reason.luxury], FLAG[reason.retired], FLAG[reason.visible_to_guardians],
        )
        for reason in school.reasons.values()
    ]  # fmt: skip


def _absences(school: School, parameters: Parameters) -> list[Row]:
    days, moments = Days(), Moments()
    since = _day(parameters.get("vanaf", "")) or datetime.min.date()

    def why(code: str) -> tuple[str, str, str, str]:
        reason = school.reasons[code]
        return str(reason.id), code, ABSENCE_TYPE[reason.kind], FLAG[reason.excused]

    seen: list[Row] = [
        (
            str(row.id), str(row.student), days[row.day], str(row.hour), str(row.lesson), "", "", *why(row.reason),
            moments[row.noted_at],
        )
        for row in school.observations.values()
        if row.noted_at.date() >= since
    ]  # fmt: skip
    reported: list[Row] = [
        (
            str(row.id), str(row.student), days[row.begins.date()], "", "", moments[row.begins], moments[row.ends],
            *why(row.reason), moments[row.noted_at],
        )
        for row in school.notices.values()
        if row.noted_at.date() >= since
    ]  # fmt: skip
    return seen + reported


def _lessons(school: School, _: Parameters) -> list[Row]:
    moments = Moments()
    return [
        (
            str(lesson.id), moments[lesson.begins], moments[lesson.ends], str(lesson.first_hour), str(lesson.last_hour),
            f"{lesson.subject} - {lesson.teacher} - {lesson.group}", "13",
            # Two numbers mean "cancelled".
            "5" if lesson.status == "cancelled" and lesson.id % 2 else LESSON_STATUS[lesson.status],
        )
        for lesson in school.lessons.values()
    ]  # fmt: skip


def _day(text: str) -> date | None:
    return datetime.strptime(text, "%d-%m-%Y").date() if text else None


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LISTS: dict[str, Layout] = {
    "schoolbrug-leerlingen": Layout(
        Shape("Table", "Leerlingen", "Leerling"),
        _names(
            "STAMNR VOORLETTERS ROEPNAAM TUSSENVOEGSEL ACHTERNAAM GESLACHT GEBDATUM EMAIL LESPERIODE "
            "LESPERIODE_OMSCHR LESPERIODE_BEGIN LESPERIODE_EINDE KLAS STUDIE LEERJAAR PROFIEL LOCATIE LOCATIE_OMSCHR "
            "LOCATIE_PLAATS MENTOR1 MENTOR2 BEGIN EINDE VERTREK"
        ),
        _students,
        (("GEBDATUM", "31-02-2010"), ("BEGIN", "gisteren")),
    ),
    "schoolbrug-ouders": Layout(
        Shape("Table", "Ouders", "Ouder"),
        _names(
            "STAMNR OUDER VOLGNR RELATIE AANHEF VOORLETTERS ROEPNAAM TUSSENVOEGSEL ACHTERNAAM EMAIL TELEFOON GEHEIM "
            "GEZAG BLOKKADE POST"
        ),
        _guardians,
        (("VOLGNR", "1e"), ("GEZAG", "misschien")),
    ),
    "schoolbrug-cijferkolommen": Layout(
        Shape("Table", "Cijferkolommen", "Cijferkolom"),
        _names(
            "KOLOM LESPERIODE PERIODE PERIODE_OMSCHR PERIODE_BEGIN PERIODE_EINDE VAK VAK_OMSCHR NAAM NUMMER OMSCHR "
            "SOORT WEGING PTA HERKANSING ORIGINEEL VERVALLEN"
        ),
        _columns,
        (("WEGING", "2,x"), ("SOORT", "een")),
    ),
    "schoolbrug-cijfers": Layout(
        Shape("Table", "Cijfers", "Cijfer"),
        _names("STAMNR KOLOM POGING CIJFER INHALEN VRIJSTELLING TELTMEE VOLDOENDE WEGING BEHAALD INGEVOERD"),
        _grades,
        (("CIJFER", "11,7x"), ("INGEVOERD", "31-02-2026 25:00:00")),
    ),
    "schoolbrug-redenen": Layout(
        Shape("Table", "Absentieredenen", "Absentiereden"),
        _names("REDEN CODE OMSCHR TYPE GEOORLOOFD LUXE VERVALLEN OUDERS"),
        _reasons,
        (("TYPE", "ziek"), ("GEOORLOOFD", "misschien")),
    ),
    "schoolbrug-absenties": Layout(
        Shape("Table", "Verantwoordingen", "Verantwoording"),
        _names("VERANTWOORDING STAMNR DATUM LESUUR AFSPRAAK BEGIN EINDE REDEN CODE TYPE GEOORLOOFD INVOER"),
        _absences,
        (("DATUM", "32-11-2026"), ("INVOER", "gisteren")),
    ),
    "schoolbrug-lessen": Layout(
        Shape("Table", "Rows", "Row"),
        _names("AFSPRAAK BEGIN EINDE LESUURVAN LESUURTM OMSCHR TYPE STATUS"),
        _lessons,
        (("BEGIN", "24-11-2026 8u30"), ("LESUURVAN", "eerste")),
    ),
}
"""The lists by name."""
