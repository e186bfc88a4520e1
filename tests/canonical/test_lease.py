"""One writer at a time: a lease by the database's clock, and a fence that the late one cannot pass."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from canonical import lease
from canonical.batch import Mapped
from canonical.database import connect
from canonical.ending import Ending
from canonical.errors import LeaseLost
from canonical.records import Student
from canonical.store import Store, SyncRun
from tests.stored import dump, live, rows_of

ROOT = Path(__file__).parents[2]
HERE = lease.this_process()
ELSEWHERE = "another-machine/boot:1/1/x"
"""Of a process on another machine nobody can say whether it lives."""

HOLDER = """
import sys
from canonical.batch import Mapped
from canonical.database import connect
from canonical.errors import LeaseLost
from canonical.lease import this_process
from canonical.records import Student
from canonical.store import Store

store = Store(connect(sys.argv[1]))
run = store.begin(int(sys.argv[2]), "students", ("student",), owner=this_process(), lease_seconds=float(sys.argv[3]))
run.apply([Mapped([Student(key=("1",), local_id="1", last_name="first")])])
print("held", flush=True)
sys.stdin.readline()
try:
    run.apply([Mapped([Student(key=("2",), local_id="2", last_name="late")])])
except LeaseLost:
    print("lost", flush=True)
else:
    print("wrote", flush=True)
"""


def row(key: str, name: str = "x") -> Mapped:
    return Mapped([Student(key=(key,), local_id=key, last_name=name)])


def begin(engine: Engine, owner: str = HERE) -> SyncRun | None:
    store = Store(engine)
    return store.begin(store.source("school", "fake", "School"), "students", ("student",), owner=owner)


def expire(engine: Engine) -> None:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE entity_state SET lease_until = 1"))


@pytest.mark.parametrize("other", [HERE, ELSEWHERE], ids=["here", "elsewhere"])
def test_of_two_runs_at_once_the_second_gets_none(engine: Engine, other: str) -> None:
    assert begin(engine, other) is not None
    before = dump(engine)
    assert begin(engine) is None
    assert dump(engine) == before


def test_another_entity_and_another_source_are_free(engine: Engine) -> None:
    store = Store(engine)
    sources = [store.source(name, "fake", name) for name in ("a", "b")]
    runs = [store.begin(source, entity, (), owner=HERE) for source in sources for entity in ("students", "grades")]
    assert all(run is not None for run in runs)


def test_a_lease_from_before_the_clock_was_set_back_keeps_nobody(engine: Engine) -> None:
    assert begin(engine, ELSEWHERE) is not None
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE entity_state SET lease_until = lease_until + 86400"))
    assert begin(engine) is not None


@pytest.mark.parametrize("ending", ["finish", "fail"])
def test_a_run_that_ended_lets_go(engine: Engine, ending: str) -> None:
    run = begin(engine, ELSEWHERE)
    assert run is not None
    if ending == "finish":
        run.finish(Ending("seen to the end"))
    else:
        run.fail("failed", "x", "x")
    assert begin(engine) is not None


@pytest.mark.parametrize(
    "late_step",
    [
        lambda late: late.apply([row("1", "late"), row("3")]),
        lambda late: late.finish(Ending("seen to the end")),
        lambda late: late.fail("failed", "x", "x"),
    ],
    ids=["apply", "finish", "fail"],
)
def test_a_late_run_writes_nothing(engine: Engine, late_step: Callable[[SyncRun], object]) -> None:
    late = begin(engine, ELSEWHERE)
    assert late is not None
    late.apply([row("1", "early")])
    expire(engine)
    second = begin(engine)
    assert second is not None
    second.apply([row("1", "second"), row("2")])
    before = dump(engine)
    with pytest.raises(LeaseLost):
        late_step(late)
    assert dump(engine) == before
    second.apply([row("3")])
    assert second.finish(Ending("seen to the end")).outcome == "complete"
    assert [run["outcome"] for run in rows_of(engine, "run")] == ["failed", "complete"]


def test_a_late_run_does_not_let_go_of_the_lease_of_another(engine: Engine) -> None:
    late = begin(engine, ELSEWHERE)
    assert late is not None
    assert late.fence is not None
    expire(engine)
    assert begin(engine) is not None
    with late.store.writing() as connection:
        lease.release(connection, late.job.source_id, "students", late.fence)
    assert begin(engine) is None


def test_each_batch_extends_the_lease(engine: Engine) -> None:
    run = begin(engine)
    assert run is not None
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE entity_state SET lease_until = lease_until - 100"))
    [before] = rows_of(engine, "entity_state")
    run.apply([row("1")])
    [after] = rows_of(engine, "entity_state")
    assert after["lease_until"] > before["lease_until"] + 99
    assert after["fence"] == before["fence"] == run.fence


def test_an_interrupted_run_is_told_as_a_failure(engine: Engine) -> None:
    assert begin(engine, ELSEWHERE) is not None
    expire(engine)
    second = begin(engine)
    assert second is not None
    assert [(run["outcome"], run["code"]) for run in rows_of(engine, "run")] == [
        ("failed", "interrupted"), ("running", None),
    ]  # fmt: skip
    assert rows_of(engine, "entity_state")[0]["failures"] == 1
    second.finish(Ending("seen to the end"))
    assert rows_of(engine, "entity_state")[0]["failures"] == 0


def hold_elsewhere(url: str, source: int, seconds: float) -> subprocess.Popen[str]:
    """Another process that has the lease, has written one record, and waits for a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url, str(source), str(seconds)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_process_that_was_killed_is_followed_at_once(engine: Engine) -> None:
    source = Store(engine).source("school", "fake", "School")
    with hold_elsewhere(engine.url.render_as_string(), source, 600) as process:
        assert begin(engine) is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    run = begin(engine)
    assert run is not None
    run.apply([row("1", "first"), row("2")])
    assert run.finish(Ending("seen to the end")).unchanged == 1
    assert set(live(engine, source)) == {("student", ("1",)), ("student", ("2",))}


