"""The log of who looked: durable before an answer, in one chain, whoever else writes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update

from canonical.database import connect
from portal import audit
from portal.audit import COLUMNS, CannotRecord, Event, Head, Recorder, append, link
from portal.auditing import anchors, verify
from portal.tables import AUDIT, AUDIT_HEAD
from tests.portal.school import ident

KEY = b"k" * 32
AT = datetime(2026, 3, 2, 10, 0, 0, 250_000, tzinfo=UTC)
READ = Event(
    source_id=1, actor="account:a", role="guardian", relation="guardian", student_id=ident(7), area="grades",
    session="s",
)  # fmt: skip


@pytest.fixture
def recorder(engine: Engine) -> Iterator[Recorder]:
    made = Recorder(engine, KEY)
    yield made
    made.close()


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(AUDIT).order_by(AUDIT.c.source_id, AUDIT.c.n)))


def write(engine: Engine, *events: Event, key: bytes = KEY) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        append(connection, key, events, AT)


def whole(engine: Engine) -> bool:
    with engine.connect() as connection:
        return verify(connection, KEY, anchors(connection)) == []


def test_a_hash_covers_the_row_and_the_hash_before_it() -> None:
    row = (1, 2, AT, "account:a", "guardian", "guardian", ident(7), "grades", "read", True, None, "s", None)
    written = json.dumps(
        [1, 2, "2026-03-02T10:00:00.250000Z", *row[3:9], 1, None, "s", None], separators=(",", ":")
    )
    before = bytes(range(32))
    assert link(KEY, before, row) == hmac.new(KEY, before + written.encode(), hashlib.sha256).digest()


def test_an_event_has_no_room_for_content() -> None:
    assert {field.name for field in fields(Event)} == {*COLUMNS} - {"n", "at"}


def test_what_was_recorded_is_there(engine: Engine, recorder: Recorder) -> None:
    recorder.record([READ, Event(source_id=0, actor="client:x", role="client", action="sign_in", allowed=False)])
    nobodys, first = rows(engine)
    assert (nobodys.source_id, nobodys.n, nobodys.action, nobodys.allowed) == (0, 1, "sign_in", False)
    assert (first.actor, first.role, first.relation, first.student_id, first.area, first.action, first.allowed) == (
        "account:a", "guardian", "guardian", ident(7), "grades", "read", True
    )  # fmt: skip
    assert abs((first.at - datetime.now(UTC)).total_seconds()) < 60
    assert whole(engine)


def test_nothing_to_record_waits_for_nobody(engine: Engine, recorder: Recorder) -> None:
    recorder.record([])
    asyncio.run(recorder.recorded([]))
    assert rows(engine) == []


def test_the_event_loop_waits_without_a_thread(engine: Engine, recorder: Recorder) -> None:
    async def many() -> None:
        await asyncio.gather(*(recorder.recorded([READ]) for _ in range(50)))

    asyncio.run(many())
    assert len(rows(engine)) == 50
    assert whole(engine)


def test_sixteen_callers_share_their_transactions(engine: Engine, recorder: Recorder) -> None:
    commits = []
    write_ = recorder._write
    recorder._write = lambda calls: (commits.append(len(calls)), write_(calls))[1]
    together(16, lambda: [recorder.record([READ, READ]) for _ in range(20)])
    assert len(rows(engine)) == 640
    assert sum(commits) == 320
    assert len(commits) < 160
    assert whole(engine)


def test_several_processes_append_to_one_chain(engine: Engine) -> None:
    engines = [connect(engine.url.render_as_string(hide_password=False)) for _ in range(3)]
    recorders = [Recorder(one, KEY) for one in engines]
    other = Event(source_id=2, actor="account:b", role="staff")

    def work(recorder: Recorder, turn: int) -> None:
        for _ in range(25):
            recorder.record([READ, other] if turn % 2 else [other, READ])

    threads = [threading.Thread(target=work, args=(one, n)) for n, one in enumerate(recorders * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for recorder, one in zip(recorders, engines, strict=True):
        recorder.close()
        one.dispose()
    assert [(row.source_id, row.n) for row in rows(engine)] == [(s, n) for s in (1, 2) for n in range(1, 151)]
    assert whole(engine)


_WRITER = """
import sys
from canonical.database import connect
from portal.audit import Event, Recorder
recorder = Recorder(connect(sys.argv[1]), b"k" * 32)
while True:
    recorder.record([Event(source_id=1, actor="account:a", role="staff")])
    print("x", flush=True)
