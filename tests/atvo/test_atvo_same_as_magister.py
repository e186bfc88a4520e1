"""One school read over Magister, over SOAP and over Connect gives the same records, but for what is said here in words.

Each store is told in names that all three share: a student by the student number, a teacher by the code, a test by its
study, subject, period and code. What one of them cannot give stands in ``FIELDS`` and ``RECORDS`` with the reason;
whatever does not stand there must be equal, and whatever stands there must really differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from canonical.database import connect, migrate
from canonical.records import references
from canonical.tables import FIELDS as COLUMNS
from simulator.model import School
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo import bridge as atvo
from tests.atvo.bridge import DIALECTS, Dialect
from tests.bridge import Rows
from tests.faults import EARLY
from tests.magister import bridge as magister

Name = tuple[Any, ...]
Named = dict[str, dict[Name, dict[str, Any]]]
Told = dict[str, Named]

LEFT = "only who is at the school today is told of"
NO_DAYS = "days are not told"
OWN_WORD = "each source writes its own word, which is kept to the letter"

FIELDS: dict[tuple[Dialect, str, str], str] = {
    ("soap", "assessment", "exam_weight"): "Magister's list has one weight",
    ("soap", "assessment", "held_on"): "Magister's list has no day of the test",
    ("soap", "absence_reason", "luxury"): "not told",
    ("soap", "absence_reason", "visible_to_guardians"): "not told",
    ("soap", "attendance_observation", "lesson"): "a lesson has no number here, only its hour, group and subject",
    ("soap", "enrolment", "begins"): NO_DAYS,
    ("soap", "enrolment", "ends"): NO_DAYS,
    ("soap", "grade", "raw_text"): OWN_WORD,
    ("soap", "grading_period", "begins"): NO_DAYS,
    ("soap", "grading_period", "ends"): NO_DAYS,
    ("soap", "group", "location"): "Magister knows a lesson group by its members alone",
    ("soap", "group", "school_year"): "Magister knows a lesson group by its members alone",
    ("soap", "group_member", "begins"): NO_DAYS,
    ("soap", "group_member", "ends"): NO_DAYS,
    ("soap", "guardian", "first_name"): "of a guardian there are only initials",
    ("soap", "guardian", "title"): "not told",
    ("soap", "guardianship", "court_block"): "not told",
    ("soap", "guardianship", "order"): "not told",
    ("soap", "guardianship", "relation_text"): OWN_WORD,
    ("soap", "school_year", "begins"): NO_DAYS,
    ("soap", "school_year", "code"): OWN_WORD,
    ("soap", "school_year", "ends"): NO_DAYS,
    ("soap", "student", "gender"): "the third is told as unknown",
    ("connect", "assessment", "code"): "an average has no code of its own",
    ("connect", "assessment", "exam_column"): "of an average it is not told",
    ("connect", "assessment", "exam_weight"): "Magister's list has one weight",
    ("connect", "assessment", "order"): "not told",
    ("connect", "assessment", "title"): "an average has no title",
    ("connect", "assessment", "weight"): "only a whole number is told, and of an average none",
    ("connect", "grade", "achieved_on"): NO_DAYS,
    ("connect", "grade", "counts"): "that a single attempt does not count is not told",
    ("connect", "grade", "entered_at"): NO_DAYS,
    ("connect", "grade", "raw_text"): OWN_WORD,
    ("connect", "grade", "sufficient"): "not told",
    ("connect", "grade", "weight"): "the weight is the column's, and told only when it is a whole number",
    ("connect", "grading_period", "begins"): NO_DAYS,
    ("connect", "grading_period", "code"): "a period has only a number",
    ("connect", "grading_period", "ends"): NO_DAYS,
    ("connect", "grading_period", "name"): "a period has only a number",
    ("connect", "group", "location"): "Magister knows a lesson group by its members alone",
    ("connect", "group", "school_year"): "Magister knows it of classes, Connect of lesson groups",
    ("connect", "group_member", "begins"): NO_DAYS,
    ("connect", "group_member", "ends"): NO_DAYS,
    ("connect", "guardian", "first_name"): "of a guardian there are only initials",
    ("connect", "guardian", "title"): "not told",
    ("connect", "guardianship", "court_block"): "not told",
    ("connect", "guardianship", "relation_text"): OWN_WORD,
    ("connect", "location", "city"): "a location has no address",
    ("connect", "school_year", "begins"): NO_DAYS,
    ("connect", "school_year", "code"): OWN_WORD,
    ("connect", "school_year", "ends"): NO_DAYS,
    ("connect", "student", "gender"): "the third is told as unknown",
}
"""Fields of records that both have, which differ in some of them."""

Test = Callable[[School, Told, Name, dict[str, Any]], bool]


@dataclass(frozen=True)
class Only:
    """Why some records of a kind are in one of the two stores alone, and which."""

    reason: str
    are: Test = lambda *_: True


def of_who_left(school: School, _: Told, name: Name, __: dict[str, Any]) -> bool:
    return school.enrolment(int(name[0])) is None


def of_the_year_before_a_change(school: School, _: Told, name: Name, __: dict[str, Any]) -> bool:
    """The class that a student was in before, or that of somebody who left."""
    number, room = int(name[0]), name[1]
    now = school.enrolment(number)
    return now is None or now.homeroom != room


def of_a_former_class(school: School, told: Told, name: Name, row: dict[str, Any]) -> bool:
    return name[0] in school.homerooms and of_the_year_before_a_change(school, told, name[::-1], row)


def of_a_guardian_without_a_child_here(school: School, told: Told, name: Name, _: dict[str, Any]) -> bool:
    ties = told["magister"]["guardianship"]
    return all(school.enrolment(int(student)) is None for student, guardian in ties if guardian == name)


def never_given(_: School, told: Told, name: Name, __: dict[str, Any]) -> bool:
    rows = (row for kind in ("attendance_observation", "absence_notice") for row in told["soap"][kind].values())
    return all(row["reason_code"] != name[0] for row in rows)


def that_nobody_takes(school: School, _: Told, name: Name, __: dict[str, Any]) -> bool:
    """A column of a subject that nobody in that study takes."""
    study, subject, *_rest = name
    taken = {(school.enrolments[number][-1].study, section.subject)
             for section in school.sections.values() for number in section.members}  # fmt: skip
    return subject != "gem" and (study, subject) not in taken


def without_a_mark(school: School, told: Told, name: Name, row: dict[str, Any]) -> bool:
    """A column that is in nobody's file: of all subjects, retired, or an average of which there is none yet."""
    marked = any(row["assessment"] == name for row in told["connect"]["grade"].values())
    closed = row["retired"] or row["assessment_kind"] != "test" or all_exempt(school, name)
    return not marked and (name[1] == "gem" or closed or that_nobody_takes(school, told, name, row))


