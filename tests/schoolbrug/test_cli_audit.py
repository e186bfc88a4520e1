"""``schoolbrug audit`` and what ``schoolbrug portal`` does with a student's data, as a person sees it."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, delete, insert, select, update

from canonical.database import connect
from canonical.tables import STATE, TABLES
from portal.audit import Event, append
from portal.settings import derived
from portal.tables import ACCOUNT, AUDIT, AUDIT_HEAD
from tests.fake_source import FakeSource, grade, student
from tests.schoolbrug.conftest import Run

SECRET = "a portal secret that only this test knows of"
KEY = derived(SECRET.encode(), "audit")
NAME = "Canaryname"
MARK = "7.3"
AT = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
"""08:30 in Amsterdam."""
ACCOUNT_ID = "01997b5e-6c00-7000-8000-00000000aaaa"

pytestmark = pytest.mark.usefixtures("school")


@pytest.fixture
def school(home: Path, monkeypatch: pytest.MonkeyPatch, run: Run, fake: FakeSource) -> FakeSource:
    """A school that was read once, with a portal."""
    monkeypatch.setenv("TEST_PORTAL_SECRET", SECRET)
    file = home / "schoolbrug.toml"
    file.write_text('[portal]\nsecret = { env = "TEST_PORTAL_SECRET" }\n\n' + file.read_text("utf-8"), "utf-8")
    fake.rows["students"] = [student("s1", NAME), student("s2")]
    fake.rows["grades"] = [grade("g1", "s1", MARK), grade("g2", "s2", "6.0")]
    assert run("sync").exit_code == 0
    return fake


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    made = connect(f"sqlite:///{home / 'store.sqlite'}")
    yield made
    made.dispose()


def id_of(engine: Engine, number: str) -> str:
    table = TABLES["student"]
    with engine.connect() as connection:
        return connection.execute(select(table.c.id).where(table.c.local_id == number)).scalar_one()


def change(engine: Engine, *statements: Any) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        for statement in statements:
            connection.execute(statement)


def looked(engine: Engine, *events: Event, at: datetime = AT) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        append(connection, KEY, events, at)


def look(engine: Engine, number: str = "s1", actor: str = f"account:{ACCOUNT_ID}", **more: Any) -> Event:
    plain = {"role": "staff", "relation": "mentor", "area": "grades"}
    return Event(1, actor, student_id=id_of(engine, number), **(plain | more))


def test_a_whole_log_is_whole(run: Run, engine: Engine) -> None:
    looked(engine, look(engine), look(engine, "s2"))
    result = run("audit", "verify")
    assert (result.exit_code, result.stdout) == (0, "The log is whole: 2 rows in 1 chains.\n")
    told = json.loads(run("audit", "verify", "--json").stdout)
    assert (told["ok"], told["faults"]) == (True, [])
    assert [(chain["source"], chain["n"]) for chain in told["chains"]] == [(1, 2)]


def test_what_was_changed_is_told(run: Run, engine: Engine) -> None:
    looked(engine, look(engine), look(engine, "s2"))
    change(engine, update(AUDIT).where(AUDIT.c.n == 2).values(area="card"))
    result = run("audit", "verify")
    assert result.exit_code == 1
    assert "chain 1, row 2: this row, or its place, is not what was written" in result.stdout
    result = run("audit", "verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["faults"] == [{"source": 1, "n": 2, "what": "altered"}]


def test_an_anchor_that_was_kept_finds_what_was_set_back(run: Run, engine: Engine, home: Path) -> None:
    looked(engine, look(engine))
    with engine.connect() as connection:
        head = dict(connection.execute(select(AUDIT_HEAD)).mappings().one())
    looked(engine, look(engine, "s2"))
    (home / "anchor").write_text(run("audit", "anchor").stdout)
    assert run("audit", "verify", "--anchor", "anchor").exit_code == 0
    change(engine, delete(AUDIT).where(AUDIT.c.n == 2), update(AUDIT_HEAD).values(head))
    assert run("audit", "verify").exit_code == 0
    result = run("audit", "verify", "--anchor", "anchor")
    assert result.exit_code == 1
    assert "not the chain that was anchored" in result.stdout


def test_a_file_that_holds_no_anchors_is_a_mistake(run: Run, home: Path) -> None:
    (home / "anchor").write_text("hello\n")
    result = run("audit", "verify", "--anchor", "anchor")
    assert result.exit_code == 2
    assert "anchor: line 1" in result.stderr
    assert run("audit", "verify", "--anchor", "none").exit_code == 2


def test_without_the_secret_nothing_can_be_verified(run: Run, home: Path) -> None:
    file = home / "schoolbrug.toml"
    file.write_text(file.read_text("utf-8").replace("[portal]\nsecret = { env = \"TEST_PORTAL_SECRET\" }\n", ""))
    result = run("audit", "verify")
    assert result.exit_code == 2
    assert "portal.secret" in result.stderr


def test_whose_data_an_account_saw(run: Run, engine: Engine) -> None:
    change(engine, insert(ACCOUNT).values(id=ACCOUNT_ID, login="jan@example.org", state="active", created_at=AT,
                                          language="nl"))  # fmt: skip
    looked(engine, look(engine), look(engine), look(engine, "s2", allowed=False, reason="no_tie"))
    looked(engine, look(engine, "s2", actor="client:x"))
    asked = ("audit", "seen", " Jan@example.ORG", "--from", "2026-03-02T08:30", "--to", "2026-03-02T08:31")
    told = json.loads(run(*asked, "--json").stdout)
    assert [(one["number"], one["area"], one["allowed"], one["times"], one["first"]) for one in told["seen"]] == [
        ("oak s1", "grades", True, 2, "2026-03-02T07:30:00+00:00"),
        ("oak s2", "grades", False, 1, "2026-03-02T07:30:00+00:00"),
    ]
    shown = run(*asked).stdout
    assert "oak s1" in shown
    assert "1 student seen." in shown
    assert NAME not in shown
    after = run("audit", "seen", f"account:{ACCOUNT_ID}", "--from", "2026-03-02T08:31", "--to", "2026-03-03")
    assert after.stdout == "No students seen.\n"


@pytest.mark.parametrize(
    ("actor", "since", "until"),
    [("account:x", "yesterday", "2026-03-02"), ("account:x", "2026-03-02", "2026-03-02"),
     ("nobody@example.org", "2026-03-01", "2026-03-02")],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_told(run: Run, actor: str, since: str, until: str) -> None:
    assert run("audit", "seen", actor, "--from", since, "--to", until).exit_code == 2


def test_who_looked_at_a_student(run: Run, engine: Engine) -> None:
    looked(engine, look(engine), look(engine, "s2", actor="client:x"), look(engine, allowed=False, reason="blocked"))
    told = json.loads(run("audit", "readers", "s1", "--json").stdout)
    assert [(one["actor"], one["allowed"], one["reason"]) for one in told] == [
        (f"account:{ACCOUNT_ID}", True, None), (f"account:{ACCOUNT_ID}", False, "blocked")
    ]  # fmt: skip
    shown = run("audit", "readers", id_of(engine, "s1")).stdout
    assert "refused: blocked" in shown
    assert "client:x" not in shown
    assert run("audit", "readers", "s9").exit_code == 2


def test_the_log_has_its_own_time(run: Run, engine: Engine) -> None:
    with time_machine.travel(datetime(2028, 3, 2, 12, tzinfo=UTC), tick=False):
        looked(engine, look(engine))
        looked(engine, look(engine), at=datetime(2027, 3, 2, tzinfo=UTC))
        assert run("audit", "expire").stdout == "1 rows removed.\n"
        assert run("audit", "expire").stdout == "No rows removed.\n"
    assert run("audit", "verify").exit_code == 0


def test_a_students_file_is_written_for_its_owner_alone(run: Run, engine: Engine, home: Path) -> None:
    result = run("portal", "export", "s1", "file.json")
    assert result.exit_code == 0
    assert NAME not in result.stdout
    told = json.loads((home / "file.json").read_text("utf-8"))
    assert told["id"] == id_of(engine, "s1")
    assert told["records"]["student"][0]["last_name"] == NAME
    assert [row["raw_text"] for row in told["records"]["grade"]] == [MARK]
    assert stat.S_IMODE((home / "file.json").stat().st_mode) == 0o600
    with engine.connect() as connection:
        events = connection.execute(select(AUDIT.c.action, AUDIT.c.actor, AUDIT.c.student_id)).all()
    assert {tuple(event) for event in events} == {
        (action, "command", id_of(engine, "s1")) for action in ("read", "export")
    }
    again = run("portal", "export", "s1", "file.json")
    assert again.exit_code == 2
    assert "File exists" in again.stderr


def test_erasing_asks_first_and_then_leaves_nothing(run: Run, engine: Engine, home: Path) -> None:
    result = run("portal", "erase", "s1")
    assert result.exit_code == 2
    assert "2 records of oak would go, for good" in result.stderr
    was = id_of(engine, "s1")
    result = run("portal", "erase", "s1", "--yes")
    assert (result.exit_code, was in result.stdout) == (0, True)
    engine.dispose()
    files = b"".join(file.read_bytes() for file in home.glob("store.sqlite*"))
    assert NAME.encode() not in files
    assert f'"{MARK}"'.encode() not in files
    assert run("sync").exit_code == 0
    assert run("portal", "export", "s1", "file.json").exit_code == 2
    assert run("portal", "readmit", was).exit_code == 0
    assert run("portal", "readmit", was).exit_code == 2
    assert run("sync").exit_code == 0
    assert run("portal", "export", "s1", "file.json").exit_code == 0
    assert id_of(engine, "s1") == was
    assert [row["action"] for row in json.loads(run("audit", "readers", was, "--json").stdout)] == [
        "erase", "readmit", "read", "export"
    ]  # fmt: skip


def enrolled(engine: Engine, **ends: date) -> None:
    """Each student until a day, and the enrolments read this morning."""
    rows = [
        insert(TABLES["enrolment"]).values(
            id=f"01997b5e-6c00-7000-8000-{n:012d}", source_id=1, version=1, changed_at=AT, ends=end,
            student_id=id_of(engine, number),
        )
        for n, (number, end) in enumerate(ends.items())
    ]  # fmt: skip
    read = {"complete_at": datetime(2026, 10, 1, 0, 30, tzinfo=UTC), "kinds": '["student", "enrolment"]'}
    change(engine, *rows, update(STATE).where(STATE.c.entity == "students").values(**read))


@pytest.fixture
def october() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 1, 1, 0, tzinfo=UTC), tick=False):
        yield


@pytest.mark.usefixtures("october")
def test_the_copy_of_who_left_ends(run: Run, engine: Engine) -> None:
    enrolled(engine, s1=date(2026, 7, 31), s2=date(2027, 7, 31))
    was = id_of(engine, "s1")
    assert run("portal", "expire", "--dry-run").stdout == "oak: 1 of 2 students would go.\n"
    (told,) = json.loads(run("portal", "expire", "--dry-run", "--json").stdout)
    assert told == {
        "source": "oak", "waits": None, "refused": False,
        "due": [{"student": was, "number": "s1", "left": "2026-07-31", "due": "2026-09-29"}],
    }  # fmt: skip
    assert run("portal", "expire").stdout == "oak: 1 of 2 students are erased.\n"
    assert run("portal", "expire").stdout == ""
    with engine.connect() as connection:
        assert connection.execute(select(TABLES["student"].c.local_id)).scalars().all() == ["s2"]


@pytest.mark.usefixtures("october")
def test_half_a_school_does_not_leave_at_once(run: Run, engine: Engine) -> None:
    enrolled(engine, s1=date(2026, 7, 31), s2=date(2026, 7, 31))
    result = run("portal", "expire")
    assert result.exit_code == 1
    assert "--many" in result.stderr
    assert id_of(engine, "s1")
    assert run("portal", "expire", "--many").exit_code == 0
    with engine.connect() as connection:
        assert connection.execute(select(TABLES["student"].c.local_id)).scalars().all() == []


@pytest.mark.usefixtures("october")
def test_nothing_ends_before_the_new_enrolments_were_read(run: Run, engine: Engine) -> None:
    enrolled(engine, s1=date(2026, 7, 31), s2=date(2027, 7, 31))
    change(engine, update(STATE).values(complete_at=datetime(2026, 9, 1, tzinfo=UTC)))
    assert run("portal", "expire").stdout == (
        "oak: 1 of 2 students are due, but the enrolments were not read completely since.\n"
    )
    assert id_of(engine, "s1")
