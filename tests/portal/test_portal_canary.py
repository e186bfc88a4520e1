"""What is held of a student who may not be seen is in no answer, header, log, stream, export or letter.

Every column of everything that is held of two students holds a canary (``tests.portal.canaries``). Everybody who may
not see them asks at every address of the OpenAPI document, before they are planted and after: the answers must be the
same to the byte, so that not even their number is told. Who may see them gets every canary that the API documents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import httpx
import pytest
import time_machine
from fpdf import FPDF
from httpx import Response
from sqlalchemy import Engine, insert, select
from structlog.testing import capture_logs
from typer.testing import CliRunner

from canonical.database import connect
from canonical.erasure import OF_STUDENT
from canonical.tables import TABLES
from portal import newsroutes
from portal.cursors import encode
from portal.keys import ApiKey, digest
from portal.news import as_place, since
from portal.schema import migrate_portal
from portal.tables import DECISION
from schoolbrug.cli import app as program
from tests.canary import Log, listening
from tests.portal.asking import Asker, asking
from tests.portal.browser import served
from tests.portal.canaries import KINDS, UNTOLD, WHO, Canaries, columns_of_students, is_told
from tests.portal.layer import SECRET, UNHURRIED, create_app
from tests.portal.marks import came, log
from tests.portal.rows import ROWS
from tests.portal.test_portal_stream import Listener
from tests.portal.world import KEYS, NOBODY, VIEWERS, World
from tests.postgres import MEMORY, Cluster

AWAY = ApiKey("away", digest("a key for the other school alone"), ("south",))
TIED = {
    "former_guardian": {"gone": True}, "no_authority": {"legal_authority": False}, "court_block": {"court_block": True},
    "blocked_by_school": {},
}  # fmt: skip
"""Who has something to do with ``young`` and may see nothing; ``adults_parent`` likewise with ``adult``."""
ALLOWED = ("administrator", "attendance_officer", "client", "leader", "young_parent",
           *(f"{who}_{name}" for who in WHO for name in ("self", "mentor")))  # fmt: skip
STRANGERS = (*(one for one in VIEWERS if one not in ALLOWED), "away_administrator", "away_officer", "away_client")
COMPARED = ("anonymous", "guardian", "court_block", "adults_parent", "team_leader", "manager", "away_administrator")
"""Of these it is looked at whether the answers were the same before there were canaries."""
OF_OWN = ("student", "guardian", "teacher", "mentor", "team_leader")
"""These may see another student."""
MENDING = ("manager", "client", "wrong_scope")
TO_MEND = {
    ("quarantine", "row"), ("quarantine", "since"), ("held", "reason"), ("held", "created_at"), ("held", "scope"),
}  # fmt: skip
"""These are told which row of which source could not be read: its key, and since when."""
RANDOM = {"/v1/me/factors/passkey/options", "/v1/session/passkey/options"}
"""A challenge is another one each time."""
_KINDS = {"groups": "group", "sessions": "session", "me": "factor"}
"""Of what the id in an address is, where it is not a student's."""


class Asked(NamedTuple):
    viewer: str
    method: str
    path: str
    answer: Response
    seen: set[str]
    """The canaries in it, as they stand there."""

    @property
    def whole(self) -> tuple[int, bytes, Any]:
        return self.answer.status_code, self.answer.content, self.answer.headers.multi_items()


