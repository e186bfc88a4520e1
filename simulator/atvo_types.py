"""The types and operations of @VO's two SOAP services. The WSDLs and the written answers are both made from here.

UMService is as its WSDLs of 2018-08 to 2019-06 describe it (wire 2.3 to 2.6). Of WISService nobody has a WSDL: its
operations, its ``wis`` types and its way to log in are known, everything else is assumed (wire 3).

An element is written as ``name``, its occurrence, ``:type`` when it is not text, and ``@`` with the version that added
it: ``id:long`` (exactly one), ``vak?:wisVak`` (none or one), ``docenten*:wisDocent`` (any number).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

NEWEST = "2019-06"
VERSIONS = ("2018-08", "2019-04", NEWEST)
"""Of UMService, oldest first."""
SIMPLE = frozenset({"string", "long", "int", "boolean", "decimal", "date", "dateTime", "base64Binary"})
"""The types that are XML Schema's own."""


class Element(NamedTuple):
    name: str
    type: str
    required: bool
    many: bool
    since: str


class Operation(NamedTuple):
    arguments: tuple[Element, ...]
    answer: str
    """The type of each ``return``."""
    many: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """What one WSDL describes. ``path`` is where it answers."""

    name: str
    path: str
    namespace: str
    port_type: str
    port: str
    binding: str
    operations: dict[str, Operation]
    types: dict[str, tuple[Element, ...]]


def _elements(text: str, prefix: str = "") -> tuple[Element, ...]:
    found = (re.fullmatch(r"(\w+)([?*]?)(?::(\w+))?(?:@(.+))?", word) for word in text.split())
    return tuple(
        Element(f"{prefix}{match[1]}", match[3] or "string", not match[2], match[2] == "*", match[4] or "")
        for match in found
        if match
    )


def of_version(elements: tuple[Element, ...], version: str) -> tuple[Element, ...]:
    """The elements that this version of the service has."""
    return tuple(element for element in elements if element.since <= version)


_WIS_TYPES = {
    "wisVak": "afkorting? id:long naam?",
    "wisStamgroep": "id:long leerlingen*:wisLeerling naam?",
    # UUID stands where it would stand in lower case.
    "wisLeerling": (
        "achternaam? adressen*:wisAdres email? foto?:base64Binary fotoIdentifier:int geboortedatum? geslacht? id:long "
        "kluisjes*:wisKluis mentoren*:wisMedewerker nummer:long opleiding?:wisOpleiding plaatsingStatus? "
        "stamgroep?:wisStamgroep telefoonnummers*:wisNummer UUID? vestiging?:wisVestiging voornaam? voorvoegsel? "
        "wenstContactViaEmail:boolean"
    ),
    "wisMedewerker": (
        "achternaam? adressen*:wisAdres afkorting? begeleider:boolean email? foto?:base64Binary fotoIdentifier:int "
        "geboortedatum? geslacht? id:long meisjesnaam? nummer:long telefoonnummers*:wisNummer typeBegeleider? UUID? "
        "username? vakken*:wisVak voorletters? voornaam? voorvoegsel?"
    ),
    "wisVestiging": (
        "afkorting? correspondentieAdres?:wisAdres email? fax? id:long naam? telefoon? vestigingAdres?:wisAdres"
    ),
    "wisOpleiding": "afkorting? code? id:long leerjaar? onderwijsType?",
    "wisAdres": "id:long nummer? plaats? postcode? straat? type?",
    "wisNummer": "nummer? type? wenstContactViaSms:boolean",
    "wisKluis": "kluisnummer? sleutelnummer?",
}
"""What both services share."""

