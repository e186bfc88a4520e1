"""The application manager's pages: each source in one look, its last runs, what waits in it, and held deletions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine, insert, select, update
from uuid_utils import uuid7

from canonical.tables import HELD, QUARANTINE
from portal.pages.manager import said
from portal.tables import ACCOUNT_ROLE
from tests.portal.layer import ORIGIN, UNHURRIED, create_app
from tests.portal.office import Office
from tests.portal.school import FRESH, NOW

HOSTILE = "<script>alert(1)</script>"
OLD = FRESH - timedelta(days=30)


class Desk(Office):
    """The office with a second school, and a manager of the first alone."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.college = self.source("college", "Het College")
        self.sign_in("manager", "manager", self.lyceum, None, way="password+totp")

    def let_manage(self, source: int) -> None:
        """The manager is that of another source too."""
        with self._writing() as connection:
            role = connection.execute(select(ACCOUNT_ROLE).where(ACCOUNT_ROLE.c.role == "manager")).mappings().one()
            connection.execute(insert(ACCOUNT_ROLE).values(**{**role, "id": str(uuid7()), "source_id": source}))


@pytest.fixture
def desk(sqlite_engine: Engine) -> Desk:
    with time_machine.travel(NOW, tick=False):
        return Desk(sqlite_engine)


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    app = create_app(desk.engine, rates=UNHURRIED)
    with time_machine.travel(NOW, tick=False), TestClient(app, base_url=ORIGIN, follow_redirects=False) as made:
        yield made


def page(
    client: TestClient, desk: Desk, path: str, language: str = "en", status: int = 200, who: str = "manager"
) -> str:
    answer = client.get(path, headers={**desk.headers(who), "Accept-Language": language})
    assert answer.status_code == status, answer.text
    return re.sub(r"\s+", " ", answer.text)


def fail(desk: Desk, entity: str, code: str, message: str, ended: datetime | None = FRESH) -> None:
    desk.run(desk.lyceum, entity, "failed", code=code, message=message, ended_at=ended)
    desk.state(desk.lyceum, entity, failures=3)


def test_a_source_of_which_all_is_fresh(desk: Desk, client: TestClient) -> None:
    desk.run(desk.lyceum, "grades", inserted=12, updated=1, ended_at=FRESH)
    told = page(client, desk, "/sources")
    assert "Everything is fresh." in told
    assert "complete: 12 new, 1 changed<" in told
    assert ">grades</th>" in told
    assert "<bdi>reasons</bdi></th>" in told  # a name that is not known here stays
    dutch = page(client, desk, "/sources", "nl")
    assert "Alles is actueel." in dutch
    assert "volledig: 12 nieuw, 1 gewijzigd<" in dutch


def test_what_is_stale_never_read_or_failing_is_told(desk: Desk, client: TestClient) -> None:
    desk.state(desk.lyceum, "grades", fresh_at=OLD)
    desk.state(desk.lyceum, "staff", fresh_at=None)
    fail(desk, "grades", "http.timeout", "lyceum: grades: the source was silent for too long")
    told = page(client, desk, "/sources")
    assert "1 of 8 parts is stale. 1 of 8 parts was never read." in told
    assert "1 part fails." in told
    assert "failed 3 times" in told
    assert "The source took too long to answer." in told
    assert 'lang="en">lyceum: grades: the source was silent for too long<' in told
    assert "Everything is fresh" not in told


def test_a_source_that_is_left_alone_is_told_of(desk: Desk, client: TestClient) -> None:
    desk.pause(desk.college)
    assert "schoolbrug sync" not in page(client, desk, "/sources")
    desk.pause(desk.lyceum)
    assert "<code>schoolbrug sync lyceum</code>" in page(client, desk, "/sources")


def test_a_source_that_somebody_paused_is_told_of_as_such(desk: Desk, client: TestClient) -> None:
    desk.pause(desk.lyceum, "person")
    for path in ("/sources", "/sources/lyceum"):
        told = page(client, desk, path)
        assert "was paused by somebody" in told
        assert "<code>schoolbrug tenant resume lyceum</code>" in told
        assert "<code>schoolbrug sync lyceum</code>" not in told
        assert "door iemand op pauze gezet" in page(client, desk, path, "nl")


def test_a_source_that_was_never_read(desk: Desk, client: TestClient) -> None:
    north = desk.source("north", "De Noord", entities=())
    desk.sign_in("northerner", "manager", north, None, way="password+totp")
    told = page(client, desk, "/sources", who="northerner")
    assert "Never read yet." in told
    assert "fresh" not in told
    one = page(client, desk, "/sources/north", who="northerner")
    assert "Not known: nothing was read yet." in one
    assert "None." not in one


