"""Runs syncs in children that are killed at a chosen point, and resumes them: a program of its own.

    python -m tests.killing.nursery FACTORY < lines of JSON

``FACTORY`` makes the connector, as ``magister.connector:connect``. For each line ``{"database": its address, "point":
number, "options": the source's table, "full": whether what has not changed is read too}`` a child syncs everything and
gets SIGKILL at its POINT-th event (0: never); then another child syncs everything again. Answers one line of JSON:
whether the first was killed, how many events it counted, and a digest of what the store holds, and of what lies in the
source's folder where it has one.

An event is a transaction's begin, its commit, a read of an answer, or a change in the file system by Python itself.

The first line is answered by this process itself, unkilled: what it has loaded and prepared then, its children have.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from sqlalchemy import Engine, event

import connectors.answer
import connectors.contract
import scheduler.sync
from canonical.database import connect
from canonical.lease import this_process
from canonical.store import Store
from connectors.contract import Closeable, Connector, Settings
from scheduler.sync import WAITING, Target, sync_source
from tests.killing.dump import digest_of, digest_of_folder

ROWS, PIECE = 80, 400
"""Rows in a batch, and records in a transaction: small, so that a small school is many transactions."""
STEPS = ("mkdir", "rename", "replace", "unlink", "rmdir", "fsync")
"""What changes something in the file system."""


class Fuse:
    """Counts events and kills this process at the chosen one."""

    def __init__(self, point: int) -> None:
        self.count = 0
        self._point = point

    def burn(self, *_: object) -> None:
        self.count += 1
        if self.count == self._point:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Engine) -> None:
        event.listen(engine, "begin", self.burn)
        event.listen(engine, "commit", self.burn)
        piece: Callable[..., bytes] = connectors.answer.Answer._piece

        def counted(answer: Any, read: Any) -> bytes:
            self.burn()
            return piece(answer, read)

        connectors.answer.Answer._piece = counted  # type: ignore[method-assign]
        for name in STEPS:
            setattr(os, name, self._counted(getattr(os, name)))

    def _counted(self, step: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **more: object) -> object:
            self.burn()
            return step(*arguments, **more)

        return counted


Make = Callable[[], Connector]


def sync_all(database: str, make: Make, full: bool, fuse: Fuse | None = None) -> None:
    scheduler.sync.MANY_RECORDS = PIECE
    scheduler.sync.OWNER = this_process()  # made before the fork: it would name the parent
    engine = connect(database)
    if fuse is not None:
        fuse.watch(engine)
    store = Store(engine, key=b"k" * 32)
    connector = make()
    target = Target("school", store.source("school", connector.name, "School"), connector)
    for report in sync_source(store, target, target.connector.entities, full=full):
        if report.error is not None or report.summary.outcome not in ("complete", WAITING):
            raise AssertionError(f"{report.entity}: {report.summary}")
    assert isinstance(connector, Closeable)
    connector.close()
    engine.dispose()  # a child must not have its parent's connections


def in_child(work: Callable[[], object]) -> tuple[bool, str]:
    """Run ``work`` in a fork: (was it killed, what it printed)."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        status = 1
        try:
            os.write(writing, str(work()).encode())
            status = 0
        except BaseException:  # noqa: BLE001  # whatever it is, the parent must be told by the exit status
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True, ""
    if os.WEXITSTATUS(status):
        raise AssertionError("the child failed; see above")
    return False, said


def main() -> None:
    connectors.contract.BATCH_ROWS = ROWS  # before the connector's own room is loaded, which takes it over
    connect_source = resolve_name(sys.argv[1])
    for number, line in enumerate(sys.stdin):
        ask = json.loads(line)

        def make(options: dict[str, Any] = ask["options"]) -> Connector:
            made: Connector = connect_source(Settings("school", options))
            return made

        if number == 0:
            sync_all(ask["database"], make, ask["full"])
            answer: dict[str, object] = {"digest": _digest(ask)}
        else:
            answer = kill_and_resume(ask, make)
        print(json.dumps(answer), flush=True)


def kill_and_resume(ask: dict[str, Any], make: Make) -> dict[str, object]:
    fuse = Fuse(ask["point"])

    def first() -> int:
        sync_all(ask["database"], make, ask["full"], fuse)
        return fuse.count

    killed, events = in_child(first)

    def then() -> str:
        if killed:
            sync_all(ask["database"], make, ask["full"])
        return _digest(ask)

    _, digest = in_child(then)
    return {"killed": killed, "events": int(events or 0), "digest": digest}


def _digest(ask: dict[str, Any]) -> str:
    engine = connect(ask["database"])
    digest = digest_of(engine)
    engine.dispose()
    return digest + (digest_of_folder(Path(ask["options"]["folder"])) if "folder" in ask["options"] else "")


if __name__ == "__main__":
    main()
