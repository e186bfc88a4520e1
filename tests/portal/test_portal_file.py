"""A student's file to take along, and who has looked: complete for whom it is, silent about everybody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine, insert, select, update

from canonical.tables import CHANGE, TABLES
from portal.access import Area
from portal.audit import Event, append
from portal.settings import derived
from portal.tables import AUDIT, AUDIT_HEAD, CONSENT, DECISION, LOGIN, RESTRICTION, RULES
from tests.portal.layer import ORIGIN, SECRET, UNHURRIED, create_app
from tests.portal.school import FRESH
from tests.portal.world import KEYS, World

WEDNESDAY = datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
"""12:00 at school."""


@pytest.fixture
def world(engine: Engine) -> World:
    with time_machine.travel(WEDNESDAY, tick=True):
        return World(engine)


class Layer:
    def __init__(self, world: World) -> None:
        self.world = world
        app = create_app(world.engine, [*KEYS.values()], rates=UNHURRIED)
        self.client = TestClient(app, base_url=ORIGIN)
        self.at = WEDNESDAY

    def get(self, viewer: str, student: str, what: str, **query: Any) -> Response:
        self.client.cookies.clear()
        self.at += timedelta(seconds=1)
        with time_machine.travel(self.at, tick=False):
            path = f"/v1/students/{self.world.ids[student]}/{what}"
            return self.client.get(path, headers=self.world.headers(viewer), params=query)

    def file(self, viewer: str, student: str) -> dict[str, Any]:
        answer = self.get(viewer, student, "file")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def layer(world: World) -> Layer:
    return Layer(world)


def write(world: World, *statements: Any) -> None:
    with world.engine.execution_options(writes=True).begin() as connection:
        for statement in statements:
            connection.execute(statement)


def events(world: World, action: str) -> list[Any]:
    with world.engine.connect() as connection:
        return list(connection.execute(select(AUDIT).where(AUDIT.c.action == action).order_by(AUDIT.c.n)))


def rules(world: World, **document: Any) -> None:
    write(world, insert(RULES).values(source_id=world.north, version=1, document=json.dumps(document), at=WEDNESDAY,
                                      by="test"))  # fmt: skip


def changed(world: World, kind: str, id_: str, version: int, action: str, before: Any, after: Any,
            at: datetime = FRESH) -> None:  # fmt: skip
    states = [None if state is None else json.dumps(state) for state in (before, after)]
    write(world, insert(CHANGE).values(source_id=world.north, run_id=1, kind=kind, id=id_, version=version,
                                       action=action, at=at, before=states[0], after=states[1]))  # fmt: skip


def test_the_file_holds_every_record_of_the_student(layer: Layer) -> None:
    world = layer.world
    own = world.ids["own"]
    reason = world.put("absence_reason", world.north, code="ZK", name="Ziek", attendance_kind="sick", retired=False)
    for kind, fields in {
        "student_subject": {"subject_id": world.subjects["own"]}, "absence_notice": {
            "begins": FRESH, "attendance_kind": "sick", "reason_id": reason, "reason_code": "ZK"},
        "lesson_remark": {"day": FRESH.date(), "remark": "phone"},
    }.items():  # fmt: skip
        world.put(kind, world.north, student_id=own, **fields)
    column = world.column(world.north, world.subjects["own"], "T9")
    world.put("grade", world.north, student_id=own, assessment_id=column, attempt=1, raw_text="5,0", status="scored",
              counts=True, gone=True)  # fmt: skip
    file = layer.file("guardian", "own")
    assert {kind: len(rows) for kind, rows in file["records"].items()} == {
        "student": 1, "enrolment": 1, "group_member": 1, "student_subject": 1, "grade": 2, "absence_notice": 1,
        "attendance_observation": 1, "lesson_remark": 1,
    }  # fmt: skip
    assert file["id"] == own
    assert file["records"]["student"][0]["last_name"] == "Own"
    assert sorted(grade["raw_text"] for grade in file["records"]["grade"]) == ["5,0", "6,5"]
    assert [grade["raw_text"] for grade in file["records"]["grade"] if grade["tombstoned_at"]] == ["5,0"]
    assert {kind: len(rows) for kind, rows in file["referred"].items()} == {
        "absence_reason": 1, "assessment": 2, "group": 1, "lesson": 1, "school_year": 1, "subject": 1
    }  # fmt: skip
    assert "staff" not in json.dumps(file["referred"])


def test_the_file_holds_the_change_log(layer: Layer) -> None:
    world = layer.world
    own, other = world.ids["own"], world.ids["sibling"]
    was, now = {"student_id": own, "raw_text": "4,0"}, {"student_id": own, "raw_text": "6,5"}
    with world.engine.connect() as connection:
        table = TABLES["grade"]
        mine = connection.execute(select(table.c.id).where(table.c.student_id == own)).scalar_one()
        theirs = connection.execute(select(table.c.id).where(table.c.student_id == other)).scalar_one()
    changed(world, "grade", mine, 1, "insert", None, was)
    changed(world, "grade", mine, 2, "update", was, now)
    changed(world, "grade", theirs, 1, "insert", None, {"student_id": other, "raw_text": "9,9"})
    file = layer.file("guardian", "own")
    assert [(c["id"], c["version"], c["action"], c["before"], c["after"]) for c in file["changes"]] == [
        (mine, 1, "insert", None, was), (mine, 2, "update", was, now)
    ]  # fmt: skip


@pytest.mark.parametrize("viewer", ["guardian", "administrator"])
def test_nothing_of_other_people_is_in_the_file(layer: Layer, viewer: str) -> None:
    world = layer.world
    write(world, update(TABLES["guardian"]).values(email="mail@example.org", phone="0612345678"),
          update(TABLES["staff"]).values(first_name="Stafnaam", local_id="P-1"))  # fmt: skip
    told = json.dumps(layer.file(viewer, "own"))
    for name in ("sibling", "grown", "other", "elsewhere"):
        assert world.ids[name] not in told
        assert name.title() not in told
    for staff in ("mentor", "teacher"):
        assert world.persons[staff] not in told
    assert "Stafnaam" not in told
    mine = ["guardian"] if viewer == "guardian" else []
    assert told.count("0612345678") == len(mine)
    assert '"court_block":' not in told


def test_a_guardian_gets_the_own_tie_alone(layer: Layer) -> None:
    world = layer.world
    write(world, update(TABLES["guardian"]).values(email="mail@example.org"))
    (own,) = layer.file("guardian", "own")["guardians"]
    assert (own["relation"], own["legal_authority"], own["last_name"], own["email"]) == (
        "mother", True, "guardian", "mail@example.org"
    )  # fmt: skip


def test_the_office_gets_who_the_guardians_are_and_no_contact_data(layer: Layer) -> None:
    write(layer.world, update(TABLES["guardian"]).values(email="mail@example.org"))
    found = layer.file("administrator", "own")["guardians"]
    assert sorted(one["last_name"] for one in found) == [
        "blocked_by_school", "court_block", "former_guardian", "guardian", "no_authority"
    ]  # fmt: skip
    assert all("email" not in one and "phone" not in one for one in found)


@pytest.mark.parametrize("secret", ["guardian", "no_authority"])
def test_a_secret_address_takes_all_contact_data_out(layer: Layer, secret: str) -> None:
    """R61: of the student too, whoever at home it is whose address is secret."""
    world = layer.world
    write(
        world, update(TABLES["guardian"]).values(email="mail@example.org", phone="0612345678"),
        update(TABLES["guardian"]).where(TABLES["guardian"].c.id == world.persons[secret]).values(secret=True),
        update(TABLES["student"]).values(email="child@example.org"),
    )  # fmt: skip
    changed(world, "student", world.ids["own"], 1, "insert", None, {"email": "child@example.org", "last_name": "Own"})
    file = layer.file("guardian", "own")
    assert "child@example.org" not in json.dumps(file)
    assert file["changes"][0]["after"] == {"last_name": "Own"}
    assert ("mail@example.org" in json.dumps(file)) == (secret != "guardian")
    assert "child@example.org" in json.dumps(layer.file("guardian", "sibling")) if secret == "no_authority" else True


def test_consents_decisions_and_restrictions_are_in_it(layer: Layer) -> None:
    world = layer.world
    own, me = world.ids["own"], world.persons["guardian"]
    write(
        world,
        insert(CONSENT).values(student_id=own, open=True, at=FRESH, by="account:x"),
        insert(RESTRICTION).values(student_id=own, since=FRESH, ended_at=WEDNESDAY, by="account:x"),
        insert(DECISION).values(source_id=world.north, student_id=own, guardian_id=me, decision="granted",
                                granted="[]", ground="grond", at=FRESH, by="account:x"),
    )  # fmt: skip
    file = layer.file("guardian", "own")
    assert file["consents"] == [{"open": True, "at": "2026-03-02T09:42:00Z"}]
    assert file["restrictions"] == [{"since": "2026-03-02T09:42:00Z", "ended_at": "2026-03-04T11:00:00Z"}]
    assert [(one["decision"], one["ground"]) for one in file["decisions"]] == [("granted", "grond")]
    office = layer.file("administrator", "own")["decisions"]
    assert sorted(one["decision"] for one in office) == ["blocked", "granted"]
    assert "grond" not in json.dumps(office)


def grown_up(layer: Layer) -> None:
    """The student of fifteen is sixteen from now on, and has signed in."""
    world = layer.world
    born = WEDNESDAY.date() - timedelta(days=16 * 366)
    write(world, update(TABLES["student"]).where(TABLES["student"].c.id == world.ids["own"]).values(birth_date=born))


def test_from_sixteen_on_it_is_the_students_own(layer: Layer) -> None:
    """R54: before that the guardians', whichever the student asks for."""
    assert layer.get("student", "own", "file").json()["code"] == "under_sixteen"
    grown_up(layer)
    assert layer.get("guardian", "own", "file").json()["code"] == "sixteen"
    file = layer.file("student", "own")
    assert len(file["records"]["grade"]) == 1
    assert file["guardians"] == file["decisions"] == []