def test_counts_lead_to_what_waits(desk: Desk, client: TestClient) -> None:
    desk.quarantine(desk.lyceum, "grades", '["grade","120045","991"]')
    desk.hold(desk.lyceum, "students")
    told = page(client, desk, "/sources")
    assert 'href="/sources/lyceum#quarantine">1 row to mend<' in told
    assert 'href="/sources/lyceum#held">1 deletion to decide on<' in told
    assert 'href="/held/1">Number 1</a>' in told
    one = page(client, desk, "/sources/lyceum")
    assert 'id="quarantine"' in one
    assert 'id="held"' in one
    assert "120045" in one


def test_what_is_wrong_with_a_row_and_where_to_mend_it(desk: Desk, client: TestClient) -> None:
    desk.quarantine(desk.lyceum, "grades", '["grade","120045","991"]')
    with desk._writing() as connection:
        connection.execute(update(QUARANTINE).values(problems='[["DatumInvoer","date"]]', attempts=3))
    told = page(client, desk, "/sources/lyceum")
    for text in ("<bdi>120045</bdi>", "<code>DatumInvoer</code> is no date that exists", "Magister", "read 3 times"):
        assert text in told, text
    dutch = page(client, desk, "/sources/lyceum", "nl")
    assert "<code>DatumInvoer</code> is geen" in dutch


def test_what_a_person_has_to_look_at_comes_first(desk: Desk, client: TestClient) -> None:
    desk.state(desk.lyceum, "subjects", fresh_at=OLD)
    desk.state(desk.lyceum, "staff", failures=1)
    desk.quarantine(desk.lyceum, "reasons", '["absence_reason","1"]')
    desk.hold(desk.lyceum, "students")
    found = re.findall(r'<th scope="row">(?:<bdi>)?(.*?)<', page(client, desk, "/sources"))
    assert found[:4] == ["reasons", "staff", "students", "subjects"]
    assert found[4:] == ["absences", "columns", "grades", "timetable"]


def test_the_last_runs_of_one_source(desk: Desk, client: TestClient) -> None:
    desk.run(desk.lyceum, "grades", read=4102, tombstoned=2, ended_at=FRESH + timedelta(seconds=7))
    desk.run(desk.lyceum, "absences", "partial", held=3, quarantined=4, ended_at=FRESH + timedelta(minutes=3),
             incremental=True, message="more is missing than may go at once")  # fmt: skip
    desk.run(desk.lyceum, "lessons", "running")
    desk.run(desk.college, "grades", "refused", message="of another school")
    told = page(client, desk, "/sources/lyceum")
    for text in ("2 gone", ">4102<", ">7 s<", ">3 min<", "3 held", "4 to mend", "changes only", ">under way<",
                 "More is missing than may go without a person"):  # fmt: skip
        assert text in told, text
    assert told.index("timetable") < told.index("absences</td>") < told.index("grades</td>")
    assert "of another school" not in told


def test_another_school_is_not_there(desk: Desk, client: TestClient) -> None:
    desk.quarantine(desk.college, "grades", '["grade","secret"]')
    assert "Het College" not in page(client, desk, "/sources")
    assert "secret" not in page(client, desk, "/sources/lyceum")
    page(client, desk, "/sources/college", status=404)
    page(client, desk, "/sources/nowhere", status=404)


def test_what_a_source_says_is_text(desk: Desk, client: TestClient) -> None:
    fail(desk, "grades", "x", HOSTILE)
    desk.quarantine(desk.lyceum, "grades", f'["grade","{HOSTILE}"]')
    for path in ("/sources", "/sources/lyceum"):
        told = page(client, desk, path)
        assert HOSTILE not in told
        assert "&lt;script&gt;" in told


