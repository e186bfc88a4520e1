"""Pages for who leads the school: how much the portal is used, who never came, and how soon results are entered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, select
from uuid_utils import uuid7

from portal import usage
from portal.access import Role, Viewer
from portal.pages import use
from portal.reading import reading
from portal.tables import ACCOUNT_ROLE, INVITATION, LOGIN
from tests.portal.layer import ORIGIN, UNHURRIED, create_app
from tests.portal.office import Office
from tests.portal.school import FRESH, NOW

HOSTILE = "<script>alert(1)</script>"
FEBRUARY, MARCH = datetime(2026, 2, 10, 12, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=50)


class Desk(Office):
    """The office, its administrator and a team leader of year 3; and another school."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.college = self.source("college", "Het College")
        self.sign_in("ADM", "administrator", self.lyceum, None, way="password+totp")
        self.sign_in("LEAD", "team_leader", self.lyceum, None, section='{"grade_level": 3}')

    def guardian(self, last_name: str, *moments: datetime, source: int | None = None) -> None:
        """One who has an account and signed in at these moments."""
        source = source or self.lyceum
        person = self.put("guardian", source, last_name=last_name, secret=False)
        self.sign_in(last_name, "guardian", source, person)
        with self._writing() as connection:
            role = select(ACCOUNT_ROLE.c.account_id).where(ACCOUNT_ROLE.c.person_id == person)
            account = connection.execute(role).scalar_one()
            for at in moments:
                connection.execute(insert(LOGIN).values(account_id=account, role="guardian", way="password", at=at))

    def letter(self, made_at: datetime, source: int | None = None, **fields: Any) -> None:
        """A letter to somebody without an account."""
        person = self.put("guardian", source or self.lyceum, last_name="Brief", secret=False)
        plain = {"expires_at": LATER, "attempts": 0, "role": "guardian", "letter_digest": uuid7().bytes}
        with self._writing() as connection:
            connection.execute(insert(INVITATION).values(
                id=str(uuid7()), person_id=person, source_id=source or self.lyceum, made_at=made_at, **(plain | fields)
            ))  # fmt: skip

    def test(self, held_on: date | None, entered: date, student: str, subject: str) -> None:
        column = self.column(self.lyceum, subject, f"T{self.last}", held_on=held_on)
        at = datetime(entered.year, entered.month, entered.day, 12, tzinfo=UTC)
        self.grade(self.lyceum, student, column, "6,0", entered_at=at)


@pytest.fixture
def desk(sqlite_engine: Engine) -> Desk:
    with time_machine.travel(NOW, tick=False):
        return Desk(sqlite_engine)


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    app = create_app(desk.engine, rates=UNHURRIED)
    with time_machine.travel(NOW, tick=False), TestClient(app, base_url=ORIGIN, follow_redirects=False) as made:
        yield made


def page(client: TestClient, desk: Desk, path: str, who: str = "ADM", status: int = 200, language: str = "en") -> str:
    answer = client.get(path, headers={**desk.headers(who), "Accept-Language": language})
    assert answer.status_code == status, answer.text
    return re.sub(r"\s+", " ", answer.text)


def rows(html: str, caption: str) -> list[list[str]]:
    """The cells of the body of the table that is called so."""
    (table,) = re.findall(rf"<caption[^>]*>{caption}</caption>(.*?)</table>", html)
    body = table.split("<tbody>")[1]
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body)
    ]


def on_file(desk: Desk) -> Sequence[tuple[str, str, int]]:
    return [(row.role, row.action, row.source_id) for row in desk.on_file()]


def test_sign_ins_of_each_account_by_month(desk: Desk, client: TestClient) -> None:
    desk.guardian("Vaak", FEBRUARY, FEBRUARY, MARCH)
    desk.guardian("Elders", FEBRUARY, source=desk.college)
    told = page(client, desk, "/use?from=2026-02&to=2026-03")
    found = {row[0]: row[1:] for row in rows(told, "Sign-ins by account")}
    assert found["Vaak parent or guardian"] == ["2", "1", "3"]
    assert '<th scope="col">Feb 2026</th><th scope="col">Mar 2026</th>' in told
    assert "Elders" not in told
    assert on_file(desk) == [("administrator", "usage", desk.lyceum)]


def test_the_last_three_months_when_none_were_chosen(desk: Desk, client: TestClient) -> None:
    desk.guardian("Vaak", datetime(2025, 12, 31, 22, tzinfo=UTC), FEBRUARY)
    told = page(client, desk, "/use", language="nl")
    found = {row[0]: row[1:] for row in rows(told, "Aanmeldingen per account")}
    assert found["Vaak ouder of verzorger"] == ["0", "1", "0", "1"]
    assert '<option value="2026-01" selected>januari 2026</option>' in told


def test_the_numbers_of_a_role_rest_on_ten_accounts(desk: Desk, client: TestClient) -> None:
    for n in range(10):
        desk.guardian(f"Ouder{n}", MARCH, *([FEBRUARY] if n else []))
    told = page(client, desk, "/use?from=2026-02&to=2026-03")
    found = {row[0]: row[1:] for row in rows(told, "Sign-ins by role")}
    assert found["parent or guardian"] == ["fewer than ten", "10 by 10 accounts"]