@pytest.mark.parametrize("viewer", ["student", "administrator"])
def test_the_students_own_account_is_in_it_without_what_opens_it(layer: Layer, viewer: str) -> None:
    world = layer.world
    grown_up(layer)
    with world.engine.connect() as connection:
        from portal.tables import ACCOUNT_ROLE

        account = connection.execute(
            select(ACCOUNT_ROLE.c.account_id).where(ACCOUNT_ROLE.c.person_id == world.ids["own"])
        ).scalar_one()
    write(world, insert(LOGIN).values(account_id=account, role="student", way="password", at=FRESH))
    (found,) = layer.file(viewer, "own")["accounts"]
    assert found["login"] == "student@example.org"
    assert found["logins"] == [{"role": "student", "way": "password", "at": "2026-03-02T09:42:00Z"}]
    assert len(found["sessions"]) == 1
    assert not {"password_hash", "digest", "secret"} & {*found, *found["sessions"][0]}


def test_the_account_is_nothing_of_the_guardians(layer: Layer) -> None:
    assert layer.file("guardian", "own")["accounts"] == []


@pytest.mark.parametrize("area", ["grades", "absences", "reasons"])
def test_while_a_part_of_it_is_closed_all_of_it_is(layer: Layer, area: str) -> None:
    rules(layer.world, switches=[{"role": "guardian", "area": area, "open": False}])
    assert layer.get("guardian", "own", "file").json()["code"] == "switched_off"
    assert len(layer.file("administrator", "own")["records"]["grade"]) == 1


