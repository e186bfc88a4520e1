"""The school's records as an administration exports them in CSV: one invented layout, and two that are documented.

``vocus-example`` is an invention: no layout of VOCUS is public. The two of Topicus are those of its sibling Tribe KRD
(wire A.1): no header, ``;``, CRLF, no quoting, dates ``yyyyMMdd``, times ``HHmm``.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from simulator.magister_lists import LISTS
from simulator.magister_text import Days, Moments
from simulator.model import School

Row = tuple[str, ...]
GENDER = {"female": "V", "male": "M", "other": "X"}
YES = {"True": "J", "False": "N", "": ""}
KIND = {"1": "toets", "2": "gemiddelde", "13": "rapport", "14": "berekend"}
ABSENCE = {
    "1": "absent", "2": "telaat", "3": "ziek", "4": "verwijderd", "5": "aanwezig", "6": "vrijstelling",
    "7": "materiaal", "8": "huiswerk", "9": "telefoon",
}  # fmt: skip
STATUS = {
    "scheduled": "gepland", "changed": "gewijzigd", "moved": "gewijzigd", "changed_and_moved": "gewijzigd",
    "cancelled": "vervallen",
}  # fmt: skip


class Variant(NamedTuple):
    """How a file is written. ``width`` is the number of digits of a student number; 0 for as many as it needs."""

    encoding: str = "utf-8-sig"
    delimiter: str = ";"
    header: bool = True
    width: int = 0


class Sheet(NamedTuple):
    """A file's columns and rows. ``numbers`` are the places of student numbers."""

    columns: tuple[str, ...]
    rows: Callable[[School], Iterable[Row]]
    numbers: tuple[int, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    """What the fault ``bad-rows`` puts where."""


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split(";"))


def _list(name: str, school: School) -> Iterable[Row]:
    return LISTS[name].rows(school, {})


def _students(school: School) -> Iterator[Row]:
    days = Days()
    for enrolments in school.enrolments.values():
        for enrolment in enrolments:
            student, room = school.students[enrolment.student], school.homerooms[enrolment.homeroom]
            location, year, home = school.locations[enrolment.location], school.year, student.address
            yield (
                str(student.number), student.first_name, student.initials, student.prefix, student.last_name,
                GENDER[student.gender], days[student.birth_date], student.email, year.code, days[year.begins],
                days[year.ends], room.code, enrolment.study, str(enrolment.level), enrolment.profile, location.code,
                location.name, location.city, ",".join(room.mentors), days[enrolment.begins], days[enrolment.ends],
                days[enrolment.left_on], student.bsn, f"{home.street} {home.number}{home.addition}", home.postcode,
            )  # fmt: skip


def _staff(school: School) -> Iterator[Row]:
    for person in school.staff.values():
        if person.left_on is None:
            yield (
                person.code, str(person.number), person.first_name, person.initials, person.prefix, person.last_name,
                person.function,
            )  # fmt: skip


def _guardians(school: School) -> Iterator[Row]:
    for row in _list("schoolbrug-ouders", school):
        student, own, order, relation, title, initials, first, prefix, last, mail, phone, *flags = row
        yield (
            student, own, order, relation, title, initials, first, prefix, last, mail, phone,
            *(YES[flag] for flag in flags),
        )  # fmt: skip


def _groups(school: School) -> Iterator[Row]:
    for section in school.sections.values():
        for number in section.members:
            yield section.code, str(number)


def _subjects(school: School) -> Iterator[Row]:
    for number in school.students:
        for code in dict.fromkeys(section.subject for section in school.sections_of(number)):
            yield str(number), code


def _teaching(school: School) -> Iterator[Row]:
    for section in school.sections.values():
        if school.staff[section.teacher].left_on is None:
            yield section.code, section.teacher, section.subject, school.subjects[section.subject].name


def _assessments(school: School) -> Iterator[Row]:
    for row in _list("schoolbrug-cijferkolommen", school):
        (*first, kind, weight, exam, resit, original, retired) = row
        yield (*first, KIND[kind], weight, YES[exam], YES[resit], original, YES[retired])


def _grades(school: School) -> Iterator[Row]:
    for student, column, attempt, result, made_up, exempt, counts, enough, *rest in _list("schoolbrug-cijfers", school):
        yield student, column, attempt, result, YES[made_up], YES[exempt], YES[counts], YES[enough], *rest


def _reasons(school: School) -> Iterator[Row]:
    for own, code, name, kind, excused, luxury, retired, visible in _list("schoolbrug-redenen", school):
        yield own, code, name, ABSENCE[kind], YES[excused], YES[luxury], YES[retired], YES[visible]


def _lessons(school: School) -> Iterator[Row]:
    moments = Moments()
    for lesson in school.lessons.values():
        title = f"{lesson.subject} - {lesson.teacher} - {lesson.group}"
        yield (
            str(lesson.id), moments[lesson.begins], moments[lesson.ends], str(lesson.first_hour), str(lesson.last_hour),
            title, lesson.subject, lesson.teacher, lesson.group, STATUS[lesson.status],
        )  # fmt: skip


def _absences(school: School) -> Iterator[Row]:
    for row in _list("schoolbrug-absenties", school):
        own, student, day, hour, lesson, begins, ends, reason, code, kind, excused, noted = row
        yield own, student, day, hour, lesson, begins, ends, reason, code, ABSENCE[kind], YES[excused], noted


