"""A backup made while others write is the store as it was at one moment, and is restored as that or not at all."""

from __future__ import annotations

import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update
from uuid_utils import uuid7

from canonical.database import connect
from canonical.errors import Refused, UserError
from canonical.tables import CHANGE, STATE, TABLES
from portal import erasing
from portal.audit import Event, append
from portal.auditing import verify
from portal.clock import now
from portal.schema import migrate_portal, revision_portal
from portal.tables import AUDIT
from schoolbrug.backups import making, tools
from schoolbrug.backups.content import at_one_moment, content
from schoolbrug.backups.file import pack, told, unpack
from schoolbrug.backups.making import back_up
from schoolbrug.backups.manifest import Counted, Tally, differences
from schoolbrug.backups.restoring import restore
from tests.fake_source import GRADES, STUDENTS, grade, student
from tests.portal.keeper import KEEPER, administer, database, login
from tests.postgres import Cluster
from tests.school import School, students
from tests.stored import dump
from tests.templates import embedded

pytest_plugins = ["tests.portal.keeper"]

SECRET = b"a key for the log that only this test knows of"


def key() -> bytes:
    return SECRET


class Places:
    """Stores of one kind: ``new`` is an empty database, ``store`` one with the newest schema."""

    def __init__(self, kind: str, folder: Path, request: pytest.FixtureRequest, stack: ExitStack) -> None:
        self.kind, self._folder, self._request, self._stack = kind, folder, request, stack

    def new(self) -> Engine:
        if self.kind == "sqlite":
            made = connect(f"sqlite:///{self._folder / uuid7().hex}.sqlite")
            self._stack.callback(made.dispose)
            return made
        return self._stack.enter_context(database(self._request.getfixturevalue("keeper"), KEEPER))

    def store(self) -> Engine:
        if self.kind == "sqlite":
            made = embedded(self._folder / f"{uuid7().hex}.sqlite", migrate_portal)
            self._stack.callback(made.dispose)
            return made
        server, template = map(self._request.getfixturevalue, ("keeper", "guarded_template"))
        return self._stack.enter_context(database(server, KEEPER, template))


@pytest.fixture
def places(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Places]:
    with ExitStack() as stack:
        yield Places(database, tmp_path, request, stack)


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Places]:
    """PostgreSQL alone."""
    with ExitStack() as stack:
        yield Places("postgresql", tmp_path, request, stack)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.zip"


def looked(engine: Engine, *ids: str) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        append(connection, SECRET, [Event(1, "account:x", "staff", student_id=id_) for id_ in ids], now())


def id_of(engine: Engine, number: str) -> str:
    table = TABLES["student"]
    with engine.connect() as connection:
        return connection.execute(select(table.c.id).where(table.c.local_id == number)).scalar_one()


def filled(engine: Engine, *numbers: int) -> School:
    """A school that was read, and in which somebody has looked."""
    school = School(engine)
    school.serve(STUDENTS, students(*(numbers or range(5))))
    looked(engine, id_of(engine, "1"))
    return school


STILL = [student(f"still{n}") for n in range(20)]


def moving(n: int) -> list[dict[str, Any]]:
    return [student(f"m{i}", f"Name{n}") for i in range(n % 7 + 3)]


@contextmanager
def a_busy_school(engine: Engine) -> Iterator[Callable[[], None]]:
    """Somebody syncs and looks all the time; ``wait`` returns when two more rounds were made."""
    rounds, told_off = threading.Semaphore(0), threading.Event()
    school = School(engine)

    def work() -> None:
        n = 0
        while not told_off.is_set():
            n += 1
            school.serve(STUDENTS, STILL + moving(n))
            looked(engine, id_of(engine, "still1"))
            rounds.release()

    thread = threading.Thread(target=work)
    thread.start()

    def wait() -> None:
        while rounds.acquire(blocking=False):
            pass
        for _ in range(2):
            assert rounds.acquire(timeout=60)

    try:
        wait()
        yield wait
    finally:
        told_off.set()
        thread.join()


def whole(engine: Engine) -> None:
    """Each record's state is that of the last line of its history, and each line follows the one before."""
    with engine.connect() as connection:
        log = connection.execute(select(CHANGE).order_by(CHANGE.c.seq)).all()
        kept = connection.execute(select(TABLES["student"])).all()
        assert verify(connection, SECRET) == []
        assert connection.execute(select(AUDIT.c.n)).scalars().all()
    last: dict[str, Any] = {}
    for line in log:
        assert line.version == (last[line.id].version + 1 if line.id in last else 1)
        assert line.before == (last[line.id].after if line.id in last else None)
        last[line.id] = line
    assert {row.id: row.version for row in kept} == {id_: line.version for id_, line in last.items()}