def test_reasons_that_are_not_for_guardians_are_not_in_theirs(layer: Layer) -> None:
    world = layer.world
    reason = world.put("absence_reason", world.north, code="XX", name="Geheim", attendance_kind="absent", retired=False,
                       visible_to_guardians=False)  # fmt: skip
    notice = world.put("absence_notice", world.north, student_id=world.ids["own"], begins=FRESH,
                       attendance_kind="absent", reason_id=reason, reason_code="XX")  # fmt: skip
    changed(world, "absence_notice", notice, 1, "insert", None,
            {"student_id": world.ids["own"], "reason_id": reason, "reason_code": "XX"})  # fmt: skip
    told = json.dumps(layer.file("guardian", "own"))
    assert reason not in told
    assert "XX" not in told
    assert "XX" in json.dumps(layer.file("administrator", "own"))


def schedule(world: World) -> None:
    """Results come out on Mondays at 16:30; it is a Wednesday."""
    rules(world, publication={"windows": [{"weekdays": [1], "begins": "16:30"}]})


def test_a_result_that_is_not_published_is_not_in_the_file(layer: Layer) -> None:
    world = layer.world
    schedule(world)
    column = world.column(world.north, world.subjects["own"], "T-new")
    late = WEDNESDAY - timedelta(hours=1)
    hidden = world.grade(world.north, world.ids["own"], column, "9,7", entered_at=late)
    gone = world.grade(world.north, world.ids["own"], column, "9,7", attempt=2, entered_at=late, gone=True)
    for grade in (hidden, gone):
        changed(world, "grade", grade, 1, "insert", None, {"student_id": world.ids["own"], "raw_text": "9,7"}, late)
    told = json.dumps(layer.file("guardian", "own"))
    for sign in (hidden, gone, "9,7", column, "T-new"):
        assert sign not in told
    assert "6,5" in told
    assert "9,7" in json.dumps(layer.file("administrator", "own"))


