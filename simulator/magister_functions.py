"""The functions of the library ``ADFuncties``. Their columns are the ones of real schools: far more than asked for."""

from __future__ import annotations

from simulator.magister_text import FLAG, GENDER, Days, full_name
from simulator.magister_wire import Row, Shape, Table
from simulator.model import Enrolment, School, Staff

STUDENT_COLUMNS = (
    "Achternaam", "Administratieve_eenheid.Omschrijving", "Administratieve_eenheid.Plaats", "Adres", "c_vrij1",
    "c_vrij2", "Email", "geb_datum_str", "Geslacht", "Klas", "Land___Nationaliteit.Land", "Leerfase.Leerjaar",
    "Lesperiode.Korte_omschrijving", "Loginaccount.Naam", "Nr", "Nr.tv", "Personeelslid.Volledige_naam",
    "Plaats.Woonplaats", "Postcode", "Profiel.Code", "Profiel.Omschrijving", "Roepnaam",
    "sis_pers0.sis_pers0.sis_pers0__naam_vol", "stamnr_str", "Straat", "Studie", "Tel._1_geheim", "Telefoon",
    "Telefoon_2", "Tussenv", "Volledige_naam", "Voorletters",
)  # fmt: skip
STAFF_COLUMNS = (
    "Achternaam", "Administratieve_eenheid.Omschrijving", "Adres", "Code", "c_vrij1", "c_vrij2", "c_vrij3", "c_vrij4",
    "datum_in_str", "dVertrek_str", "Functie.Omschr", "Geheim", "Huisnr", "Huisnr._toevoeging", "Loginaccount.Naam",
    "Loginaccount.Volledige_naam", "M_V", "Off._voornamen", "Oude_personeelscode", "Plaats", "Postcode", "Roepnaam",
    "stamnr_str", "Straat", "Telefoon", "Telefoon_2", "Telefoon_3", "Telefoon_4", "Tussenv", "Voorletters",
)  # fmt: skip


def active_students(school: School, period: str, _: str) -> Table:
    """Who is enrolled today: no leavers, nobody twice."""
    rows: list[Row] = []
    if period in ("", school.year.code):
        current = (school.enrolment(student) for student in school.students)
        rows = [_student(school, enrolment) for enrolment in current if enrolment]
    return Table(Shape("Data", "Leerlingen", "Leerling"), STUDENT_COLUMNS, rows)


def active_staff(school: School, _: str, __: str) -> Table:
    """Everyone of the staff, leavers with a ``*`` in their code, one row for each login. The period is ignored."""
    rows = [_colleague(school, person, login) for person in school.staff.values() for login in person.logins]
    return Table(Shape("Data", "Personeelsleden", "Personeelslid"), STAFF_COLUMNS, rows)


def groups_of_student(school: School, period: str, number: str) -> Table:
    rows: list[Row] = []
    if period in ("", school.year.code):
        rows = [(number, str(section.id), section.code) for section in school.sections_of(int(number))]
    return Table(Shape("Data", "vakken", "vak"), ("Stamnr", "Lesgroep", "groep"), rows)


def subjects_of_student(school: School, period: str, number: str) -> Table:
    rows: list[Row] = []
    if period in ("", school.year.code):
        rows = [(number, section.subject) for section in school.sections_of(int(number))]
    return Table(Shape("Data", "vakken", "vak"), ("Stamnr", "Vak"), rows)


def groups_of_colleague(school: School, period: str, number: str) -> Table:
    codes = {person.code for person in school.staff.values() if person.number == int(number)}
    rows: list[Row] = []
    if period in ("", school.year.code):
        rows = [
            (number, section.code, section.subject, school.subjects[section.subject].name)
            for section in school.sections.values()
            if section.teacher in codes
        ]
    columns = ("Personeelslid.Stamnr", "Klas", "Vak.Vakcode", "Vak.Omschrijving")
    return Table(Shape("Data", "Lessen", "Les"), columns, rows)


FUNCTIONS = {
    "GetActiveStudents": active_students,
    "GetActiveEmpoyees": active_staff,
    "GetLeerlingGroepen": groups_of_student,
    "GetLeerlingVakken": subjects_of_student,
    "GetPersoneelGroepVakken": groups_of_colleague,
}
"""By name; each is given the school, ``LesPeriode`` and ``StamNr``. ``Empoyees`` is how the real one is spelt."""
PER_PERSON = frozenset({"GetLeerlingGroepen", "GetLeerlingVakken", "GetPersoneelGroepVakken"})


def _student(school: School, enrolment: Enrolment) -> Row:
    student, room = school.students[enrolment.student], school.homerooms[enrolment.homeroom]
    home, location = student.address, school.locations[enrolment.location]
    mentors = [school.staff[code] for code in room.mentors]
    names = [full_name(person.first_name, person.prefix, person.last_name) for person in mentors]
    profile = school.profiles.get(enrolment.profile, "")
    # Schools do misuse the free fields, for first passwords and for national numbers.
    return (
        student.last_name, location.name, location.city, f"{home.street} {home.number}{home.addition}",
        student.password, student.bsn, student.email, Days()[student.birth_date], GENDER[student.gender], room.code,
        "Nederland", str(enrolment.level), school.year.code, student.login, str(home.number), home.addition, names[0],
        home.city, home.postcode, enrolment.profile, profile, student.first_name, names[1] if names[1:] else "",
        str(student.number), home.street, enrolment.study, FLAG[student.phone_secret], student.phone, "",
        student.prefix, full_name(student.first_name, student.prefix, student.last_name), student.initials,
    )  # fmt: skip


def _colleague(school: School, person: Staff, login: str) -> Row:
    home, days = person.address, Days()
    name = full_name(person.first_name, person.prefix, person.last_name)
    code = person.code if person.left_on is None else f"*{person.code}"
    return (
        person.last_name, "Hoofdlocatie", f"{home.street} {home.number}{home.addition}", code, "", "", "", "",
        days[person.begins], days[person.left_on], person.function, "False", str(home.number), home.addition, login,
        name, GENDER[person.gender], person.first_name, "", home.city, home.postcode, person.first_name,
        str(person.number), home.street, person.phone, "", "", "", person.prefix, person.initials,
    )  # fmt: skip
