"""Row-level security alone: plain statements, none of the application's checks, and each kind of viewer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from canonical.tables import CHANGE
from portal.access import Role, Section, Viewer
from portal.reading import open_file, reading, told, writing
from portal.tables import ACCOUNT, ACCOUNT_ROLE, AUDIT, CONSENT, DECISION, INVITATION, LOGIN, RULES
from tests.portal.keeper import rows
from tests.portal.school import FRESH, NOW, School, ident

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
TODAY = date(2026, 3, 2)
SCOPES = frozenset({"students", "grades", "absences"})

OF_STUDENTS = {
    "grade": "grades", "absence_notice": "absences", "attendance_observation": "absences", "lesson_remark": "absences",
    "enrolment": "any", "group_member": "any", "student_subject": "any",
}  # fmt: skip
"""The tables with a student's records, and the area that opens them."""


pytest_plugins = ["tests.portal.keeper"]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Pupils(School):
    """Students with a record of every kind, under the names that tests give them."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.ids: dict[str, str] = {}
        self.north, self.south = self.source("north"), self.source("south", "Het College")
        self.column_id = {n: self.column(n, self.subject(n, "fa"), "T1") for n in (self.north, self.south)}

    def pupil(self, name: str, source: int = 0, born: date | None = date(2012, 5, 1), **fields: Any) -> str:
        source = source or self.north
        id_ = self.ids[name] = self.student(source, name, birth_date=born, **fields)
        grade = self.grade(source, id_, self.column_id[source], "6,5")
        self.change(source, "grade", grade, after=f'{{"raw_text":"6,5","student_id":"{id_}"}}')
        self.seen(source, id_, "absent")
        self.put("absence_notice", source, student_id=id_, begins=FRESH, attendance_kind="sick")
        self.put("lesson_remark", source, student_id=id_, day=TODAY, remark="homework")
        self.put("student_subject", source, student_id=id_, subject_id=ident(999))
        self.put("group_member", source, student_id=id_, group_id=ident(998))
        self.put("enrolment", source, student_id=id_)
        return id_

    def change(self, source: int, kind: str, id_: str, before: str | None = None, after: str | None = None) -> None:
        self._insert(CHANGE, source_id=source, run_id=1, kind=kind, id=id_, version=1, action="insert", at=FRESH,
                     before=before, after=after)  # fmt: skip

    def guardian(self, *names: str, source: int = 0, **says: Any) -> str:
        """A guardian of these students."""
        source = source or self.north
        guardian = self.put("guardian", source, last_name="Ouder", secret=False)
        plain = {"relation": "mother", "legal_authority": True, "court_block": False}
        for name in names:
            self.put("guardianship", source, guardian_id=guardian, student_id=self.ids[name], **(plain | says))
        return guardian

    def decide(self, guardian: str, name: str, decision: str, granted: str = "[]") -> None:
        self._insert(DECISION, source_id=self.north, student_id=self.ids[name], guardian_id=guardian,
                     decision=decision, granted=granted, at=NOW, by="test")  # fmt: skip

    def consent(self, name: str, open_: bool) -> None:
        self._insert(CONSENT, student_id=self.ids[name], open=open_, at=NOW, by="test")

    def rules(self, document: str, version: int = 1) -> None:
        self._insert(RULES, source_id=self.north, version=version, document=document, at=NOW, by="test")

    def sees(self, viewer: Viewer | None, table: str) -> set[str]:
        """The names of the students of whom there are rows for ``viewer``."""
        names = {id_: name for name, id_ in self.ids.items()}
        column = "id" if table == "student" else "student_id"
        with reading(self.engine, viewer) as connection:
            found = [row[0] for row in rows(connection, f'SELECT {column}::text FROM "{table}"')]
        assert len(found) == len(set(found))
        return {names[id_] for id_ in found}

    def areas(self, viewer: Viewer | None) -> dict[str, set[str]]:
        """What ``sees`` gives by area; the tables of one area agree."""
        by_area: dict[str, set[str]] = {"any": self.sees(viewer, "student")}
        for table, area in OF_STUDENTS.items():
            assert by_area.setdefault(area, self.sees(viewer, table)) == self.sees(viewer, table), table
        with reading(self.engine, viewer) as connection:
            changes = rows(connection, "SELECT after::jsonb ->> 'student_id' FROM change WHERE kind = 'grade'")
        names = {id_: name for name, id_ in self.ids.items()}
        assert {names[id_] for (id_,) in changes} == by_area["grades"]
        return by_area


@pytest.fixture
def pupils(guarded: Engine) -> Pupils:
    return Pupils(guarded)


def viewer_of(role: Role, person: str | None = None, *sources: int, **more: Any) -> Viewer:
    sources = sources or (1,)
    persons = {source: frozenset({person}) for source in sources} if person else {}
    return Viewer(role, "account:test", frozenset(sources), persons, **more)


def guardian_of(person: str, *sources: int) -> Viewer:
    return viewer_of(Role.GUARDIAN, person, *sources)


def same(names: str) -> dict[str, set[str]]:
    """These students, and every area of them."""
    return {area: set(names.split()) for area in ("any", "grades", "absences")}


def test_nobody_sees_a_student(pupils: Pupils) -> None:
    pupils.pupil("anna")
    assert pupils.areas(None) == same("")
    for role in Role:
        assert pupils.areas(Viewer(role, "account:test")) == same("")


def test_a_connection_that_says_nothing_sees_nothing(pupils: Pupils) -> None:
    pupils.pupil("anna")
    pupils.guardian("anna")
    with pupils.engine.connect() as connection, connection.begin():
        connection.execute(text("SET LOCAL ROLE schoolbrug_portal"))
        for table in ("student", *OF_STUDENTS, "change", "guardian", "guardianship", "lesson", "subject", "quarantine"):
            assert rows(connection, f'SELECT id FROM "{table}"') == []


def test_a_student_sees_the_own_records(pupils: Pupils) -> None:
    pupils.pupil("anna"), pupils.pupil("bram"), pupils.pupil("gone", gone=True)
    assert pupils.areas(viewer_of(Role.STUDENT, pupils.ids["anna"])) == same("anna")
    assert pupils.areas(viewer_of(Role.STUDENT, pupils.ids["gone"])) == same("")


def test_an_id_counts_in_its_own_source_alone(pupils: Pupils) -> None:
    anna = pupils.pupil("anna")
    pupils.student(pupils.south, "Anna", id=anna, birth_date=date(2012, 5, 1))
    there = viewer_of(Role.STUDENT, anna, pupils.south)
    assert [pupils.sees(there, table) for table in ("student", "grade", "enrolment")] == [{"anna"}, set(), set()]
    # A person who is not of the sources that may be touched is nobody.
    assert pupils.areas(replace(there, persons={pupils.north: frozenset({anna})})) == same("")


def test_a_guardian_sees_the_own_children(pupils: Pupils) -> None:
    for name in ("anna", "bram", "other"):
        pupils.pupil(name)
    assert pupils.areas(guardian_of(pupils.guardian("anna", "bram"))) == same("anna bram")
    assert pupils.areas(guardian_of(pupils.guardian("anna"))) == same("anna")
    pupils.pupil("dirk", pupils.south)
    both = pupils.guardian("anna")
    pupils.put("guardianship", pupils.south, guardian_id=both, student_id=pupils.ids["dirk"], relation="father",
               legal_authority=True, court_block=False)  # fmt: skip
    assert pupils.areas(guardian_of(both)) == same("anna")
    assert pupils.areas(guardian_of(both, pupils.north, pupils.south)) == same("anna dirk")


def test_a_former_guardian_sees_nothing(pupils: Pupils) -> None:
    pupils.pupil("anna"), pupils.pupil("left", gone=True)
    assert pupils.areas(guardian_of(pupils.guardian("anna", gone=True))) == same("")
    assert pupils.areas(guardian_of(pupils.guardian("left"))) == same("")


def test_a_block_goes_before_everything(pupils: Pupils) -> None:  # R52
    pupils.pupil("anna"), pupils.pupil("bram")
    assert pupils.areas(guardian_of(pupils.guardian("anna", court_block=True))) == same("")
    blocked = pupils.guardian("anna", "bram")
    pupils.decide(blocked, "anna", "blocked")
    assert pupils.areas(guardian_of(blocked)) == same("bram")
    twice = pupils.guardian("anna")
    pupils.put("guardianship", pupils.north, guardian_id=twice, student_id=pupils.ids["anna"], relation="mother",
               legal_authority=True, court_block=True)  # fmt: skip
    assert pupils.areas(guardian_of(twice)) == same("")


def test_without_authority_the_school_decides(pupils: Pupils) -> None:  # R51
    pupils.pupil("anna")
    father = pupils.guardian("anna", relation="father", legal_authority=False)
    assert pupils.areas(guardian_of(father)) == same("")
    pupils.decide(father, "anna", "refused", '["grades"]')
    assert pupils.areas(guardian_of(father)) == same("")
    pupils.decide(father, "anna", "granted", '["file"]')
    assert pupils.areas(guardian_of(father)) == same("")
    pupils.decide(father, "anna", "granted", '["grades", "file"]')
    assert pupils.areas(guardian_of(father)) == same("anna") | {"absences": set()}
    pupils.decide(father, "anna", "none")
    assert pupils.areas(guardian_of(father)) == same("")


@pytest.mark.parametrize(("relation", "authority", "open_"), [
    ("mother", None, True), ("father", None, True), ("legal_guardian", None, True), ("institution", None, True),
    ("foster_parent", None, False), ("step_parent", None, False), ("other", None, False), ("unknown", None, False),
    ("step_parent", True, True), ("mother", False, False),
])  # fmt: skip
def test_where_the_source_is_silent_the_rules_speak(
    pupils: Pupils, relation: str, authority: bool | None, open_: bool
) -> None:  # R50, R53
    pupils.pupil("anna")
    someone = guardian_of(pupils.guardian("anna", relation=relation, legal_authority=authority))
    assert pupils.areas(someone) == same("anna" if authority else "")
    pupils.rules('{"authority_where_unknown": false}')
    pupils.rules('{"authority_where_unknown": true}', version=2)
    assert pupils.areas(someone) == same("anna" if open_ else "")
    pupils.guardian("anna", relation="institution", legal_authority=True, gone=True)
    pupils.guardian("anna", relation="institution", legal_authority=False)
    pupils.guardian("anna", relation="father", legal_authority=True)
    assert pupils.areas(someone) == same("anna" if open_ else "")
    pupils.guardian("anna", relation="institution", legal_authority=True)
    assert pupils.areas(someone) == same("anna" if authority else "")
    pupils.rules("{}", version=3)
    assert pupils.areas(someone) == same("anna" if authority else "")


@pytest.mark.parametrize(("born", "moment", "adult"), [
    (date(2007, 3, 10), datetime(2025, 3, 9, 23, 59), False),
    (date(2007, 3, 10), datetime(2025, 3, 10, 0, 0), True),
    (date(2008, 2, 29), datetime(2026, 2, 28, 23, 59), False),
    (date(2008, 2, 29), datetime(2026, 3, 1, 0, 0), True),
    (date(2008, 3, 29), datetime(2026, 3, 28, 23, 59), False),
    (date(2008, 3, 29), datetime(2026, 3, 29, 0, 0), True),
    (None, datetime(2026, 3, 2, 10, 0), True),
])  # fmt: skip
def test_at_eighteen_the_student_decides(
    pupils: Pupils, born: date | None, moment: datetime, adult: bool
) -> None:  # R55
    pupils.pupil("anna", born=born), pupils.pupil("bram")
    parent = guardian_of(pupils.guardian("anna", "bram"))
    with time_machine.travel(moment.replace(tzinfo=AMSTERDAM).astimezone(UTC), tick=False):
        assert pupils.areas(parent) == same("bram" if adult else "anna bram")
        pupils.consent("anna", True)
        assert pupils.areas(parent) == same("anna bram")
        pupils.consent("anna", False)
        assert pupils.areas(parent) == same("bram" if adult else "anna bram")
        assert pupils.areas(viewer_of(Role.STUDENT, pupils.ids["anna"])) == same("anna")


@pytest.mark.parametrize("role", ["mentor", "teacher"])
def test_staff_see_their_groups_of_this_year(pupils: Pupils, role: str) -> None:  # R57
    now, last = pupils.year(1), pupils.year(1, "2425", date(2024, 8, 1), date(2025, 7, 31))
    teacher = pupils.put("staff", 1, code="jan", last_name="Jansen")
    for name in ("member", "left", "later", "enrolled", "moved", "old", "next", "other", "removed"):
        pupils.pupil(name)
    home, cluster, old, gone, other = (
        pupils.group(1, "3hA", school_year_id=now), pupils.group(1, "3fa", "section"),
        pupils.group(1, "2hA", school_year_id=last), pupils.group(1, "3hB", gone=True), pupils.group(1, "3hC"),
    )  # fmt: skip
    coming = pupils.group(1, "4hA", school_year_id=pupils.year(1, "2627", date(2026, 3, 3), date(2027, 7, 31)))
    for group in (home, cluster, old, coming, gone):
        pupils.put("group_staff", 1, group_id=group, staff_id=teacher, role=role)
    pupils.put("group_staff", 1, group_id=other, staff_id=teacher, role=role, gone=True)
    pupils.put("group_staff", 1, group_id=other, staff_id=ident(777), role=role)

    def joins(name: str, group: str, **term: Any) -> None:
        pupils.put("group_member", 1, student_id=pupils.ids[name], group_id=group, **term)

    joins("member", cluster, begins=date(2025, 8, 1), ends=TODAY)
    joins("left", cluster, ends=date(2026, 3, 1))
    joins("later", cluster, begins=date(2026, 3, 3))
    joins("old", old), joins("next", coming), joins("other", other), joins("removed", gone)
    joins("removed", home, gone=True)
    pupils.put("enrolment", 1, student_id=pupils.ids["removed"], homeroom_id=home, gone=True)
    pupils.put("enrolment", 1, student_id=pupils.ids["enrolled"], homeroom_id=home, begins=date(2025, 8, 1))
    pupils.put("enrolment", 1, student_id=pupils.ids["moved"], homeroom_id=home, left_on=date(2026, 3, 1))
    with reading(pupils.engine, viewer_of(Role.STAFF, teacher)) as connection:
        names = {id_: name for name, id_ in pupils.ids.items()}
        for table in ("student", "grade", "attendance_observation"):
            column = "id" if table == "student" else "student_id"
            found = {names[row[0]] for row in rows(connection, f"SELECT {column}::text FROM {table}")}
            assert found == {"member", "enrolled"}, table
    assert pupils.sees(viewer_of(Role.STAFF, ident(777)), "grade") == {"other"}


def test_a_mentor_loses_the_class_on_the_first_of_august(pupils: Pupils) -> None:  # R57
    pupils.pupil("anna")
    group = pupils.group(1, "3hA", school_year_id=pupils.year(1))
    mentor = pupils.put("staff", 1, code="jan", last_name="Jansen")
    pupils.put("group_staff", 1, group_id=group, staff_id=mentor, role="mentor")
    pupils.put("group_member", 1, student_id=pupils.ids["anna"], group_id=group)
    for moment, sees in ((datetime(2026, 7, 31, 23, 59), {"anna"}), (datetime(2026, 8, 1), set())):
        with time_machine.travel(moment.replace(tzinfo=AMSTERDAM), tick=False):
            assert pupils.sees(viewer_of(Role.STAFF, mentor), "grade") == sees


SECTIONS = [
    ('{"grade_level": 3}', {"third", "risen"}), ('{"study": "havo", "grade_level": 3}', {"third"}),
    ('{"study": "vwo"}', {"fourth", "risen"}), ('{"location": "%s"}', {"fourth"}), ("{}", {"third", "fourth", "risen"}),
    ('{"location": null, "study": "vwo", "grade_level": null}', {"fourth", "risen"}), (None, set()),
]  # fmt: skip


@pytest.mark.parametrize(("section", "sees"), SECTIONS)
def test_a_team_leader_sees_the_own_section(pupils: Pupils, section: str | None, sees: set[str]) -> None:  # R57
    now, last = pupils.year(1), pupils.year(1, "2425", date(2024, 8, 1), date(2025, 7, 31))
    west = pupils.put("location", 1, name="West")
    for name, *enrolments in (
        ("third", (now, "havo", 3, None)), ("fourth", (now, "vwo", 4, west)),
        ("risen", (last, "havo", 2, west), (now, "vwo", 3, None)), ("elsewhere", (now, "havo", 3, None)),
    ):  # fmt: skip
        source = pupils.south if name == "elsewhere" else pupils.north
        id_ = pupils.ids[name] = pupils.student(source, name)
        pupils.grade(source, id_, pupils.column_id[source], "6,5")
        for year, study, level, location in enrolments:
            pupils.put("enrolment", source, student_id=id_, school_year_id=year, study=study, grade_level=level,
                       location_id=location)  # fmt: skip
    account = ident(500)
    role = {"id": ident(501), "account_id": account, "role": "team_leader", "source_id": 1, "granted_by": "test",
            "granted_at": NOW, "section": section and section.replace("%s", west)}  # fmt: skip
    pupils._insert(ACCOUNT_ROLE, **role)
    pupils._insert(ACCOUNT_ROLE, **(role | {"id": ident(503), "role": "staff", "section": "{}"}))
    leader = viewer_of(Role.TEAM_LEADER, account=account)
    assert pupils.sees(leader, "grade") == pupils.sees(leader, "student") == sees
    assert pupils.sees(replace(leader, role=Role.STAFF), "grade") == set()
    assert pupils.sees(replace(leader, account=ident(502)), "grade") == set()
    # What is handed in with the request does not count: the role's own row does.
    assert pupils.sees(replace(leader, account=None, sections={1: (Section(),)}), "grade") == set()
    with time_machine.travel(datetime(2026, 3, 3, tzinfo=AMSTERDAM), tick=False):
        pupils.engine.connect().close()
        with pupils._writing() as connection:
            connection.execute(ACCOUNT_ROLE.update().values(ends=TODAY))
        assert pupils.sees(leader, "grade") == set()


WHOLE = {
    Role.ATTENDANCE_OFFICER: {"any", "absences"},
    Role.ADMINISTRATOR: {"any"},
    Role.MANAGER: set(),
}


@pytest.mark.parametrize("role", WHOLE)
def test_offices_see_what_their_task_needs(pupils: Pupils, role: Role) -> None:  # R57
    pupils.pupil("anna"), pupils.pupil("bram", born=date(2000, 1, 1)), pupils.pupil("dirk", pupils.south)
    expected = {area: {"anna", "bram"} if area in WHOLE[role] else set() for area in ("any", "grades", "absences")}
    assert pupils.areas(viewer_of(role)) == expected


@pytest.mark.parametrize("scopes", [(), ("students",), ("grades",), ("absences",), ("grades", "absences", "news")])
def test_a_client_sees_what_its_scopes_say(pupils: Pupils, scopes: tuple[str, ...]) -> None:
    pupils.pupil("anna"), pupils.pupil("dirk", pupils.south)
    client = Viewer(Role.CLIENT, "client:c", frozenset({1}), scopes=frozenset(scopes))
    for sources, names in ((frozenset({1}), {"anna"}), (frozenset({2}), {"dirk"}), (None, {"anna", "dirk"})):
        expected = {
            "any": names if set(scopes) & SCOPES else set(),
            **{area: names if area in scopes else set() for area in ("grades", "absences")},
        }
        assert pupils.areas(replace(client, sources=sources)) == expected


def test_what_is_of_a_source_is_seen_in_it(pupils: Pupils) -> None:
    tables = ("school", "location", "school_year", "grading_period", "staff", "group", "group_staff", "subject",
              "assessment", "lesson", "absence_reason", "run", "quarantine", "held", "entity_state")  # fmt: skip
    for source in (1, 2):
        pupils.put("school", source, name="x"), pupils.put("location", source, name="x"), pupils.year(source)
        pupils.period(source, "1", None), pupils.group(source, "3hA"), pupils.lesson(source, FRESH, FRESH)
        pupils.put("staff", source, code="jan", last_name="Jansen")
        pupils.put("group_staff", source, group_id=ident(1), staff_id=ident(2), role="mentor")
        pupils.put("absence_reason", source, code="ZK", attendance_kind="sick", retired=False)
        pupils.quarantine(source, "grades", "x"), pupils.hold(source, "grades")
    for viewer, sources in ((viewer_of(Role.MANAGER), {1}), (viewer_of(Role.GUARDIAN, ident(9), 2), {2}),
                            (Viewer(Role.CLIENT, "client:c", None), {1, 2})):  # fmt: skip
        with reading(pupils.engine, viewer) as connection:
            assert {row[0] for row in rows(connection, "SELECT id FROM source")} == sources
            for table in tables:
                assert {row[0] for row in rows(connection, f'SELECT source_id FROM "{table}"')} == sources, table


def test_guardians_are_seen_by_themselves(pupils: Pupils) -> None:  # R50
    pupils.pupil("anna")
    mother, father = pupils.guardian("anna"), pupils.guardian("anna", relation="father")
    stepfather = pupils.guardian("anna", relation="step_parent", legal_authority=False)
    voogd = pupils.guardian("anna", relation="legal_guardian")

    def sees(viewer: Viewer | None) -> tuple[set[str], set[str]]:
        with reading(pupils.engine, viewer) as connection:
            guardians = rows(connection, "SELECT id::text FROM guardian")
            ties = rows(connection, "SELECT guardian_id::text FROM guardianship")
        return {row[0] for row in guardians}, {row[0] for row in ties}

    # That there is somebody in the parents' place is known; nothing else of anybody else.
    assert sees(guardian_of(mother)) == ({mother}, {mother, voogd})
    assert sees(guardian_of(father)) == ({father}, {father, voogd})
    assert sees(guardian_of(stepfather)) == ({stepfather}, {stepfather})
    assert sees(viewer_of(Role.STUDENT, pupils.ids["anna"])) == (set(), {voogd})
    everybody = {mother, father, stepfather, voogd}
    assert sees(viewer_of(Role.ADMINISTRATOR)) == (everybody, everybody)
    assert sees(viewer_of(Role.ADMINISTRATOR, None, 2)) == (set(), set())
    assert sees(Viewer(Role.CLIENT, "client:c", None, scopes=SCOPES))[0] == set()
    for viewer in (None, viewer_of(Role.MANAGER), viewer_of(Role.STAFF, ident(9))):
        assert sees(viewer) == (set(), set())


def test_the_change_log_is_seen_with_the_student_that_it_is_about(pupils: Pupils) -> None:
    anna, bram = pupils.pupil("anna"), pupils.pupil("bram")
    state = '{{"raw_text": "6,5", "student_id": "{}"}}'
    grade = pupils.grade(1, anna, pupils.column_id[1], "7", attempt=2)
    with pupils._writing() as connection:
        connection.execute(text("DELETE FROM change"))
    pupils.change(1, "grade", grade, before=state.format(anna), after=state.format(anna))
    pupils.change(1, "grade", grade, before=state.format(bram), after=state.format(anna))
    pupils.change(1, "grade", grade, before=state.format(anna), after=None)
    pupils.change(1, "grade", grade, before=None, after=None)
    pupils.change(1, "student", anna, after='{"last_name": "x"}')
    pupils.change(1, "guardian", ident(5), after='{"email": "x"}')
    pupils.change(1, "guardianship", ident(6), after=state.format(anna))
    pupils.change(1, "subject", ident(7), after='{"code": "fa"}')
    both = guardian_of(pupils.guardian("anna", "bram"))

    def sees(viewer: Viewer) -> list[int]:
        with reading(pupils.engine, viewer) as connection:
            first = rows(connection, "SELECT min(seq) FROM change")[0][0]
            return [row[0] - first for row in rows(connection, "SELECT seq FROM change ORDER BY seq")]

    assert sees(both) == [0, 1, 2, 4, 7]
    assert sees(guardian_of(pupils.guardian("anna"))) == [0, 2, 4, 7]
    assert sees(Viewer(Role.CLIENT, "client:c", None, scopes=frozenset({"grades"}))) == [0, 1, 2, 3, 4, 7]
    assert sees(viewer_of(Role.MANAGER)) == [0]
    assert len(sees(viewer_of(Role.ADMINISTRATOR))) == 2


def test_the_file_opens_one_student_to_who_may_have_it(pupils: Pupils) -> None:  # R54, R64
    young, old, other = (pupils.pupil(n, born=b) for n, b in (
        ("young", date(2010, 3, 3)), ("old", date(2010, 3, 2)), ("other", date(2012, 1, 1))))  # fmt: skip
    parent = guardian_of(pupils.guardian("young", "old"))
    granted = pupils.guardian("young", legal_authority=False)
    pupils.decide(granted, "young", "granted", '["grades", "file"]')
    office = viewer_of(Role.ADMINISTRATOR)

    def opened(viewer: Viewer, file: str) -> set[str]:
        """Of whom ``viewer`` may have the file, when that of ``file`` is asked for."""
        names = {id_: name for name, id_ in pupils.ids.items()}
        with reading(pupils.engine, viewer) as connection:
            open_file(connection, file)
            held = {names[row[0]] for row in rows(connection, "SELECT student::text FROM schoolbrug_students('file')")}
            for table in ("grade", "attendance_observation"):
                found = {names[row[0]] for row in rows(connection, f"SELECT student_id::text FROM {table}")}
                assert (names[file] in found) >= (names[file] in held)
                assert viewer.role is not Role.ADMINISTRATOR or found == held
        return held

    assert opened(office, other) == {"other"}
    assert opened(viewer_of(Role.ADMINISTRATOR, None, 2), other) == set()
    assert opened(parent, young) == opened(parent, other) == {"young"}
    assert opened(guardian_of(granted), young) == set()
    assert opened(viewer_of(Role.STUDENT, young), young) == set()
    assert opened(viewer_of(Role.STUDENT, old), old) == {"old"}
    for role in (Role.STAFF, Role.MANAGER, Role.ATTENDANCE_OFFICER, Role.CLIENT):
        assert opened(viewer_of(role, scopes=SCOPES), other) == set()
    assert pupils.sees(office, "grade") == set()


def _account(pupils: Pupils, number: int, role: str, source: int) -> str:
    id_ = ident(number)
    pupils._insert(ACCOUNT, id=id_, state="active", created_at=NOW, language="nl")
    pupils._insert(ACCOUNT_ROLE, id=ident(number + 50), account_id=id_, role=role, source_id=source,
                   granted_by="test", granted_at=NOW)  # fmt: skip
    pupils._insert(LOGIN, account_id=id_, role=role, way="password", at=NOW)
    return id_


def test_accounts_are_their_owners_and_the_offices(pupils: Pupils) -> None:
    mine, theirs, elsewhere = (_account(pupils, 600 + n, "guardian", source) for n, source in enumerate((1, 1, 2)))
    for number, source in ((700, 1), (701, 2)):
        pupils._insert(INVITATION, id=ident(number), source_id=source, person_id=ident(number), role="guardian",
                       letter_digest=bytes([number % 256]), made_at=NOW, expires_at=NOW)  # fmt: skip

    def sees(viewer: Viewer | None) -> tuple[set[str], int]:
        with reading(pupils.engine, viewer) as connection:
            found = [
                {row[0] for row in rows(connection, f"SELECT {column}::text FROM {table}")}
                for table, column in (("account", "id"), ("account_role", "account_id"), ("login", "account_id"))
            ]
            assert found[0] == found[1] == found[2]
            return found[0], len(rows(connection, "SELECT id FROM invitation"))

    assert sees(viewer_of(Role.GUARDIAN, account=mine)) == ({mine}, 0)
    assert sees(viewer_of(Role.STAFF, account=mine)) == ({mine}, 0)
    assert sees(viewer_of(Role.ADMINISTRATOR, account=ident(1))) == ({mine, theirs}, 1)
    assert sees(Viewer(Role.CLIENT, "client:c", None, scopes=SCOPES)) == (set(), 0)
    assert sees(None) == ({mine, theirs, elsewhere}, 2)


def refused(engine: Engine, viewer: Viewer | None, statement: str) -> None:
    with pytest.raises((ProgrammingError, DBAPIError)) as caught, writing(engine, viewer) as connection:
        connection.execute(text(statement))
    assert isinstance(caught.value.orig, InsufficientPrivilege)


def test_what_is_decided_is_decided_by_whom_it_is_up_to(pupils: Pupils) -> None:
    anna = pupils.pupil("anna", born=date(2000, 1, 1))
    parent = guardian_of(pupils.guardian("anna"))
    office, student = viewer_of(Role.ADMINISTRATOR), viewer_of(Role.STUDENT, anna)
    consent = f"INSERT INTO consent (student_id, open, at, by) VALUES ('{anna}', true, now(), 'x')"
    decision = ("INSERT INTO decision (source_id, student_id, guardian_id, decision, at, by) VALUES "
                f"(%d, '{anna}', '{ident(4)}', 'granted', now(), 'x')")  # fmt: skip
    rule = "INSERT INTO school_rules VALUES (%d, 7, '{}', now(), 'x')"
    for viewer in (parent, office, None, viewer_of(Role.STUDENT, ident(4)), viewer_of(Role.STAFF, anna)):
        refused(pupils.engine, viewer, consent)  # R55: the student alone
    for viewer in (parent, student, None, viewer_of(Role.TEAM_LEADER)):
        refused(pupils.engine, viewer, decision % 1)
        refused(pupils.engine, viewer, rule % 1)
    refused(pupils.engine, office, decision % 2)
    refused(pupils.engine, office, rule % 2)
    with writing(pupils.engine, student) as connection:
        connection.execute(text(consent))
    with writing(pupils.engine, office) as connection:
        connection.execute(text(decision % 1)), connection.execute(text(rule % 1))


def test_nobody_gives_himself_a_role(pupils: Pupils) -> None:
    mine = _account(pupils, 600, "guardian", 1)
    grant = ("INSERT INTO account_role (id, account_id, role, source_id, granted_by, granted_at)"
             f" VALUES ('{ident(1)}', '{mine}', 'administrator', 1, 'x', now())")  # fmt: skip
    for viewer in (viewer_of(Role.GUARDIAN, account=mine), viewer_of(Role.ADMINISTRATOR, account=mine)):
        refused(pupils.engine, viewer, grant)
        with writing(pupils.engine, viewer) as connection:
            for change in ("account SET password_hash = 'x'", "account_role SET role = 'administrator'"):
                assert connection.execute(text(f"UPDATE {change}")).rowcount == 0
    with writing(pupils.engine) as connection:  # signing in, and the commands
        connection.execute(text(grant))


def test_the_log_of_readers_only_grows(pupils: Pupils) -> None:
    anna = pupils.pupil("anna")
    mother, stranger = guardian_of(pupils.guardian("anna")), guardian_of(pupils.guardian())
    with writing(pupils.engine) as connection:
        connection.execute(insert(AUDIT).values(
            source_id=1, n=1, at=NOW, actor="x", role="x", student_id=anna, action="read", allowed=True, hash=b"",
        ))  # fmt: skip
    for statement in ("UPDATE audit SET actor = 'y'", "DELETE FROM audit", "TRUNCATE audit"):
        refused(pupils.engine, mother, statement)

    def count(viewer: Viewer | None) -> int:
        with reading(pupils.engine, viewer) as connection:
            return len(rows(connection, "SELECT n FROM audit"))

    office = viewer_of(Role.ADMINISTRATOR)
    assert [count(viewer) for viewer in (mother, viewer_of(Role.STUDENT, anna), office)] == [1] * 3
    others = (viewer_of(Role.ADMINISTRATOR, None, 2), viewer_of(Role.MANAGER), viewer_of(Role.ATTENDANCE_OFFICER))
    assert [count(viewer) for viewer in (stranger, None, *others)] == [0] * 5


@pytest.mark.parametrize("statement", [
    "INSERT INTO student SELECT * FROM student", "UPDATE grade SET score = 10", "DELETE FROM change",
    "SELECT * FROM identity", "SELECT * FROM alias", "SELECT payload FROM quarantine", "SELECT members FROM held",
    "DELETE FROM account", "UPDATE consent SET open = true", "UPDATE decision SET decision = 'granted'",
    "ALTER TABLE grade DISABLE ROW LEVEL SECURITY", "DROP POLICY portal ON grade", "CREATE TABLE mine (x integer)",
])  # fmt: skip
def test_the_read_layer_may_not(pupils: Pupils, statement: str) -> None:
    with pytest.raises(ProgrammingError) as caught, writing(pupils.engine, viewer_of(Role.ADMINISTRATOR)) as connection:
        connection.execute(text(statement))
    assert isinstance(caught.value.orig, InsufficientPrivilege)


def test_nothing_of_a_viewer_is_left_for_the_next(pupils: Pupils) -> None:
    pupils.pupil("anna")
    parent = guardian_of(pupils.guardian("anna"))
    with reading(pupils.engine, parent) as connection:
        process = rows(connection, "SELECT pg_backend_pid()")
        open_file(connection, pupils.ids["anna"])
    with pupils.engine.connect() as connection:
        assert rows(connection, "SELECT pg_backend_pid()") == process
        assert rows(connection, "SELECT current_user::text") == [("keeper",)]
        for name in told(None):
            assert rows(connection, "SELECT nullif(current_setting(:name, true), '')", name=f"app.{name}") == [(None,)]
    assert pupils.areas(None) == same("")
    with pytest.raises(ZeroDivisionError), reading(pupils.engine, parent):
        raise ZeroDivisionError
    assert pupils.areas(None) == same("")


def test_the_students_are_looked_for_once_a_query(pupils: Pupils) -> None:
    for number in range(30):
        pupils.pupil(f"s{number}")
    parent = guardian_of(pupils.guardian(*pupils.ids))
    with reading(pupils.engine, parent) as connection:
        plan = "\n".join(row[0] for row in rows(
            connection, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT * FROM grade"))  # fmt: skip
    assert "loops=30" not in plan
    assert plan.count("Function Scan on schoolbrug_students") == 1
    assert "hashed SubPlan" in plan
    assert "rows=30 loops=1" in plan