"""


def test_what_was_answered_survives_the_process(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, "-c", _WRITER, url], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    told += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    assert len(rows(engine)) >= sum(line == b"x\n" for line in told) >= 20
    assert whole(engine)


def test_what_cannot_be_written_is_told_and_later_events_are_written(engine: Engine, recorder: Recorder) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO audit_away"))
    with pytest.raises(CannotRecord):
        recorder.record([READ])
    with pytest.raises(CannotRecord):
        asyncio.run(recorder.recorded([READ]))
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("ALTER TABLE audit_away RENAME TO audit"))
    recorder.record([READ])
    assert [row.n for row in rows(engine)] == [1]


def test_an_event_that_cannot_be_written_takes_no_other_with_it(engine: Engine, recorder: Recorder) -> None:
    failed = []

    def work(n: int) -> None:
        try:
            recorder.record([READ if n else Event(source_id=1, actor=object(), role="staff")])
        except CannotRecord:
            failed.append(n)

    together(8, *(lambda n=n: work(n) for n in range(8)))
    assert failed == [0]
    assert len(rows(engine)) == 7


def test_a_database_that_hangs_keeps_nobody_waiting_for_ever(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PATIENCE", 0.2)
    recorder = Recorder(sqlite_engine, KEY)
    with sqlite_engine.execution_options(writes=True).begin():
        with pytest.raises(CannotRecord):
            recorder.record([READ])
        with pytest.raises(CannotRecord):
            asyncio.run(recorder.recorded([READ]))


def test_a_thread_that_has_died_is_replaced(engine: Engine, recorder: Recorder) -> None:
    recorder.record([READ])
    recorder._waiting.put(None)
    recorder._thread.join()
    recorder.record([READ])
    recorder.close()
    recorder.close()
    recorder.record([READ])
    assert len(rows(engine)) == 3


def test_closing_writes_what_waits(engine: Engine) -> None:
    recorder = Recorder(engine, KEY)
    waiting = [recorder._hand_in([READ]) for _ in range(30)]
    recorder.close()
    assert all(call.done() for call in waiting)
    assert len(rows(engine)) == 30


def test_nothing_is_written_behind_an_end_that_was_set_by_hand(engine: Engine, recorder: Recorder) -> None:
    recorder.record([READ] * 3)
    kept = rows(engine)[1]
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(AUDIT.delete().where(AUDIT.c.n == 3))
        connection.execute(update(AUDIT_HEAD).values(n=2, hash=kept.hash))
    with pytest.raises(CannotRecord):
        recorder.record([READ])
    assert len(rows(engine)) == 2


def test_nothing_is_written_with_another_key(engine: Engine) -> None:
    write(engine, READ)
    with pytest.raises(CannotRecord):
        write(engine, READ, key=b"o" * 32)


def test_a_chain_without_its_end_is_not_begun_again(engine: Engine, recorder: Recorder) -> None:
    recorder.record([READ])
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(AUDIT_HEAD.delete())
    with pytest.raises(CannotRecord):
        recorder.record([READ])


def test_the_seal_covers_all_of_the_end() -> None:
    head = Head(3, b"a" * 32, 1, b"b" * 32)
    others = [
        (2, head), (1, head._replace(n=4)), (1, head._replace(hash=b"c" * 32)), (1, head._replace(gone=2)),
        (1, head._replace(gone_hash=b"c" * 32)),
    ]  # fmt: skip
    assert all(audit.seal(KEY, *other) != audit.seal(KEY, 1, head) for other in others)


def test_an_event_within_ones_own_transaction_shares_its_fate(engine: Engine) -> None:
    with engine.connect().execution_options(writes=True) as connection, connection.begin() as transaction:
        append(connection, KEY, [READ], AT)
        transaction.rollback()
    assert rows(engine) == []


def together(count: int, *work: Any) -> None:
    threads = [threading.Thread(target=work[n % len(work)]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
