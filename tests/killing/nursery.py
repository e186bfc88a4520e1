"""Runs syncs in children that are killed at a chosen point, and resumes them: a program of its own.

    python -m tests.killing.nursery FACTORY OPTIONS < databases

``FACTORY`` makes the connector, as ``magister.connector:connect``, from the source's table, ``OPTIONS`` in JSON. For
each line ``DATABASE-URL POINT`` a child syncs everything and gets SIGKILL at its POINT-th event (0: never); then
another child syncs everything again. Answers one line of JSON: whether the first was killed, how many events it
counted, and a digest of what the store holds. An event is a transaction's begin, its commit, or a read of an answer.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any

from sqlalchemy import Engine, event

import connectors.answer
import connectors.contract
import scheduler.sync
from canonical.database import connect
from canonical.lease import this_process
from canonical.store import Store
from connectors.contract import Connector, Settings
from scheduler.sync import Target, sync_source
from tests.killing.dump import digest_of

ROWS, PIECE = 80, 400
"""Rows in a batch, and records in a transaction: small, so that a small school is many transactions."""


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


Make = Callable[[], Connector]


def sync_all(database: str, make: Make, fuse: Fuse | None) -> None:
    scheduler.sync.MANY_RECORDS = PIECE
    scheduler.sync.OWNER = this_process()  # made before the fork: it would name the parent
    engine = connect(database)
    if fuse is not None:
        fuse.watch(engine)
    store = Store(engine, key=b"k" * 32)
    connector = make()
    target = Target("school", store.source("school", connector.name, "School"), connector)
    for report in sync_source(store, target, target.connector.entities):
        if report.error is not None or report.summary.outcome != "complete":
            raise AssertionError(f"{report.entity}: {report.summary}")


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
    factory, options = sys.argv[1], json.loads(sys.argv[2])
    connectors.contract.BATCH_ROWS = ROWS  # before the connector's own room is loaded, which takes it over
    connect_source = resolve_name(factory)

    def make() -> Connector:
        made: Connector = connect_source(Settings("school", options))
        return made

    for line in sys.stdin:
        database, point = line.split()
        print(json.dumps(kill_and_resume(database, int(point), make)), flush=True)


def kill_and_resume(database: str, point: int, make: Make) -> dict[str, object]:
    fuse = Fuse(point)

    def first() -> int:
        sync_all(database, make, fuse)
        return fuse.count

    killed, events = in_child(first)

    def then() -> str:
        if killed:
            sync_all(database, make, None)
        return digest_of(connect(database))

    _, digest = in_child(then)
    return {"killed": killed, "events": int(events or 0), "digest": digest}


if __name__ == "__main__":
    main()
