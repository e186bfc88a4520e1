"""What the pages say: marks and averages in the reader's language, unknown that is not none, and what is told anew."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portal.pages.results import harmless
from tests.portal.layer import ORIGIN, UNHURRIED, create_app
from tests.portal.office import Office
from tests.portal.school import NOW


class Home(Office):
    """A school with one student, Noor, and her mother."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.noor = self.pupil("Voorbeeld", first_name="Noor")
        self.p1 = self.period(self.lyceum, "P1", self.this_year, date(2025, 8, 1))


@pytest.fixture
def office(sqlite_engine: Engine) -> Home:
    made = Home(sqlite_engine)
    mother = made.put("guardian", made.lyceum, last_name="Voorbeeld", secret=False)
    made.put("guardianship", made.lyceum, guardian_id=mother, student_id=made.noor, relation="mother",
             legal_authority=True, court_block=False)  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        made.sign_in("mother", "guardian", made.lyceum, mother)
        made.sign_in("student", "student", made.lyceum, made.noor)
    return made


@pytest.fixture
def client(office: Home) -> Iterator[TestClient]:
    app = create_app(office.engine, rates=UNHURRIED)
    with time_machine.travel(NOW, tick=False), TestClient(app, base_url=ORIGIN, follow_redirects=False) as made:
        yield made