def all_exempt(school: School, name: Name) -> bool:
    column = next(c for c in school.assessments.values() if (c.study, c.name) == (name[0], name[3]) and not c.resit)
    grades = [grade for grade in school.all_grades() if grade.assessment == column.id]
    return bool(grades) and all(grade.state == "exempt" for grade in grades)


def not_in_a_file(school: School, told: Told, name: Name, row: dict[str, Any]) -> bool:
    _, assessment, _ = name
    pending = row["status"] in ("to_be_made_up", "exempt")
    return pending or assessment[1] == "gem" or of_who_left(school, told, name, row)


def untaught(school: School, _: Told, name: Name, __: dict[str, Any]) -> bool:
    return name[0] not in {section.subject for section in school.sections.values()}


def over_everything(_: School, __: Told, name: Name, ___: dict[str, Any]) -> bool:
    return name == ("gem",)


RECORDS: dict[tuple[Dialect, str, str], Only] = {
    ("soap", "lesson", "magister"): Only("there is no timetable in the service as it is assumed"),
    ("soap", "lesson_remark", "magister"): Only("forgotten books and homework are not in the service"),
    ("soap", "absence_reason", "magister"): Only("a reason is known by what it is given for", never_given),
    ("soap", "enrolment", "magister"): Only("there is one enrolment, today's", of_the_year_before_a_change),
    ("soap", "grade", "magister"): Only(LEFT, of_who_left),
    ("soap", "group_member", "magister"): Only("there is one class, today's", of_a_former_class),
    ("soap", "subject", "atvo"): Only("Magister tells of a subject when somebody teaches or takes it", untaught),
    ("connect", "lesson", "magister"): Only("not read: there is a timetable, a week and a student at a time"),
    ("connect", "lesson_remark", "magister"): Only("absences are not in the interface"),
    ("connect", "absence_reason", "magister"): Only("absences are not in the interface"),
    ("connect", "absence_notice", "magister"): Only("absences are not in the interface"),
    ("connect", "attendance_observation", "magister"): Only("absences are not in the interface"),
    ("connect", "assessment", "magister"): Only("a column is known by the students who have it", without_a_mark),
    ("connect", "enrolment", "magister"): Only("there is one placement, today's", of_the_year_before_a_change),
    ("connect", "grade", "magister"): Only("what has no mark is not told, nor is who left", not_in_a_file),
    ("connect", "group_member", "magister"): Only("there is one class, today's", of_a_former_class),
    ("connect", "guardian", "magister"): Only(LEFT, of_a_guardian_without_a_child_here),
    ("connect", "guardianship", "magister"): Only(LEFT, of_who_left),
    ("connect", "student", "magister"): Only(LEFT, of_who_left),
    ("connect", "subject", "magister"): Only("only what is taught", over_everything),
}
"""By dialect, kind, and the store that has them: ``magister``, or ``atvo`` for the dialect's own."""