EXAMPLE: dict[str, Sheet] = {
    "leerlingen.csv": Sheet(
        _columns(
            "Stamnr;Roepnaam;Voorletters;Tussenv;Achternaam;M/V;Geb.datum;E-mail;Schooljaar;Jaar begin;Jaar einde;Klas;"
            "Studie;Leerjaar;Profiel;Vestiging;Vestigingsnaam;Plaats;Mentoren;Begin;Einde;Vertrek;BSN;Adres;Postcode"
        ),
        _students, (0,), (("Geb.datum", "31-02-2010"), ("Begin", "gisteren")),
    ),
    "medewerkers.csv": Sheet(_columns("Code;Personeelsnr;Roepnaam;Voorletters;Tussenv;Achternaam;Functie"), _staff, (),
                             (("Personeelsnr", "12a"),)),
    "ouders.csv": Sheet(
        _columns(
            "Stamnr;Oudernr;Volgnr;Relatie;Aanhef;Voorletters;Roepnaam;Tussenv;Achternaam;E-mail;Telefoon;Geheim;Gezag;"
            "Blokkade;Post"
        ),
        _guardians, (0,), (("Volgnr", "1e"), ("Gezag", "misschien")),
    ),
    "lesgroepen.csv": Sheet(_columns("Lesgroep;Stamnr"), _groups, (1,)),
    "vakkeuzes.csv": Sheet(_columns("Stamnr;Vak"), _subjects, (0,)),
    "lesopdrachten.csv": Sheet(_columns("Lesgroep;Docent;Vak;Vaknaam"), _teaching),
    "cijferkolommen.csv": Sheet(
        _columns(
            "Kolom;Schooljaar;Periode;Periodenaam;Periode begin;Periode einde;Vak;Vaknaam;Naam;Nummer;Omschrijving;"
            "Soort;Weging;PTA;Herkansing;Origineel;Vervallen"
        ),
        _assessments, (), (("Weging", "2,x"),),
    ),
    "cijfers.csv": Sheet(
        _columns(
            "Stamnr;Kolom;Poging;Resultaat;Inhalen;Vrijstelling;Telt mee;Voldoende;Weging;Behaald;Ingevoerd"
        ),
        _grades, (0,), (("Ingevoerd", "31-02-2026 25:00:00"), ("Telt mee", "soms")),
    ),
    "absentieredenen.csv": Sheet(
        _columns("Reden;Code;Omschrijving;Soort;Geoorloofd;Luxe;Vervallen;Ouders"), _reasons, (),
        (("Geoorloofd", "misschien"),),
    ),
    "lessen.csv": Sheet(
        _columns("Les;Begin;Einde;Lesuur van;Lesuur tm;Omschrijving;Vak;Docent;Lesgroep;Status"), _lessons, (),
        (("Begin", "24-11-2026 8u30"), ("Lesuur van", "eerste")),
    ),
    "absenties.csv": Sheet(
        _columns("Absentie;Stamnr;Datum;Lesuur;Les;Begin;Einde;Reden;Code;Soort;Geoorloofd;Ingevoerd"), _absences, (1,),
        (("Datum", "32-11-2026"), ("Ingevoerd", "gisteren")),
    ),
}  # fmt: skip


def _notices(school: School) -> Iterator[Row]:
    for notice in school.notices.values():
        ends = notice.ends
        yield (
            str(notice.student), f"{notice.begins:%Y%m%d}", f"{notice.begins:%H%M}", f"{ends:%Y%m%d}" if ends else "",
            f"{ends:%H%M}" if ends else "", "", "", notice.reason, school.reasons[notice.reason].name,
        )  # fmt: skip


def _observations(school: School) -> Iterator[Row]:
    away = {"absent", "sick", "exemption"}
    for seen in school.observations.values():
        lesson, reason = school.lessons[seen.lesson], school.reasons[seen.reason]
        day, hour = f"{seen.day:%Y%m%d}", str(seen.hour)
        yield (
            str(seen.student), day, f"{lesson.begins:%H%M}", day, f"{lesson.ends:%H%M}", hour, hour, lesson.subject,
            "Afwezig" if reason.kind in away else "Aanwezig", "N" if reason.code == "AB" else "J",
        )  # fmt: skip


NOTICES = Sheet(
    _columns("deelnemernummer;begindatum;begintijd;einddatum;eindtijd;beginlesuur;eindlesuur;redencode;opmerkingen"),
    _notices, (0,), (("begindatum", "20261332"),),
)  # fmt: skip
OBSERVATIONS = Sheet(
    _columns(
        "deelnemernummer;begindatum;begintijd;einddatum;eindtijd;beginlesuur;eindlesuur;vak;waarneming;afgehandeld"
    ),
    _observations, (0,), (("begindatum", "20261332"),),
)  # fmt: skip
TOPICUS = Variant(encoding="cp1252", header=False)


def table(school: School, sheet: Sheet, variant: Variant) -> list[Row]:
    """The rows of a sheet, with student numbers as wide as the variant wants them."""
    if not variant.width:
        return list(sheet.rows(school))
    return [
        tuple(cell.zfill(variant.width) if place in sheet.numbers else cell for place, cell in enumerate(row))
        for row in sheet.rows(school)
    ]


def text(sheet: Sheet, rows: Iterable[Row], variant: Variant) -> str:
    made = io.StringIO()
    writer = csv.writer(made, delimiter=variant.delimiter, lineterminator="\r\n")
    if variant.header:
        writer.writerow(sheet.columns)
    writer.writerows(rows)
    return made.getvalue()


def encoded(written: str, variant: Variant) -> bytes:
    """In the variant's encoding; for a character that it lacks stands the nearest letter."""
    try:
        return written.encode(variant.encoding)
    except UnicodeEncodeError:
        return "".join(_nearest(letter, variant.encoding) for letter in written).encode(variant.encoding)


UNDIVIDED = {"ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
"""The letters without a mark that can be taken off."""


def _nearest(letter: str, encoding: str) -> str:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", UNDIVIDED.get(letter, letter))
        return plain.encode("ascii", "ignore").decode() or "?"
    return letter
