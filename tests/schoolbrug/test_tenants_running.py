"""Schools that come, rest and go while workers run: both of them see it, and so does a read layer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from canonical import dues
from canonical.database import connect
from canonical.store import Store
from canonical.tables import RUN, SOURCE
from connectors import registry
from portal.schema import migrate_portal
from scheduler.queue import Worker, install
from scheduler.schedule import Schedule
from scheduler.work import Work
from schoolbrug import known
from schoolbrug.config import load
from schoolbrug.known import Keeper, Known
from schoolbrug.serving import application
from tests.conftest import migrated
from tests.fake_source import FakeSource, student
from tests.schoolbrug import program
from tests.schoolbrug.conftest import Run

KEY = "a-key-for-the-portal-that-is-long-enough"
CONFIGURATION = """\
[store]
database = "{url}"
[portal]
secret = {{ env = "TEST_SECRET" }}
[[serve.keys]]
name = "all"
secret = {{ env = "TEST_KEY" }}
[[source]]
name = "oak"
system = "fake"
school = {{ name = "The Oak" }}
"""
ELM = """\
[[source]]
name = "elm"
system = "fake"
school = { name = "The Elm" }
[source.schedule]
default = 0.01
[source.fake]
password = { env = "TEST_ELM" }
"""


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(_settings: registry.Settings) -> FakeSource:
        source = FakeSource()
        source.rows["students"] = [student("s1")]
        source.stamp()
        return source

    point = SimpleNamespace(name="fake", value="fake", dist=None, load=lambda: made)
    monkeypatch.setattr(registry, "available", lambda: {"fake": point})
    monkeypatch.setattr(known, "EVERY", 0.05)
    for name in ("TEST_SECRET", "TEST_ELM"):
        monkeypatch.setenv(name, "x" * 40)
    monkeypatch.setenv("TEST_KEY", KEY)


@pytest.fixture
def engine(database: str, request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Iterator[Engine]:
    for made in migrated(database, request, tmp_path, migrate_portal):
        url = made.url.render_as_string(hide_password=False)
        (home / "schoolbrug.toml").write_text(CONFIGURATION.format(url=url), "utf-8")
        (home / "elm.toml").write_text(ELM, "utf-8")
        yield made


@contextmanager
def working(engine: Engine, home: Path) -> Iterator[Work]:
    """One worker, as ``schoolbrug worker`` or ``schoolbrug run`` makes it, with connections of its own."""
    own = connect(engine.url.render_as_string(hide_password=False))
    told = threading.Event()
    with ExitStack() as stack:
        stack.callback(own.dispose)
        store = Store(own)
        find = Keeper(store, Known(load(home / "schoolbrug.toml"), own), stack)
        if own.dialect.name == "postgresql":
            work = Work(store, find(), stopping=told.is_set, find=find)
            work.plan()
            thread = threading.Thread(target=Worker(own, work, 2).run, args=(told,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(told.set)
        else:
            schedule = Schedule(store, find(), find=find)
            schedule.start()
            stack.callback(schedule.stop, 60)
            work = schedule.work
        yield work


def runs(engine: Engine, name: str) -> int:
    """The newest good run of a source of what it offers itself."""
    with engine.connect() as connection:
        found = connection.execute(
            select(RUN.c.id).join(SOURCE).where(
                SOURCE.c.name == name, RUN.c.outcome == "complete", RUN.c.entity != "school"
            ).order_by(RUN.c.id.desc()).limit(1)
        ).scalar()  # fmt: skip
    return found or 0


def both(workers: list[Work], holds: Callable[[Work], bool]) -> None:
    program.until(lambda: all(map(holds, workers)))


def test_two_workers_see_a_tenant_come_rest_and_go(engine: Engine, home: Path, run: Run) -> None:
    if engine.dialect.name == "postgresql":
        install(engine)
    with working(engine, home) as one, working(engine, home) as other:
        workers = [one, other]
        assert [work.sources.keys() for work in workers] == [one.sources.keys()] * 2
        assert run("tenant", "add", "elm.toml").exit_code == 0
        both(workers, lambda work: len(work.sources) == 2)
        (elm,) = {number for number, source in one.sources.items() if source.target.name == "elm"}
        program.until(lambda: runs(engine, "elm"))

        assert run("tenant", "pause", "elm").exit_code == 0
        program.until(lambda: not _is_read(engine, "elm"))
        before = runs(engine, "elm")
        assert [work.do(elm, "students") for work in workers] == [False, False]
        assert runs(engine, "elm") == before

        assert run("tenant", "resume", "elm").exit_code == 0
        program.until(lambda: runs(engine, "elm") > before)

        assert run("tenant", "remove", "elm").exit_code == 0
        both(workers, lambda work: elm not in work.sources)
        assert [work.do(elm, "students") for work in workers] == [False, False]


def _is_read(engine: Engine, name: str) -> bool:
    """Whether anybody has taken something of a source: its run may not have begun yet."""
    with engine.connect() as connection:
        return any(one.reading for one in dues.standings(connection) if one.source == name)


def test_a_tenant_that_cannot_be_used_here_stops_no_other(
    engine: Engine, home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("tenant", "add", "elm.toml")
    monkeypatch.delenv("TEST_ELM")
    with ExitStack() as stack:
        store = Store(engine)
        keeper = Keeper(store, Known(load(home / "schoolbrug.toml"), engine), stack)
        assert [source.target.name for source in keeper()] == ["oak"]
        monkeypatch.setenv("TEST_ELM", "it has come")
        program.until(lambda: len(keeper()) == 2)
        first = keeper()
        program.until(lambda: keeper._known.renew())
        assert [a is b for a, b in zip(first, keeper(), strict=True)] == [True, True], "nothing is connected anew"


def test_a_read_layer_knows_a_tenant(engine: Engine, home: Path, run: Run) -> None:
    now = Known(load(home / "schoolbrug.toml"), engine)
    client = TestClient(application(Store(engine), now), headers={"Authorization": f"Bearer {KEY}"})
    run("tenant", "add", "elm.toml")
    run("sync", "elm")
    program.until(lambda: now.renew() and "elm" in now.names)
    program.until(lambda: _states(client, "elm") == {"school": "fresh", "students": "stale"})
    run("tenant", "remove", "elm")
    program.until(lambda: now.renew() and "elm" not in now.names)
    assert _states(client, "elm")["students"] == "fresh", "by no rhythm of its own any more"


def _states(client: TestClient, name: str) -> dict[str, str]:
    answer = client.get("/v1/sources").json()
    (found,) = [source for source in answer["sources"] if source["name"] == name]
    return {one["entity"]: one["state"] for one in found["entities"] if one["entity"] in ("school", "students")}