def test_a_backup_under_load_restored_elsewhere(places: Places, file: Path) -> None:
    source, target = places.store(), places.new()
    with a_busy_school(source) as wait:
        manifest = back_up(source, file)
        wait()
    assert restore(target, file, key) == manifest == told(file)
    whole(target)
    assert manifest.tables["student"].rows == len(dump(target)["student"])
    # Where it went on, far more has come since.
    assert manifest.tables["change"].rows < len(dump(source)["change"])
    school = School(target)
    assert school.serve(STUDENTS, STILL + moving(0)).summary.outcome == "complete"
    again = school.serve(STUDENTS, STILL + moving(0)).summary
    assert (again.read, again.unchanged) == (23, 23)
    versions = Counter(row["version"] for row in dump(target)["student"] if row["local_id"].startswith("still"))
    assert versions == {1: len(STILL)}
    looked(target, id_of(target, "still1"))
    whole(target)


def test_everything_that_is_there_is_there_again(places: Places, file: Path) -> None:
    source, target = places.store(), places.new()
    filled(source).serve(GRADES, [grade("g1", "1", "7.5"), grade("g2", "2", "6.0")])
    back_up(source, file)
    restore(target, file, key)
    before, after = dump(source), dump(target)
    for state in before["entity_state"]:
        state.update(owner=None, lease_until=0)
    assert after == before