_STUDENT = (
    "Achternaam? Actief? AdresHuisTelefoonNummer? AdresHuisTelefoonNummerGeheim:boolean AdresHuisnummer? AdresPlaats? "
    "AdresPostcode? AdresStraat? AdresStraatHuisnummer? AdresToevoeging? BSN? BekostigingBRINNaam? "
    "BekostigingBRINVolgnummer? EckID?@2019-04 Email? Examennummer? Examenvoorvoegsel? ExternExportID? Geboortedatum? "
    "Geslacht? KluisAfname? Leerjaar? Lesgroepen? LesgroepenVakken? LgfIndicaties? Mentoren? MobielNummer? "
    "Nummer?:long Onderwijsnummer? OpenIdIdentifier? OpleidingCode? OpleidingVestiging? ProfielSector? Roepnaam? "
    "Stamgroep? ToegangspasNummer? UUID? UmVrijeVelden? Username? Vakken? VestigingAfkorting? VestigingNaam? "
    "VestigingVolgnummer? Voorletters? Voorvoegsel? Wachtwoord?"
)
_COLLEAGUE = (
    "Achternaam? ActiefOmschrijving? AdresHuisnummer? AdresPlaats? AdresPostcode? AdresStraat? AdresStraatHuisnummer? "
    "AdresTelefoonNummer? AdresTelefoonNummerGeheim:boolean AdresToevoeging? Afkorting? BSN? DefaultVestiging? "
    "DefaultVestigingNaam? EckID?@2019-04 Email? ExternNummer?@2019-06 Functie? Geboortedatum? Geslacht? "
    "InternNummer? LesgroepenVakken? Meisjesnaam? MobielNummer? MobielNummerGeheim:boolean Nummer? "
    "Ondersteunend:boolean Onderwijzend:boolean OpenIdIdentifier? Roepnaam? Rollen? ToegangspasNummer? UUID? "
    "UmVrijeVelden? Username? Vestigingen? Voorletters? Voorvoegsel? Wachtwoord?"
)
_GUARDIAN = (
    "Achternaam? AdresHuisnummer? AdresPlaats? AdresPostcode? AdresStraat? AdresStraatHuisnummer? "
    "AdresTelefoonNummer? AdresTelefoonNummerGeheim:boolean AdresToevoeging? BICNummer? BSN? Email? ExternExportID? "
    "Geslacht? IBANNummer? ID?:long LeerlingRelaties? MobielNummer? MobielNummerGeheim:boolean MobielWerkNummer? "
    "MobielWerkNummerGeheim:boolean OpenIdIdentifier? Tenaamstelling? UUID? UmVrijeVelden? Username? Voorletters? "
    "Voorvoegsel? Wachtwoord?"
)
_UM_TYPES = {
    "wisLesgroep": "docenten*:wisDocent id:long naam? vak?:wisVak",
    "wisDocent": "docentID?:long docentUUID?",
    "wisVakpositie": "id:long naam? soortVakpositie? vakken*:wisVak",
    "webserviceUmDebiteurObject": (
        "achternaam? alternatiefHuisnummer? alternatiefPlaatsnaam? alternatiefPostcode? alternatiefStraatnaam? "
        "bicNummer? defaultGrootboekRekening? emailadres? externDebiteurnummer? geslacht? huisnummer? ibanNummer? "
        "leerlingnummer? naamLeerling? plaatsnaam? postcode? projectcode? straatnaam? telefoonnummer? tenaamstelling? "
        "tussenvoegsel? type? verzorgerId? voorletters? voornaam?"
    ),
    "leerlingUmWrite": (
        "leerlingEmail? leerlingGebruikersnaam? leerlingNummer?:long leerlingOpenIdIdentifier? "
        "leerlingRemoteIdentifier?:remoteIdentifier@2019-06 leerlingWachtwoord? leerlingWachtwoordEncrypted:boolean "
        "wenstContactViaEmail?:boolean wenstContactViaSms?:boolean"
    ),
    "medewerkerUmWrite": (
        "medewerkerEmail? medewerkerExternNummer?@2019-06 medewerkerGebruikersnaam? medewerkerNummer?:long "
        "medewerkerOpenIdIdentifier? medewerkerRemoteIdentifier?:remoteIdentifier@2019-06 medewerkerWachtwoord? "
        "medewerkerWachtwoordEncrypted:boolean"
    ),
    "verzorgerUmWrite": (
        "verzorgerEmail? verzorgerGebruikersnaam? verzorgerID?:long verzorgerOpenIdIdentifier? "
        "verzorgerRemoteIdentifier?:remoteIdentifier@2019-06 verzorgerWachtwoord? verzorgerWachtwoordEncrypted:boolean"
    ),
    "remoteIdentifier": "remoteIdentifier?@2019-06 type?@2019-06",
}
_RESULT_TYPES = {
    "wisVakCijfers": "resultaten*:wisResultaat vak?:wisVak",
    "wisResultaat": (
        "bijzonderheid? cijfer? code? datumBehaald?:date datumInvoer?:dateTime examenKolom?:boolean "
        "examenWeging?:decimal geldend?:boolean herkansing? herkansingsNummer?:int id?:long inhalen?:boolean "
        "isVoldoende?:boolean kolomID:long kolomSoort? kolomVervallen?:boolean label? leerlingWeging?:decimal "
        "omschrijving? ouderKolomID?:long periode? periodeOmschrijving? teltNietMee?:boolean toetsDatum?:date "
        "toetsNietGemaakt?:boolean volgnummer?:int vrijstelling?:boolean weging?:decimal"
    ),
    "wisAbsentieReden": "absentieSoort afkorting? geoorloofd:boolean id:long omschrijving?",
    "wisAbsentieMelding": (
        "absentieReden?:wisAbsentieReden afgehandeld?:boolean beginDatumTijd:dateTime beginLesuur?:int "
        "datumTijdInvoer?:dateTime eindDatumTijd?:dateTime eindLesuur?:int id:long leerlingNummer?:long opmerkingen?"
    ),
    "wisConstatering": (
        "absentieReden?:wisAbsentieReden afgehandeld?:boolean beginDatumTijd:dateTime beginLesuur?:int "
        "datumTijdInvoer?:dateTime eindDatumTijd?:dateTime eindLesuur?:int id:long leerlingNummer?:long lesgroep? "
        "vak?:wisVak waarnemingSoort"
    ),
}


