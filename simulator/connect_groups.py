"""Connect's locations, groups, subjects and studies.

Each function gives what a view holds of its kind: the UUID, and how to make the object when it is on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from simulator.atvo_ids import uuid_of
from simulator.connect_view import (
    SCHOOL_TYPE,
    Item,
    View,
    filled,
    level_name,
    location_reference,
    student_reference,
    year_name,
)
from simulator.curriculum import common_subjects, profile_subjects, profiles_of
from simulator.model import Homeroom, Location, School, Section, Study, Subject

Entries = Iterator[tuple[str, Callable[[], Item]]]
_MENTORS = ("EersteMentorStamgroep", "TweedeMentorStamgroep")


def location_item(school: School, location: Location) -> Item:
    number = f"{school.brin}{location.code}"
    return filled(
        uuid=uuid_of("location", location.code),
        naam=location.name,
        afkorting=location.code,
        brins=[number],
        externalidentifiers=[{"brinnr": number}],
    )


def homerooms(view: View) -> Entries:
    for room in view.school.homerooms.values():
        if room.location == view.location.code:
            yield uuid_of("homeroom", room.code), partial(_homeroom, view, room)


def _homeroom(view: View, room: Homeroom) -> Item:
    members = [student_reference(number, view.location) for number in view.members.get(room.code, [])]
    return {**homeroom_reference(view.school, room), "leerlingen": members}


def homeroom_reference(school: School, room: Homeroom) -> Item:
    """A homeroom as it stands in a placement: without its students."""
    study = school.studies[room.study]
    return filled(
        uuid=uuid_of("homeroom", room.code),
        omschrijving=f"Klas {room.code}",
        leerjaar=study.level,
        onderwijssoort=SCHOOL_TYPE[study.track],
        naam=room.code,
        mentoren=mentors(school, room),
    )


def mentors(school: School, room: Homeroom) -> list[Item]:
    return [
        {"medewerker_uuid": uuid_of("staff", school.staff[code].number), "toewijzing": role}
        for code, role in zip(room.mentors, _MENTORS, strict=False)
    ]


def sections(view: View) -> Entries:
    for section in view.school.sections.values():
        study = view.studies.get(section.study)
        if study and view.of_homeroom in (None, section.subject in common_subjects(study)):
            yield uuid_of("section", section.id), partial(_section, view, section)


def _section(view: View, section: Section) -> Item:
    school, study = view.school, view.school.studies[section.study]
    subject = school.subjects[section.subject]
    members = [number for number in section.members if number in view.visible]
    return filled(
        uuid=uuid_of("section", section.id),
        naam=section.code,
        leerlingen=[student_reference(number, view.location) for number in members],
        docenten=[uuid_of("staff", school.staff[section.teacher].number)],
        vak=subject.code,
        vaknaam=subject.name,
        vakuuid=uuid_of("subject", subject.code),
        vakkeuzes=[subject_choice(view, section) for _ in members],
        leerjaar=study.level,
        schooljaar=year_name(school),
        onderwijssoort=SCHOOL_TYPE[study.track],
        vestiging=location_reference(view.location),
    )


def subject_choice(view: View, section: Section) -> Item:
    """That a subject is taken in this section, all year. Without a UUID, as on some rows of the real one (wire 5.4)."""
    school, study = view.school, view.school.studies[section.study]
    subject = school.subjects[section.subject]
    return filled(
        begindatum=school.year.begins.isoformat(),
        einddatum=school.year.ends.isoformat(),
        school_vaknaam=subject.name,
        school_vakafkorting=subject.code,
        niveau=level_name(study),
        leerjaar=study.level,
        onderwijssoort=SCHOOL_TYPE[study.track],
        opleiding=_study_name(school, study, ""),
        vestiging=location_reference(view.location),
    )


def subjects(view: View) -> Entries:
    """What is taught here, in the school's order."""
    taught: set[str] = set()
    for study in view.studies.values():
        taught.update(common_subjects(study), *(profile_subjects(profile) for profile in profiles_of(study)))
    for subject in view.school.subjects.values():
        if subject.code in taught:
            yield uuid_of("subject", subject.code), partial(_subject, subject)


def _subject(subject: Subject) -> Item:
    return {"uuid": uuid_of("subject", subject.code), "afkorting": subject.code, "naam": subject.name}


def studies(view: View) -> Entries:
    """A study for each profile that it is taken with: Connect knows a profile only as a part of its study."""
    for study in view.studies.values():
        for profile in profiles_of(study) or ("",):
            yield _study_uuid(study, profile), partial(study_item, view.school, study, profile)


def study_item(school: School, study: Study, profile: str) -> Item:
    return filled(
        uuid=_study_uuid(study, profile),
        afkorting=study.code,
        naam=_study_name(school, study, profile),
        landelijke_naam=SCHOOL_TYPE[study.track],
        profielafkorting=profile,
        profielnaam=school.profiles.get(profile),
        leerjaren=[study.level],
        vanafschooljaar=year_name(school),
    )


def _study_uuid(study: Study, profile: str) -> str:
    return uuid_of("study", f"{study.code}-{profile}" if profile else study.code)


def _study_name(school: School, study: Study, profile: str) -> str:
    return f"{level_name(study)} {school.profiles.get(profile, '')}".rstrip()
