"""The people and tables of the school in the ``wis`` types that UMService and WISService share."""

from __future__ import annotations

from simulator.atvo_ids import FIRST_LOCATION, number_of, uuid_of
from simulator.atvo_soap import Record
from simulator.model import Address, Enrolment, Homeroom, School, Staff

GENDER = {"female": "VROUW", "male": "MAN", "other": "ONBEKEND"}
MENTORS = ("EersteMentor", "TweedeMentor")


def latest(school: School, student: int) -> Enrolment | None:
    """The last enrolment, also of who left."""
    return (school.enrolments.get(student) or (None,))[-1]


def school_year(school: School) -> str:
    """``2026/2027``."""
    return f"{school.year.begins.year}/{school.year.ends.year}"


def subject(school: School, code: str) -> Record:
    return {"afkorting": code, "id": number_of(school.subjects, code), "naam": school.subjects[code].name}


def study(school: School, code: str) -> Record:
    found = school.studies[code]
    return {
        "afkorting": code, "code": code, "id": number_of(school.studies, code), "leerjaar": str(found.level),
        "onderwijsType": found.track.upper(),
    }  # fmt: skip


def location(school: School, code: str) -> Record:
    found = school.locations[code]
    number = number_of(school.locations, code, FIRST_LOCATION)
    return {
        "afkorting": code, "email": f"administratie@{school.domain}", "id": number, "naam": found.name,
        "vestigingAdres": {"id": number, "plaats": found.city},
    }  # fmt: skip


def homeroom(school: School, code: str) -> Record:
    return {"id": number_of(school.homerooms, code), "naam": code}


def student(school: School, enrolment: Enrolment) -> Record:
    """A ``wisLeerling``, with mentors and without the homeroom that it stands in."""
    person = school.students[enrolment.student]
    return {
        "achternaam": person.last_name, "adressen": [_home(person.number, person.address)], "email": person.email,
        "fotoIdentifier": person.number, "geboortedatum": person.birth_date, "geslacht": GENDER[person.gender],
        "id": person.number, "mentoren": mentors(school, school.homerooms[enrolment.homeroom]),
        "nummer": person.number, "opleiding": study(school, enrolment.study), "plaatsingStatus": "Definitief",
        "telefoonnummers": [{"nummer": person.phone, "type": "Mobiel", "wenstContactViaSms": False}],
        "UUID": uuid_of("student", person.number), "vestiging": location(school, enrolment.location),
        "voornaam": person.first_name, "voorvoegsel": person.prefix or None, "wenstContactViaEmail": True,
    }  # fmt: skip


def mentors(school: School, room: Homeroom) -> list[Record]:
    return [_mentor(school.staff[code], role) for code, role in zip(room.mentors, MENTORS, strict=False)]


def _mentor(person: Staff, role: str) -> Record:
    return {
        "achternaam": person.last_name, "afkorting": person.code, "begeleider": True, "fotoIdentifier": person.number,
        "geslacht": GENDER[person.gender], "id": person.number, "nummer": person.number, "typeBegeleider": role,
        "UUID": uuid_of("staff", person.number), "username": person.logins[0], "voorletters": person.initials,
        "voornaam": person.first_name, "voorvoegsel": person.prefix or None,
    }  # fmt: skip


def _home(number: int, home: Address) -> Record:
    return {
        "id": number, "nummer": f"{home.number}{home.addition}", "plaats": home.city, "postcode": home.postcode,
        "straat": home.street, "type": "Woonadres",
    }  # fmt: skip
