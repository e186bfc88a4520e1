"""Row-level security alone: of whom each kind of viewer sees what, by plain statements and no check of our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from sqlalchemy import text

from portal.access import Role, Section, Viewer
from portal.reading import reading
from portal.tables import ACCOUNT_ROLE
from tests.portal.keeper import rows
from tests.portal.pupils import OF_STUDENTS, SCOPES, TODAY, Pupils, guardian_of, same, viewer_of
from tests.portal.school import NOW, ident

pytest_plugins = ["tests.portal.pupils"]

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


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


def test_who_is_told_no_day_goes_by_the_databases_own(pupils: Pupils) -> None:
    pupils.pupil("anna", born=date(2020, 1, 1)), pupils.pupil("bram", born=date(2000, 1, 1))
    parent = guardian_of(pupils.guardian("anna", "bram"))
    with reading(pupils.engine, parent) as connection:
        connection.execute(text("SELECT set_config('app.today', '', true)"))
        assert pupils.rows_of(connection, "grade") == {"anna"}


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
    # Nor is a guardian in one source one in the other.
    mother = guardian_of(pupils.guardian("anna"), pupils.north, pupils.south)
    with reading(pupils.engine, mother) as connection:
        assert rows(connection, "SELECT source_id FROM student") == [(pupils.north,)]


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
    assert pupils.areas(guardian_of(pupils.guardian("anna", "bram"))) == same("anna bram")
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
    # It is a word about him, and not about whoever else asks.
    other = pupils.guardian("anna", relation="step_parent", legal_authority=False)
    assert pupils.areas(guardian_of(other)) == same("")
    pupils.decide(father, "anna", "none")
    assert pupils.areas(guardian_of(father)) == same("")


RELATIONS = [
    # Relation, what the source says of authority, and who may where the school's rules speak.
    ("mother", None, True), ("father", None, True), ("legal_guardian", None, True), ("institution", None, True),
    ("foster_parent", None, False), ("step_parent", None, False), ("other", None, False), ("unknown", None, False),
    ("step_parent", True, True), ("mother", False, False),
]  # fmt: skip


def test_where_the_source_is_silent_the_rules_speak(pupils: Pupils) -> None:  # R50, R53
    names = [f"{relation}_{authority}" for relation, authority, _ in RELATIONS]
    said = " ".join(name for name in names if name.endswith("_True"))
    ruled = " ".join(name for name, (*_, open_) in zip(names, RELATIONS, strict=True) if open_)
    for name in names:
        pupils.pupil(name)
    person = pupils.guardian()
    for name, (relation, authority, _) in zip(names, RELATIONS, strict=True):
        pupils.put("guardianship", pupils.north, guardian_id=person, student_id=pupils.ids[name], relation=relation,
                   legal_authority=authority, court_block=False)  # fmt: skip
    someone = guardian_of(person)
    assert pupils.areas(someone) == same(said)
    pupils.rules('{"authority_where_unknown": false}')
    pupils.rules('{"authority_where_unknown": true}', version=2)
    pupils.rules('{"authority_where_unknown": false}', version=9, source=pupils.south)
    assert pupils.areas(someone) == same(ruled)
    # Nobody of these was given the authority in the parents' place.
    pupils.guardian(*names, relation="institution", legal_authority=True, gone=True)
    pupils.guardian(*names, relation="institution", legal_authority=False)
    pupils.guardian(*names, relation="father", legal_authority=True)
    elsewhere = pupils.put("guardian", pupils.south, last_name="Ouder", secret=False)
    for name in names:
        pupils.put("guardianship", pupils.south, guardian_id=elsewhere, student_id=pupils.ids[name],
                   relation="institution", legal_authority=True, court_block=False)  # fmt: skip
    pupils.pupil("other"), pupils.guardian("other", relation="institution", legal_authority=True)
    assert pupils.areas(someone) == same(ruled)
    pupils.guardian(*names[::2], relation="institution", legal_authority=True)
    pupils.guardian(*names[1::2], relation="legal_guardian", legal_authority=True)
    assert pupils.areas(someone) == same(said)
    pupils.rules("{}", version=3)
    assert pupils.areas(someone) == same(said)


BORN = [
    (date(2007, 3, 10), datetime(2025, 3, 9, 23, 59), False),
    (date(2007, 3, 10), datetime(2025, 3, 10, 0, 0), True),
    (date(2008, 2, 29), datetime(2026, 2, 28, 23, 59), False),
    (date(2008, 2, 29), datetime(2026, 3, 1, 0, 0), True),
    (date(2008, 3, 29), datetime(2026, 3, 28, 23, 59), False),
    (date(2008, 3, 29), datetime(2026, 3, 29, 0, 0), True),
    (None, datetime(2026, 3, 2, 10, 0), True),
]


def test_at_eighteen_the_student_decides(pupils: Pupils) -> None:  # R55
    pupils.pupil("bram")
    for n, (born, moment, adult) in enumerate(BORN):
        pupils.pupil(f"s{n}", born=born)
        both, bram = same(f"s{n} bram"), same("bram")
        parent = guardian_of(pupils.guardian(f"s{n}", "bram"))
        with time_machine.travel(moment.replace(tzinfo=AMSTERDAM).astimezone(UTC), tick=False):
            pupils.consent("bram", True)  # says nothing of the other
            assert pupils.areas(parent) == (bram if adult else both), n
            pupils.consent(f"s{n}", True)
            assert pupils.areas(parent) == both, n
            pupils.consent(f"s{n}", False)
            assert pupils.areas(parent) == (bram if adult else both), n
            assert pupils.areas(viewer_of(Role.STUDENT, pupils.ids[f"s{n}"])) == same(f"s{n}")


def test_staff_see_their_groups_of_this_year(pupils: Pupils) -> None:  # R57
    now, last = pupils.year(1), pupils.year(1, "2425", date(2024, 8, 1), date(2025, 7, 31))
    staff = {role: pupils.put("staff", 1, code=role, last_name="Jansen") for role in ("mentor", "teacher")}
    for name in ("member", "left", "later", "enrolled", "moved", "old", "next", "other", "removed", "dropped"):
        pupils.pupil(name)
    home, cluster, old, gone, other = (
        pupils.group(1, "3hA", school_year_id=now), pupils.group(1, "3fa", "section"),
        pupils.group(1, "2hA", school_year_id=last), pupils.group(1, "3hB", gone=True), pupils.group(1, "3hC"),
    )  # fmt: skip
    dropped = pupils.group(1, "1hA", school_year_id=pupils.put(
        "school_year", 1, code="2324", begins=date(2023, 8, 1), ends=date(2024, 7, 31), gone=True
    ))  # fmt: skip
    coming = pupils.group(1, "4hA", school_year_id=pupils.year(1, "2627", date(2026, 3, 3), date(2027, 7, 31)))
    for role, person in staff.items():
        for group in (home, cluster, old, coming, gone, dropped):
            pupils.put("group_staff", 1, group_id=group, staff_id=person, role=role)
        pupils.put("group_staff", 1, group_id=other, staff_id=person, role=role, gone=True)
    pupils.put("group_staff", 1, group_id=other, staff_id=ident(777), role="teacher")

    def joins(name: str, group: str, **term: Any) -> None:
        pupils.put("group_member", 1, student_id=pupils.ids[name], group_id=group, **term)

    joins("member", cluster, begins=date(2025, 8, 1), ends=TODAY)
    joins("left", cluster, ends=date(2026, 3, 1))
    joins("later", cluster, begins=date(2026, 3, 3))
    joins("old", old), joins("next", coming), joins("other", other), joins("removed", gone)
    joins("dropped", dropped)
    joins("removed", home, gone=True)
    pupils.put("enrolment", 1, student_id=pupils.ids["removed"], homeroom_id=home, gone=True)
    pupils.put("enrolment", 1, student_id=pupils.ids["enrolled"], homeroom_id=home, begins=date(2025, 8, 1))
    pupils.put("enrolment", 1, student_id=pupils.ids["moved"], homeroom_id=home, left_on=date(2026, 3, 1))
    for person in staff.values():
        viewer = viewer_of(Role.STAFF, person)
        for table in ("student", "grade", "attendance_observation"):
            assert pupils.sees(viewer, table) == {"member", "enrolled"}, table
        assert pupils.sees(replace(viewer, sources=frozenset({2})), "student") == set()
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


HAVO_3, VWO_3 = {"third", "promoted", "undated", "voided"}, {"risen", "left"}
SECTIONS = [
    ('{"grade_level": 3}', HAVO_3 | VWO_3), ('{"study": "havo", "grade_level": 3}', HAVO_3),
    ('{"study": "vwo"}', VWO_3 | {"fourth"}), ('{"location": "%s"}', {"fourth"}),
    ("{}", HAVO_3 | VWO_3 | {"fourth", "vague"}),
    ('{"location": null, "study": "vwo", "grade_level": null}', VWO_3 | {"fourth"}), (None, set()),
]  # fmt: skip


def _enrolled(pupils: Pupils) -> str:
    """Students in sections; gives the id of the location West."""
    now, last = pupils.year(1), pupils.year(1, "2425", date(2024, 8, 1), date(2025, 7, 31))
    before = pupils.year(1, "2324", date(2023, 8, 1), date(2024, 7, 31))
    coming = pupils.year(1, "2627", date(2026, 8, 1), date(2027, 7, 31))
    void = pupils.put("school_year", 1, code="2x", begins=date(2026, 1, 1), ends=date(2026, 7, 31), gone=True)
    west = pupils.put("location", 1, name="West")
    for name, *enrolments in (
        ("third", (now, "havo", 3, None)), ("fourth", (now, "vwo", 4, west)), ("vague", (now, None, None, None)),
        ("risen", (last, "havo", 2, west), (now, "vwo", 3, None)), ("gone", (now, "havo", 3, None)),
        # What holds today counts, then what began last; a year that is gone says nothing of when.
        ("promoted", (now, "havo", 3, None), (coming, "havo", 4, None)),
        ("left", (before, "havo", 2, None), (last, "vwo", 3, None)),
        ("undated", (None, "vwo", 4, None), (now, "havo", 3, None)),
        ("voided", (void, "vwo", 4, None), (now, "havo", 3, None)), ("elsewhere", (now, "havo", 3, None)),
    ):  # fmt: skip
        source = pupils.south if name == "elsewhere" else pupils.north
        id_ = pupils.ids[name] = pupils.student(source, name, gone=name == "gone")
        pupils.grade(source, id_, pupils.column_id[source], "6,5")
        for year, study, level, location in enrolments:
            pupils.put("enrolment", source, student_id=id_, school_year_id=year, study=study, grade_level=level,
                       location_id=location)  # fmt: skip
    return west


def test_a_team_leader_sees_the_own_section(pupils: Pupils) -> None:  # R57
    west = _enrolled(pupils)
    leaders = []
    for n, (section, _) in enumerate(SECTIONS):
        role = {"id": ident(500 + n), "account_id": ident(600 + n), "role": "team_leader", "source_id": 1,
                "section": section and section.replace("%s", west), "granted_by": "x", "granted_at": NOW}  # fmt: skip
        pupils._insert(ACCOUNT_ROLE, **role)
        pupils._insert(ACCOUNT_ROLE, **(role | {"id": ident(700 + n), "role": "staff", "section": "{}"}))
        leaders.append(viewer_of(Role.TEAM_LEADER, account=ident(600 + n)))
    for leader, (section, sees) in zip(leaders, SECTIONS, strict=True):
        assert pupils.sees(leader, "grade") == pupils.sees(leader, "student") == sees, section
    leader = leaders[0]
    for other in (
        replace(leader, role=Role.STAFF), replace(leader, account=ident(502)), replace(leader, sources=frozenset({2})),
        # What is handed in with the request does not count: the role's own row does.
        replace(leader, account=None, sections={1: (Section(),)}),
    ):  # fmt: skip
        assert pupils.sees(other, "grade") == set()
    # A section of one school says nothing of another.
    for n, (source, section) in enumerate(((1, '{"study": "havo", "grade_level": 3}'), (2, '{"grade_level": 4}'))):
        pupils._insert(ACCOUNT_ROLE, id=ident(800 + n), account_id=ident(802), role="team_leader", source_id=source,
                       section=section, granted_by="x", granted_at=NOW)  # fmt: skip
    assert pupils.sees(viewer_of(Role.TEAM_LEADER, None, 1, 2, account=ident(802)), "grade") == HAVO_3
    with pupils._writing() as connection:
        connection.execute(ACCOUNT_ROLE.update().values(begins=TODAY, ends=TODAY))
    assert pupils.sees(leader, "grade") == SECTIONS[0][1]
    for day in (1, 3):
        with time_machine.travel(datetime(2026, 3, day, 12, tzinfo=AMSTERDAM), tick=False):
            assert pupils.sees(leader, "grade") == set()


WHOLE = {
    Role.ATTENDANCE_OFFICER: {"any", "absences"},
    Role.ADMINISTRATOR: {"any"},
    Role.MANAGER: set(),
}


def test_offices_see_what_their_task_needs(pupils: Pupils) -> None:  # R57
    pupils.pupil("anna"), pupils.pupil("bram", born=date(2000, 1, 1)), pupils.pupil("dirk", pupils.south)
    for role, open_ in WHOLE.items():
        expected = {area: {"anna", "bram"} if area in open_ else set() for area in ("any", "grades", "absences")}
        assert pupils.areas(viewer_of(role)) == expected, role


CLIENTS = product(
    [(), ("students",), ("grades",), ("absences",), ("grades", "absences", "news")],
    [(frozenset({1}), {"anna"}), (frozenset({2}), {"dirk"}), (None, {"anna", "dirk"})],
)


def test_a_client_sees_what_its_scopes_say(pupils: Pupils) -> None:
    pupils.pupil("anna"), pupils.pupil("dirk", pupils.south)
    for scopes, (sources, names) in CLIENTS:
        client = Viewer(Role.CLIENT, "client:c", sources, scopes=frozenset(scopes))
        expected = {
            "any": names if set(scopes) & SCOPES else set(),
            **{area: names if area in scopes else set() for area in ("grades", "absences")},
        }
        assert pupils.areas(client) == expected, scopes
