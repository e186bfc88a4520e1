"""The kinds of data that Connect serves: their envelopes, their field permissions, and how the faults spoil them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from simulator import connect_groups as groups
from simulator import connect_people as people
from simulator.connect_view import Item, View

Permissions = Mapping[str, "str | Permissions"]
"""The name of a permission to the field that it is about, or to the permissions of the objects in it."""


class Kind(NamedTuple):
    envelope: str
    """The name of the list in the answer."""
    slash: str
    """What follows the name in the address of the list: these are as irregular as the real ones (wire 5.2)."""
    entries: Callable[[View], groups.Entries]
    permissions: Permissions
    broken: tuple[tuple[str, object], ...]
    """What the fault ``bad-rows`` puts where."""


def _fields(names: str, **others: str | Permissions) -> Permissions:
    return {**{name: name for name in names.split()}, **others}


def allowed(permissions: Permissions, withheld: set[str]) -> Item:
    """``veldpermissies``: whether each field may be seen."""
    return {
        name: field not in withheld if isinstance(field, str) else allowed(field, withheld)
        for name, field in permissions.items()
    }


LOCATION_PERMISSIONS = _fields("uuid naam brins afkorting digideliveryid")
_PLACEMENT = _fields(
    "uuid schooljaar startdatum einddatum leerjaar opleiding stamgroep digiDeliveryId opleidingskenmerken",
    mentor_plaatsing="mentoren", eerste_mentor_stamgroep="mentoren", tweede_mentor_stamgroep="mentoren",
)  # fmt: skip
_STUDENT = _fields(
    "uuid eckid leerlingnummer roepnaam voornamen voorletters voorvoegsel achternaam geslacht geboortedatum "
    "emailadres mobielnummer telefoonnummer adres verzorgers vestiging plaatsingen lesgroepen vakkeuzes "
    "gebruikersnaam eduPersonRealId parnassysLeerlingNummer geboorteplaats geboorteland wenstContactViaEMail BSN "
    "isActief schoolVanHerkomstBrin schoolVanHerkomstNaam adviesSchoolVanHerkomst onderwijsSinds",
    plaatsingVeldpermissies=_PLACEMENT, externDebiteurnummer="debiteurGegevens", bankgegevens="debiteurGegevens",
    debiteuradres="debiteurGegevens",
)  # fmt: skip
_GUARDIAN = _fields(
    "uuid geslacht voorletters voorvoegsel achternaam gebruikersnaam emailadres telefoonnummer adres "
    "leerlingen_van_vestiging relatie_tot_leerlingen wenstContactViaEMail uitgebreidTelefoonnummer "
    "uitgebreidMobielNummer uitgebreidMobielWerkNummer",
    relatie_tot_leerlingen_permissies=_fields("uuid relatiesoort ouderlijk_gezag mag_post_ontvangen"),
)
_SECTION = _fields(
    "uuid naam leerlingen docenten vak vaknaam landelijke_vakcode vakuuid vakkeuzes leerjaar schooljaar "
    "onderwijssoort vestiging"
)
_HOMEROOM = _fields(
    "uuid omschrijving leerjaar onderwijssoort naam leerlingen",
    eerste_mentor_stamgroep="mentoren", tweede_mentor_stamgroep="mentoren",
)  # fmt: skip
_STAFF = _fields(
    "uuid eckid bsn roepnaam voorletters voorvoegsel achternaam geslacht geboortedatum adres emailadres prive_email "
    "werk_telefoonnummer prive_telefoonnummer medewerkernummer afkorting lesgroepen vestiging hoofdvestiging is_docent "
    "functie gebruikersnaam externnummer eduPersonRealId",
    datumInDienst="datum_in_dienst", datumUitDienst="datum_uit_dienst", redenUitDienst="reden_uit_dienst",
)  # fmt: skip
_SUBJECT = _fields("uuid afkorting naam")
_STUDY = _fields(
    "uuid afkorting naam code landelijke_naam profielafkorting profielnaam leerjaren vanafschooljaar totschooljaar"
)
PROGRESS_PERMISSIONS = _fields(
    "vakuuid vaknaam niveau leerjaar periodes",
    periodeVeldpermissies=_fields("periode periodegemiddelde rapportgemiddelde resultaten"),
)
EXAM_PERMISSIONS = _fields(
    "vakUUID niveau se_eindcijfer eindcijfer se_resultaten", ce_deel="ce_resultaten",
    ce_deelVeldpermissies=_fields("ce_eindcijfer ce_resultaten"),
)  # fmt: skip

_NO_UUID = ("uuid", "geen-uuid")
KINDS: dict[str, Kind] = {
    "leerling": Kind(
        "leerlingen", "", people.students, _STUDENT, (("leerlingnummer", "x"), ("geboortedatum", "31-02-2010"))
    ),
    "ouderVerzorger": Kind(
        "ouderVerzorgers", "/", people.guardians, _GUARDIAN, (_NO_UUID, ("relatie_tot_leerlingen", "moeder"))
    ),
    "plaatsing": Kind(
        "plaatsingen", "", people.placements, _PLACEMENT, (("startdatum", "31-02-2010"), ("leerjaar", "vier"))
    ),
    "lesgroep": Kind("lesgroepen", "/", groups.sections, _SECTION, (_NO_UUID, ("leerlingen", "allen"))),
    "stamgroep": Kind("stamgroepen", "/", groups.homerooms, _HOMEROOM, (_NO_UUID, ("leerlingen", "allen"))),
    "medewerker": Kind("medewerkers", "", people.staff, _STAFF, (_NO_UUID, ("achternaam", ["x"]))),
    "vak": Kind("vakken", "", groups.subjects, _SUBJECT, (_NO_UUID, ("afkorting", ["x"]))),
    "opleiding": Kind("opleidingen", "", groups.studies, _STUDY, (_NO_UUID, ("afkorting", ["x"]))),
}
"""By the name in the address, ``/connect/vestiging/{uuid}/<name>``."""