def test_a_result_that_was_changed_since_is_as_it_was_published(layer: Layer) -> None:
    world = layer.world
    schedule(world)
    own, column = world.ids["own"], world.column(world.north, world.subjects["own"], "T-changed")
    early, late = FRESH - timedelta(days=7), WEDNESDAY - timedelta(hours=1)
    grade = world.grade(world.north, own, column, "8,8", entered_at=early)
    was = {"student_id": own, "assessment_id": column, "attempt": 1, "raw_text": "3,1", "status": "scored",
           "counts": True, "score": "3.1", "entered_at": early.isoformat()}  # fmt: skip
    write(world, update(TABLES["grade"]).where(TABLES["grade"].c.id == grade).values(version=2, changed_at=late))
    changed(world, "grade", grade, 1, "insert", None, was, early)
    changed(world, "grade", grade, 2, "update", was, was | {"raw_text": "8,8", "score": "8.8"}, late)
    file = layer.file("guardian", "own")
    assert "8,8" not in json.dumps(file)
    (found,) = [one for one in file["records"]["grade"] if one["id"] == grade]
    assert (found["version"], found["raw_text"]) == (1, "3,1")
    assert [change["version"] for change in file["changes"]] == [1]


def test_an_export_is_an_event_of_its_own(layer: Layer) -> None:
    layer.file("guardian", "own")
    layer.get("court_block", "own", "file")
    (event,) = events(layer.world, "export")
    assert (event.student_id, event.area, event.role, event.relation, event.allowed) == (
        layer.world.ids["own"], "file", "guardian", "guardian", True
    )  # fmt: skip


def test_the_file_is_not_kept_by_the_browser(layer: Layer) -> None:
    answer = layer.get("guardian", "own", "file")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{layer.world.ids["own"]}.json"'


def looked(layer: Layer) -> None:
    for viewer in ("guardian", "mentor", "client", "student", "court_block", "no_authority"):
        layer.get(viewer, "own", "grades")
    layer.get("guardian", "sibling", "grades")
    # Another parent, with the same rights.
    layer.world.sign_in("other_parent", "guardian", layer.world.north, layer.world.persons["blocked_by_school"])
    write(layer.world, DECISION.delete())
    assert layer.get("other_parent", "own", "grades").status_code == 200


