"""The database and the application decide alike: every combination of what access depends on, each judged by both."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, text

from canonical.tables import TABLES
from portal.access import Area, Role, Section, Viewer, may_see
from portal.clock import local_day, now
from portal.facts import pupils, students_of
from portal.reading import reading
from portal.tables import ACCOUNT_ROLE, CONSENT, DECISION, RULES
from tests.portal.keeper import rows
from tests.portal.school import NOW, School, ident

pytest_plugins = ["tests.portal.keeper"]

AREAS = (Area.CARD, Area.GRADES, Area.ABSENCES, Area.FILE, Area.READERS)
TODAY = local_day(NOW)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def by_the_application(engine: Engine, viewer: Viewer) -> dict[str, set[tuple[str, int]]]:
    """Whom ``viewer`` may see, by area; read by the owner of the tables, from whom nothing is hidden."""
    with engine.connect() as connection:
        found = pupils(connection, viewer, connection.execute(students_of(viewer)).all(), local_day(now()))
    return {
        area.value: {(p.id, p.source_id) for p in found if may_see(viewer, p, area, now()).allowed} for area in AREAS
    }


def by_the_database(engine: Engine, viewer: Viewer) -> dict[str, set[tuple[str, int]]]:
    with reading(engine, viewer) as connection:
        return {
            area.value: {(row[0], row[1]) for row in rows(
                connection, "SELECT student::text, source FROM schoolbrug_students(:area)", area=area.value)}
            for area in AREAS
        }  # fmt: skip


def alike(engine: Engine, viewer: Viewer) -> dict[str, set[tuple[str, int]]]:
    application, database = by_the_application(engine, viewer), by_the_database(engine, viewer)
    assert database == application
    with reading(engine, viewer) as connection:
        there = {(row[0], row[1]) for row in rows(connection, "SELECT id::text, source_id FROM student")}
    assert there == set().union(*database.values())
    return application


BORN = (None, date(2008, 3, 2), date(2008, 3, 3), date(2010, 3, 2), date(2010, 3, 3), date(2015, 1, 1))
AUTHORITY = (None, True, False)
RELATIONS = ("mother", "step_parent", "institution", "unknown")
DECISIONS = (None, ("granted", '["grades","file","readers"]'), ("refused", "[]"), ("blocked", "[]"), ("none", "[]"))


@pytest.mark.parametrize("document", ["{}", '{"authority_where_unknown": true}'])
def test_of_every_guardian(guarded: Engine, document: str) -> None:
    school = School(guarded)
    source, guardian = school.source("north"), ident(900_000)
    school._insert(RULES, source_id=source, version=1, document=document, at=NOW, by="test")
    students: list[dict[str, Any]] = []
    ties: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    consents: list[dict[str, Any]] = []
    common = {"source_id": source, "version": 1, "changed_at": NOW}
    combinations = product(BORN, AUTHORITY, RELATIONS, DECISIONS, (False, True), (None, True, False), (False, True))
    for n, (born, authority, relation, decision, court, open_, instead) in enumerate(combinations):
        student = ident(n)
        students.append({**common, "id": student, "local_id": str(n), "last_name": "x", "birth_date": born})
        tie = {**common, "student_id": student, "court_block": court, "relation": relation}
        ties.append({**tie, "id": ident(100_000 + n), "guardian_id": guardian, "legal_authority": authority})
        if instead:
            ties.append({**tie, "id": ident(200_000 + n), "guardian_id": ident(900_001), "relation": "institution",
                         "legal_authority": True, "court_block": False})  # fmt: skip
        if decision:
            decisions.append({"source_id": source, "student_id": student, "guardian_id": guardian, "at": NOW,
                              "by": "test", "decision": decision[0], "granted": decision[1]})  # fmt: skip
        if open_ is not None:
            consents += [{"student_id": student, "open": word, "at": NOW, "by": "test"} for word in (not open_, open_)]
    _fill(school, {"student": students, "guardianship": ties}, {DECISION: decisions, CONSENT: consents})
    seen = alike(guarded, Viewer(Role.GUARDIAN, "account:x", frozenset({source}), {source: frozenset({guardian})}))
    assert all(0 < len(held) < len(students) for held in seen.values())
    assert seen["grades"] > seen["card"] > seen["file"]


def test_a_block_that_one_source_tells_of_holds_in_the_other(guarded: Engine) -> None:  # R52
    school = School(guarded)
    north, south = school.source("north"), school.source("south")
    mother, student, sister = ident(1), ident(2), ident(3)
    for source in (north, south):
        for child in (student, sister):
            school.student(source, id=child, birth_date=date(2015, 1, 1))
            school.put("guardianship", source, student_id=child, guardian_id=mother, relation="mother",
                       legal_authority=True, court_block=(source, child) == (south, student))  # fmt: skip
    persons = dict.fromkeys((north, south), frozenset({mother}))
    both = Viewer(Role.GUARDIAN, "account:x", frozenset(persons), persons)
    assert by_the_application(guarded, both)["grades"] == {(sister, north)}
    assert by_the_database(guarded, both)["grades"] == {(sister, north), (sister, south)}


@pytest.mark.parametrize("seed", range(3))
def test_of_staff_and_students_in_any_school(guarded: Engine, seed: int) -> None:
    random, school = Random(seed), School(guarded)
    sources = [school.source("north"), school.source("south")]
    common = {"version": 1, "changed_at": NOW}
    made: dict[str, list[dict[str, Any]]] = {
        kind: [] for kind in ("student", "group", "school_year", "group_member", "group_staff", "enrolment", "location")
    }

    def some(kind: str, count: int, **fields: Any) -> None:
        """Records whose fields are drawn from what is given; one in eight is gone."""
        start = len(made[kind])
        for n in range(start, start + count):
            drawn = {name: random.choice(of) if isinstance(of, list) else of for name, of in fields.items()}
            id_ = ident(list(made).index(kind) * 10_000 + n)
            made[kind].append({
                **common, "id": id_, "source_id": random.choice(sources),
                "tombstoned_at": NOW if random.random() < 0.125 else None, **drawn,
            })  # fmt: skip

    def ids(kind: str) -> list[str]:
        return [row["id"] for row in made[kind]]

    days = [None, None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    some("student", 40, local_id="1", last_name="x", birth_date=[*BORN])
    some("location", 3, name="x")
    some("school_year", 6, code="x", begins=days, ends=days)
    some("group", 12, code="x", group_kind="homeroom", school_year_id=[None, *ids("school_year")])
    staff = [ident(80_000 + n) for n in range(4)]
    some("group_staff", 25, group_id=ids("group"), staff_id=staff, role=["mentor", "teacher"])
    some("group_member", 60, group_id=ids("group"), student_id=ids("student"), begins=days, ends=days)
    some("enrolment", 60, student_id=ids("student"), homeroom_id=[None, *ids("group")],
         school_year_id=[None, *ids("school_year")], begins=days, ends=days, left_on=days,
         study=[None, "havo", "vwo"], grade_level=[None, 3, 4], location_id=[None, *ids("location")])  # fmt: skip
    # Two enrolments that are equally good leave it open which of them counts.
    kept: dict[tuple[str, int], dict[str, Any]] = {}
    for row in made["enrolment"]:
        kept[row["student_id"], row["source_id"]] = row
    made["enrolment"] = list(kept.values())
    sections: list[dict[str, Any]] = [
        {"grade_level": 3}, {"study": "vwo"}, {"location": ids("location")[0]}, {"study": "havo", "grade_level": 4},
    ]  # fmt: skip
    account = ident(90_000)
    roles = [
        {"id": ident(90_001 + n), "account_id": account, "role": "team_leader", "source_id": source, "granted_at": NOW,
         "granted_by": "x", "section": json.dumps(random.choice(sections)), "begins": random.choice(days),
         "ends": random.choice(days)}
        for n, source in enumerate((*sources, *sources))
    ]  # fmt: skip
    _fill(school, made, {ACCOUNT_ROLE: roles})
    both = frozenset(sources)
    found = [alike(guarded, viewer) for viewer in (
        *(Viewer(Role.STAFF, "account:x", both, dict.fromkeys(sources, frozenset({one}))) for one in staff),
        # Who is somebody in one of the two sources only.
        *(Viewer(Role.STAFF, "account:x", both, {sources[0]: frozenset({one})}) for one in staff),
        *(Viewer(Role.STUDENT, "account:x", both, {sources[0]: frozenset({one})}) for one in ids("student")[:8]),
        *(Viewer(Role.STUDENT, "account:x", both, dict.fromkeys(sources, frozenset({one})))
          for one in ids("student")[:8]),
        *(Viewer(Role.TEAM_LEADER, "account:x", frozenset(held), account=account, sections=_sections(roles, held))
          for held in ([sources[0]], sources)),
    )]  # fmt: skip
    assert any(seen["grades"] for seen in found)


def _sections(roles: Collection[dict[str, Any]], sources: Collection[int]) -> dict[int, tuple[Section, ...]]:
    """The sections of the roles that hold today."""
    held = [
        role for role in roles
        if (role["begins"] is None or role["begins"] <= TODAY) and (role["ends"] is None or role["ends"] >= TODAY)
    ]  # fmt: skip
    return {
        source: tuple(Section(**json.loads(role["section"])) for role in held if role["source_id"] == source)
        for source in sources
    }


def _fill(school: School, records: dict[str, list[dict[str, Any]]], own: dict[Any, list[dict[str, Any]]]) -> None:
    with school._writing() as connection:
        for table, values in (*((TABLES[kind], values) for kind, values in records.items()), *own.items()):
            if values:
                connection.execute(table.insert(), values)
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))