class Aviary:
    """A school with canaries, and all that was answered: before they came, to who may see them, and to who may not."""

    def __init__(self, engine: Engine, allowed: tuple[str, ...] = ALLOWED, strangers: tuple[str, ...] = STRANGERS,
                 compared: tuple[str, ...] = COMPARED, *, reads: bool = False) -> None:  # fmt: skip
        self.engine, self.at = engine, datetime.now(UTC)
        with time_machine.travel(self.at, tick=False), capture_logs() as said, listening() as heard:
            self.world = World(engine)
            for source in (self.world.north, self.world.south):
                for entity in ("grades", "absences"):
                    self.world.run(source, entity, ended_at=self.at - timedelta(days=10))
            self.canaries = Canaries(self.world, self._year(), self.at)
            self._people()
            self.canaries.wait_for_repair()
            with self.client() as client:
                self.before = [one for viewer in compared for one in self._asked(client, viewer)]
            with engine.execution_options(writes=True).begin() as connection:
                self.canaries.plant(connection)
                self.canaries.looked(connection)
            self._ties()
            with self.client() as client:
                self.shown = [one for viewer in allowed for one in self._asked(client, viewer, reads=True)]
                with engine.execution_options(writes=True).begin() as connection:
                    self.canaries.looked(connection)  # who has looked meanwhile would be a difference
                # Some of the answers are kept by now.
                order = sorted(strangers, key=[*COMPARED, *STRANGERS].index)
                self.hidden = [one for viewer in order for one in self._asked(client, viewer, reads=reads)]
                self.nonsense = [] if reads else list(self._nonsense(client))
        self.log = f"{said}\n{_without_the_client(heard)}"

    def _year(self) -> str:
        with self.engine.connect() as connection:
            return str(connection.execute(select(TABLES["school_year"].c.id)).scalar_one())

    def _people(self) -> None:
        world = self.world
        level = self.canaries.values["young"]["enrolment.grade_level"]
        world.sign_in("leader", "team_leader", world.north, None, section=json.dumps({"grade_level": level}))
        for viewer, role in (("away_administrator", "administrator"), ("away_officer", "attendance_officer")):
            world.sign_in(viewer, role, world.south, None, way="password+totp")

    def _ties(self) -> None:
        world, ids = self.world, self.canaries.ids
        for name, says in TIED.items():
            world._child(world.north, world.persons[name], ids["young"]["student"], **says)
        world._child(world.north, world.persons["adults_parent"], ids["adult"]["student"])
        with self.engine.execution_options(writes=True).begin() as connection:
            connection.execute(insert(DECISION).values(
                source_id=world.north, student_id=ids["young"]["student"], decision="blocked", granted="[]",
                guardian_id=world.persons["blocked_by_school"], at=self.at, by="test",
            ))  # fmt: skip

    def client(self) -> AbstractContextManager[Asker]:
        return asking(create_app(self.engine, [*KEYS.values(), AWAY], rates=UNHURRIED))

    def headers(self, viewer: str) -> dict[str, str]:
        if viewer == "away_client":
            return {"Authorization": "Bearer a key for the other school alone"}
        return dict(self.world.headers(viewer))

    def _asked(self, client: Asker, viewer: str, *, reads: bool = False) -> Iterator[Asked]:
        """What one viewer is answered at every address, or at those that only read."""
        who = "adult" if viewer.startswith("adult") else "young"
        for (method, path), row in ROWS.items():
            # Who is signed in has no business at the addresses for who is not.
            if row.stream or not (row.signed_in or viewer == "anonymous") or (reads and method != "GET"):
                continue
            for whom in (who, "own") if row.area is not None and viewer in OF_OWN else (who,):
                yield self._ask(client, viewer, method, path, self._path(path, whom),
                                params=self._about(row.query, whom), json=self._about(row.body, whom))  # fmt: skip

    def _ask(self, client: Asker, viewer: str, method: str, path: str, made: str, **more: Any) -> Asked:
        answer = client.request(method, made, headers=self.headers(viewer), **more)
        seen = self.canaries.found(f"{answer.text}\n{answer.headers.multi_items()}")
        return Asked(viewer, method, path, answer, seen)

    def _path(self, path: str, who: str) -> str:
        """The address with ids of what is ``who``'s."""
        world = self.world
        ids = {"student": world.ids["own"], "subject": world.subjects["own"]}
        if who != "own":
            ids = self.canaries.ids[who]
        kind = next((kind for part, kind in _KINDS.items() if path.startswith(f"/v1/{part}/")), "student")
        named = {"{id}": kind, "{subject}": "subject"}
        for name in named.keys() & set(re.findall(r"{\w+}", path)):
            path = path.replace(name, ids[named[name]])
        return path.replace("{source}", "north").replace("{name}", "north")

    def _about(self, told: Any, who: str) -> Any:
        """A query or body that is about ``who`` in place of nobody."""
        id_ = self.world.ids["own"] if who == "own" else self.canaries.ids[who]["student"]
        return None if told is None else json.loads(json.dumps(dict(told)).replace(NOBODY, id_))

    def _nonsense(self, client: Asker) -> Iterator[Asked]:
        """What is held of the students, sent wherever something can be sent."""
        document = client.get("/openapi.json").json()
        id_ = self.canaries.ids["young"]["student"]
        values = [id_, self.canaries.values["young"]["account.login"]]
        for (method, path), row in ROWS.items():
            operation = document["paths"][path][method.lower()]
            taken = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            sent = values if taken or row.body is not None else values[1:] if "{" in path else []
            for value in sent:
                for viewer in ("guardian", "away_administrator") if row.signed_in else ("guardian",):
                    made = self._path(path, "young") if value == id_ else re.sub(r"\{\w+\}", value, path)
                    yield self._ask(client, viewer, method, path, made, params=dict.fromkeys(taken, value),
                                    json=_filled(document, operation, value))  # fmt: skip


