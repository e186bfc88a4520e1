"""The words by which Dutch administrations name the columns of an export, and what they write in them.

Headers are compared in small letters, without accents, spaces, dots and other marks: ``Geb. datum`` is ``gebdatum``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from connectors.relations import RELATIONS
from vocus import presets

_MARKS = re.compile(r"[^0-9a-z]+")


def plain(text: str) -> str:
    """A header or a word as it is compared."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return _MARKS.sub("", "".join(letter for letter in letters if not unicodedata.combining(letter)))


_STUDENT = (
    "stamnummer stamnr leerlingnummer leerlingnr llnummer llnr lln leerlingcode leerling deelnemernummer deelnemernr"
    " deelnemer studentnummer studentnr nummerleerling stamnummerleerling leerlingid"
)
_STUDENTS = "leerlingcodes leerlingnummers stamnummers leerlingen kinderen kindcodes llnrs"
_FIRST_NAME = "roepnaam voornaam rnaam roepn"
_INITIALS = "voorletters voorl voorlett initialen"
_PREFIX = "tussenvoegsel tussenvoegsels tussenv tussenvoegs tv tvg voorvoegsel voorvoegsels voorv vv"
_LAST_NAME = "achternaam anaam familienaam geslachtsnaam achtern"
_EMAIL = "email emailadres mail mailadres emailschool"
_SCHOOL_YEAR = "schooljaar cursusjaar lesperiode schjaar"
_SUBJECT = "vak vakcode vakafkorting vakafk vakkort onderwijsproduct"
_SUBJECT_NAME = "vaknaam vakomschrijving vakomschr vakoms vaknaamlang omschrijvingvak"
_GROUP = "lesgroep lesgroepcode clustergroep cluster groep groepscode groepcode groepsnaam lesgr"
_TEACHER = "docent docentcode docentafkorting leraar leraarcode medewerkercode afkortingdocent"
_REASON_CODE = "redencode code verzuimcode absentiecode codereden afkorting reden verzuimreden absentiereden"
_RETIRED = "vervallen nietmeeringebruik inactief"
_EXCUSED = "geoorloofd geoorl toegestaan"
_PERIODS = {
    "period": "periode periodecode periodenr periodenummer per rapportperiode blok",
    "period_name": "periodenaam periodeomschrijving periodeomschr",
    "period_begins": "periodebegin beginperiode periodestart periodevan",
    "period_ends": "periodeeinde eindeperiode eindperiode periodetm",
}
_INTERVAL = {
    "student": _STUDENT,
    "date": "begindatum datumvan startdatum vandatum datum",
    "time": "begintijd tijdvan starttijd vantijd",
    "until": "einddatum datumtm datumtot totdatum tmdatum",
    "until_time": "eindtijd tijdtot tottijd tmtijd",
    "first_hour": "beginlesuur lesuurvan vanlesuur eerstelesuur lesuurbegin",
    "last_hour": "eindlesuur lesuurtm lesuurtot totlesuur laatstelesuur lesuureinde",
}

