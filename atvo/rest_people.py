"""Students, guardians and staff: rows of Connect to canonical records. Pure (wire 5.4)."""

from __future__ import annotations

from collections.abc import Sequence

from atvo.rest_rows import Item, Layout, each, key, objects, reference
from canonical.records import Enrolment, Guardian, Guardianship, Key, Record, SchoolYear, Staff, Student, StudentSubject
from canonical.terms import Gender, Relation
from connectors.columns import dates
from connectors.relations import RELATIONS
from connectors.rows import Row

GENDERS = {"MAN": Gender.MALE, "VROUW": Gender.FEMALE}
"""``ONBEKEND`` says that the source does not know."""

DAY = dates("%Y-%m-%d")

_STAFF_NUMBER = "Medewerker "


def student(item: Item, row: Row, layout: Layout) -> Sequence[Record]:
    """A student, where and in which class the student is placed, and the subjects that are taken.

    A subject is told by its abbreviation: one that is unknown at this location, or not its only one, is left out.
    """
    own, location = key(row, "uuid"), (layout.location,)
    row.digits("leerlingnummer")
    records: list[Record] = [
        Student(
            key=own, local_id=row.required("leerlingnummer"), first_name=row.text("roepnaam"),
            initials=row.text("voorletters"), prefix=row.text("voorvoegsel"), last_name=row.required("achternaam"),
            gender=GENDERS.get(row.text("geslacht") or ""), birth_date=row.read("geboortedatum", DAY),
            email=row.text("emailadres"),
        )
    ]  # fmt: skip
    years: dict[Key, Record] = {}
    for at, _ in objects(item, "plaatsingen"):
        year = row.reference(f"{at}.schooljaar")
        if year:
            years[year] = SchoolYear(key=year, code=year[0])
        records.append(Enrolment(
            key=key(row, f"{at}.uuid"), student=own, school_year=year, location=location,
            homeroom=reference(row, f"{at}.stamgroep.uuid"), study=row.text(f"{at}.opleiding.afkorting"),
            grade_level=row.whole(f"{at}.leerjaar"), profile=row.text(f"{at}.opleiding.profielafkorting"),
            begins=row.read(f"{at}.startdatum", DAY), ends=row.read(f"{at}.einddatum", DAY),
        ))  # fmt: skip
    codes = [row.text(f"{at}.school_vakafkorting") or "" for at, _ in objects(item, "vakkeuzes")]
    for subject in dict.fromkeys(layout.subjects[code] for code in codes if code in layout.subjects):
        records.append(StudentSubject(key=(*own, subject), student=own, subject=(subject,)))
    return row.finish([*years.values(), *records])


def guardian(item: Item, row: Row, _layout: Layout) -> Sequence[Record]:
    """A guardian, and the ties to the children at one location. ``volgnummers`` was added by the reader.

    Any of the three marks of secrecy makes all contact data secret (R61).
    """
    own = key(row, "uuid")
    secret = [row.flag(name) for name in ("telefoonnummer_geheim", "mobielwerknummer_geheim", "adres_geheim")]
    records: list[Record] = [
        Guardian(
            key=own, initials=row.text("voorletters"), prefix=row.text("voorvoegsel"),
            last_name=row.required("achternaam"), email=row.text("emailadres"), phone=row.text("telefoonnummer"),
            secret=any(secret),
        )
    ]  # fmt: skip
    ties = {key(row, f"{at}.uuid"): at for at, _ in objects(item, "relatie_tot_leerlingen")}
    for at, _ in each(item, "leerlingen_van_vestiging"):
        ties.setdefault(key(row, at), "")
    for child, at in ties.items():
        relation = row.text(f"{at}.relatiesoort")
        records.append(Guardianship(
            key=(*child, *own), student=child, guardian=own,
            relation=RELATIONS.get((relation or "").lower(), Relation.UNKNOWN), relation_text=relation,
            order=row.whole(f"volgnummers.{child[0]}"), legal_authority=row.flag(f"{at}.ouderlijk_gezag"),
            receives_mail=row.flag(f"{at}.mag_post_ontvangen"),
        ))  # fmt: skip
    return row.finish(records)


def staff(_item: Item, row: Row, _layout: Layout) -> Sequence[Record]:
    """A member of staff. The number always begins with "Medewerker ", which says nothing."""
    own, number = key(row, "uuid"), row.text("medewerkernummer")
    return row.finish([
        Staff(
            key=own, code=row.required("afkorting"), local_id=number and number.removeprefix(_STAFF_NUMBER),
            first_name=row.text("roepnaam"), initials=row.text("voorletters"), prefix=row.text("voorvoegsel"),
            last_name=row.required("achternaam"), function=row.text("functie"),
        )
    ])  # fmt: skip
