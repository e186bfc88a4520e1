"""Connect's students, placements, guardians and staff, with everything that a reader must leave alone."""

from __future__ import annotations

from functools import partial
from hashlib import sha512

from simulator.atvo_ids import uuid_of
from simulator.connect_groups import Entries, homeroom_reference, mentors, study_item, subject_choice
from simulator.connect_view import (
    SEX,
    Item,
    View,
    address_item,
    filled,
    location_reference,
    section_reference,
    year_name,
)
from simulator.model import Enrolment, Guardianship, Staff

RELATION = {
    "mother": "Moeder", "father": "Vader", "legal_guardian": "Voogd", "foster_parent": "Pleegouder",
    "step_parent": "Stiefouder", "institution": "Instelling", "other": "Anders",
}  # fmt: skip
_SEX_OF_TITLE = {"mevr.": "VROUW", "dhr.": "MAN"}


def students(view: View) -> Entries:
    for number in view.students:
        yield uuid_of("student", number), partial(_student, view, number)


def _student(view: View, number: int) -> Item:
    school = view.school
    student, ties = school.students[number], school.guardianships[number]
    taken = [section for section in school.sections_of(number) if section.study in view.studies]
    payer = uuid_of("guardian", ties[0].guardian) if ties else None
    return filled(
        uuid=uuid_of("student", number),
        eckid=f"https://ketenid.nl/201703/{sha512(str(number).encode()).hexdigest()}",
        leerlingnummer=number,
        roepnaam=student.first_name,
        voornamen=student.first_name,
        voorletters=student.initials,
        voorvoegsel=student.prefix,
        achternaam=student.last_name,
        geslacht=SEX[student.gender],
        geboortedatum=student.birth_date.isoformat(),
        emailadres=student.email,
        mobielnummer=student.phone,
        telefoonnummer=student.phone,
        adres=address_item(student.address, secret=student.phone_secret),
        verzorgers=[{"uuid": uuid_of("guardian", tie.guardian), "volgnummer": tie.order} for tie in ties],
        vestiging=location_reference(view.location),
        plaatsingen=[_placement(view, row) for row in _placements(view, number)],
        lesgroepen=[section_reference(section, view.location) for section in taken],
        vakkeuzes=[subject_choice(view, section) for section in taken],
        gebruikersnaam=student.login,
        wenstContactViaEMail=bool(student.email),
        BSN=student.bsn,
        isActief=school.enrolment(number) is not None,
        debiteurGegevens=filled(ouderVerzorgerUUID=payer),
        telefoonnummer_geheim=student.phone_secret,
        adres_geheim=student.phone_secret,
    )


def placements(view: View) -> Entries:
    for number in view.students:
        for row in _placements(view, number):
            yield uuid_of("enrolment", row.id), partial(_placement, view, row)


def _placements(view: View, number: int) -> list[Enrolment]:
    """The placements of a visible student here: today's, or all of the year."""
    here = [row for row in view.school.enrolments[number] if row.location == view.location.code]
    return here if view.whole_year else [row for row in here if view.shows(row)]


def _placement(view: View, enrolment: Enrolment) -> Item:
    school, room = view.school, view.school.homerooms[enrolment.homeroom]
    return filled(
        uuid=uuid_of("enrolment", enrolment.id),
        schooljaar=year_name(school),
        startdatum=enrolment.begins.isoformat(),
        einddatum=enrolment.ends.isoformat(),
        leerjaar=enrolment.level,
        opleiding=study_item(school, school.studies[enrolment.study], enrolment.profile),
        stamgroep=homeroom_reference(school, room),
        mentoren=mentors(school, room),
        opleidingskenmerken=[],
    )


def guardians(view: View) -> Entries:
    for ident, ties in view.children.items():
        yield uuid_of("guardian", ident), partial(_guardian, view, ident, ties)


def _guardian(view: View, ident: int, ties: list[Guardianship]) -> Item:
    guardian = view.school.guardians[ident]
    return filled(
        uuid=uuid_of("guardian", ident),
        geslacht=_SEX_OF_TITLE.get(guardian.title, "ONBEKEND"),
        voorletters=guardian.initials,
        voorvoegsel=guardian.prefix,
        achternaam=guardian.last_name,
        gebruikersnaam=f"ouder{ident}",
        emailadres=guardian.email,
        telefoonnummer=guardian.phone,
        adres=address_item(guardian.address, secret=guardian.secret),
        leerlingen_van_vestiging=[uuid_of("student", tie.student) for tie in ties],
        relatie_tot_leerlingen=[
            {
                "uuid": uuid_of("student", tie.student),
                "relatiesoort": RELATION[tie.relation],
                "ouderlijk_gezag": tie.legal_authority,
                "mag_post_ontvangen": tie.receives_mail,
            }
            for tie in ties
        ],
        wenstContactViaEMail=bool(guardian.email),
        uitgebreidMobielNummer=guardian.phone,
        telefoonnummer_geheim=guardian.secret,
        mobielwerknummer_geheim=guardian.secret,
        adres_geheim=guardian.secret,
    )


def staff(view: View) -> Entries:
    """Everyone in service on the day, or at some time in the year."""
    since = view.school.year.begins if view.whole_year else view.school.today
    for person in view.school.staff.values():
        if person.left_on is None or person.left_on >= since:
            yield uuid_of("staff", person.number), partial(_colleague, view, person)


def _colleague(view: View, person: Staff) -> Item:
    school = view.school
    return filled(
        uuid=uuid_of("staff", person.number),
        bsn=f"9997{person.number % 100_000:05d}",
        roepnaam=person.first_name,
        voorletters=person.initials,
        voorvoegsel=person.prefix,
        achternaam=person.last_name,
        geslacht=SEX[person.gender],
        adres=address_item(person.address, secret=False),
        prive_telefoonnummer=person.phone,
        medewerkernummer=f"Medewerker {person.number}",
        afkorting=person.code,
        lesgroepen=[section_reference(section, view.location) for section in view.taught_by.get(person.code, [])],
        vestiging=location_reference(view.location),
        hoofdvestiging=location_reference(next(iter(school.locations.values()))),
        is_docent=any(section.teacher == person.code for section in school.sections.values()),
        functie=person.function,
        gebruikersnaam=person.logins[0],
        externnummer=person.number,
        datum_in_dienst=person.begins.isoformat(),
        datum_uit_dienst=person.left_on.isoformat() if person.left_on else None,
        privetelefoonnummer_geheim=False,
        adres_geheim=False,
    )