def _filled(document: Mapping[str, Any], operation: Mapping[str, Any], value: str) -> dict[str, str] | None:
    """A body that says ``value`` of everything."""
    try:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
    except KeyError:
        return None
    return dict.fromkeys(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"], value)


def _without_the_client(log: Log) -> str:
    """The log of the server: the test's own client says what it asks for."""
    return "\n".join(line for line in log.text.getvalue().splitlines() if not line.startswith(("httpx ", "httpcore")))


@pytest.fixture(scope="module")
def aviary() -> Iterator[Aviary]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        engine = connect(f"sqlite:///{folder}/store.sqlite")
        migrate_portal(engine)
        yield Aviary(engine)
        engine.dispose()


def columns(canaries: Canaries, *seen: set[str]) -> set[tuple[str, str]]:
    """The tables and columns that canaries are from."""
    return {canaries.marks[mark] for marks in seen for mark in marks}


def found(canaries: Canaries, *texts: object) -> set[tuple[str, str]]:
    """The tables and columns of the canaries in what is told."""
    return columns(canaries, *(canaries.found(str(text)) for text in texts))


def leaks(aviary: Aviary, asked: list[Asked]) -> list[Any]:
    return [
        (one.viewer, one.method, one.path, one.answer.status_code, sorted(seen))
        for one in asked
        if (seen := columns(aviary.canaries, one.seen) - (TO_MEND if one.viewer in MENDING else set()))
    ]  # fmt: skip


def test_every_column_of_a_student_holds_a_canary(aviary: Aviary) -> None:
    """A new column gets one by itself, or is told to have none; a new table is not forgotten."""
    planted = columns(aviary.canaries, set(aviary.canaries.marks))
    for column in columns_of_students():
        assert is_told(column) == ((column.table.name, column.name) in planted), str(column)
    names = {name for column in columns_of_students() for name in (column.name, str(column))}
    assert set(UNTOLD) <= names


def test_who_may_not_see_a_student_is_answered_as_if_there_were_none(aviary: Aviary) -> None:
    assert leaks(aviary, aviary.hidden) == []
    later = [one for viewer in COMPARED for one in aviary.hidden if one.viewer == viewer]
    for before, after in zip(aviary.before, later, strict=True):
        assert (before.viewer, before.path) == (after.viewer, after.path)
        if after.path not in RANDOM:
            assert after.whole == before.whole, (after.viewer, after.method, after.path)


_BY_TABLE = {
    # What a sync keeps of a record, and its key at the source.
    "identity": ("k1", "k2", "k3", "k4", "scope", "content_hash", "raw_hash"), "alias": ("k1", "k2", "k3", "k4"),
    "change": ("run_id",), "held": ("members",), "quarantine": ("payload", "payload_until"),
    # What signing in rests on.
    "account": ("password_hash",), "factor": ("secret", "credential_id", "confirmed_at"),
    "invitation": ("id", "letter_digest", "code_digest", "code_sent_at", "code_expires_at", "made_at", "expires_at",
                   "used_at"),
    "account_role": ("id", "section", "begins", "ends", "granted_by", "granted_at"),
    # Who it was at school that decided, and how somebody looked.
    "consent": ("by",), "decision": ("by",), "restriction": ("by",), "audit": ("reason", "session", "client"),
    # Of other people no more than their names.
    "staff": ("local_id", "function"), "group_staff": ("id", "order"), "guardianship": ("id", "changed_at"),
    "student": ("tombstoned_at",),
}  # fmt: skip
SHOWN_TO_NOBODY = {(table, column) for table, named in _BY_TABLE.items() for column in named} | {
    # When what is not one student's own changed.
    (kind, column)
    for kind in KINDS if kind not in ("student", *OF_STUDENT) for column in ("changed_at", "tombstoned_at")
}  # fmt: skip


def test_who_may_see_a_student_gets_every_canary_that_is_documented(aviary: Aviary) -> None:
    """Else the canaries would be where no answer comes from."""
    canaries = aviary.canaries
    seen = columns(canaries, *(one.seen for one in aviary.shown))
    assert columns(canaries, set(canaries.marks)) - seen == SHOWN_TO_NOBODY
    assert {one.viewer for one in aviary.shown if one.seen} == {*ALLOWED}


def test_who_may_see_one_student_gets_nothing_of_another(aviary: Aviary) -> None:
    canaries = aviary.canaries
    for one in aviary.shown:
        who = one.viewer.partition("_")[0]
        others = {mark for mark in one.seen if who in WHO and canaries.of[mark] != who}
        assert columns(canaries, others) == set(), (one.viewer, one.path)
        if one.viewer == "attendance_officer":
            assert not {"grade", "assessment"} & {table for table, _ in columns(canaries, one.seen)}, one.path


def test_what_is_sent_does_not_come_back(aviary: Aviary) -> None:
    assert leaks(aviary, aviary.nonsense) == []
    assert {one.answer.status_code for one in aviary.nonsense} >= {400, 401, 403, 404}
    assert max(one.answer.status_code for one in (*aviary.nonsense, *aviary.hidden, *aviary.shown)) < 500


def test_the_tag_of_an_answer_tells_nobody_else_that_it_is_so(aviary: Aviary) -> None:
    path = f"/v1/students/{aviary.canaries.ids['young']['student']}/grades"
    with aviary.client() as client:
        shown = client.get(path, headers=aviary.headers("young_parent"))
        tag = {"If-None-Match": f"{shown.headers['etag']}, *"}
        assert client.get(path, headers=aviary.headers("young_parent") | tag).status_code == 304
        for viewer in ("guardian", "court_block", "away_client", "away_administrator"):
            assert client.get(path, headers=aviary.headers(viewer) | tag).status_code == 404, viewer


def test_the_log_holds_no_canary(aviary: Aviary, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(aviary.canaries, aviary.log) == set()
    every = " ".join(aviary.canaries.marks)

    def broken(*_: Any) -> None:
        raise RuntimeError(every)

    monkeypatch.setattr("portal.routes.students.card", broken)
    with aviary.client() as client, capture_logs() as said, listening() as heard:
        path = f"/v1/students/{aviary.canaries.ids['young']['student']}"
        answer = client.get(path, headers=aviary.headers("young_parent"))
    assert answer.status_code == 500
    assert "request failed" in str(said)
    assert found(aviary.canaries, answer.text, answer.headers, said, _without_the_client(heard)) == set()


def test_a_stream_tells_nothing_of_who_may_not_be_seen(aviary: Aviary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newsroutes, "LOOK_EVERY", 0.05)
    world, canaries = aviary.world, aviary.canaries
    for name in ("own", "elsewhere"):
        _is_news(world, name, aviary.at)
    token = encode(SECRET, as_place(since(aviary.at - timedelta(days=13))), "news")
    told = {}
    with served(create_app(aviary.engine, [*KEYS.values(), AWAY], rates=UNHURRIED)) as address:
        for viewer in ("guardian", "student", "mentor", "team_leader", "other_school", "away_client", "young_parent"):
            headers = aviary.headers(viewer) | {"Last-Event-ID": token}
            with httpx.stream("GET", f"{address}/v1/news/stream", headers=headers, timeout=20) as answer:
                _, told[viewer] = Listener(answer).next()
    assert all(news["items"] for news in told.values())
    assert {table for table, _ in found(canaries, told.pop("young_parent"))} >= {"student", "grade", "subject"}
    assert found(canaries, told) == set()


def _is_news(world: World, name: str, at: datetime) -> None:
    """A grade that came yesterday, for those who may see it."""
    source = world.south if name == "elsewhere" else world.north
    column = world.column(source, world.subjects[name], f"NEW-{name}")
    grade = world.grade(source, world.ids[name], column, "8,1", entered_at=at - timedelta(days=1))
    came(world, source, "grade", grade, at - timedelta(days=1))
    log(world, source, grade, 1, at - timedelta(days=1), student_id=world.ids[name])


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that is put on paper: in the file it is in the numbers of the font's signs."""
    lines: list[str] = []
    for name in ("multi_cell", "cell"):
        original = getattr(FPDF, name)

        def noted(self: Any, w: Any, h: Any, text: str, *rest: Any, _original: Any = original, **more: Any) -> Any:
            lines.append(text)
            return _original(self, w, h, text, *rest, **more)

        monkeypatch.setattr(FPDF, name, noted)
    return lines


@pytest.fixture
def command(aviary: Aviary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``command("status")`` gives all that it prints, and the file ``out`` if it writes that."""
    monkeypatch.setenv("CANARY_SECRET", SECRET.decode())
    config, out = tmp_path / "schoolbrug.toml", tmp_path / "out"
    config.write_text(
        f'[store]\ndatabase = "sqlite:///{aviary.engine.url.database}"\nquarantine_key = {{ env = "CANARY_SECRET" }}\n'
        f'[portal]\nsecret = {{ env = "CANARY_SECRET" }}\norigin = "https://portaal.example.nl"\n'
    )

    def run(*words: str) -> str:
        result = CliRunner().invoke(program, [*words, "--config", str(config)])
        assert result.exit_code == 0, result.output
        told = result.output + (out.read_bytes().decode("latin-1") if out.exists() else "")
        out.unlink(missing_ok=True)
        return told

    monkeypatch.chdir(tmp_path)
    return run


def test_no_command_about_others_tells_of_them(aviary: Aviary, command: Any) -> None:
    canaries = aviary.canaries
    export = ("portal", "export")
    assert found(canaries, command(*export, canaries.ids["young"]["student"], "out")) >= {
        ("student", "last_name"), ("grade", "raw_text"), ("change", "before"),
    }  # fmt: skip
    own = _number(aviary, "own")
    for words in ((*export, own, "out"), ("audit", "readers", own), ("audit", "readers", own, "--json"),
                  ("audit", "verify"), ("audit", "anchor"),
                  ("portal", "expire", "--dry-run", "--json"), ("status", "--json")):  # fmt: skip
        assert found(canaries, command(*words)) == set(), words
    for words in (("quarantine", "list", "--json"), ("held", "list", "--json")):
        assert found(canaries, command(*words)) <= TO_MEND | {("quarantine", "payload_until")}, words


def test_no_letter_of_others_names_them(aviary: Aviary, command: Any, written: list[str]) -> None:
    canaries = aviary.canaries
    paper = ("portal", "letters", "--out", "out", "--again", "--source")
    # Everybody of the other school; those of one student of the own.
    told = command(*paper, "south") + command(*paper, "north", "--student", _number(aviary, "own"))
    assert any("Elders" in line for line in written)
    assert found(canaries, told, written) == set()
    written.clear()
    command(*paper, "north")
    assert found(canaries, written) >= {("student", "last_name"), ("guardian", "last_name")}
    # Nobody may see the grown one: neither is in a letter.
    assert {canaries.of[mark] for mark in canaries.found(str(written))} == {"young"}


def _number(aviary: Aviary, name: str) -> str:
    """The school's number of a student."""
    table = TABLES["student"]
    with aviary.engine.connect() as connection:
        numbers = connection.execute(select(table.c.local_id).where(table.c.id == aviary.world.ids[name]))
        return str(numbers.scalar_one())


def test_row_level_security_changes_nothing_of_it(postgres: Cluster, portal_template: str) -> None:
    """The same on PostgreSQL."""
    url = postgres.new_database(portal_template)
    engine = connect(url)
    try:
        aviary = Aviary(engine, ("administrator", "client", "young_parent", "young_mentor", "adult_self"),
                        ("guardian", *TIED, "adults_parent", "mentor", "away_administrator", "away_client"), (),
                        reads=True)  # fmt: skip
        assert leaks(aviary, aviary.hidden) == []
        seen = columns(aviary.canaries, *(one.seen for one in aviary.shown))
        assert columns(aviary.canaries, set(aviary.canaries.marks)) - seen == SHOWN_TO_NOBODY
        assert found(aviary.canaries, aviary.log) == set()
    finally:
        engine.dispose()
        postgres.drop(url)
