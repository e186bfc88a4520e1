"""A kept answer is never older than the store, and never for somebody who may not see it (any more)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine, func, insert, select, update

import portal.kept
from canonical.tables import STATE, TABLES
from portal.access import Reason, Verdict
from portal.clock import now
from portal.stamp import touch
from portal.tables import ACCOUNT, AUDIT, CONSENT, DECISION, RESTRICTION, RULES, SESSION
from tests.portal.layer import ORIGIN, create_app
from tests.portal.world import World


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


@pytest.fixture
def asked(world: World) -> Iterator[Callable[..., Response]]:
    """Ask for a student's overview as somebody."""
    with TestClient(create_app(world.engine), base_url=ORIGIN) as client:

        def ask(viewer: str = "guardian", student: str = "own") -> Response:
            client.cookies.clear()
            path = f"/v1/students/{world.ids[student]}/grades"
            return client.get(path, headers=dict(world.headers(viewer)))

        yield ask


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The overviews that were made, rather than kept."""
    found: list[str] = []
    keep = portal.kept.Kept.keep

    def noting(self: Any, connection: Any, name: str, *more: Any) -> None:
        found.append(name)
        keep(self, connection, name, *more)

    monkeypatch.setattr(portal.kept.Kept, "keep", noting)
    return found


def _sync(world: World, entity: str = "grades", source: int | None = None) -> None:
    """What every transaction of a sync does to the row of its entity."""
    world.state(source or world.north, entity, lease_until=STATE.c.lease_until + 1)


def _write(world: World, statement: Any, *, touching: bool = True) -> None:
    with world.engine.execution_options(writes=True).begin() as connection:
        connection.execute(statement)
        if touching:
            touch(connection)


def test_an_answer_is_made_once(asked: Callable[..., Response], made: list[str]) -> None:
    first, *others = [asked() for _ in range(4)]
    assert first.status_code == 200
    assert "T-own" in first.text
    assert {(other.status_code, other.content, other.headers["etag"]) for other in others} == {
        (200, first.content, first.headers["etag"])
    }
    assert made == ["grades"]


class _Queue:
    """Counts who waits for a turn."""

    def __init__(self) -> None:
        self.waited = 0

    async def __aenter__(self) -> None:
        self.waited += 1

    async def __aexit__(self, *_: object) -> None:
        pass


def test_only_a_session_waits_for_its_turn(sqlite_engine: Engine) -> None:
    """The keys of a token's issuer may take seconds: nobody else may have to wait for them."""
    world = World(sqlite_engine)
    app = create_app(sqlite_engine)
    app.state.kept.making = queue = _Queue()
    path = f"/v1/students/{world.ids['own']}/grades"
    with TestClient(app, base_url=ORIGIN) as client:
        for session in ({}, dict(world.headers("guardian"))):
            assert client.get(path, headers={"Authorization": "Bearer made.up.token", **session}).status_code == 401
        assert client.get(path).status_code == 401
        assert queue.waited == 0
        assert client.get(path, headers=dict(world.headers("guardian"))).status_code == 200
        assert queue.waited == 1
        assert client.get(path, headers=dict(world.headers("guardian"))).status_code == 200
        assert queue.waited == 1


def test_every_kept_answer_is_on_file(world: World, asked: Callable[..., Response]) -> None:
    for _ in range(5):
        asked()
    with world.engine.connect() as connection:
        where = (AUDIT.c.student_id == world.ids["own"], AUDIT.c.area == "grades", AUDIT.c.allowed)
        assert connection.execute(select(func.count()).select_from(AUDIT).where(*where)).scalar_one() == 5


def test_who_is_shown_the_same_shares_the_answer_and_not_the_access(
    asked: Callable[..., Response], made: list[str]
) -> None:
    assert asked("guardian").content == asked("student").content == asked("mentor").content
    assert made == ["grades"] * 3  # each has to be let in once
    assert [asked(viewer).status_code for viewer in ("court_block", "other_school", "no_authority")] == [404] * 3
    assert asked("manager").status_code == 404
    assert asked("attendance_officer").status_code == 403


@pytest.mark.parametrize("entity", ["grades", "columns", "subjects", "students"])
def test_what_a_sync_writes_is_seen_at_once(
    world: World, asked: Callable[..., Response], made: list[str], entity: str
) -> None:
    asked()
    column = world.column(world.north, world.subjects["own"], "NEW")
    world.grade(world.north, world.ids["own"], column, "9,0", entered_at=datetime(2026, 3, 1, tzinfo=UTC))
    _sync(world, entity)
    assert "NEW" in asked().text
    assert len(made) == 2


def test_what_has_nothing_to_do_with_it_changes_nothing(
    world: World, asked: Callable[..., Response], made: list[str]
) -> None:
    asked()
    _sync(world, "absences")
    _sync(world, "grades", world.south)
    asked()
    assert len(made) == 1


def _tombstone(world: World) -> None:
    table = TABLES["guardianship"]
    where = (table.c.guardian_id == world.persons["guardian"], table.c.student_id == world.ids["own"])
    _write(world, update(table).where(*where).values(tombstoned_at=now()), touching=False)
    _sync(world, "students")