def year_name(code: str) -> str:
    """``2627`` and ``2026/2027`` are the same."""
    return code if "/" in code else f"20{code[:2]}/20{code[2:]}"


def guardian_name(row: dict[str, Any]) -> Name:
    return (row["email"],) if row["email"] else (row["initials"], row["last_name"], row["phone"])


NAMES: dict[str, Callable[[dict[str, Any]], Name]] = {
    "location": lambda row: (row["name"],),
    "school_year": lambda row: (year_name(row["code"]),),
    "student": lambda row: (row["local_id"],),
    "guardian": guardian_name,
    "staff": lambda row: (row["code"],),
    "group": lambda row: (row["code"],),
    "subject": lambda row: (row["code"],),
    "grading_period": lambda row: (row["code"].removeprefix("P"),),
    "absence_reason": lambda row: (row["code"],),
    "lesson": lambda row: row["key"],
    "lesson_remark": lambda row: row["key"],
    "absence_notice": lambda row: row["key"],
    "attendance_observation": lambda row: row["key"],
}
"""What a record is called in all three; the two kinds of columns and links follow from what they refer to."""
TRACKS = {"VMBO-T": "T", "HAVO": "H", "VWO": "V"}
"""How Magister writes the level that Connect writes so."""
LINKS = {
    "enrolment": ("student", "homeroom"), "guardianship": ("student", "guardian"), "group_member": ("group", "student"),
    "group_staff": ("group", "staff", "role"), "student_subject": ("student", "subject"),
    "grade": ("student", "assessment", "attempt"),
}  # fmt: skip


def told(rows: dict[str, Rows], school: School) -> Named:
    """Rows by kind and common name, with references as common names."""
    names = {(kind, row["key"]): name(row) for kind, name in NAMES.items() for row in rows.get(kind, ())}
    names |= {("assessment", row["key"]): column_name(row, names, school) for row in rows["assessment"]}
    found: Named = {}
    for kind, several in rows.items():
        refers = references(kind)
        for row in several:
            plain = {
                name: flat(names.get((refers[name], value))) if name in refers and value else value
                for name, value in row.items()
                if name != "key"
            }
            name = tuple(map(plain.get, LINKS[kind])) if kind in LINKS else names[kind, row["key"]]
            assert name not in found.setdefault(kind, {}), f"two records of kind {kind} are called {name}"
            found[kind][name] = plain
    for grade in found["grade"].values():
        if grade["weight"] is None:  # then it is the column's
            grade["weight"] = found["assessment"][grade["assessment"]]["weight"]
    return found


def flat(name: Name | None) -> Any:
    return name[0] if name and len(name) == 1 else name


