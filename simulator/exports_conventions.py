"""Ten ways in which administrations write students, grades and absences, after the documented variants (wire A.1, A.2).

Each comes with the truth: what a reader must make of every row, told from the school and not from the text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from simulator.exports_csv import Variant, encoded
from simulator.model import School

Truth = dict[str, Any]
"""Field to value: text, ``date``, ``int`` or ``Decimal``; a list for several in a cell; None for a blank."""


class Style(NamedTuple):
    """How a convention writes. ``day`` is for ``strftime``, and ``thin`` drops the zeros of days and months."""

    encoding: str = "utf-8"
    delimiter: str = ";"
    header: bool = True
    day: str = "%d-%m-%Y"
    thin: bool = False
    mark: Literal["comma", "point", "tenths"] = "comma"
    gender: Mapping[str, str] = {"male": "M", "female": "V", "other": "O"}
    width: int = 0
    quoted: bool = False


Column = tuple[str, str]
"""A header and our field; a field with ``-`` before it is there to be left alone."""


class Convention(NamedTuple):
    """``files``: file name to the data set, the columns, and the record type of the first column, if there is one."""

    name: str
    style: Style
    files: Mapping[str, tuple[str, Sequence[Column], str]]

    def write(self, school: School) -> dict[str, bytes]:
        with school.lock:
            return {
                name: _written(self.style, columns, record, _rows(school, data_set))
                for name, (data_set, columns, record) in self.files.items()
            }

    def truth(self, school: School) -> dict[str, tuple[str, list[Truth]]]:
        """By file: the data set, and for each row our fields and their values."""
        with school.lock:
            return {
                name: (data_set, [_true(self.style, columns, row) for row in _rows(school, data_set)])
                for name, (data_set, columns, _) in self.files.items()
            }


def _rows(school: School, data_set: str) -> Iterator[Truth]:
    return {"students": _students, "grades": _grades, "absences": _absences, "guardians": _guardians}[data_set](school)


def _students(school: School) -> Iterator[Truth]:
    for student in school.students.values():
        now = school.enrolment(student.number)
        if now is not None:
            yield {
                "number": str(student.number), "first_name": student.first_name, "prefix": student.prefix or None,
                "last_name": student.last_name, "gender": student.gender, "birth_date": student.birth_date,
                "homeroom": now.homeroom, "grade_level": now.level, "email": student.email,
                "groups": [section.code for section in school.sections_of(student.number)], "-bsn": student.bsn,
                "-remark": 'zegt "ja"; komt\r\nlater, soms', "-address": student.address.street,
            }  # fmt: skip


def _grades(school: School) -> Iterator[Truth]:
    for grade in school.all_grades():
        column = school.assessments[grade.assessment]
        if grade.score is None or column.kind != "test" or grade.attempt != 1 or column.resit:
            continue
        yield {
            "student": str(grade.student), "subject": column.subject, "period": column.period, "code": column.name,
            "result": grade.score, "achieved_on": grade.achieved_on, "title": column.title,
        }  # fmt: skip


def _absences(school: School) -> Iterator[Truth]:
    for seen in school.observations.values():
        yield {"student": str(seen.student), "date": seen.day, "hour": seen.hour, "code": seen.reason}


def _guardians(school: School) -> Iterator[Truth]:
    children: dict[int, list[str]] = {}
    for ties in school.guardianships.values():
        for tie in ties:
            children.setdefault(tie.guardian, []).append(str(tie.student))
    for own, students in children.items():
        guardian = school.guardians[own]
        yield {
            "guardian": f"ouder{own}", "last_name": guardian.last_name, "email": guardian.email or None,
            "students": students,
        }  # fmt: skip


_NUMBERS = ("number", "student")


def _true(style: Style, columns: Sequence[Column], row: Truth) -> Truth:
    found = {field: _narrow(style, row[field]) for _, field in columns if not field.startswith("-")}
    for field in _NUMBERS:
        if field in found:
            found[field] = found[field].zfill(style.width)
    return found


def _narrow(style: Style, value: Any) -> Any:
    """What is left of a text in the encoding."""
    if isinstance(value, str) and style.encoding == "cp1252":
        return encoded(value, Variant(style.encoding)).decode(style.encoding)
    return value


def _written(style: Style, columns: Sequence[Column], record: str, rows: Iterator[Truth]) -> bytes:
    made = io.StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if style.quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(made, delimiter=style.delimiter, lineterminator="\r\n", quoting=quoting)
    first = [record] if record else []
    if style.header:
        writer.writerow([*(["Soort"] if record else []), *(header for header, _ in columns)])
    for row in rows:
        writer.writerow([*first, *(_cell(style, field, row[field]) for _, field in columns)])
    return encoded(made.getvalue(), Variant(style.encoding))


def _cell(style: Style, field: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return _thin(value) if style.thin else value.strftime(style.day)
    if isinstance(value, Decimal):
        return _MARKS[style.mark](value)
    if isinstance(value, list):
        return ",".join(value)
    if field == "gender":
        return style.gender[value]
    return str(value).zfill(style.width) if field in _NUMBERS else str(value)


def _thin(day: date) -> str:
    return f"{day.day}-{day.month}-{day.year}"


_MARKS: Mapping[str, Callable[[Decimal], str]] = {
    "comma": lambda value: f"{value:.1f}".replace(".", ","), "point": lambda value: f"{value:.1f}",
    "tenths": lambda value: str(int(value * 10)),
}  # fmt: skip


def _three(
    students: Sequence[Column], grades: Sequence[Column], absences: Sequence[Column],
    record: tuple[str, str, str] = ("", "", ""),
) -> dict[str, tuple[str, Sequence[Column], str]]:
    return {
        "leerlingen.csv": ("students", students, record[0]), "cijfers.csv": ("grades", grades, record[1]),
        "absenties.csv": ("absences", absences, record[2]),
    }  # fmt: skip


def _named(text: str, fields: str) -> list[Column]:
    return list(zip(text.split(";"), fields.split(), strict=True))


_WHO = "number first_name prefix last_name gender birth_date homeroom"
_MARK = "student subject period code result achieved_on"
_AWAY = "student date hour code"


def conventions() -> tuple[Convention, ...]:
    """The ten, each another mixture."""
    usual = _named("Leerlingnummer;Roepnaam;Tussenvoegsel;Achternaam;Geslacht;Geboortedatum;Klas", _WHO)
    short = _named("Stamnr;Roepnaam;Tussenv;Achternaam;M/V;Geb.datum;Klas", _WHO)
    marks = _named("Leerlingnummer;Vak;Periode;Toets;Cijfer;Datum", _MARK)
    marks_short = _named("Stamnr;Vakcode;Per.;Kolom;Resultaat;Toetsdatum", _MARK)
    away = _named("Leerlingnummer;Datum;Lesuur;Reden", _AWAY)
    away_short = _named("Stamnr;Datum;Uur;Redencode", _AWAY)
    remark = [*usual, ("Opmerking", "-remark"), ("BSN", "-bsn")]
    several = [*usual, ("Leerjaar", "grade_level"), ("Lesgroepen", "groups")]
    parents = _named("Code;Achternaam;Email;Leerlingcodes", "guardian last_name email students")
    code = "Leerlingcode;Voornaam;Tussenvoegsel;Achternaam;Geboortedatum;Stamklas"
    pupils = _named(code, _WHO.replace(" gender", ""))
    words = {"male": "man", "female": "vrouw", "other": "onbekend"}
    digits = {"male": "1", "female": "2", "other": "9"}
    return (
        Convention("windows", Style("cp1252"), _three(usual, marks, away)),
        Convention("thin-dates", Style("utf-8-sig", thin=True), _three(short, marks_short, away_short)),
        Convention(
            "record-types", Style("utf-8-sig", header=False, day="%d%m%Y", mark="tenths"),
            _three(short, marks_short, away_short, ("Deelnemer", "Resultaat", "Absentie")),
        ),
        Convention(
            "quoted-commas", Style(delimiter=",", day="%Y-%m-%d", mark="point", gender=words, quoted=True),
            _three(usual, marks, away),
        ),
        Convention("utf-16-tabs", Style("utf-16", "\t", gender=digits), _three(usual, marks, away)),
        Convention("pipes", Style("cp1252", "|", day="%Y%m%d"), _three(short, marks_short, away_short)),
        Convention("lines-in-cells", Style(quoted=True), _three(remark, marks, away)),
        Convention("several-in-a-cell", Style(day="%d/%m/%Y", mark="point"), _three(several, marks, away)),
        Convention("zermelo", Style(gender=words), {
            "leerlingen.csv": ("students", pupils, ""), "ouders.csv": ("guardians", parents, ""),
            "cijfers.csv": ("grades", marks, ""),
        }),
        Convention(
            "zeros", Style("utf-8-sig", day="%d.%m.%Y", mark="tenths", width=8), _three(short, marks_short, away_short)
        ),
    )  # fmt: skip