def test_a_process_that_was_frozen_writes_nothing_when_it_wakes(engine: Engine) -> None:
    source = Store(engine).source("school", "fake", "School")
    with hold_elsewhere(engine.url.render_as_string(), source, 600) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.send_signal(signal.SIGSTOP)
        assert begin(engine) is None
        expire(engine)
        run = begin(engine)
        assert run is not None
        run.apply([row("1", "second")])
        process.send_signal(signal.SIGCONT)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "lost\n"
    found = live(engine, source)
    assert {place: fields["last_name"] for place, fields in found.items()} == {("student", ("1",)): "second"}
    assert run.finish(Ending("seen to the end")).outcome == "complete"


def test_who_is_gone() -> None:
    machine, pid, _ = HERE.rsplit("/", 2)
    assert not lease.is_gone(HERE, HERE)
    assert lease.is_gone(f"{machine}/{pid}/earlier", HERE), "a process id that was given out again"
    assert not lease.is_gone(f"{machine}/{os.getppid()}/x", HERE)
    assert not lease.is_gone(f"{machine}/1/x", HERE)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert lease.is_gone(f"{machine}/{ended.pid}/x", HERE)
    assert not lease.is_gone(f"{socket.gethostname()}x{machine}/{ended.pid}/x", HERE)
    assert not lease.is_gone("nonsense", HERE)


def test_a_process_in_another_container_is_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two containers may share a host's name and kernel; the process ids of one mean nothing in the other."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    monkeypatch.setattr("os.getpid", lambda: ended.pid)
    here = lease.this_process()
    monkeypatch.setattr("canonical.lease._PROCESSES", tmp_path)
    there = lease.this_process()
    monkeypatch.undo()
    assert lease.is_gone(here, HERE)
    assert not lease.is_gone(there, HERE)


def test_a_frozen_process_cannot_keep_its_locks_for_ever(engine: Engine) -> None:
    """PostgreSQL ends its transaction; on SQLite every other writer gives up after ten seconds."""
    made = connect(engine.url.render_as_string())
    with made.connect() as connection:
        if connection.dialect.name == "postgresql":
            assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "1min"
        else:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000
    made.dispose()
