"""The log of who looked, looked into: what was changed in it, what an account saw, who saw a student."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from canonical.errors import UserError
from portal.audit import CannotRecord, Event, append
from portal.auditing import Anchor, Fault, anchors, anchors_in, readers_of, remove, seen_by, verify
from portal.tables import AUDIT, AUDIT_HEAD
from tests.portal.school import ident

KEY = b"k" * 32
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LENGTH = 12
"""Rows of each of the two chains."""


def event(source: int = 1, actor: str = "account:a", student: int | None = 7, **fields: Any) -> Event:
    plain = {"role": "guardian", "relation": "guardian", "area": "grades"}
    return Event(source, actor, student_id=None if student is None else ident(student), **(plain | fields))


def write(engine: Engine, events: Sequence[Event], at: datetime = START) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        append(connection, KEY, events, at)


def chains(engine: Engine) -> None:
    for n in range(LENGTH):
        at = START + timedelta(minutes=n)
        write(engine, [event(1, student=n), event(2, actor="account:b", student=n)], at)


def faults(engine: Engine, kept: Sequence[Anchor] = ()) -> list[Fault]:
    with engine.connect() as connection:
        return verify(connection, KEY, kept)


def kept(engine: Engine) -> list[Anchor]:
    with engine.connect() as connection:
        return anchors(connection)


def change(engine: Engine, *statements: Any) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        for statement in statements:
            connection.execute(statement)


OTHER: dict[str, Callable[[random.Random], Any]] = {
    "actor": lambda _: "account:c", "role": lambda _: "staff", "relation": lambda _: None, "area": lambda _: "card",
    "student_id": lambda r: ident(r.randrange(100, 200)), "action": lambda _: "export", "allowed": lambda _: False,
    "reason": lambda _: "", "session": lambda _: "x", "client": lambda _: "x",
    "at": lambda r: START + timedelta(microseconds=r.randrange(1, 1_000_000)),
    "hash": lambda r: r.randbytes(32),
}  # fmt: skip
"""Another value for each column than the chains have."""


def mutate(connection: Connection, rng: random.Random) -> str:
    """Change the log in one random way, as somebody could who can write to the database but has no key."""
    source, n = rng.choice((1, 2)), rng.randrange(1, LENGTH + 1)
    here = (AUDIT.c.source_id == source, AUDIT.c.n == n)
    kind = rng.choice(["flip", "delete", "swap", "insert", "extend", "move", "cut", "head", "seal", "whole", "behead"])
    if kind == "flip":
        column = rng.choice([*OTHER])
        connection.execute(update(AUDIT).where(*here).values({column: OTHER[column](rng)}))
        return f"flip {column}"
    if kind == "delete":
        connection.execute(delete(AUDIT).where(*here))
    elif kind == "swap":
        other = rng.choice([m for m in range(1, LENGTH + 1) if m != n])
        for before, after in ((n, 999), (other, n), (999, other)):
            renumber(connection, source, before, after)
    elif kind == "insert":
        for m in range(LENGTH, n - 1, -1):
            renumber(connection, source, m, m + 1)
        copy(connection, source, n + 1, n)
    elif kind == "extend":
        copy(connection, source, n, LENGTH + 1)
    elif kind == "move":
        row = update(AUDIT).where(*here).values(source_id=3 - source, n=LENGTH + 1)
        connection.execute(row)
    elif kind == "cut":
        connection.execute(delete(AUDIT).where(AUDIT.c.source_id == source, AUDIT.c.n >= n))
    elif kind == "head":
        # With the rows that the false end leaves, so that only its seal tells.
        end = connection.execute(select(AUDIT.c.hash).where(*here)).scalar_one()
        n, end = (n, end) if n < LENGTH else (0, bytes(32))
        connection.execute(delete(AUDIT).where(AUDIT.c.source_id == source, AUDIT.c.n > n))
        connection.execute(update(AUDIT_HEAD).where(AUDIT_HEAD.c.source_id == source).values(n=n, hash=end))
    elif kind == "seal":
        connection.execute(update(AUDIT_HEAD).where(AUDIT_HEAD.c.source_id == source).values(seal=rng.randbytes(32)))
    elif kind == "whole":
        connection.execute(delete(AUDIT).where(AUDIT.c.source_id == source))
    else:
        connection.execute(delete(AUDIT_HEAD).where(AUDIT_HEAD.c.source_id == source))
    return kind


def renumber(connection: Connection, source: int, n: int, to: int) -> None:
    connection.execute(update(AUDIT).where(AUDIT.c.source_id == source, AUDIT.c.n == n).values(n=to))


def copy(connection: Connection, source: int, n: int, to: int) -> None:
    row = connection.execute(select(AUDIT).where(AUDIT.c.source_id == source, AUDIT.c.n == n)).mappings().one()
    connection.execute(insert(AUDIT).values({**row, "n": to}))


@pytest.mark.parametrize("seed", range(10))
def test_every_change_is_found(engine: Engine, seed: int) -> None:
    chains(engine)
    assert faults(engine, kept(engine)) == []
    rng = random.Random(seed)
    for _ in range(100):
        with engine.connect().execution_options(writes=True) as connection, connection.begin() as transaction:
            what = mutate(connection, rng)
            found = verify(connection, KEY)
            assert found, f"seed {seed}: {what}"
            transaction.rollback()
    assert faults(engine) == []


@pytest.mark.parametrize("column", [*OTHER])
def test_a_changed_row_is_named(engine: Engine, column: str) -> None:
    chains(engine)
    where = (AUDIT.c.source_id == 2, AUDIT.c.n == 5)
    change(engine, update(AUDIT).where(*where).values({column: OTHER[column](random.Random(1))}))
    next_too = [Fault(2, 6, "altered")] if column == "hash" else []
    assert faults(engine) == [Fault(2, 5, "altered"), *next_too]


def test_what_is_missing_is_named(engine: Engine) -> None:
    chains(engine)
    change(engine, delete(AUDIT).where(AUDIT.c.source_id == 1, AUDIT.c.n.in_((4, 5))))
    assert faults(engine) == [Fault(1, 4, "missing"), Fault(1, 6, "altered")]


def test_a_tail_that_was_cut_off_shows_against_the_end_of_the_chain(engine: Engine) -> None:
    chains(engine)
    change(engine, delete(AUDIT).where(AUDIT.c.n > 9))
    assert faults(engine) == [Fault(1, 10, "missing"), Fault(2, 10, "missing")]


def test_an_end_that_was_set_back_to_what_it_was_shows_against_an_anchor(engine: Engine) -> None:
    write(engine, [event()] * 3)
    with engine.connect() as connection:
        old = dict(connection.execute(select(AUDIT_HEAD)).mappings().one())
    write(engine, [event()] * 2)
    anchored = kept(engine)
    change(engine, delete(AUDIT).where(AUDIT.c.n > 3), update(AUDIT_HEAD).values(old))
    assert faults(engine) == []
    assert faults(engine, anchored) == [Fault(1, 5, "anchor")]
    write(engine, [event(student=8)] * 2)
    assert faults(engine) == []
    assert faults(engine, anchored) == [Fault(1, 5, "anchor")]


def test_an_end_of_another_history_shows_by_itself(engine: Engine) -> None:
    """Set back, written on, and then the first end put back in its place, so that the anchor would be right again."""
    ends = []
    for _ in range(2):
        write(engine, [event()])
        with engine.connect() as connection:
            ends.append(dict(connection.execute(select(AUDIT_HEAD)).mappings().one()))
    change(engine, delete(AUDIT).where(AUDIT.c.n > 1), update(AUDIT_HEAD).values(ends[0]))
    write(engine, [event(student=8)])
    change(engine, update(AUDIT_HEAD).values(ends[1]))
    assert faults(engine) == [Fault(1, 2, "head")]


def test_a_chain_that_has_gone_altogether_shows_against_an_anchor(engine: Engine) -> None:
    chains(engine)
    anchored = kept(engine)
    change(engine, delete(AUDIT).where(AUDIT.c.source_id == 2), delete(AUDIT_HEAD).where(AUDIT_HEAD.c.source_id == 2))
    assert faults(engine) == []
    assert faults(engine, anchored) == [Fault(2, LENGTH, "anchor")]


def test_an_older_anchor_holds_while_the_chain_grows(engine: Engine) -> None:
    chains(engine)
    anchored = kept(engine)
    write(engine, [event()] * 5)
    assert faults(engine, anchored) == []


def test_another_key_opens_nothing(engine: Engine) -> None:
    chains(engine)
    with engine.connect() as connection:
        found = verify(connection, b"o" * 32)
    assert Fault(1, 0, "head") in found
    assert Fault(1, 1, "altered") in found


@pytest.mark.parametrize("column", ["n", "at", "allowed", "hash", "student_id", "source_id"])
@pytest.mark.parametrize("value", ["'x'", "x'00ff'", "2.5", "-1", "NULL"])
def test_a_value_of_no_known_type_is_a_fault_and_no_error(sqlite_engine: Engine, column: str, value: str) -> None:
    chains(sqlite_engine)
    try:
        change(sqlite_engine, text(f"UPDATE audit SET {column} = {value} WHERE source_id = 1 AND n = 3"))
    except IntegrityError:
        return  # the table does not take it
    assert faults(sqlite_engine)


@pytest.mark.parametrize("column", ["n", "hash", "gone", "gone_hash", "seal"])
def test_an_end_of_no_known_type_is_a_fault_and_no_error(sqlite_engine: Engine, column: str) -> None:
    chains(sqlite_engine)
    change(sqlite_engine, text(f"UPDATE audit_head SET {column} = 'x' WHERE source_id = 1"))
    assert faults(sqlite_engine)


def test_a_long_log_takes_no_more_memory_than_a_short_one(sqlite_engine: Engine) -> None:
    write(sqlite_engine, [event()] * 40_000)
    tracemalloc.start()
    assert faults(sqlite_engine) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


def test_anchors_are_written_and_read_as_lines(engine: Engine) -> None:
    chains(engine)
    found = kept(engine)
    assert anchors_in(["# kept by the deputy head", "", *map(str, found)]) == found


@pytest.mark.parametrize("line", ["1 2", "1 2 xyz", "a 2 00", "1 2 00 3"])
def test_a_line_that_is_no_anchor_is_told(line: str) -> None:
    with pytest.raises(UserError, match="line 2"):
        anchors_in(["1 2 00", line])


def expire(engine: Engine, before: datetime) -> int:
    with engine.execution_options(writes=True).begin() as connection:
        return remove(connection, KEY, before, START + timedelta(days=800))


def test_what_has_had_its_time_goes_and_the_rest_can_be_verified(engine: Engine) -> None:
    chains(engine)
    old = kept(engine)
    write(engine, [event()], START + timedelta(days=700))
    young = kept(engine)
    assert expire(engine, START + timedelta(minutes=10)) == 20
    with engine.connect() as connection:
        rows = connection.execute(select(AUDIT.c.source_id, AUDIT.c.n, AUDIT.c.action).order_by(AUDIT.c.n)).all()
    assert {(row.source_id, row.n) for row in rows if row.action == "read"} == {
        (1, 11), (1, 12), (1, 13), (2, 11), (2, 12)
    }  # fmt: skip
    assert [row.action for row in rows].count("audit_expire") == 2
    assert faults(engine, [*old, *young]) == []
    assert expire(engine, START + timedelta(minutes=10)) == 0
    change(engine, delete(AUDIT).where(AUDIT.c.source_id == 1, AUDIT.c.n == 11))
    assert Fault(1, 11, "missing") in faults(engine)


def test_a_whole_chain_can_have_had_its_time(engine: Engine) -> None:
    chains(engine)
    old = kept(engine)
    assert expire(engine, START + timedelta(days=1)) == 2 * LENGTH
    assert faults(engine, old) == []
    write(engine, [event()])
    assert faults(engine, old) == []
    wrong = [old[0]._replace(hash=bytes(32))]
    assert faults(engine, wrong) == [Fault(1, LENGTH, "anchor")]


def test_rows_cannot_be_passed_off_as_gone(engine: Engine) -> None:
    chains(engine)
    with engine.connect() as connection:
        fifth = connection.execute(select(AUDIT.c.hash).where(AUDIT.c.source_id == 1, AUDIT.c.n == 5)).scalar_one()
    change(
        engine, delete(AUDIT).where(AUDIT.c.source_id == 1, AUDIT.c.n <= 5),
        update(AUDIT_HEAD).where(AUDIT_HEAD.c.source_id == 1).values(gone=5, gone_hash=fifth),
    )  # fmt: skip
    assert faults(engine) == [Fault(1, 0, "head")]
    with pytest.raises(CannotRecord):
        expire(engine, START + timedelta(minutes=10))


def test_what_an_account_saw_between_two_moments(engine: Engine) -> None:
    half = timedelta(milliseconds=500)
    write(engine, [event(student=1)], START - half)
    write(engine, [event(student=2)], START)
    write(engine, [event(student=2), event(student=2, area="absences")], START + half)
    write(engine, [event(student=3, allowed=False, reason="adult", action="read")], START + 3 * half)
    write(engine, [event(student=None, action="sign_in"), event(actor="account:b", student=5)], START + half)
    write(engine, [event(student=4)], START + timedelta(seconds=2))
    with engine.connect() as connection:
        found = seen_by(connection, "account:a", START, START + timedelta(seconds=2))
    assert sorted((one.student_id, one.area, one.allowed, one.times, one.first, one.last) for one in found) == [
        (ident(2), "absences", True, 1, START + half, START + half),
        (ident(2), "grades", True, 2, START, START + half),
        (ident(3), "grades", False, 1, START + 3 * half, START + 3 * half),
    ]
    with engine.connect() as connection:
        found = seen_by(connection, "account:a", START + half, START + 3 * half)
    assert {one.student_id for one in found} == {ident(2)}


def test_who_looked_at_a_student(engine: Engine) -> None:
    write(engine, [event(), event(actor="account:b"), event(student=8)])
    write(engine, [event(2, actor="account:c")], START - timedelta(days=1))
    with engine.connect() as connection:
        assert [row.actor for row in readers_of(connection, ident(7))] == ["account:c", "account:a", "account:b"]