def test_what_is_written_while_it_is_made_is_not_in_it(
    served: Places, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = served.store(), served.new()
    school, run = filled(source), making.run

    def late(*words: Any) -> None:
        school.serve(STUDENTS, students(*range(9)))
        run(*words)

    monkeypatch.setattr(making, "run", late)
    back_up(source, file)
    restore(target, file, key)
    assert len(dump(target)["student"]) == 5
    assert len(dump(source)["student"]) == 9


def test_a_dump_without_a_table_is_none(served: Places, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = served.store()
    filled(source)
    monkeypatch.setattr(making, "DUMPED", (*making.DUMPED, "--exclude-table-data=public.student"))
    with pytest.raises(Refused, match=r"would not be whole.*student: 0 rows for 5"):
        back_up(source, file)
    assert not file.exists()


def test_a_login_that_does_not_see_every_row_makes_no_backup(keeper: Cluster, file: Path) -> None:
    login(keeper, "dim", may="CREATEROLE")
    with database(keeper, "dim") as source:
        migrate_portal(source)
        filled(source)
        administer(keeper, "ALTER ROLE dim NOINHERIT")
        try:
            with pytest.raises(Refused, match="student: 0 rows for 5"):
                back_up(source, file)
        finally:
            administer(keeper, "ALTER ROLE dim INHERIT")
    assert not file.exists()


def test_the_guard_of_the_rows_is_restored_as_well(served: Places, file: Path) -> None:
    source, target = served.store(), served.new()
    filled(source)
    back_up(source, file)
    restore(target, file, key)
    questions = (
        "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies",
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public'",
        "SELECT proname, proacl::text, proconfig::text, prosrc FROM pg_proc WHERE proname LIKE 'schoolbrug%'",
    )
    for question in questions:
        with source.connect() as one, target.connect() as other:
            found = set(map(tuple, one.execute(text(question))))
            assert found
            assert found == set(map(tuple, other.execute(text(question))))


def test_a_changed_byte_is_refused(places: Places, file: Path, tmp_path: Path) -> None:
    """Or it is one that says nothing, such as the time in the ZIP."""
    source = places.store()
    filled(source)
    manifest, good = back_up(source, file), file.read_bytes()
    unpack(file, manifest, tmp_path / "good")
    places_ = {*range(60), *range(0, len(good), len(good) // 40), *range(len(good) - 220, len(good), 3)}
    complaints = []
    for n, place in enumerate(sorted(places_)):
        file.write_bytes(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
        try:
            assert told(file) == manifest
            unpack(file, manifest, out := tmp_path / f"out{n}")
        except UserError as error:
            complaints.append(str(error))
        else:
            assert out.read_bytes() == (tmp_path / "good").read_bytes()
    assert len(complaints) > len(places_) / 2
    assert {complaint.split(":")[1] for complaint in complaints} == {" this is no whole backup"}
    file.write_bytes(good[: len(good) // 2])
    with pytest.raises(UserError, match="no whole backup"):
        restore(places.new(), file, key)


def test_of_a_changed_backup_nothing_is_restored(places: Places, file: Path) -> None:
    source, target = places.store(), places.new()
    filled(source)
    good = back_up(source, file) and file.read_bytes()
    file.write_bytes(good[: len(good) // 2] + bytes([good[len(good) // 2] ^ 1]) + good[len(good) // 2 + 1 :])
    with pytest.raises(UserError, match="Nothing was restored"):
        restore(target, file, key)
    assert is_empty(target)


def is_empty(target: Engine) -> bool:
    if target.dialect.name == "sqlite":
        return not Path(str(target.url.database)).exists()
    with target.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar() == 0


def test_what_is_not_empty_stays_as_it_is(places: Places, file: Path) -> None:
    source, target = places.store(), places.store()
    filled(source)
    filled(target, 1, 2)
    back_up(source, file)
    before = dump(target)
    with pytest.raises(UserError, match=r"is there already|not empty"):
        restore(target, file, key)
    assert dump(target) == before


def test_nobody_else_may_read_it_and_it_replaces_nothing(places: Places, file: Path, tmp_path: Path) -> None:
    source, target = places.store(), places.new()
    filled(source)
    back_up(source, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(UserError, match="cannot be written"):
        back_up(source, file)
    assert file.read_bytes() == before
    restore(target, file, key)
    if places.kind == "sqlite":
        assert stat.S_IMODE(Path(str(target.url.database)).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_where_nothing_is_there_is_no_backup(places: Places, file: Path) -> None:
    with pytest.raises(UserError, match="nothing to back up"):
        back_up(places.new(), file)
    assert not file.exists()


def test_who_was_erased_stays_erased(places: Places, file: Path) -> None:
    source, target = places.store(), places.new()
    school = filled(source)
    erased = id_of(source, "3")
    with school.store.writing() as connection:
        assert erasing.end(connection, SECRET, school.source, erased, now(), erasing.ERASE).records
    back_up(source, file)
    restore(target, file, key)
    restored = School(target)
    assert restored.serve(STUDENTS, students(*range(6))).summary.inserted == 1
    assert {row["local_id"] for row in dump(target)["student"]} == {"0", "1", "2", "4", "5"}


def test_nobody_waits_for_who_was_at_work_when_it_was_made(places: Places, file: Path) -> None:
    source, target = places.store(), places.new()
    school = filled(source)
    with school.store.writing() as connection:
        connection.execute(update(STATE).values(owner="elsewhere/x:1/1/y", lease_until=9e9))
        connection.execute(text(
            "INSERT INTO due (source_id, entity, due_at, offered_until, taken_until, owner, take, whole, stale)"
            " VALUES (:s, 'students', 1, 9e9, 9e9, 'elsewhere/x:1/1/y', 4, false, false)"
        ), {"s": school.source})  # fmt: skip
    back_up(source, file)
    restore(target, file, key)
    (due,) = dump(target)["due"]
    assert (due["owner"], due["taken_until"], due["offered_until"], due["take"]) == (None, 0, 0, 4)
    assert School(target).serve(STUDENTS, students(*range(5))).summary.unchanged == 5


def test_an_older_schema_is_upgraded_and_a_newer_one_refused(places: Places, file: Path, tmp_path: Path) -> None:
    source, target = places.store(), places.new()
    filled(source)

    def set_version(version: str) -> None:
        with source.execution_options(writes=True).begin() as connection:
            connection.execute(text("UPDATE portal_version SET version_num = :v"), {"v": version})

    set_version("0003")
    assert back_up(source, file).schema_versions["read layer"] == "0003"
    restore(target, file, key)
    there, newest = revision_portal(target)
    assert there == newest
    set_version("9999")
    back_up(source, tmp_path / "newer.zip")
    target = places.new()
    with pytest.raises(UserError, match="newer release"):
        restore(target, tmp_path / "newer.zip", key)
    assert is_empty(target)


def test_a_log_that_was_changed_is_not_restored_as_whole(places: Places, file: Path) -> None:
    source, target = places.store(), places.new()
    filled(source)
    with source.execution_options(writes=True).begin() as connection:
        connection.execute(update(AUDIT).values(actor="account:other"))
    back_up(source, file)
    with pytest.raises(Refused, match="the log of who looked has 1 faults"):
        restore(target, file, key)
    assert places.kind == "postgresql" or is_empty(target)


def test_another_secret_is_told_before_anything_is_done(places: Places, file: Path) -> None:
    source, target = places.store(), places.new()
    filled(source)
    back_up(source, file)
    with pytest.raises(UserError, match=r"portal\.secret"):
        restore(target, file, lambda: b"another key, which the log was not written with")
    assert is_empty(target)


def test_another_kind_of_database_is_refused(
    served: Places, tmp_path: Path, request: pytest.FixtureRequest, file: Path
) -> None:
    with ExitStack() as stack:
        source = Places("sqlite", tmp_path, request, stack).store()
        filled(source)
        back_up(source, file)
    with pytest.raises(UserError, match="a backup of sqlite"):
        restore(served.new(), file, key)


def test_the_queue_is_not_in_it(served: Places, file: Path) -> None:
    """It only carries, and the other release's library would not know it."""
    source, target = served.store(), served.new()
    filled(source)
    with source.begin() as connection:
        connection.execute(text("CREATE SCHEMA schoolbrug_queue_1"))
        connection.execute(text("CREATE TABLE schoolbrug_queue_1.jobs AS SELECT 1 AS id"))
    back_up(source, file)
    restore(target, file, key)
    with target.connect() as connection:
        assert connection.execute(text("SELECT to_regnamespace('schoolbrug_queue_1')")).scalar() is None


def test_a_hash_is_of_the_rows_and_not_of_their_order() -> None:
    def of(*rows: bytes) -> Counted:
        tally = Tally()
        for row in rows:
            tally.add(row)
        return tally.counted()

    assert of(b"a", b"b") == of(b"b", b"a")
    assert len({each.hash for each in (of(), of(b"a"), of(b"a", b"a"), of(b"a", b"a", b"a"), of(b"b", b"b"))}) == 5
    assert differences({"t": of(b"a"), "u": of()}, {"t": of(b"b"), "u": of()}) == ["t: other rows"]
    assert differences({"t": of(b"a")}, {"v": of()}) == ["t: 0 rows for 1", "v: other rows"]


def test_what_is_read_back_of_a_dump_is_what_is_there(served: Places, file: Path) -> None:
    """Values that look like the ends of a table, and all that text may hold."""
    source = served.store()
    hard = ["\\.", "a\nb", "t\tab", "COPY public.x (y) FROM stdin;", "é€😀", "\\N", ""]
    school = School(source)
    school.serve(STUDENTS, [student(f"s{n}", name or "-", initials=name) for n, name in enumerate(hard)])
    back_up(source, file)
    with at_one_moment(source) as connection:
        assert content(connection) == told(file).tables


def test_no_password_is_among_a_programs_words() -> None:
    engine = connect("postgresql+psycopg://linde:hush-hush@db.example:5433/store?sslmode=verify-full")
    environment, where = tools.address(engine)
    assert "hush" not in where
    assert environment["PGPASSWORD"] == "hush-hush"
    assert set(where.split()) == {
        "host=db.example", "port=5433", "user=linde", "dbname=store", "sslmode=verify-full"
    }  # fmt: skip


@pytest.mark.parametrize(("there", "told_"), [(None, "is needed and not found. Install"), ("9.6", "is of 9. Install")])
def test_a_tool_that_is_missing_or_too_old(
    there: str | None, told_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "USUAL", str(tmp_path / "nowhere"))
    if there:
        tool = tmp_path / "pg_dump"
        tool.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {there}'\n")
        tool.chmod(0o755)
    with pytest.raises(UserError) as caught:
        tools.find("pg_dump", 15)
    assert told_ in str(caught.value)
    assert "postgresql-client-15" in str(caught.value)


def test_rows_that_are_not_those_of_the_manifest_are_not_restored_as_whole(places: Places, file: Path) -> None:
    source, target = places.store(), places.new()
    filled(source)
    manifest = back_up(source, file)
    unpack(file, manifest, data := file.with_name("data"))
    tables = {**manifest.tables, "student": Counted(rows=6, hash=manifest.tables["student"].hash)}
    with file.open("wb") as opened:
        pack(opened, manifest.model_copy(update={"tables": tables}), data, compress=True)
    with pytest.raises(Refused, match="not what was backed up: student: 5 rows for 6"):
        restore(target, file, key)
    assert places.kind == "postgresql" or is_empty(target)