def test_quarantine_goes_on_on_a_next_page_of_the_same_source(
    desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.pages.manager.PAGE", 5)
    desk.let_manage(desk.college)
    desk.hold(desk.college, "students")
    for n in range(8):
        desk.quarantine(desk.lyceum, "grades", f'["grade","row{n:03}"]')
        desk.quarantine(desk.college, "grades", f'["grade","other{n:03}"]')
    first = page(client, desk, "/sources/lyceum")
    (onwards,) = re.findall(r'href="(\?cursor=[^"#]+)#quarantine" rel="next"', first)
    second = page(client, desk, f"/sources/lyceum{onwards}")
    rows = re.findall(r"row\d{3}", first + second)
    assert sorted(set(rows)) == [f"row{n:03}" for n in range(8)]
    assert "other0" not in first + second
    assert "/held/" not in first


@pytest.mark.parametrize(("code", "message", "wanted"), [
    (None, None, []),
    (None, "the answer was empty", [True]),
    ("form.changed", "the source may be hiding them; the source describes its data otherwise than before:"
     " ask its supplier what has changed", [True, True]),
    ("http.denied", "something; else", [True, False]),
    ("x.y", "something; the answer was empty", [False]),
])  # fmt: skip
def test_what_a_run_says_is_ours_or_as_it_is(code: str | None, message: str | None, wanted: list[bool]) -> None:
    assert [ours for _, ours in said(code, message)] == wanted


def held_of(desk: Desk, number: int = 1) -> str:
    with desk.engine.connect() as connection:
        return str(connection.execute(select(HELD.c.state).where(HELD.c.id == number)).scalar_one())


def decide(client: TestClient, desk: Desk, who: str = "manager", number: int = 1, **headers: str) -> Response:
    sent = {**desk.headers(who), "Accept-Language": "en", **headers}
    return client.post(f"/held/{number}", data={"decision": "approved"}, headers=sent)


def test_what_would_go_and_two_ways_to_decide(desk: Desk, client: TestClient) -> None:
    desk.hold(desk.lyceum, "students")
    told = page(client, desk, "/held/1")
    for text in ("30 of 40 would go", ">students<", "Het Lyceum", "at 10:42",
                 "schoolbrug held show 1", "Look in Magister first.", "waits for a decision"):  # fmt: skip
        assert text in told, text
    assert re.findall(r'name="decision" value="(\w+)"', told) == ["approved", "rejected"]
    assert "30 van de 40 " in page(client, desk, "/held/1", "nl")


@pytest.mark.parametrize(("decision", "wanted"), [
    ("approved", "The next complete read deletes what is still missing then"), ("rejected", "All of it stays"),
])  # fmt: skip
def test_a_decision_holds_and_is_told(desk: Desk, client: TestClient, decision: str, wanted: str) -> None:
    desk.hold(desk.lyceum, "students")
    answer = client.post("/held/1", data={"decision": decision}, headers=desk.headers("manager"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/held/1")
    told = page(client, desk, "/held/1")
    assert wanted in told
    assert f">{decision}, at 11:00<" in told
    assert "<button" not in told.split("<main", 1)[1].split("</main>", 1)[0]
    (event,) = [row for row in desk.on_file() if row.action in ("approve", "reject")]
    assert (event.source_id, event.role, event.area) == (desk.lyceum, "manager", "held/1")
    assert event.actor.startswith("account:")


def test_who_was_not_first_is_told_what_holds(desk: Desk, client: TestClient) -> None:
    desk.hold(desk.lyceum, "students", "rejected")
    answer = decide(client, desk)
    assert answer.status_code == 409
    assert "somebody had decided already" in answer.text
    assert ">rejected<" in answer.text
    assert held_of(desk) == "rejected"


def test_nobody_else_decides(desk: Desk, client: TestClient) -> None:
    desk.hold(desk.lyceum, "students")
    desk.hold(desk.college, "students")
    with time_machine.travel(NOW, tick=False):
        for role in ("administrator", "team_leader", "attendance_officer"):
            desk.sign_in(role, role, desk.lyceum, None, section="{}", way="password+totp")
        desk.sign_in("weak", "manager", desk.lyceum, None)
        desk.sign_in("elsewhere", "manager", desk.college, None, way="password+totp")
    for who in ("administrator", "team_leader", "attendance_officer", "MEN", "weak"):
        assert decide(client, desk, who).status_code == 403, who
    assert decide(client, desk, "elsewhere").status_code == 404
    assert decide(client, desk, number=2).status_code == 404
    assert decide(client, desk, number=9).status_code == 404
    signed_out = decide(client, desk, "nobody", Origin=ORIGIN)
    assert (signed_out.status_code, signed_out.headers["location"]) == (303, "/signin?next=/today")
    assert decide(client, desk, Origin="https://evil.example").status_code == 403
    answer = client.post("/held/1", data={"decision": "applied"}, headers=desk.headers("manager"))
    assert answer.status_code == 400
    assert [held_of(desk, number) for number in (1, 2)] == ["open", "open"]


def test_a_plan_of_another_school_is_not_there(desk: Desk, client: TestClient) -> None:
    desk.hold(desk.college, "students")
    page(client, desk, "/held/1", status=404)
    page(client, desk, "/held/0", status=400)


def test_of_which_period_it_is(desk: Desk, client: TestClient) -> None:
    desk.hold(desk.lyceum, "students", scope="2526")
    desk.hold(desk.lyceum, "students")
    assert "<dt>Period</dt><dd><bdi>2526</bdi></dd>" in page(client, desk, "/held/1")
    assert "Period" not in page(client, desk, "/held/2")