_HEADERS: Mapping[str, Mapping[str, str]] = {
    "students": {
        "number": f"{_STUDENT} nummer", "first_name": _FIRST_NAME, "initials": _INITIALS, "prefix": _PREFIX,
        "last_name": _LAST_NAME, "gender": "geslacht mv mvo gesl sekse mvx",
        "birth_date": "geboortedatum gebdatum gebdat geboortedat datumgeboorte geboren gebdtm geboortedag",
        "email": _EMAIL, "school_year": _SCHOOL_YEAR, "year_begins": "jaarbegin beginschooljaar lesperiodebegin",
        "year_ends": "jaareinde eindeschooljaar lesperiodeeinde",
        "homeroom": "klas stamgroep klascode stamklas basisgroep groep",
        "study": "studie opleiding opleidingsnaam niveau", "grade_level": "leerjaar lj jaarlaag",
        "profile": "profiel profielcode", "location": "vestiging vestigingscode vestigingsnummer locatie locatiecode",
        "location_name": "vestigingsnaam locatienaam locatieomschr locatieomschrijving",
        "location_city": "plaats vestigingsplaats locatieplaats",
        "mentors": "mentoren mentor mentorcode mentorcodes mentor1",
        "begins": "begin inschrijfdatum datuminschrijving begindatum instroomdatum ingangsdatum datumin",
        "ends": "einde einddatum uitschrijfdatum datumuitschrijving datumuit",
        "left_on": "vertrek vertrekdatum uitstroomdatum datumvertrek",
        "groups": "lesgroepen groepen clustergroepen", "subjects": "vakken vakkenpakket vakkeuze vakkeuzes",
    },
    "staff": {
        "code": f"{_TEACHER} code afkorting afk", "number": "personeelsnr personeelsnummer medewerkernummer persnr",
        "first_name": _FIRST_NAME, "initials": _INITIALS, "prefix": _PREFIX, "last_name": _LAST_NAME,
        "function": "functie functienaam rol",
    },
    "guardians": {
        "student": _STUDENT, "students": _STUDENTS,
        "guardian": "oudernr oudernummer ouder oudercode verzorgernr verzorgernummer verzorgercode contactnr code",
        "title": "aanhef titel titulatuur", "initials": _INITIALS, "first_name": _FIRST_NAME, "prefix": _PREFIX,
        "last_name": _LAST_NAME, "email": _EMAIL,
        "phone": "telefoon telefoonnummer telnr tel mobiel mobielnummer gsm telefoonmobiel",
        "secret": "geheim geheimnummer", "relation": "relatie soortrelatie relatietype verwantschap",
        "order": "volgnr volgnummer volgorde verzorger", "authority": "gezag ouderlijkgezag wettelijkvertegenwoordiger",
        "court_block": "blokkade geblokkeerd", "receives_mail": "post ontvangtpost",
    },
    "groups": {"group": _GROUP, "student": _STUDENT},
    "subjects": {"student": _STUDENT, "subject": _SUBJECT, "subject_name": _SUBJECT_NAME},
    "teaching": {"group": _GROUP, "teacher": _TEACHER, "subject": _SUBJECT, "subject_name": _SUBJECT_NAME},
    "assessments": {
        "column": "kolom kolomnr kolomnummer kolomid cijferkolom toetsid", "school_year": _SCHOOL_YEAR, **_PERIODS,
        "subject": _SUBJECT, "subject_name": _SUBJECT_NAME, "code": "naam toetscode kolomkop kolomnaam toets code",
        "order": "nummer volgnummer volgorde", "title": "omschrijving omschr toetsomschrijving titel kolomomschrijving",
        "kind": "soort kolomsoort toetssoort type", "weight": "weging gewicht weegfactor wegingsfactor",
        "exam": "pta schoolexamen se", "resit": "herkansing herkansbaar", "resit_of": "origineel herkansingvan",
        "retired": _RETIRED,
    },
    "grades": {
        "student": _STUDENT, "column": "kolom kolomnr kolomnummer kolomid cijferkolom toetsid", "subject": _SUBJECT,
        **_PERIODS, "code": "toetscode toets kolomkop kolomnaam toetsnr toetsnummer toetsafkorting",
        "subject_name": _SUBJECT_NAME, "title": "omschrijving omschr toetsomschrijving titel kolomomschrijving",
        "kind": "soort kolomsoort toetssoort", "column_weight": "kolomweging toetsweging", "attempt": "poging pogingnr",
        "result": "cijfer resultaat score punt waarde behaaldcijfer cijferresultaat beoordeling",
        "made_up": "inhalen nogmaken inhaal", "exempt": "vrijstelling vrijgesteld", "counts": "teltmee meetellen",
        "sufficient": "voldoende", "weight": "weging gewicht weegfactor wegingsfactor",
        "achieved_on": "behaald behaaldop datum toetsdatum datumtoets datumbehaald afnamedatum cijferdatum",
        "entered_at": "ingevoerd ingevoerdop invoer invoerdatum datuminvoer invoermoment",
    },
    "absence_reasons": {
        "reason": "reden redennr redennummer redenid", "code": _REASON_CODE,
        "name": "omschrijving omschr redennaam naam",
        "kind": "soort type redensoort", "excused": _EXCUSED, "luxury": "luxe luxeverzuim",
        "retired": _RETIRED, "visible": "ouders zichtbaarvoorouders",
    },
    "lessons": {
        "lesson": "les lesnr lesnummer lesid afspraak", "begins": "begin lesbegin beginmoment van",
        "ends": "einde leseinde eindmoment tot", "first_hour": f"{_INTERVAL['first_hour']} lesuur uur",
        "last_hour": _INTERVAL["last_hour"], "title": "omschrijving omschr titel lesomschrijving", "subject": _SUBJECT,
        "teacher": _TEACHER, "group": _GROUP, "status": "status lesstatus",
    },
    "absences": {
        "absence": "absentie verantwoording absentienr absentienummer absentieid verzuimid verzuimnr meldingnr",
        "student": _STUDENT,
        "date": "datum verzuimdatum lesdatum absentiedatum dag", "hour": "lesuur uur lesuurnr",
        "lesson": "les lesnr lesnummer lesid afspraak", "begins": "begin beginmoment van",
        "ends": "einde eindmoment tot",
        "reason": "reden redennr redennummer redenid", "code": _REASON_CODE,
        "kind": "soort type absentiesoort verzuimsoort", "excused": _EXCUSED,
        "noted_at": "ingevoerd ingevoerdop invoer geregistreerd geregistreerdop gemeldop",
    },
    "notices": {**_INTERVAL, "code": _REASON_CODE},
    "observations": {**_INTERVAL, "subject": _SUBJECT, "kind": "waarneming aanwezigheid", "settled": "afgehandeld"},
}  # fmt: skip