def test_a_guardian_learns_of_the_school_and_of_the_own_looks_alone(layer: Layer) -> None:
    looked(layer)
    answer = layer.get("guardian", "own", "readers").json()
    assert [(one["role"], one["relation"], one["area"], one["you"]) for one in answer["readers"]] == [
        ("client", "client", "grades", False), ("staff", "mentor", "grades", False),
        ("guardian", "guardian", "grades", True),
    ]  # fmt: skip
    assert all(one["actor"] is None for one in answer["readers"])
    file = layer.file("guardian", "own")["readers"]
    assert [one["role"] for one in file if one["area"] == "grades"] == ["client", "staff", "guardian"]


def test_a_guardian_learns_nothing_of_what_is_done_about_another(layer: Layer) -> None:  # R50
    own, source = layer.world.ids["own"], layer.world.north
    done = [("command", action) for action in ("letter", "confirm")] + [("administrator", "decide")]
    shown = [("administrator", "restrict"), ("command", "export")]
    with layer.world.engine.execution_options(writes=True).begin() as connection:
        append(connection, derived(SECRET, "audit"), [
            Event(source, "account:office", role, action, student_id=own) for role, action in (*done, *shown)
        ], WEDNESDAY)  # fmt: skip

    def learns(viewer: str) -> list[tuple[str, str]]:
        found = layer.get(viewer, "own", "readers").json()["readers"]
        return sorted((one["role"], one["action"]) for one in found if one["role"] in ("command", "administrator"))

    assert learns("guardian") == sorted(shown)
    assert learns("student") == sorted([*done, *shown])


def test_a_student_learns_in_what_capacity(layer: Layer) -> None:
    looked(layer)
    answer = layer.get("student", "own", "readers").json()
    assert [(one["role"], one["you"]) for one in answer["readers"]] == [
        ("guardian", False), ("student", True), ("client", False), ("staff", False), ("guardian", False)
    ]  # fmt: skip
    assert "account:" not in json.dumps(answer)


def test_the_administrator_learns_who(layer: Layer) -> None:
    looked(layer)
    answer = layer.get("administrator", "own", "readers").json()
    assert all(one["actor"] for one in answer["readers"])
    assert layer.get("mentor", "own", "readers").status_code == 403
    assert layer.get("other_school", "own", "readers").status_code == 404


def test_readers_come_in_pages_that_lose_and_double_nothing(layer: Layer) -> None:
    for _ in range(7):
        layer.get("mentor", "own", "grades")
    found, cursor = [], None
    while True:
        answer = layer.get("guardian", "own", "readers", limit=3, **({"cursor": cursor} if cursor else {})).json()
        found += [one["at"] for one in answer["readers"] if one["role"] == "staff"]
        layer.get("mentor", "own", "grades")
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert len(found) == len({*found}) == 7
    assert found == sorted(found, reverse=True)
    other = layer.get("guardian", "own", "readers", limit=3).json()["next_cursor"]
    assert layer.get("guardian", "sibling", "readers", cursor=other).status_code == 400


def test_a_look_at_the_readers_is_a_look(layer: Layer) -> None:
    layer.get("guardian", "own", "readers")
    (event,) = events(layer.world, "read")
    assert (event.area, event.student_id) == (Area.READERS, layer.world.ids["own"])


@pytest.mark.parametrize("what", ["file", "readers", "grades"])
def test_what_cannot_be_put_on_file_is_not_shown(layer: Layer, what: str) -> None:
    assert layer.get("guardian", "own", what).status_code == 200
    write(layer.world, update(AUDIT_HEAD).values(seal=b"not ours"))
    answer = layer.get("guardian", "own", what)
    assert answer.status_code == 503
    assert set(answer.json()) == {"type", "title", "status", "detail"}