def page(client: TestClient, office: Home, path: str, language: str = "nl", who: str = "mother") -> str:
    place = path if path == "/today" else f"/students/{office.noor}{path}"
    answer = client.get(place, headers={**office.headers(who), "Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def marked(office: Home, text: str, code: str = "T1", weight: str | None = "1", **fields: object) -> str:
    column = office.column(
        office.lyceum, office.french, code, weight, title=f"Toets {code}", grading_period_id=office.p1
    )
    return office.grade(office.lyceum, office.noor, column, text, **fields)


def test_marks_and_averages_as_each_language_writes_them(office: Home, client: TestClient) -> None:
    marked(office, "7,5")
    marked(office, "8,0", "T2", "2")
    # (7.5 + 2 x 8.0) / 3 = 7.83
    for language, texts in {
        "nl": (">7,5<", ">8,0<", "7,8 ", "Cijfers van", "Frans", "bijgewerkt om 10:42 uit Magister"),
        "en": (">7.5<", ">8.0<", "7.8 ", "Grades of", "Frans", "updated at 10:42 from Magister"),
    }.items():
        told = page(client, office, "/grades", language)
        assert [text for text in texts if text not in told] == []


def test_a_result_in_words_and_one_that_was_changed(office: Home, client: TestClient) -> None:
    marked(office, "goed")
    told = page(client, office, "/grades")
    assert ">goed<" in told
    assert "er telt nog niets mee" in told


def test_what_was_never_read_is_not_none(office: Home, client: TestClient) -> None:
    for entity in ("grades", "absences"):
        office.state(office.lyceum, entity, fresh_at=None, complete_at=None)
    assert "De cijfers zijn niet bekend" in page(client, office, "/grades")
    assert "Of er afwezigheid is, is niet bekend" in page(client, office, "/absences")
    told = page(client, office, "/today")
    assert "Nog niet alles is bij de school opgehaald" in told
    assert "Niets nieuws" not in told


def test_none_is_said_to_be_none(office: Home, client: TestClient) -> None:
    assert "Er zijn nog geen cijfers." in page(client, office, "/grades")
    assert "Niets in deze maand." in page(client, office, "/absences")
    assert "Niets nieuws in de laatste twee weken." in page(client, office, "/today")


def test_what_is_stale_is_said_on_top(office: Home, client: TestClient) -> None:
    assert "verouderd" not in page(client, office, "/grades")
    office.state(office.lyceum, "grades", fresh_at=NOW - timedelta(hours=2))
    assert "Let op: wat u van Het Lyceum ziet, kan verouderd zijn." in page(client, office, "/grades")


def test_sent_out_is_told_with_its_hour_and_subject(office: Home, client: TestClient) -> None:
    begins = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
    lesson = office.lesson(office.lyceum, begins, begins + timedelta(minutes=50), subject_id=office.french)
    office.seen(office.lyceum, office.noor, "removed", None, date(2026, 3, 2), lesson_id=lesson)
    told = page(client, office, "/absences")
    assert "<strong>uitgestuurd</strong>, Frans" in told
    assert "vandaag 10:40" in told
    assert ">0</dd>" in told


def test_the_months_go_on_and_back(office: Home, client: TestClient) -> None:
    told = page(client, office, "/absences?month=2026-01")
    assert "januari 2026" in told
    assert 'href="?month=2025-12"' in told
    assert 'href="?month=2026-02"' in told
    for wrong in ("2026-13", "x", "0001-01", "2026-1-1"):
        path = f"/students/{office.noor}/absences?month={wrong}"
        assert client.get(path, headers=dict(office.headers("mother"))).status_code == 404


def test_what_must_i_get(office: Home, client: TestClient) -> None:
    marked(office, "4,0")
    subject = f"/subjects/{office.french}"
    assert "7,0 " in page(client, office, f"{subject}?target=5,5&weight=1")
    assert "Dat lukt niet met één toets: met een 10 is het 7,00." in page(client, office, f"{subject}?target=8")
    for wrong in ("target=11", "target=abc", "target=5&weight=0", "target=5&weight=-1", "target=1e9", "target=NaN"):
        assert "Geef een gemiddelde of een cijfer tussen 1 en 10" in page(client, office, f"{subject}?{wrong}")


def test_what_will_it_become(office: Home, client: TestClient) -> None:
    marked(office, "4,0")
    # (4.0 x 1 + 7.0 x 2) / 3 = 6.00
    told = page(client, office, f"/subjects/{office.french}?mark=7&weight=2")
    assert "6,00 " in told
    assert "is het gemiddelde na een 7,000 met weging 2,000" not in told
    assert "is het gemiddelde na een 7 met weging 2" in told
    assert "Geef een gemiddelde of een cijfer" in page(client, office, f"/subjects/{office.french}?mark=0,9")


def order(told: str) -> list[str]:
    return re.findall(r"Toets (T\d)</th>", told)


def test_all_results_as_the_reader_wants_them(office: Home, client: TestClient) -> None:
    german = office.subject(office.lyceum, "du", "Duits")
    for code, text, day, subject, fields in (
        ("T1", "7,5", date(2026, 2, 3), office.french, {}), ("T2", "4,0", date(2026, 2, 1), german, {"version": 2}),
        ("T3", "goed", None, office.french, {}), ("T4", "9,1", date(2026, 2, 2), german, {"counts": False}),
    ):
        column = office.column(office.lyceum, subject, code, "1", title=f"Toets {code}", grading_period_id=office.p1)
        office.grade(office.lyceum, office.noor, column, text, achieved_on=day, **fields)
    for asked, wanted in {
        "": ["T1", "T4", "T2", "T3"], "sort=oldest": ["T2", "T4", "T1", "T3"], "sort=lowest": ["T2", "T1", "T4", "T3"],
        "sort=highest": ["T4", "T1", "T2", "T3"], "only=insufficient": ["T2"], "only=changed": ["T2"],
        f"subject={office.french}&sort=oldest": ["T1", "T3"], "only=counting&sort=lowest": ["T2", "T1", "T3"],
    }.items():
        assert order(page(client, office, f"/results?{asked}")) == wanted, asked
        rows = [*csv.reader(StringIO(page(client, office, f"/grades.csv?{asked}")), delimiter=";")][1:]
        assert [row[1].removeprefix("Toets ") for row in rows] == wanted, asked
    by_subject = order(page(client, office, "/results?sort=subject"))
    assert {*by_subject[:2]} == {"T2", "T4"}
    assert "Er is geen resultaat dat hieraan voldoet." in page(client, office, "/results?subject=nothing")
    for wrong in ("sort=x", "only=x", "subject=" + "x" * 37):
        path = f"/students/{office.noor}/results?{wrong}"
        assert client.get(path, headers=dict(office.headers("mother"))).status_code == 400


def test_what_is_drawn_is_what_stands(office: Home, client: TestClient) -> None:
    column = office.column(office.lyceum, office.french, "T1", "1", grading_period_id=office.p1, resit_policy="best")
    office.grade(office.lyceum, office.noor, column, "4,0", achieved_on=date(2026, 2, 1))
    assert "<figure" not in page(client, office, f"/subjects/{office.french}")  # one dot is no line
    office.grade(office.lyceum, office.noor, column, "6,1", attempt=2, achieved_on=date(2026, 2, 9))
    marked(office, "8,0", "T2", achieved_on=date(2026, 2, 20))
    marked(office, "goed", "T3", achieved_on=date(2026, 2, 21))
    told = page(client, office, f"/subjects/{office.french}")
    assert json.loads(re.search(r"data-points='([^']*)'", told)[1]) == [["2026-02-09", 6.1], ["2026-02-20", 8.0]]


def test_what_does_not_fit_is_the_oldest(office: Home, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.pages.today.MOST", 1)
    office.run(office.lyceum, "absences", ended_at=NOW - timedelta(days=9))
    for kind in ("removed", "late"):
        office.seen(office.lyceum, office.noor, kind, None, date(2026, 3, 2))
    told = page(client, office, "/today")
    # Both became visible at the same moment: the one that was written last has the higher id.
    assert 'class="late' in told
    assert 'class="removed' not in told


@pytest.mark.parametrize("cell", ["=1+1", "+31", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_the_table_for_a_spreadsheet(office: Home, client: TestClient) -> None:
    marked(office, "7,5", achieved_on=date(2026, 2, 27))
    marked(office, "=2+5", "T2", None)
    text = page(client, office, "/grades.csv").removeprefix("\ufeff")
    head, *rows = csv.reader(StringIO(text), delimiter=";")
    assert head == ["Vak", "Toets", "Datum", "Poging", "Resultaat", "Weging", "Telt mee"]
    assert sorted(rows) == [
        ["Frans", "Toets T1", "2026-02-27", "1", "7,5", "1", "ja"], ["Frans", "Toets T2", "", "1", "'=2+5", "", "ja"],
    ]  # fmt: skip


def test_a_student_under_eighteen_is_not_asked_about_the_parents(office: Home, client: TestClient) -> None:
    told = client.get("/account", headers=dict(office.headers("student"))).text
    assert "Mogen mijn ouders" not in told


def test_at_eighteen_the_student_opens_and_closes(office: Home) -> None:
    grown = office.pupil("Groot", birth_date=date(2008, 3, 1), first_name="Daan")
    parent = office.put("guardian", office.lyceum, last_name="Groot", secret=False)
    office.put("guardianship", office.lyceum, guardian_id=parent, student_id=grown, relation="father",
               legal_authority=True, court_block=False)  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        office.sign_in("grown", "student", office.lyceum, grown)
        office.sign_in("parent", "guardian", office.lyceum, parent)
        app = create_app(office.engine, rates=UNHURRIED)
        with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
            def sees() -> int:
                return client.get(f"/students/{grown}/grades", headers=dict(office.headers("parent"))).status_code

            assert sees() == 404
            assert "Nee: sinds je 18 bent" in client.get("/account", headers=dict(office.headers("grown"))).text
            done = client.post("/account/consent", data={"open": "true"}, headers=dict(office.headers("grown")))
            assert (done.status_code, sees()) == (303, 200)
            client.post("/account/consent", data={"open": "false"}, headers=dict(office.headers("grown")))
            assert sees() == 404
            refused = client.post("/account/consent", data={"open": "true"}, headers=dict(office.headers("parent")))
            assert (refused.status_code, sees()) == (403, 404)