def column_name(row: dict[str, Any], names: dict[tuple[str, Name], Name], school: School) -> Name:
    """A test has the same code in every study; an average goes by what it is of."""
    *_, last = row["key"]
    if len(row["key"]) == 1:
        study = school.assessments[int(last)].study
    else:
        level = row["key"][1] if row["exam_column"] else row["key"][2].partition(":")[2]
        school_type, _, year = level.partition(" ")
        study = TRACKS[school_type] + year
    what = row["code"] if row["assessment_kind"] == "test" else row["assessment_kind"]
    return study, *names["subject", row["subject"]], *names["grading_period", row["grading_period"]], what


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(make_school(11, 120, EARLY)) as opened:
        yield opened


@pytest.fixture(scope="module")
def stores(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return {name: synced(server, name, tmp_path_factory.mktemp(name)) for name in ("magister", *DIALECTS)}


def synced(server: Server, name: str, folder: Path) -> Named:
    engine = connect(f"sqlite:///{folder / 'store.sqlite'}")
    migrate(engine)
    opened = magister.bridge(server, engine) if name == "magister" else atvo.bridge(server, engine, name)  # type: ignore[arg-type]
    with opened as made:
        assert {report.summary.outcome for report in made.sync().values()} == {"complete"}
        found = told(made.live(), server.school)
    engine.dispose()
    return found


def alone(stores: Told, dialect: Dialect, kind: str, side: str) -> dict[Name, dict[str, Any]]:
    """The records of a kind that only one of the two has."""
    ours, theirs = stores[dialect].get(kind, {}), stores["magister"].get(kind, {})
    one, other = (theirs, ours) if side == "magister" else (ours, theirs)
    return {name: row for name, row in one.items() if name not in other}


def pairs(stores: Told, dialect: Dialect, kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    ours, theirs = stores[dialect].get(kind, {}), stores["magister"].get(kind, {})
    return ((ours[name], theirs[name]) for name in ours.keys() & theirs.keys())


@pytest.mark.parametrize("side", ["magister", "atvo"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_records(stores: Told, server: Server, dialect: Dialect, side: str) -> None:
    strange = {}
    for kind in COLUMNS:
        excuse = RECORDS.get((dialect, kind, side))
        found = [
            name for name, row in alone(stores, dialect, kind, side).items()
            if excuse is None or not excuse.are(server.school, stores, name, row)
        ]  # fmt: skip
        if found:
            strange[kind] = (len(found), found[:3])
    assert strange == {}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_fields(stores: Told, dialect: Dialect) -> None:
    wrong = {}
    for kind in COLUMNS:
        for ours, theirs in pairs(stores, dialect, kind):
            for name, value in ours.items():
                if value != theirs[name] and (dialect, kind, name) not in FIELDS:
                    wrong[kind, name] = (value, theirs[name])
    assert wrong == {}


def test_an_excuse_is_needed(stores: Told, server: Server) -> None:
    """Whatever is excused really differs in some record, so that the table tells how things are today."""
    stale: list[tuple[str, ...]] = [
        place for place in FIELDS
        if all(ours[place[2]] == theirs[place[2]] for ours, theirs in pairs(stores, place[0], place[1]))
    ]  # fmt: skip
    for place, excuse in RECORDS.items():
        if not any(excuse.are(server.school, stores, n, row) for n, row in alone(stores, *place).items()):
            stale.append(place)
    assert stale == []
    assert all(excuse.reason for excuse in RECORDS.values())
    assert all(FIELDS.values())


def test_something_of_each_kind_is_compared(stores: Told) -> None:
    """Else a name that no longer fits would make all records strangers, and excuse them."""
    shared = {dialect: {kind for kind in COLUMNS if any(pairs(stores, dialect, kind))} for dialect in DIALECTS}
    both = {
        "location", "school_year", "grading_period", "student", "guardian", "guardianship", "staff", "group",
        "group_member", "group_staff", "enrolment", "subject", "student_subject", "assessment", "grade",
    }  # fmt: skip
    absences = {"absence_reason", "absence_notice", "attendance_observation"}
    assert shared == {"soap": both | absences, "connect": both}
