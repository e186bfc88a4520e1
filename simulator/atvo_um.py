"""UMService: what the school answers to each operation, told from a view of the school that stands still (wire 2)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from simulator import atvo_people as people
from simulator.atvo_ids import FIRST_LOCATION, code_of, number_of, uuid_of
from simulator.atvo_soap import Arguments, Record, text, whole
from simulator.atvo_types import UM
from simulator.curriculum import common_subjects, profile_subjects, profiles_of
from simulator.model import Address, Enrolment, Guardian, Guardianship, School, Staff

RELATION = {
    "mother": "Moeder", "father": "Vader", "legal_guardian": "Voogd", "foster_parent": "Pleegouder",
    "step_parent": "Stiefouder", "institution": "Instelling", "other": "Anders",
}  # fmt: skip
_YES = {False: "nee", True: "ja"}
_FLAGS = {element.name: False for element in UM.types["webserviceUmObject"] if element.required}
"""The eight flags that every record carries, of whatever role it is."""


class View(NamedTuple):
    """The school, and who may not be seen in it: the switch for user management is off for these students."""

    school: School
    hidden: frozenset[int]


def still(school: School) -> School:
    """A copy that stays as it is while a long answer is sent. Records are frozen, so only the tables are copied."""
    with school.lock:
        return replace(
            school, staff=dict(school.staff), students=dict(school.students), guardians=dict(school.guardians),
            guardianships=dict(school.guardianships), homerooms=dict(school.homerooms),
            sections=dict(school.sections), enrolments=dict(school.enrolments),
        )  # fmt: skip


def rows(view: View, operation: str, arguments: Arguments) -> Iterable[Record]:
    """The answer to a reading operation. Raises ``ValueError`` for an argument that is not of its type.

    A school year that is not this school's gives no rows and no error, and so does a location that it does not have.
    """
    for name in ("vestigingID", "opleidingID", "leerjaar"):
        whole(arguments, name)  # Rows are told while the answer is being sent, when it is too late to complain.
    asked = text(arguments, "schooljaar")
    return OPERATIONS[operation](view, arguments) if asked in ("", people.school_year(view.school)) else ()


def _placed(view: View, at: str) -> Iterator[Enrolment]:
    """The latest enrolment of everybody who may be seen, at one location (or all: ``""``)."""
    for number in view.school.students:
        enrolment = people.latest(view.school, number)
        if enrolment and number not in view.hidden and at in ("", enrolment.location):
            yield enrolment


def _students(view: View, arguments: Arguments) -> Iterable[Record]:
    wanted = {int(number) for number in arguments.get("leerlingnummer", ())}
    placed = _placed(view, text(arguments, "vestigingAfkorting"))
    return (_student(view.school, found) for found in placed if not wanted or found.student in wanted)


def _student(school: School, enrolment: Enrolment) -> Record:
    person, room = school.students[enrolment.student], school.homerooms[enrolment.homeroom]
    gone = enrolment.ends < school.today
    sections = [] if gone else school.sections_of(person.number)
    where = school.locations[enrolment.location]
    return _record(
        "leerling",
        Achternaam=person.last_name, Actief="Uitgeschreven" if gone else "Actief",
        AdresHuisTelefoonNummer=person.phone, AdresHuisTelefoonNummerGeheim=person.phone_secret,
        BSN=person.bsn, BekostigingBRINNaam=school.name, BekostigingBRINVolgnummer="00",
        EckID=_eck_id(person.bsn), Email=person.email, Examennummer=str(person.number % 10_000),
        ExternExportID=str(person.number), Geboortedatum=person.birth_date, Geslacht=people.GENDER[person.gender],
        KluisAfname=f"K{person.number}", Leerjaar=str(enrolment.level),
        Lesgroepen=",".join(section.code for section in sections),
        LesgroepenVakken=",".join(f"{section.code}={section.subject}" for section in sections),
        Mentoren="" if gone else ",".join(room.mentors), MobielNummer=person.phone, Nummer=person.number,
        Onderwijsnummer=f"1{person.bsn[1:]}", OpenIdIdentifier=f"https://openid.{school.domain}/{person.login}",
        OpleidingCode=enrolment.study, OpleidingVestiging=where.code, ProfielSector=enrolment.profile,
        Roepnaam=person.first_name, Stamgroep="" if gone else room.code, ToegangspasNummer=f"P{person.number}",
        UUID=uuid_of("student", person.number), UmVrijeVelden=f"kluis={person.number}", Username=person.login,
        Vakken=",".join(dict.fromkeys(section.subject for section in sections)), VestigingAfkorting=where.code,
        VestigingNaam=where.name, VestigingVolgnummer=f"{number_of(school.locations, where.code, 0):02}",
        Voorletters=person.initials, Voorvoegsel=person.prefix, Wachtwoord=person.password, **_home(person.address),
    )  # fmt: skip


def _guardians(view: View, arguments: Arguments) -> Iterable[Record]:
    ties: dict[int, list[Guardianship]] = {}
    for enrolment in _placed(view, text(arguments, "vestigingAfkorting")):
        for tie in view.school.guardianships.get(enrolment.student, ()):
            ties.setdefault(tie.guardian, []).append(tie)
    return (_guardian(view.school, view.school.guardians[ident], children) for ident, children in ties.items())


def _guardian(school: School, person: Guardian, children: list[Guardianship]) -> Record:
    return _record(
        "verzorger",
        Achternaam=person.last_name, AdresTelefoonNummer=person.phone, AdresTelefoonNummerGeheim=person.secret,
        BICNummer="VBLDNL2A", BSN=_bsn(person), Email=person.email, ExternExportID=str(person.id),
        Geslacht=_gender(person), IBANNummer=_iban(person), ID=person.id,
        LeerlingRelaties=":".join(_relation(school, tie) for tie in children), MobielNummer=person.phone,
        MobielNummerGeheim=person.secret, MobielWerkNummer=person.phone, MobielWerkNummerGeheim=person.secret,
        OpenIdIdentifier=f"https://openid.{school.domain}/ouder{person.id}", Tenaamstelling=person.last_name,
        UUID=uuid_of("guardian", person.id), UmVrijeVelden=f"aanhef={person.title}", Username=f"ouder{person.id}",
        Voorletters=person.initials, Voorvoegsel=person.prefix, Wachtwoord=f"Ouder{person.id}!",
        **_home(person.address),
    )  # fmt: skip


def _relation(school: School, tie: Guardianship) -> str:
    """The eight slots of one child (wire 2.5). The first guardian pays."""
    pays = tie.order == 1
    return ",".join((
        school.students[tie.student].bsn, "", str(tie.student), RELATION[tie.relation], _YES[tie.legal_authority],
        _YES[pays], _YES[tie.receives_mail], _debtor(tie) if pays else "",
    ))  # fmt: skip


def _colleagues(view: View, arguments: Arguments) -> Iterable[Record]:
    if text(arguments, "vestigingAfkorting") not in ("", *view.school.locations):
        return ()
    taught: dict[str, list[str]] = {}
    for section in view.school.sections.values():
        taught.setdefault(section.teacher, []).append(f"{section.code}={section.subject}")
    return (_colleague(view.school, person, taught.get(person.code, [])) for person in view.school.staff.values())


def _colleague(school: School, person: Staff, taught: list[str]) -> Record:
    first, gone = next(iter(school.locations.values())), person.left_on is not None and person.left_on < school.today
    return _record(
        "medewerker",
        Achternaam=person.last_name, ActiefOmschrijving="Uit dienst" if gone else "In dienst",
        AdresTelefoonNummer=person.phone, Afkorting=person.code, BSN=f"9995{person.number % 100_000:05}",
        DefaultVestiging=first.code, DefaultVestigingNaam=first.name, EckID=_eck_id(person.code),
        Email=f"{person.code.lower()}@{school.domain}", ExternNummer=f"E{person.number}", Functie=person.function,
        Geslacht=people.GENDER[person.gender], InternNummer=f"I{person.number}", LesgroepenVakken=",".join(taught),
        MobielNummer=person.phone, Nummer=str(person.number), Ondersteunend=not person.subject,
        Onderwijzend=bool(person.subject), OpenIdIdentifier=f"https://openid.{school.domain}/{person.logins[0]}",
        Roepnaam=person.first_name, Rollen=person.function, ToegangspasNummer=f"P{person.number}",
        UUID=uuid_of("staff", person.number), UmVrijeVelden=f"vak={person.subject}", Username=person.logins[0],
        Vestigingen=":".join(school.locations), Voorletters=person.initials, Voorvoegsel=person.prefix,
        Wachtwoord=f"Docent{person.number}!", **_home(person.address),
    )  # fmt: skip


def _free_fields(view: View, _: Arguments) -> Iterable[Record]:
    return (
        _record("leerling", Nummer=found.student, UUID=uuid_of("student", found.student),
                UmVrijeVelden=f"kluis={found.student}")
        for found in _placed(view, "")
    )  # fmt: skip


def _debtors(view: View, arguments: Arguments) -> Iterable[Record]:
    for enrolment in _placed(view, text(arguments, "vestigingAfkorting")):
        for tie in view.school.guardianships.get(enrolment.student, ()):
            if tie.order == 1:
                yield _payer(view.school, tie)


def _payer(school: School, tie: Guardianship) -> Record:
    person, child = school.guardians[tie.guardian], school.students[tie.student]
    home = person.address
    fields = {
        "achternaam": person.last_name, "bicNummer": "VBLDNL2A", "emailadres": person.email,
        "externDebiteurnummer": _debtor(tie), "geslacht": _gender(person), "huisnummer": str(home.number),
        "ibanNummer": _iban(person), "leerlingnummer": str(child.number),
        "naamLeerling": " ".join(filter(None, (child.first_name, child.prefix, child.last_name))),
        "plaatsnaam": home.city, "postcode": home.postcode, "straatnaam": home.street, "telefoonnummer": person.phone,
        "tenaamstelling": person.last_name, "tussenvoegsel": person.prefix, "type": "Verzorger",
        "verzorgerId": str(person.id), "voorletters": person.initials, "voornaam": person.first_name,
    }  # fmt: skip
    return {name: value or None for name, value in fields.items()}


def _locations(view: View, _: Arguments) -> Iterable[Record]:
    return [people.location(view.school, code) for code in view.school.locations]


def _sections(view: View, arguments: Arguments) -> Iterable[Record]:
    """A section stands under every location where one of its members is enrolled."""
    here = _location(view, arguments)
    for section in view.school.sections.values():
        placed = (people.latest(view.school, number) for number in section.members)
        if any(enrolment is not None and enrolment.location == here for enrolment in placed):
            number = view.school.staff[section.teacher].number
            yield {
                "docenten": [{"docentID": number, "docentUUID": uuid_of("staff", number)}], "id": section.id,
                "naam": section.code, "vak": people.subject(view.school, section.subject),
            }  # fmt: skip


def _homerooms(view: View, arguments: Arguments) -> Iterable[Record]:
    here = _location(view, arguments)
    if here is None:
        return
    members: dict[str, list[Enrolment]] = {}
    for enrolment in _placed(view, here):
        if enrolment.ends >= view.school.today:
            members.setdefault(enrolment.homeroom, []).append(enrolment)
    for room in view.school.homerooms.values():
        if room.location == here:
            students = [people.student(view.school, enrolment) for enrolment in members.get(room.code, ())]
            yield {**people.homeroom(view.school, room.code), "leerlingen": students}


def _studies(view: View, arguments: Arguments) -> Iterable[Record]:
    here = _location(view, arguments)
    taught = dict.fromkeys(room.study for room in view.school.homerooms.values() if room.location == here)
    return [people.study(view.school, code) for code in taught]


def _subjects(view: View, arguments: Arguments) -> Iterable[Record]:
    return [people.subject(view.school, code) for code in view.school.subjects if _location(view, arguments)]


def _subject_positions(view: View, arguments: Arguments) -> Iterable[Record]:
    school = view.school
    found = school.studies.get(code_of(school.studies, whole(arguments, "opleidingID")) or "")
    if found is None or whole(arguments, "leerjaar") != found.level:
        return ()
    positions = [("Gemeenschappelijk deel", common_subjects(found))]
    positions += [(school.profiles[code], profile_subjects(code)) for code in profiles_of(found)]
    return [
        {
            "id": index, "naam": name, "soortVakpositie": "Profiel" if index > 1 else "Gemeenschappelijk",
            "vakken": [people.subject(school, code) for code in codes],
        }
        for index, (name, codes) in enumerate(positions, 1)
    ]  # fmt: skip


def _location(view: View, arguments: Arguments) -> str | None:
    """The code of the location that is asked for by its number."""
    return code_of(view.school.locations, whole(arguments, "vestigingID"), FIRST_LOCATION)


def _record(role: str, **fields: object) -> Record:
    named = {f"{role}{name}": None if value == "" else value for name, value in fields.items()}
    return {**_FLAGS, **named, "wuoSoort": role}


def _home(home: Address) -> dict[str, object]:
    return {
        "AdresHuisnummer": str(home.number), "AdresPlaats": home.city, "AdresPostcode": home.postcode,
        "AdresStraat": home.street, "AdresStraatHuisnummer": f"{home.street} {home.number}{home.addition}",
        "AdresToevoeging": home.addition,
    }  # fmt: skip


def _gender(person: Guardian) -> str:
    return {"mevr.": "VROUW", "dhr.": "MAN"}.get(person.title, "ONBEKEND")


def _bsn(person: Guardian) -> str:
    return f"9996{person.id % 100_000:05}"


def _iban(person: Guardian) -> str:
    return f"NL00VBLD{person.id:010}"


def _debtor(tie: Guardianship) -> str:
    return f"D{tie.guardian}"


def _eck_id(of: str) -> str:
    return f"https://ketenid.example/{hashlib.sha256(of.encode()).hexdigest()}"


OPERATIONS: dict[str, Callable[[View, Arguments], Iterable[Record]]] = {
    "getDataLeerlingen": _students,
    "getDataVerzorgers": _guardians,
    "getDataMedewerkers": _colleagues,
    "getDataVrijevelden": _free_fields,
    "getDataDebiteuren": _debtors,
    "getInrichtingVestigingen": _locations,
    "getInrichtingLesgroepen": _sections,
    "getInrichtingStamgroepen": _homerooms,
    "getInrichtingOpleidingen": _studies,
    "getInrichtingVakken": _subjects,
    "getInrichtingOpleidingVakken": _subject_positions,
}
BROKEN: dict[str, tuple[tuple[str, str], ...]] = {
    "getDataLeerlingen": (("leerlingGeboortedatum", "31-02-2010"), ("leerlingNummer", "tien")),
    "getDataVerzorgers": (("verzorgerLeerlingRelaties", "999999990,,tien"), ("verzorgerUUID", "")),
    "getDataMedewerkers": (("medewerkerUUID", ""), ("medewerkerOnderwijzend", "misschien")),
    "getDataVrijevelden": (("leerlingNummer", "tien"),),
    "getDataDebiteuren": (("leerlingnummer", "tien"),),
}
"""What the fault ``bad-rows`` puts where, in turn; in the others it is their ``id``."""