FILES: Mapping[str, tuple[str, ...]] = {
    "students": ("leerling", "deelnemer", "student"), "staff": ("medewerker", "docent", "personeel"),
    "guardians": ("ouder", "verzorger"), "groups": ("lesgroep", "groepsindeling", "clusterindeling"),
    "subjects": ("vakkeuze", "vakkenpakket"), "teaching": ("lesopdracht", "lestaak"),
    "assessments": ("cijferkolom", "toetsen"), "grades": ("cijfer", "resultat"),
    "absence_reasons": ("absentiereden", "redenen"), "lessons": ("lessen", "rooster"),
    "absences": ("absentie", "verzuim"), "notices": ("absentiemelding",), "observations": ("waarneming",),
}  # fmt: skip
"""What a file's name may hold: weak evidence, which only decides between data sets that the columns fit equally."""

_UNREAD = {
    "a national number is never read": "bsn sofinummer sofinr burgerservicenummer onderwijsnummer pgn bsnondwnr",
    "addresses and origin are never read": (
        "adres straat straatnaam huisnummer huisnr toevoeging postcode pc woonplaats plaatsnaam gemeente land"
        " geboorteplaats geboorteland nationaliteit"
    ),
    "log-in data and photographs are never read": "wachtwoord password gebruikersnaam inlognaam login foto pasfoto",
    "free text is never read": "opmerking opmerkingen toelichting notitie bijzonderheden",
}
UNREAD: Mapping[str, str] = {word: why for why, words in _UNREAD.items() for word in words.split()}
"""Headers of what is never read, and why."""

UNREAD_PHONE = "telephone numbers of students and staff are never read"
PHONES = frozenset(_HEADERS["guardians"]["phone"].split())

MAYBE: Mapping[str, tuple[str, ...]] = {"naam": ("last_name",), "nr": ("number", "student"), "nummer": ("number",)}
"""Headers that may say a field, and are taken for it only when no other column does."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "gender": {
        "m": "male", "man": "male", "mannelijk": "male", "jongen": "male", "v": "female", "vrouw": "female",
        "vrouwelijk": "female", "meisje": "female", "o": "other", "x": "other", "anders": "other",
    },
    "relation": {word: relation.value for word, relation in RELATIONS.items()},
    "kind": {
        "absent": "absent", "afwezig": "absent", "telaat": "late", "ziek": "sick",
        "verwijderd": "removed", "uitgestuurd": "removed", "aanwezig": "present",
        "vrijstelling": "exempt", "vrijgesteld": "exempt", "materiaal": "materials", "boekenvergeten": "materials",
        "huiswerk": "homework", "huiswerkvergeten": "homework", "telefoon": "phone", "toets": "test",
        "gemiddelde": "average", "rapport": "report", "berekend": "calculated", "examen": "exam",
    },
    "status": {
        "gepland": "scheduled", "gewijzigd": "changed", "vervallen": "cancelled", "uitgevallen": "cancelled",
    },
}  # fmt: skip
"""What a word in a column says, by field; only these words are ever shown."""

FLAGS = frozenset({"true", "false", "1", "0", "-1", "j", "n", "ja", "nee"})

FLAG_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("true", "1", "j", "ja", "y", "yes", "waar", "geoorloofd"), "true"),
    **dict.fromkeys(("false", "0", "n", "nee", "no", "onwaar", "ongeoorloofd"), "false"),
}


def _compiled() -> dict[str, dict[str, tuple[str, ...]]]:
    """Header -> fields, for each data set. The headers of the presets are known as well."""
    made: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, fields in _HEADERS.items():
        found: dict[str, tuple[str, ...]] = {}
        for field, words in fields.items():
            for word in words.split():
                found[word] = (*found.get(word, ()), field)
        for preset in presets.tables().values():
            for field, header in preset.get(name, {}).get("columns", {}).items():
                if isinstance(header, str) and plain(header) not in found:
                    found[plain(header)] = (field,)
        made[name] = found
    return made


HEADERS = _compiled()
"""Data set -> plain header -> the fields that it may say, the likeliest first."""

KNOWN = frozenset(word for words in HEADERS.values() for word in words) | set(UNREAD) | set(MAYBE) | PHONES
"""Every header that says something."""

RECORD_TYPES: Mapping[str, str] = {
    "leerling": "students", "deelnemer": "students", "student": "students", "medewerker": "staff", "docent": "staff",
    "ouder": "guardians", "verzorger": "guardians", "cijfer": "grades", "resultaat": "grades", "absentie": "absences",
    "verzuim": "absences", "les": "lessons", **dict.fromkeys(
        ("vooropleiding", "verbintenis", "bpv", "vestiging", "opleiding", "vak", "stamgroep", "lesgroep",
         "inschrijving"), ""),
}  # fmt: skip
"""What the first column of a file says of the rest of the row, and which data set that is, if it is one."""
