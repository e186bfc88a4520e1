"""What a dry run would have done is kept for whoever looks afterwards; and that is all that it leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, select

from canonical.database import connect
from canonical.tables import METADATA, REHEARSAL, RUN, SOURCE, STATE
from connectors import registry
from connectors.errors import Denied, Retry
from tests.fake_source import STUDENTS, FakeSource, bad, grade, student
from tests.scheduler.test_delivered import Post
from tests.schoolbrug.conftest import Run

AT = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)
COUNTS = ("inserted", "updated", "tombstoned", "held", "quarantined")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(AT, tick=False) as moved:
        yield moved


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    made = connect(f"sqlite:///{next(home.glob('*.toml')).parent / 'store.sqlite'}")
    yield made
    made.dispose()


def filled(fake: FakeSource, students: int = 4) -> None:
    fake.rows["students"] = [student(f"s{n}") for n in range(students)]
    fake.rows["grades"] = [grade(f"g{n}", f"s{n}", "7.5") for n in range(students)]
    fake.stamp()


def kept(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return {row.entity: row for row in connection.execute(select(REHEARSAL))}


def everything_else(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            name: list(connection.execute(select(table))) for name, table in METADATA.tables.items()
            if table is not REHEARSAL
        }  # fmt: skip


def test_what_it_would_have_done_is_kept(run: Run, fake: FakeSource, engine: Engine) -> None:
    filled(fake)
    run("sync")
    fake.rows["students"] = [student("s0", "Other"), *fake.rows["students"][1:3], student("s9"), bad(student("s8"))]
    fake.rows["grades"] = []
    before = everything_else(engine)
    run("sync", "--dry-run")
    told = kept(engine)
    assert {name: tuple(getattr(row, count) for count in COUNTS) for name, row in told.items()} == {
        "school": (0, 0, 0, 0, 0), "students": (1, 1, 1, 0, 1), "groups": (0, 0, 0, 0, 0), "members": (0, 0, 0, 0, 0),
        "grades": (0, 0, 0, 4, 0),
    }  # fmt: skip
    assert {row.at for row in told.values()} == {AT}
    assert (told["grades"].outcome, told["grades"].message) == ("partial", "the answer was empty")
    assert everything_else(engine) == before


def test_before_the_first_sync_it_makes_nothing_known(run: Run, fake: FakeSource, engine: Engine) -> None:
    filled(fake)
    run("sync", "oak", "students", "--dry-run")
    assert kept(engine)["students"].inserted == 4
    found = everything_else(engine)
    assert [name for name, rows in found.items() if rows] == [SOURCE.name]
    assert (found[RUN.name], found[STATE.name]) == ([], [])
    assert "never synced" in run("status").stdout


def test_the_next_one_takes_its_place(
    run: Run, fake: FakeSource, engine: Engine, clock: time_machine.Coordinates
) -> None:
    filled(fake)
    run("sync", "--dry-run")
    clock.shift(timedelta(hours=1))
    filled(fake, 6)
    fake.failure = (3, Retry("students: nobody answers", code="http.timeout"))
    run("sync", "oak", "students", "--dry-run")
    told = kept(engine)
    assert (told["students"].outcome, told["students"].code, told["students"].at) == (
        "failed", "http.timeout", AT + timedelta(hours=1)
    )  # fmt: skip
    assert (told["grades"].inserted, told["grades"].at) == (4, AT)


def test_what_was_not_asked_is_not_kept(run: Run, fake: FakeSource, engine: Engine) -> None:
    filled(fake)
    later = AT + timedelta(hours=9)
    fake.opens_at = lambda entity, now: later if entity is STUDENTS else None  # type: ignore[method-assign]
    run("sync", "--dry-run")
    assert "students" not in kept(engine)
    assert "grades" in kept(engine)


def test_a_source_that_refuses_us(run: Run, fake: FakeSource, engine: Engine) -> None:
    filled(fake)
    fake.failure = (0, Denied("log in: user name or password refused", code="fake.login"))
    run("sync", "--dry-run")
    assert {name: row.outcome for name, row in kept(engine).items()} == {"school": "complete", "students": "failed"}


def test_what_is_waited_for_is_not_kept(run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post()
    point = SimpleNamespace(name="fake", value="fake", dist=None, load=lambda: lambda _settings: post)
    monkeypatch.setattr(registry, "available", lambda: {"fake": point})
    run("sync", "--dry-run")
    assert list(kept(engine)) == ["school"]


def test_a_sync_leaves_what_is_kept_as_it_is(
    run: Run, fake: FakeSource, engine: Engine, clock: time_machine.Coordinates
) -> None:
    filled(fake)
    run("sync", "--dry-run")
    before = kept(engine)
    clock.shift(timedelta(hours=1))
    run("sync")
    assert kept(engine) == before