def test_the_letters_that_went_out_and_what_came_of_them(desk: Desk, client: TestClient) -> None:
    desk.letter(FEBRUARY, used_at=MARCH)
    desk.letter(FEBRUARY, withdrawn_at=MARCH)
    desk.letter(FEBRUARY, expires_at=NOW)
    desk.letter(FEBRUARY)
    desk.letter(MARCH)
    desk.letter(datetime(2024, 5, 1, tzinfo=UTC), used_at=FEBRUARY)
    desk.letter(MARCH, source=desk.college)
    told = page(client, desk, "/use?from=2026-02&to=2026-03")
    assert rows(told, "Letters to guardians") == [
        # made, used, not used yet, expired, replaced
        ["Feb 2026", "4", "1", "1", "1", "1"],
        ["Mar 2026", "1", "0", "1", "0", "0"],
        ["ever", "6", "2", "2", "1", "1"],
    ]


def test_of_a_school_that_sends_no_letters_no_table_of_noughts_is_shown(desk: Desk, client: TestClient) -> None:
    told = page(client, desk, "/use")
    assert "No letter has ever been made." in told
    assert "the school's own account portal administrator" in {row[0] for row in rows(told, "Sign-ins by account")}


def test_a_letter_is_of_the_month_at_school(desk: Desk) -> None:
    desk.letter(datetime(2026, 2, 28, 22, 59, tzinfo=UTC))
    desk.letter(datetime(2026, 2, 28, 23, tzinfo=UTC))
    viewer = Viewer(Role.ADMINISTRATOR, "test", frozenset({desk.lyceum}))
    with reading(desk.engine, viewer) as connection:
        told = usage.letters(connection, viewer, ["2026-02", "2026-03"], NOW)
    assert [(one.month, one.source, one.made) for one in told] == [
        ("2026-02", "lyceum", 1), ("2026-03", "lyceum", 1), (None, "lyceum", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/use?from=2026-03&to=2026-02", "/use?from=2020-01&to=2026-02"])
def test_months_that_make_no_sense_are_told(path: str, desk: Desk, client: TestClient) -> None:
    told = page(client, desk, path, status=400)
    assert 'aria-invalid="true"' in told
    assert 'class="problem"' in told
    assert 'value="2026-02" selected' in told
    assert "Sign-ins by account" not in told
    assert on_file(desk) == []


@pytest.mark.parametrize("path", ["/use?from=2026-13", "/use?cursor=made-up", "/use/never?cursor=made-up"])
def test_what_no_form_sends_is_a_page_that_says_so(path: str, desk: Desk, client: TestClient) -> None:
    told = page(client, desk, path, status=400)
    assert "<h1>" in told
    assert "<select" not in told


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use, "PAGE", 7)


@pytest.mark.usefixtures("short_pages")
def test_accounts_go_on_on_a_next_page(desk: Desk, client: TestClient) -> None:
    for n in range(9):
        desk.guardian(f"Ouder{n}")
    first = page(client, desk, "/use?from=2026-02&to=2026-03")
    (onwards,) = re.findall(r'href="(\?[^"]+)" rel="next"', first)
    second = page(client, desk, f"/use{onwards.replace('&amp;', '&')}")
    named = [row[0] for html in (first, second) for row in rows(html, "Sign-ins by account")]
    assert sorted(name[:6] for name in named if name.startswith("Ouder")) == [f"Ouder{n}" for n in range(9)]
    assert 'rel="next"' not in second


def test_who_never_came_the_oldest_first(desk: Desk, client: TestClient) -> None:
    desk.guardian("Kwam", MARCH)
    desk.guardian("Nooit")
    desk.letter(FEBRUARY)
    desk.letter(MARCH, source=desk.college)
    found = rows(page(client, desk, "/use/never"), "Never used")
    assert found[0] == ["10 Feb 2026", "Brief parent or guardian letter, no account yet"]
    assert ["2 Mar 2026", "Nooit parent or guardian account, never signed in"] in found
    assert [row[1] for row in found if row[1].startswith(("Kwam", "Brief"))] == [found[0][1]]
    assert on_file(desk) == [("administrator", "usage", desk.lyceum)]


@pytest.mark.usefixtures("short_pages")
def test_who_never_came_goes_on_on_a_next_page(desk: Desk, client: TestClient) -> None:
    for n in range(9):
        desk.letter(FEBRUARY + timedelta(minutes=n))
    first = page(client, desk, "/use/never")
    (onwards,) = re.findall(r'href="(\?[^"]+)" rel="next"', first)
    found = [row for html in (first, page(client, desk, f"/use/never{onwards}")) for row in rows(html, "Never used")]
    assert len([row for row in found if row[1].startswith("Brief")]) == 9


def test_promptness_in_school_days_against_the_norm(desk: Desk, client: TestClient) -> None:
    noor = desk.pupil("Noor")
    desk.put("group_member", desk.lyceum, student_id=noor, group_id=desk.home)
    desk.member_of_staff("JAN", desk.home, "teacher", desk.french)
    monday = date(2026, 2, 2)
    for days in (1, 4, 18):  # 1, 4 and 14 school days
        desk.test(monday, monday + timedelta(days=days), noor, desk.french)
    desk.test(None, monday, noor, desk.french)
    for who in ("ADM", "LEAD"):
        told = page(client, desk, "/promptness?from=2026-02-02&to=2026-03-02", who=who)
        assert rows(told, "How soon results are entered") == [["Frans , 3hA Jan", "2 of 3", "4", "14", "1"]]
        assert "The school&#39;s norm is 10 school days." in told or "The school's norm is 10 school days." in told
        assert "Het Lyceum: updated" in told
        assert 'value="2026-02-02"' in told
    assert on_file(desk) == [("administrator", "promptness", desk.lyceum), ("team_leader", "promptness", desk.lyceum)]


def test_a_team_leader_sees_the_own_part_of_the_school(desk: Desk, client: TestClient) -> None:
    other = desk.pupil("Ander", level=2)
    desk.test(date(2026, 2, 2), date(2026, 2, 3), other, desk.french)
    assert "Frans" in page(client, desk, "/promptness")
    told = page(client, desk, "/promptness", who="LEAD")
    assert "Frans" not in told
    assert "No results of tests in this period." in told


def test_promptness_of_what_is_out_of_date_says_so(desk: Desk, client: TestClient) -> None:
    warning = "Note: what you see of Het Lyceum may be out of date."
    assert warning not in page(client, desk, "/promptness")
    desk.state(desk.lyceum, "grades", fresh_at=FRESH - timedelta(days=3))
    assert warning in page(client, desk, "/promptness")


def test_promptness_that_is_not_known_is_not_told_as_none(desk: Desk, client: TestClient) -> None:
    desk.state(desk.lyceum, "grades", fresh_at=None, complete_at=None)
    desk.state(desk.lyceum, "columns", fresh_at=None, complete_at=None)
    told = page(client, desk, "/promptness")
    assert "When results were entered is not known" in told
    assert "No results" not in told


@pytest.mark.parametrize(("path", "typed"), [
    ("/promptness?from=2026-03-01&to=2026-02-01", "2026-03-01"), ("/promptness?from=gisteren", "gisteren"),
    ("/promptness?to=1999-12-31", "1999-12-31"),
])  # fmt: skip
def test_a_period_that_makes_no_sense_is_told_and_kept(path: str, typed: str, desk: Desk, client: TestClient) -> None:
    told = page(client, desk, path, status=400)
    assert f'value="{typed}" aria-invalid="true"' in told
    assert 'class="problem"' in told
    assert on_file(desk) == []


def test_a_period_that_was_left_open_is_this_school_year(desk: Desk, client: TestClient) -> None:
    told = page(client, desk, "/promptness?from=&to=")
    assert 'value="2025-08-01"' in told
    assert 'value="2026-03-02"' in told


def test_whatever_people_and_groups_are_called_is_text(desk: Desk, client: TestClient) -> None:
    desk.guardian(HOSTILE, MARCH)
    desk.guardian(f"{HOSTILE}2")
    subject = desk.subject(desk.lyceum, "x", HOSTILE)
    group = desk.group(desk.lyceum, HOSTILE, school_year_id=desk.this_year)
    noor = desk.pupil("Noor", group)
    desk.takes_part(desk.put("staff", desk.lyceum, code="x", last_name=HOSTILE), group, "teacher", subject)
    desk.test(date(2026, 2, 2), date(2026, 2, 3), noor, subject)
    for path in ("/use", "/use/never", "/promptness"):
        told = page(client, desk, path)
        assert HOSTILE not in told
        assert "&lt;script&gt;" in told


@pytest.mark.parametrize("path", ["/use", "/use/never", "/promptness"])
def test_who_has_no_factor_and_who_has_another_role_see_nothing(path: str, desk: Desk, client: TestClient) -> None:
    desk.sign_in("weak", "administrator", desk.lyceum, None)
    assert "second step" in page(client, desk, path, who="weak", status=403)
    page(client, desk, path, who="MEN", status=403)
    if path != "/promptness":
        page(client, desk, path, who="LEAD", status=403)
    page(client, desk, f"{path}?from=gisteren", who="MEN", status=400 if path == "/use" else 403)
    assert on_file(desk) == []


def test_the_administrator_begins_at_use(desk: Desk, client: TestClient) -> None:
    assert client.get("/today", headers=desk.headers("ADM")).headers["location"] == "/use"
    told = page(client, desk, "/use")
    for path in ("/use", "/promptness", "/rules"):
        assert f'<a href="{path}"' in told
    assert '<a href="/promptness"' in page(client, desk, "/promptness", who="LEAD")
    assert '<a href="/rules"' not in page(client, desk, "/promptness", who="LEAD")
    assert '<a href="/promptness"' not in client.get("/classes", headers=desk.headers("MEN")).text