def _um(arguments: str, answer: str, *, many: bool = True) -> Operation:
    return Operation(_elements(f"brinNr? username? password? {arguments}"), answer, many)


def _wis(arguments: str, answer: str) -> Operation:
    return Operation(_elements(arguments), answer)


UM = Service(
    name="UmService",
    path="/services/umService",
    namespace="http://services.mijnsom.nl",
    port_type="UmService",
    port="umService",
    binding="UmServiceSoapBinding",
    operations={
        "getDataLeerlingen": _um("schooljaar? vestigingAfkorting? leerlingnummer*:long", "webserviceUmObject"),
        "getDataVerzorgers": _um("schooljaar? vestigingAfkorting?", "webserviceUmObject"),
        "getDataMedewerkers": _um("schooljaar? vestigingAfkorting?", "webserviceUmObject"),
        "getDataVrijevelden": _um("schooljaar?", "webserviceUmObject"),
        "getDataDebiteuren": _um("schooljaar? vestigingAfkorting?", "webserviceUmDebiteurObject"),
        "getInrichtingVestigingen": _um("", "wisVestiging"),
        "getInrichtingLesgroepen": _um("schooljaar? vestigingID:long", "wisLesgroep"),
        "getInrichtingStamgroepen": _um("schooljaar? vestigingID:long", "wisStamgroep"),
        "getInrichtingOpleidingen": _um("schooljaar? vestigingID:long", "wisOpleiding"),
        "getInrichtingVakken": _um("schooljaar? vestigingID:long", "wisVak"),
        "getInrichtingOpleidingVakken": _um("schooljaar? opleidingID:long leerjaar:int", "wisVakpositie"),
        "writeDataLeerlingen": _um("leerlingen*:leerlingUmWrite", "string", many=False),
        "writeDataMedewerkers": _um("medewerkers*:medewerkerUmWrite", "string", many=False),
        "writeDataVerzorgers": _um("verzorgers*:verzorgerUmWrite", "string", many=False),
    },
    types={
        "webserviceUmObject": (
            *_elements(_STUDENT, "leerling"),
            *_elements(_COLLEAGUE, "medewerker"),
            *_elements(_GUARDIAN, "verzorger"),
            *_elements("wuoSoort?"),
        ),
        **{name: _elements(text) for name, text in (_WIS_TYPES | _UM_TYPES).items()},
    },
)
WIS = Service(
    name="WISService",
    path="/services/WISService",
    namespace="http://wis.webservices.iridium.topicus.nl/",
    port_type="WISService",
    port="WISServicePort",
    binding="WISServiceSoapBinding",
    operations={
        "getStamgroepenlijst": _wis("", "wisStamgroep"),
        "getKlasLeerlingenBijStamgroep": _wis("stamgroepID:long", "wisLeerling"),
        "getCijferOverzicht": _wis(
            "leerlingNummer:int peilDatum:dateTime adviesKolommenJaNee?:boolean", "wisVakCijfers"
        ),
        "getExamenDossier": _wis("leerlingNummer:int", "wisVakCijfers"),
        "getLeerlingAbsentieMeldingen": _wis(
            "leerlingNummer:int beginDatum?:dateTime eindDatum?:dateTime", "wisAbsentieMelding"
        ),
        "getLeerlingAbsentieConstateringen": _wis(
            "leerlingNummer:int beginDatum?:dateTime eindDatum?:dateTime", "wisConstatering"
        ),
    },
    types={name: _elements(text) for name, text in (_WIS_TYPES | _RESULT_TYPES).items()},
)
