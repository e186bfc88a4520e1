"""What a request to Connect looks at, and how Connect writes names, years, addresses and references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from simulator.atvo_ids import uuid_of
from simulator.model import Address, Enrolment, Guardianship, Location, School, Section, Study

Item = dict[str, object]
"""One JSON object. What the school does not know is not in it."""

SEX = {"female": "VROUW", "male": "MAN", "other": "ONBEKEND"}
SCHOOL_TYPE = {"vmbo-t": "VMBO-T", "havo": "HAVO", "vwo": "VWO"}


@dataclass(frozen=True)
class View:
    """One location at one moment: today (no ``peilschooljaar``), or from today to the end of the year (``HUIDIG``).

    Whoever left is in neither. The caller holds the school's lock for as long as the view is used.
    """

    school: School
    location: Location
    whole_year: bool = False
    of_homeroom: bool | None = None
    """Of the sections only those that a whole homeroom attends, or only the others."""

    def shows(self, enrolment: Enrolment) -> bool:
        """Whether an enrolment makes its student visible here."""
        today = self.school.today
        begun = self.whole_year or enrolment.begins <= today
        return enrolment.location == self.location.code and begun and today <= enrolment.ends

    @cached_property
    def students(self) -> list[int]:
        return [number for number, enrolments in self.school.enrolments.items() if any(map(self.shows, enrolments))]

    @cached_property
    def visible(self) -> set[int]:
        """The same students, to look one up."""
        return set(self.students)

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """The students of each homeroom."""
        found: dict[str, list[int]] = {}
        for number in self.students:
            for code in {row.homeroom for row in self.school.enrolments[number] if self.shows(row)}:
                found.setdefault(code, []).append(number)
        return found

    @cached_property
    def children(self) -> dict[int, list[Guardianship]]:
        """The ties of each guardian to students that are visible here."""
        found: dict[int, list[Guardianship]] = {}
        for number in self.students:
            for tie in self.school.guardianships[number]:
                found.setdefault(tie.guardian, []).append(tie)
        return found

    @cached_property
    def studies(self) -> dict[str, Study]:
        """The studies that have a homeroom here."""
        rooms = self.school.homerooms.values()
        codes = dict.fromkeys(room.study for room in rooms if room.location == self.location.code)
        return {code: self.school.studies[code] for code in codes}

    @cached_property
    def taught_by(self) -> dict[str, list[Section]]:
        """The sections of each teacher here, by staff code."""
        found: dict[str, list[Section]] = {}
        for section in self.school.sections.values():
            if section.study in self.studies:
                found.setdefault(section.teacher, []).append(section)
        return found


def filled(**fields: object) -> Item:
    """An object without what is null: Connect leaves it out (wire 5.2). Lists without items and ``False`` stay."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def without(value: object, names: set[str]) -> object:
    """A copy without the fields of these names, however deep."""
    if isinstance(value, Mapping):
        return {name: without(inside, names) for name, inside in value.items() if name not in names}
    return [without(inside, names) for inside in value] if isinstance(value, list) else value


def year_name(school: School) -> str:
    """``2026/2027``."""
    return f"{school.year.begins.year}/{school.year.ends.year}"


def level_name(study: Study) -> str:
    """``HAVO 4``."""
    return f"{SCHOOL_TYPE[study.track]} {study.level}"


def address_item(address: Address, *, secret: bool) -> Item | None:
    """An address; none when it is secret (wire 5.4)."""
    if secret:
        return None
    return filled(
        postcode=address.postcode,
        straat=address.street,
        huisnummer=f"{address.number}{address.addition}",
        huisnummer_toevoeging=address.addition,
        huisnummer_zonder_toevoeging=str(address.number),
        woonplaats=address.city,
        land="Nederland",
    )


def location_reference(location: Location) -> Item:
    return {"uuid": uuid_of("location", location.code), "naam": location.name}


def section_reference(section: Section, location: Location) -> Item:
    uuid = uuid_of("section", section.id)
    return {"uuid": uuid, "naam": section.code, "vestiging": location_reference(location)}


def student_reference(number: int, location: Location) -> Item:
    return {"uuid": uuid_of("student", number), "vestiging": location_reference(location)}