def _decide(world: World) -> None:
    _write(world, insert(DECISION).values(
        source_id=world.north, student_id=world.ids["own"], guardian_id=world.persons["guardian"],
        decision="blocked", granted="[]", at=now(), by="test",
    ))  # fmt: skip


def _restrict(world: World) -> None:
    _write(world, insert(RESTRICTION).values(student_id=world.ids["own"], since=now(), by="test"))


def _switch_off(world: World) -> None:
    rules = '{"switches": [{"role": "guardian", "area": "grades", "open": false}]}'
    _write(world, insert(RULES).values(source_id=world.north, version=1, document=rules, at=now(), by="test"))


def _revoke(world: World) -> None:
    _write(world, update(SESSION).values(revoked_at=now()), touching=False)


def _close(world: World) -> None:
    _write(world, update(ACCOUNT).values(state="closed"), touching=False)


@pytest.mark.parametrize(("change", "status"), [
    (_tombstone, 404), (_decide, 404), (_restrict, 403), (_switch_off, 403), (_revoke, 401), (_close, 401),
])  # fmt: skip
def test_access_ends_at_once(
    world: World, asked: Callable[..., Response], change: Callable[[World], None], status: int
) -> None:
    assert [asked().status_code for _ in range(2)] == [200, 200]
    change(world)
    assert asked().status_code == status


def test_who_is_a_guardian_may_be_told_by_an_entity_of_its_own(world: World, asked: Callable[..., Response]) -> None:
    """The answer itself would still hold: it is the facts of access that do not."""
    world.entity(world.north, "guardians", ("guardian", "guardianship"))
    assert [asked().status_code for _ in range(2)] == [200, 200]
    table = TABLES["guardianship"]
    where = (table.c.guardian_id == world.persons["guardian"], table.c.student_id == world.ids["own"])
    _write(world, update(table).where(*where).values(tombstoned_at=now()), touching=False)
    _sync(world, "guardians")
    assert asked().status_code == 404


def test_access_is_decided_for_every_request(
    asked: Callable[..., Response], made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept answer is given to nobody whom the rules do not let in at that moment."""
    asked()
    monkeypatch.setattr(portal.kept, "may_see", lambda *_: Verdict(Reason.NO_TIE))
    asked()
    assert len(made) == 2


def test_a_withdrawn_consent_closes_the_door(world: World, asked: Callable[..., Response]) -> None:
    for open_, status in ((True, 200), (False, 404), (True, 200)):
        _write(world, insert(CONSENT).values(student_id=world.ids["grown"], open=open_, at=now(), by="test"))
        assert [asked("adults_parent", "grown").status_code for _ in range(2)] == [status, status]


def test_the_eighteenth_birthday_needs_no_change_in_the_store(sqlite_engine: Engine) -> None:
    with time_machine.travel(datetime(2026, 3, 9, 22, 50, tzinfo=UTC), tick=False) as clock:
        world = World(sqlite_engine)
        table = TABLES["student"]
        born = update(table).where(table.c.id == world.ids["own"]).values(birth_date=date(2008, 3, 10))
        _write(world, born)
        with TestClient(create_app(sqlite_engine), base_url=ORIGIN) as client:
            for minutes, status in ((0, 200), (5, 200), (9, 200), (10, 404)):
                clock.move_to(datetime(2026, 3, 9, 22, 50, tzinfo=UTC) + timedelta(minutes=minutes))
                path = f"/v1/students/{world.ids['own']}/grades"
                assert client.get(path, headers=dict(world.headers("guardian"))).status_code == status


def test_what_is_published_later_comes_by_the_clock(sqlite_engine: Engine) -> None:
    windows = '{"publication": {"windows": [{"weekdays": [1, 2, 3, 4, 5], "begins": "16:30"}]}}'
    with time_machine.travel(datetime(2026, 3, 10, 15, 0, tzinfo=UTC), tick=False) as clock:  # a Tuesday, 16:00
        world = World(sqlite_engine)
        _write(world, insert(RULES).values(source_id=world.north, version=1, document=windows, at=now(), by="test"))
        column = world.column(world.north, world.subjects["own"], "AT-HALF-PAST")
        world.grade(world.north, world.ids["own"], column, "9,0", entered_at=now())
        with TestClient(create_app(sqlite_engine), base_url=ORIGIN) as client:
            for minutes, shown in ((0, False), (29, False), (30, True), (31, True)):
                clock.move_to(datetime(2026, 3, 10, 15, 0, tzinfo=UTC) + timedelta(minutes=minutes))
                # A session that is used now and then: its use is noted at times, and kept answers are given between.
                answers = [client.get(f"/v1/students/{world.ids['own']}/grades",
                                      headers=dict(world.headers("student"))) for _ in range(3)]  # fmt: skip
                assert {("AT-HALF-PAST" in answer.text, answer.status_code) for answer in answers} == {(shown, 200)}
