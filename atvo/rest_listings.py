"""What Connect offers and what of it is read: addresses, envelopes, fields, rights, by the wire's names (5.3, 5.4).

Only the fields named here leave the reader. National numbers, addresses, log-in names and whatever is added to the
interface later stay at the edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MISFIT = "?"
"""The only name in what stands for a value of another form than agreed; no field is called so."""


class Field(NamedTuple):
    """``fields`` are those of an object, None for a text, number or boolean. ``many``: a list of them."""

    fields: Mapping[str, Field] | None = None
    many: bool = False


_VALUE = Field()
_VALUES = Field(many=True)


def _fields(names: str, **others: Field) -> Mapping[str, Field]:
    return {**dict.fromkeys(names.split(), _VALUE), **others}


def _object(names: str, **others: Field) -> Field:
    return Field(_fields(names, **others))


def _list(names: str, **others: Field) -> Field:
    return Field(_fields(names, **others), many=True)


@dataclass(frozen=True, slots=True)
class Listing:
    """A kind of data. ``path`` follows the location's own; ``envelope`` is the name of the list in the answer.

    ``rights`` are the names in ``veldpermissies``, dotted where they are nested, that say whether a field of ``fields``
    may be seen; without those of ``needed`` there is no record.
    """

    path: str
    envelope: str
    fields: Mapping[str, Field]
    rights: frozenset[str]
    needed: frozenset[str]
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.path.strip("/")


def _rights(names: str) -> frozenset[str]:
    return frozenset(names.split())


VESTIGING = Listing(
    "vestiging", "vestigingen", _fields("uuid naam afkorting"), _rights("uuid naam afkorting"), _rights("uuid naam")
)
MEDEWERKER = Listing(
    "medewerker", "medewerkers",
    _fields("uuid roepnaam voorletters voorvoegsel achternaam medewerkernummer afkorting functie"),
    _rights("uuid roepnaam voorletters voorvoegsel achternaam medewerkernummer afkorting functie"),
    _rights("uuid achternaam afkorting"),
)  # fmt: skip
VAK = Listing(
    "vak", "vakken", _fields("uuid afkorting naam"), _rights("uuid afkorting naam"), _rights("uuid afkorting")
)
STAMGROEP = Listing(
    "stamgroep/", "stamgroepen",
    _fields("uuid naam", leerlingen=_list("uuid"), mentoren=_list("medewerker_uuid toewijzing")),
    _rights("uuid naam leerlingen eerste_mentor_stamgroep tweede_mentor_stamgroep"), _rights("uuid naam"),
)  # fmt: skip
LESGROEP = Listing(
    "lesgroep/", "lesgroepen",
    _fields("uuid naam vakuuid schooljaar", leerlingen=_list("uuid"), docenten=_VALUES, vestiging=_object("uuid")),
    _rights("uuid naam vakuuid schooljaar leerlingen docenten vestiging"), _rights("uuid naam"),
)  # fmt: skip
LEERLING = Listing(
    "leerling", "leerlingen",
    _fields(
        "uuid leerlingnummer roepnaam voorletters voorvoegsel achternaam geslacht geboortedatum emailadres",
        plaatsingen=_list(
            "uuid schooljaar startdatum einddatum leerjaar", opleiding=_object("afkorting profielafkorting"),
            stamgroep=_object("uuid"),
        ),
        vakkeuzes=_list("school_vakafkorting"),
    ),
    _rights(
        "uuid leerlingnummer roepnaam voorletters voorvoegsel achternaam geslacht geboortedatum emailadres plaatsingen"
        " vakkeuzes plaatsingVeldpermissies.uuid plaatsingVeldpermissies.schooljaar plaatsingVeldpermissies.startdatum"
        " plaatsingVeldpermissies.einddatum plaatsingVeldpermissies.leerjaar plaatsingVeldpermissies.opleiding"
        " plaatsingVeldpermissies.stamgroep"
    ),
    _rights("uuid leerlingnummer achternaam plaatsingVeldpermissies.uuid"),
)  # fmt: skip
VERZORGERS = Listing(
    "leerling", "leerlingen", _fields("uuid", verzorgers=_list("uuid volgnummer")), _rights("uuid verzorgers"),
    _rights("uuid"),
)  # fmt: skip
"""Of each student, in which order the guardians come: that stands with the student alone."""
SCHOOLJAREN = Listing(
    "leerling", "leerlingen", _fields("uuid", plaatsingen=_list("schooljaar startdatum")),
    _rights("uuid plaatsingen plaatsingVeldpermissies.schooljaar"),
    _rights("uuid plaatsingen plaatsingVeldpermissies.schooljaar"),
)  # fmt: skip
"""Of each student, which school year the progress file is about: it does not say so itself."""
OUDER_VERZORGER = Listing(
    "ouderVerzorger/", "ouderVerzorgers",
    _fields(
        "uuid voorletters voorvoegsel achternaam emailadres telefoonnummer telefoonnummer_geheim"
        " mobielwerknummer_geheim adres_geheim",
        leerlingen_van_vestiging=_VALUES,
        relatie_tot_leerlingen=_list("uuid relatiesoort ouderlijk_gezag mag_post_ontvangen"),
    ),
    _rights(
        "uuid voorletters voorvoegsel achternaam emailadres telefoonnummer leerlingen_van_vestiging"
        " relatie_tot_leerlingen relatie_tot_leerlingen_permissies.uuid"
        " relatie_tot_leerlingen_permissies.relatiesoort relatie_tot_leerlingen_permissies.ouderlijk_gezag"
        " relatie_tot_leerlingen_permissies.mag_post_ontvangen"
    ),
    _rights("uuid achternaam"),
)  # fmt: skip

_FILE = {"toekomstige_toetsen": "true"}
"""Tests without a result yet come as well, so that a column does not wait for its first mark."""
_RESULTS = _list(
    "uuid omschrijving code toetsType weging geldend_resultaat", pogingen=_list("resultaat poging"),
    deeltoetsen=_list("uuid omschrijving code weging geldend_resultaat", pogingen=_list("resultaat poging")),
)  # fmt: skip
VOORTGANGSDOSSIER = Listing(
    "voortgangsdossier", "voortgangsdossiers",
    _fields(
        "vakuuid niveau leerjaar",
        periodes=_list("periode periodegemiddelde rapportgemiddelde", resultaten=_RESULTS),
    ),
    _rights(
        "vakuuid niveau leerjaar periodes periodeVeldpermissies.periode periodeVeldpermissies.periodegemiddelde"
        " periodeVeldpermissies.rapportgemiddelde periodeVeldpermissies.resultaten"
    ),
    _rights("vakuuid niveau periodes periodeVeldpermissies.periode"),
    _FILE,
)  # fmt: skip
EXAMENDOSSIER = Listing(
    "examendossier", "examendossiers",
    _fields(
        "vakUUID niveau lichting eindcijfer", se_resultaten=_object("se_eindcijfer", se_resultaten=_RESULTS),
        ce_resultaten=_object(
            "ce_eindcijfer",
            ce_resultaten=_list("tijdvak geldend_resultaat", deelexamens=_list("naam geldend_resultaat")),
        ),
    ),
    _rights(
        "vakUUID niveau eindcijfer se_eindcijfer se_resultaten ce_deel ce_deelVeldpermissies.ce_eindcijfer"
        " ce_deelVeldpermissies.ce_resultaten"
    ),
    _rights("vakUUID niveau"),
    _FILE,
)  # fmt: skip


def kept(value: object, of: Field) -> Any:
    """Only what ``of`` names, of a JSON value. What has another form is replaced by a mark that holds nothing of it."""
    if of.many:
        return [_one(item, of.fields) for item in value] if isinstance(value, list) else {MISFIT: "rows"}
    return _one(value, of.fields)


def _one(value: object, fields: Mapping[str, Field] | None) -> Any:
    if fields is None:
        return {MISFIT: "value"} if isinstance(value, dict | list) else value
    if not isinstance(value, dict):
        return {MISFIT: "rows"}
    return {name: kept(value[name], of) for name, of in fields.items() if value.get(name) is not None}


def denied(rights: object, listing: Listing, prefix: str = "") -> list[str]:
    """The names of the rights of ``listing`` that ``veldpermissies`` says we do not have, sorted."""
    found: list[str] = []
    for name, value in rights.items() if isinstance(rights, dict) else ():
        if isinstance(value, dict):
            found += denied(value, listing, f"{prefix}{name}.")
        elif value is False and f"{prefix}{name}" in listing.rights:
            found.append(f"{prefix}{name}")
    return sorted(found)
