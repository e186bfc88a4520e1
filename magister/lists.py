"""The named lists that a school imports in Decibel, and the columns that each of them gives.

The ``.sql`` files beside this module are what a school imports; their aliases are the columns here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class ListOf:
    """``file`` is the list's definition; ``columns`` what it gives."""

    file: str
    columns: tuple[str, ...]


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


LISTS: Mapping[str, ListOf] = {
    "pupils": ListOf(
        "schoolbrug-leerlingen.sql",
        _columns(
            "STAMNR VOORLETTERS ROEPNAAM TUSSENVOEGSEL ACHTERNAAM GESLACHT GEBDATUM EMAIL LESPERIODE"
            " LESPERIODE_OMSCHR LESPERIODE_BEGIN LESPERIODE_EINDE KLAS STUDIE LEERJAAR PROFIEL LOCATIE"
            " LOCATIE_OMSCHR LOCATIE_PLAATS MENTOR1 MENTOR2 BEGIN EINDE VERTREK"
        ),
    ),
    "guardians": ListOf(
        "schoolbrug-ouders.sql",
        _columns(
            "STAMNR OUDER VOLGNR RELATIE AANHEF VOORLETTERS ROEPNAAM TUSSENVOEGSEL ACHTERNAAM EMAIL TELEFOON"
            " GEHEIM GEZAG BLOKKADE POST"
        ),
    ),
    "columns": ListOf(
        "schoolbrug-cijferkolommen.sql",
        _columns(
            "KOLOM LESPERIODE PERIODE PERIODE_OMSCHR PERIODE_BEGIN PERIODE_EINDE VAK VAK_OMSCHR NAAM NUMMER OMSCHR"
            " SOORT WEGING PTA HERKANSING ORIGINEEL VERVALLEN"
        ),
    ),
    "grades": ListOf(
        "schoolbrug-cijfers.sql",
        _columns(
            "STAMNR KOLOM POGING CIJFER INHALEN VRIJSTELLING TELTMEE VOLDOENDE WEGING BEHAALD INGEVOERD"
        ),
    ),
    "reasons": ListOf(
        "schoolbrug-redenen.sql", _columns("REDEN CODE OMSCHR TYPE GEOORLOOFD LUXE VERVALLEN OUDERS")
    ),
    "lessons": ListOf(
        "schoolbrug-lessen.sql", _columns("AFSPRAAK BEGIN EINDE LESUURVAN LESUURTM OMSCHR TYPE STATUS")
    ),
    "absences": ListOf(
        "schoolbrug-absenties.sql",
        _columns("VERANTWOORDING STAMNR DATUM LESUUR AFSPRAAK BEGIN EINDE REDEN CODE TYPE GEOORLOOFD INVOER"),
    ),
}
"""By the name that the configuration uses."""

FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "GetActiveStudents": _columns(
        "stamnr_str Roepnaam Voorletters Tussenv Achternaam Geslacht geb_datum_str Email"
        " Lesperiode.Korte_omschrijving Klas Administratieve_eenheid.Omschrijving Administratieve_eenheid.Plaats"
        " Studie Leerfase.Leerjaar Profiel.Code"
    ),
    "GetActiveEmpoyees": _columns("Code stamnr_str Roepnaam Voorletters Tussenv Achternaam Functie.Omschr"),
    "GetLeerlingGroepen": _columns("Stamnr groep"),
    "GetLeerlingVakken": _columns("Stamnr Vak"),
    "GetPersoneelGroepVakken": _columns("Klas Vak.Vakcode Vak.Omschrijving"),
}
"""Of what the functions of ADFuncties give, the columns that are read (wire A4)."""


def definition(name: str) -> str:
    """The SQL of a list, as a school imports it."""
    return resources.files("magister").joinpath("definitions", LISTS[name].file).read_text("utf-8")
