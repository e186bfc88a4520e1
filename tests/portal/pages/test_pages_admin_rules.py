"""What a school decides, on the page: what holds, who would see what when, and deciding anew."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, insert, select
from uuid_utils import uuid7

from portal import deciding
from portal.access import Role, Viewer
from portal.deciding import Sections
from portal.pages import ruleforms
from portal.reading import reading
from portal.rules import Rules
from portal.schema import migrate_portal
from portal.tables import ACCOUNT, ACCOUNT_ROLE, RULES
from tests.portal.layer import ORIGIN, UNHURRIED, create_app
from tests.portal.office import Office
from tests.portal.school import NOW, ident
from tests.templates import embedded

PAGE = "/rules/lyceum"
HOSTILE = "<script>alert(1)</script>"
LOCATION = ident(700)
WORKING_DAYS, MONDAY_TO_THURSDAY = (1, 2, 3, 4, 5), (1, 2, 3, 4)

OTHERS = ("student", "guardian", "team_leader", "attendance_officer", "manager")

Field = tuple[str, str]
Filled = list[Field]

EVERYTHING: dict[str, Any] = {
    "authority_where_unknown": True, "discreet_from_sixteen": False, "student_portal_only": True,
    "switches": [
        {"role": "guardian", "area": "grades", "open": False, "grade_level": 6, "first": "2026-06-29",
         "last": "2026-07-03", "location": LOCATION, "study": "havo 3"},
        {"role": None, "area": "reasons", "open": True, "grade_level": None, "first": None, "last": None,
         "location": None, "study": None},
    ],
    "publication": {
        "windows": [{"weekdays": [1, 2], "begins": "16:30:00", "ends": "19:30:00"},
                    {"weekdays": [5], "begins": "12:00:00", "ends": None}],
        "guardian_windows": [{"weekdays": [1, 2, 3, 4, 5], "begins": "20:00:00", "ends": None}],
        "parent_delay_hours": 24,
    },
    "section_publications": [{
        "location": LOCATION, "study": "havo 3", "grade_level": 3, "guardian_windows": None, "parent_delay_hours": 1,
        "windows": [{"weekdays": [3], "begins": "17:00:00", "ends": None}],
    }],
    "holidays": [{"first": "2026-07-18", "last": "2026-08-30"}, {"first": "2026-10-17", "last": "2026-10-25"}],
    "test_weeks": [{"first": "2026-03-16", "last": "2026-03-20"}],
    "thresholds": [
        {"valid_from": None, "unexcused_hours": 16, "school_weeks": 4, "long_absence_weeks": 4, "sick_episodes": 4,
         "sick_weeks": 12, "sick_days": 7},
        {"valid_from": "2027-08-01", "unexcused_hours": 12, "school_weeks": 3, "long_absence_weeks": 2,
         "sick_episodes": 3, "sick_weeks": 10, "sick_days": 5},
    ],
    "window": "week_blocks", "long_lessons_by_minutes": False, "late_steps": [2, 4], "late_to_lesson_minutes": 20,
    "report_from_18": True,
    "marking": {"pass_mark": "5.45", "letters": {"V": "6"}, "period_weights": {"P4": "2"}},
    "entry_norm_days": 5, "retention_days": 30,
}  # fmt: skip
"""Rules in which nothing is as it would be by itself."""


class Forms(HTMLParser):
    """The forms of a page by the address that they go to: what a browser sends when nobody has touched them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, Filled] = {}
        self._form: Filled = []
        self._select, self._options = "", [""]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.found.setdefault(of.get("action", ""), [])
        elif tag == "input" and (of.get("type") != "checkbox" or "checked" in of):
            self._form.append((of["name"], of["value"]))
        elif tag == "select":
            self._select, self._options = of["name"], []
        elif tag == "option" and self._select:
            self._options = [of["value"]] if "selected" in of or not self._options else self._options

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._form.append((self._select, self._options[0]))
            self._select = ""


class Desk(Office):
    """The office with a location, and its administrator."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.put("location", self.lyceum, id=LOCATION, name="Noord")
        self.sign_in("ADM", "administrator", self.lyceum, None, way="password+totp")

    def also(self, who: str, source: int) -> None:
        """The same role at another school."""
        own = select(ACCOUNT_ROLE).join(ACCOUNT, ACCOUNT.c.id == ACCOUNT_ROLE.c.account_id)
        with self._writing() as connection:
            row = connection.execute(own.where(ACCOUNT.c.login == f"{who}@example.org")).mappings().one()
            connection.execute(insert(ACCOUNT_ROLE).values(**{**row, "id": str(uuid7()), "source_id": source}))

    def versions(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(RULES)).scalar_one())

    def document(self) -> dict[str, Any]:
        """The rules that hold."""
        with self.engine.connect() as connection:
            newest = select(RULES.c.document).order_by(RULES.c.version.desc()).limit(1)
            return json.loads(connection.execute(newest).scalar_one())


@pytest.fixture
def desk(sqlite_engine: Engine) -> Desk:
    with time_machine.travel(NOW, tick=False):
        return Desk(sqlite_engine)


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    yield from asking(desk)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A school of which nothing was decided, for all tests in which nothing is; and everybody who decides nothing."""
    engine = embedded(tmp_path_factory.mktemp("calm") / "portal.sqlite", migrate_portal)
    with time_machine.travel(NOW, tick=False):
        made = Desk(engine)
        guardian = made.put("guardian", made.lyceum, last_name="Voorbeeld", secret=False)
        persons = {"student": made.pupil("Voorbeeld"), "guardian": guardian}
        for role in OTHERS:
            made.sign_in(role, role, made.lyceum, persons.get(role), way="password+totp", section='{"grade_level": 3}')
        made.sign_in("weak", "administrator", made.lyceum, None)
        made.put("enrolment", made.lyceum, student_id=persons["student"], study="havo 3")
    yield made
    engine.dispose()


@pytest.fixture(scope="module")
def visitor(calm: Desk) -> Iterator[TestClient]:
    yield from asking(calm)


def asking(desk: Desk) -> Iterator[TestClient]:
    app = create_app(desk.engine, rates=UNHURRIED)
    with time_machine.travel(NOW, tick=False), TestClient(app, base_url=ORIGIN, follow_redirects=False) as made:
        yield made


def see(client: TestClient, desk: Desk, path: str = PAGE, status: int = 200, language: str = "en") -> str:
    answer = client.get(path, headers={**desk.headers("ADM"), "Accept-Language": language})
    assert answer.status_code == status, answer.text
    return answer.text


def send(client: TestClient, desk: Desk, path: str, fields: Filled, who: str = "ADM", **headers: str) -> Any:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}
    return client.post(path, content=urlencode(fields), headers={**form, **desk.headers(who), **headers})


def untouched(html: str, form: str) -> Filled:
    (fields,) = [fields for action, fields in Forms(html).found.items() if action.split("#")[0].endswith(form)]
    return fields


def schedule(
    *windows: tuple[Sequence[int], str, str], version: int = 0, do: str = "preview", entered: str = "2026-03-05T16:31",
    **more: str,
) -> Filled:  # fmt: skip
    """The form of the schedule, with these windows in its first rows."""
    fields = [("version", str(version)), ("do", do), ("entered", entered), *more.items()]
    for row, (days, begins, ends) in enumerate(windows):
        fields += [*(("weekdays", f"{row}.{day}") for day in days), ("begins", begins), ("ends", ends)]
    return fields


def switch(version: int = 0, **fields: str) -> Filled:
    plain = {"role": "guardian", "area": "grades", "open": "false", "location": "", "study": "", "grade_level": "",
             "first": "", "last": ""}  # fmt: skip
    return [("version", str(version)), *(plain | fields).items()]


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def table(html: str, caption: str) -> list[list[str]]:
    (found,) = re.findall(rf"<caption[^>]*>{caption}</caption>(.*?)</table>", html, re.DOTALL)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", found.split("<tbody>")[1], re.DOTALL)
    return [[text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def previewed(html: str) -> list[list[str]]:
    return table(html, "Who sees what when")


# What holds.


def test_what_holds_is_told(desk: Desk, client: TestClient) -> None:
    assert "Nothing was decided yet" in see(client, desk)
    desk.decide(**EVERYTHING)
    html = see(client, desk)
    told = text(html)
    assert "Version 1, decided at 10:42." in told
    assert table(html, "Switches") == [
        ["1", "parent or guardian", "grades", "closed", "Noord, havo 3, grade level 6", "29 Jun 2026 – 3 Jul 2026",
         "Change 1 Take away 1"],
        ["2", "everybody", "reasons of absence", "open", "the whole school", "always", "Change 2 Take away 2"],
    ]  # fmt: skip
    for line in (
        "Students see a result Mo, Tu 16:30–19:30; Fr 12:00",
        "Guardians see it 24 hours after the student, and then at Mo, Tu, We, Th, Fr 20:00",
        "Holidays 18 Jul 2026 – 30 Aug 2026; 17 Oct 2026 – 25 Oct 2026", "Test weeks 16 Mar 2026 – 20 Mar 2026",
        "Noord, havo 3, grade level 3 Students see a result We 17:00 Guardians see it 1 hour after the student",
        "Guardians see nothing: the portal is for students alone.",
    ):
        assert line in told, line


def test_who_has_one_school_is_there_at_once_and_who_has_two_chooses(desk: Desk, client: TestClient) -> None:
    assert "What Het Lyceum decides" in text(see(client, desk, "/rules"))
    college = desk.source("college", "Het College")
    for role in ("administrator", "manager"):
        desk.sign_in(role, role, desk.lyceum, None, way="password+totp")
        desk.also(role, college)
    answer = client.get("/rules", headers=dict(desk.headers("administrator")))
    assert answer.status_code == 200
    assert 'href="/rules/college"' in answer.text
    assert 'href="/rules/lyceum"' in answer.text
    assert client.get("/rules", headers=dict(desk.headers("manager"))).status_code == 403


def test_another_school_is_not_there(desk: Desk, client: TestClient) -> None:
    desk.source("college", "Het College")
    for name in ("college", "absent"):
        see(client, desk, f"/rules/{name}", status=404)
        for form, fields in (("schedule", schedule()), ("schedule", schedule(do="save")), ("switches", switch())):
            assert send(client, desk, f"/rules/{name}/{form}", fields).status_code == 404
    assert desk.versions() == 0


# Who would see what when.


@pytest.mark.parametrize(("window", "entered", "out"), [
    ((MONDAY_TO_THURSDAY, "16:30", ""), "2026-03-05T16:31", "Monday 9 March, 16:30"),
    ((MONDAY_TO_THURSDAY, "16:30", ""), "2026-03-07T12:00", "Monday 9 March, 16:30"),
    ((MONDAY_TO_THURSDAY, "16:30", ""), "2026-03-03T10:00", "Tuesday 3 March, 16:30"),
    ((WORKING_DAYS, "16:30", "19:30"), "2026-03-03T18:00", "at once"),
    ((WORKING_DAYS, "16:30", "19:30"), "2026-03-03T19:31", "Wednesday 4 March, 16:30"),
    (((*WORKING_DAYS, 6, 7), "17:00", ""), "2026-03-28T17:01", "Sunday 29 March, 17:00"),
])  # fmt: skip
def test_a_schedule_is_tried_without_being_saved(
    window: tuple[Sequence[int], str, str], entered: str, out: str, calm: Desk, visitor: TestClient
) -> None:
    answer = send(visitor, calm, f"{PAGE}/schedule", schedule(window, entered=entered))
    assert answer.status_code == 200
    assert previewed(answer.text) == [["the whole school", out, out, "at once"]]
    assert "Nothing has been saved." in answer.text
    assert calm.versions() == 0
    assert calm.on_file() == []
    # What was filled in is still there, to be saved.
    kept = untouched(answer.text, "/schedule")
    assert ("entered", entered) in kept
    assert [("weekdays", f"0.{day}") for day in window[0]] == [field for field in kept if field[0] == "weekdays"]
    assert [value for name, value in kept if name == "begins"] == [window[1], ""]


@pytest.mark.parametrize(("more", "guardian"), [
    ({"parent_delay_hours": "24"}, "Wednesday 4 March, 17:00"),
    ({"guardian_weekdays": "0.3", "guardian_begins": "09:00", "guardian_ends": ""}, "Wednesday 4 March, 09:00"),
    ({"holiday_first": "2026-03-03", "holiday_last": "2026-03-06"}, "Monday 9 March, 17:00"),
    ({"test_week_first": "2026-03-03", "test_week_last": "2026-03-03"}, "Wednesday 4 March, 17:00"),
])  # fmt: skip
def test_guardians_and_days_on_which_nothing_comes_out(
    more: dict[str, str], guardian: str, calm: Desk, visitor: TestClient
) -> None:
    fields = schedule((WORKING_DAYS, "17:00", ""), entered="2026-03-03T10:00", **more)
    ((_, student, seen, staff),) = previewed(send(visitor, calm, f"{PAGE}/schedule", fields).text)
    assert (seen, staff) == (guardian, "at once")
    assert student == (guardian if "first" in str(more) else "Tuesday 3 March, 17:00")


def test_what_is_tried_leaves_the_rest_of_the_rules_as_it_is(desk: Desk, client: TestClient) -> None:
    """Parts with a schedule of their own, and what is switched off."""
    desk.decide(
        section_publications=[{"grade_level": 6}],
        switches=[{"role": "student", "area": "grades", "open": False, "first": "2026-03-09", "last": "2026-03-09"}],
    )
    fields = schedule((MONDAY_TO_THURSDAY, "16:30", ""), version=1)
    school, sixth = previewed(send(client, desk, f"{PAGE}/schedule", fields).text)
    closed = "Monday 9 March, 16:30 but closed by a switch then, for all or some"
    assert school == ["the whole school", closed, closed, "at once"]
    assert sixth == ["grade level 6", "at once", "at once", "at once"]


def test_the_page_begins_with_what_holds_now(desk: Desk, client: TestClient) -> None:
    desk.decide(publication={"windows": [{"weekdays": [1], "begins": "16:30"}], "parent_delay_hours": 24})
    html = see(client, desk)
    assert "A result that is entered today, 11:00:" in text(html)
    assert previewed(html) == [["the whole school", "today, 16:30", "Tuesday 3 March, 16:30", "at once"]]
    assert "Nothing has been saved." not in html


# Deciding anew.


def test_what_is_saved_holds_is_said_and_is_on_file(desk: Desk, client: TestClient) -> None:
    answer = send(client, desk, f"{PAGE}/schedule", schedule((WORKING_DAYS, "17:00", "17:05"), do="save"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?saved=schedule#schedule")
    html = see(client, desk, answer.headers["location"])
    assert "Saved." in html
    assert "Version 1, decided at 11:00." in text(html)
    windows = [{"weekdays": [*WORKING_DAYS], "begins": "17:00:00", "ends": "17:05:00"}]
    assert desk.document()["publication"] == {"windows": windows, "guardian_windows": None, "parent_delay_hours": 0}
    assert [(row.role, row.action, row.source_id, row.allowed) for row in desk.on_file()] == [
        ("administrator", "rules", desk.lyceum, True)
    ]


def test_nothing_in_everything_is_as_it_would_be_by_itself() -> None:
    rules = Rules.model_validate(EVERYTHING)
    assert rules.model_fields_set == set(Rules.model_fields)
    same = [name for name in Rules.model_fields if getattr(rules, name) == getattr(Rules(), name)]
    assert same == []
    assert rules.model_dump(mode="json") == EVERYTHING


def test_a_form_that_nobody_touched_changes_nothing(desk: Desk, client: TestClient) -> None:
    desk.decide(**EVERYTHING)
    fields = [*untouched(see(client, desk), "/schedule"), ("do", "save")]
    assert send(client, desk, f"{PAGE}/schedule", fields).status_code == 303
    assert desk.document() == EVERYTHING
    for place in ("0", "1"):
        fields = untouched(see(client, desk, f"{PAGE}?change={place}"), "/switches")
        assert send(client, desk, f"{PAGE}/switches", fields).status_code == 303
        assert desk.document() == EVERYTHING
    assert desk.versions() == 4


def test_what_no_form_shows_is_kept(desk: Desk, client: TestClient) -> None:
    desk.decide(**EVERYTHING)
    wanted = dict(EVERYTHING)

    def saved(form: str, fields: Filled, **changed: Any) -> None:
        answer = send(client, desk, f"{PAGE}/{form}", fields)
        assert answer.status_code == 303, answer.text
        wanted.update(changed)
        assert desk.document() == wanted

    saved("schedule", schedule(version=1, do="save"), test_weeks=[], holidays=[],
          publication={"windows": [], "guardian_windows": None, "parent_delay_hours": 0})  # fmt: skip
    new = {"role": "student", "area": "absences", "open": False, "location": None, "study": "vwo 4", "grade_level": 4,
           "first": "2026-03-03", "last": None}  # fmt: skip
    first, second = EVERYTHING["switches"]
    saved("switches", switch(2, role="student", area="absences", study=" vwo 4 ", grade_level="4", first="2026-03-03"),
          switches=[first, second, new])  # fmt: skip
    saved("switches", switch(3, place="1", role="", area="reasons"), switches=[
        first, {**second, "open": False}, new
    ])  # fmt: skip
    saved("switches/remove", [("version", "4"), ("place", "0")], switches=[{**second, "open": False}, new])
    saved("guardians", [("version", "5"), ("closed", "false")], student_portal_only=False)
    saved("guardians", [("version", "6"), ("closed", "true")], student_portal_only=True)


def test_a_switch_holds_from_the_next_request_on(desk: Desk, client: TestClient) -> None:
    noor = desk.pupil("Voorbeeld", first_name="Noor")
    mother = desk.put("guardian", desk.lyceum, last_name="Voorbeeld", secret=False)
    desk.put("guardianship", desk.lyceum, guardian_id=mother, student_id=noor, relation="mother",
             legal_authority=True, court_block=False)  # fmt: skip
    desk.sign_in("mother", "guardian", desk.lyceum, mother)

    def sees() -> int:
        return client.get(f"/students/{noor}/grades", headers=dict(desk.headers("mother"))).status_code

    assert sees() == 200
    send(client, desk, f"{PAGE}/switches", switch())
    assert sees() == 403
    send(client, desk, f"{PAGE}/switches/remove", [("version", "1"), ("place", "0")])
    assert sees() == 200
    send(client, desk, f"{PAGE}/guardians", [("version", "2"), ("closed", "true")])
    assert sees() == 403


# Mistakes, and somebody else who was first.


@pytest.mark.parametrize(("fields", "field", "told"), [
    (schedule(((), "17:00", "")), "publication.windows.0.weekdays", "Choose at least one day."),
    (schedule((WORKING_DAYS, "", "")), "publication.windows.0.begins", "Give a time, such as 16:30."),
    (schedule((WORKING_DAYS, "17:00", ""), (WORKING_DAYS, "18:00", "17:00")), "publication.windows.1.ends",
     "This is before the time at which it begins."),
    (schedule(guardian_begins="25:00", guardian_ends="", guardian_weekdays="0.1"),
     "publication.guardian_windows.0.begins", "Give a time, such as 16:30."),
    (schedule(parent_delay_hours="337"), "publication.parent_delay_hours", "Give whole hours, from 0 to 336."),
    (schedule(parent_delay_hours="a day"), "publication.parent_delay_hours", "Give whole hours, from 0 to 336."),
    (schedule(holiday_first="2026-03-09", holiday_last="2026-03-08"), "holidays.0.last",
     "This is before the first day."),
    (schedule(holiday_first="2026-03-09", holiday_last="2028-03-08"), "holidays.0.last", "That is longer than a year."),
    (schedule(test_week_first="2026-03-09", test_week_last=""), "test_weeks.0.last",
     "Give a day between 2000 and 2099."),
    # A field that was not sent along is left open: its row is not lost with it.
    (schedule(holiday_first="2026-03-09"), "holidays.0.last", "Give a day between 2000 and 2099."),
    (schedule(holiday_last="2026-03-09"), "holidays.0.first", "Give a day between 2000 and 2099."),
    (schedule(*[((1,), "17:00", "")] * 51), "publication.windows", "There are more of these than can be kept."),
])  # fmt: skip
@pytest.mark.parametrize("do", ["preview", "save"])
def test_a_mistake_is_told_beside_its_field(
    do: str, fields: Filled, field: str, told: str, calm: Desk, visitor: TestClient
) -> None:
    sent = [(name, do if name == "do" else value) for name, value in fields]
    answer = send(visitor, calm, f"{PAGE}/schedule", sent)
    assert answer.status_code == 400
    assert f'<p class="problem" id="wrong-{field}">{told}</p>' in answer.text
    assert field == "publication.windows" or f'aria-invalid="true" aria-describedby="wrong-{field}"' in answer.text
    assert "Who sees what when</caption>" not in answer.text
    # What was filled in is kept, but for the button.
    kept = untouched(answer.text, "/schedule")
    assert [one for one in fields if one not in kept and one[0] != "do"] == []
    assert calm.versions() == 0


@pytest.mark.parametrize("entered", ["", "soon", "1999-12-31T23:59", "2100-01-01T01:00", "0001-01-01T00:00",
                                     "9999-12-31T23:59", "2026-03-03T10:00Z"])  # fmt: skip
def test_a_moment_that_makes_no_sense_is_told(entered: str, calm: Desk, visitor: TestClient) -> None:
    answer = send(visitor, calm, f"{PAGE}/schedule", schedule(entered=entered))
    assert answer.status_code == 400
    assert 'id="wrong-entered">Give a day and a time, between 2000 and 2099.' in answer.text
    assert ("entered", entered) in untouched(answer.text, "/schedule")


@pytest.mark.parametrize(("wrong", "field", "told"), [
    ({"area": ""}, "area", "Choose what it is about."), ({"area": "marks"}, "area", "Choose what it is about."),
    ({"open": ""}, "open", "Choose open or closed."), ({"role": "manager"}, "role", "Choose for whom it is."),
    ({"location": ident(99)}, "location", "There is no such location; choose one."),
    ({"location": "x"}, "location", "There is no such location; choose one."),
    ({"study": "x" * 201}, "study", "Give at most 200 characters, on one line."),
    ({"grade_level": "9"}, "grade_level", "Give a grade level from 1 to 8, or leave it empty."),
    ({"first": "1999-12-31"}, "first", "Give a day between 2000 and 2099."),
    ({"first": "2026-03-09", "last": "2026-03-08"}, "last", "This is before the first day."),
])  # fmt: skip
def test_a_switch_that_makes_no_sense_is_told_and_kept(
    wrong: dict[str, str], field: str, told: str, calm: Desk, visitor: TestClient
) -> None:
    answer = send(visitor, calm, f"{PAGE}/switches", switch(**{"study": "havo 3", **wrong}))
    assert answer.status_code == 400
    assert f'<p class="problem" id="wrong-{field}">{told}</p>' in answer.text
    assert '<details id="switch" open>' in answer.text
    assert ("study", wrong.get("study", "havo 3")) in untouched(answer.text, "/switches")
    assert calm.versions() == 0


def test_too_many_switches_are_told(desk: Desk, client: TestClient) -> None:
    desk.decide(switches=[{"area": "grades", "open": True}] * 200)
    answer = send(client, desk, f"{PAGE}/switches", switch(1))
    assert answer.status_code == 400
    assert 'id="wrong-switches">There are more of these than can be kept.' in answer.text


@pytest.mark.parametrize(("form", "fields"), [
    ("schedule", [("version", "0"), ("do", "erase")]), ("schedule", [("do", "save")]), ("switches", switch(-1)),
    ("switches", switch(0, place="-1")), ("switches/remove", [("version", "0"), ("place", "x")]),
    ("guardians", [("version", "0")]),
])  # fmt: skip
def test_what_no_form_sends_is_refused(form: str, fields: Filled, calm: Desk, visitor: TestClient) -> None:
    answer = send(visitor, calm, f"{PAGE}/{form}", fields)
    assert answer.status_code == 400
    assert "<h1>" in answer.text
    assert calm.versions() == 0


@pytest.mark.parametrize("path", [f"{PAGE}?change=1", f"{PAGE}?change=99999999999999999999"])
def test_a_switch_that_is_not_there(path: str, desk: Desk, client: TestClient) -> None:
    desk.decide(switches=[{"area": "grades", "open": True}])
    see(client, desk, path, status=404)
    see(client, desk, f"{PAGE}?change=-1", status=400)
    for form, fields in (("switches", switch(1, place="1")), ("switches/remove", [("version", "1"), ("place", "1")])):
        assert send(client, desk, f"{PAGE}/{form}", fields).status_code == 404
    assert desk.versions() == 1


def test_who_was_not_first_is_told_sees_what_holds_and_loses_nothing(desk: Desk, client: TestClient) -> None:
    mine = schedule((MONDAY_TO_THURSDAY, "16:30", ""), do="save", parent_delay_hours="24")
    send(client, desk, f"{PAGE}/schedule", schedule((WORKING_DAYS, "17:00", ""), do="save"))
    answer = send(client, desk, f"{PAGE}/schedule", mine)
    assert answer.status_code == 409
    assert "somebody else has decided something in the meantime" in answer.text
    assert "Students see a result Mo, Tu, We, Th, Fr 17:00" in text(answer.text)
    assert desk.versions() == 1
    assert len(desk.on_file()) == 1
    kept = untouched(answer.text, "/schedule")
    assert [one for one in mine if one not in kept and one[0] not in ("do", "version")] == []
    # Now it is made from what holds, and can be saved.
    assert send(client, desk, f"{PAGE}/schedule", [*kept, ("do", "save")]).status_code == 303
    assert desk.document()["publication"]["parent_delay_hours"] == 24


def test_who_was_first_by_less_than_a_moment_was_first(
    desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the page's reading and its writing."""
    with_schedule = ruleforms.with_schedule

    def overtaken(rules: Rules, typed: ruleforms.Part) -> Rules:
        desk.decide(entry_norm_days=5)
        return with_schedule(rules, typed)

    monkeypatch.setattr(ruleforms, "with_schedule", overtaken)
    mine = schedule((WORKING_DAYS, "17:00", ""), do="save")
    assert send(client, desk, f"{PAGE}/schedule", mine).status_code == 409
    assert (desk.document(), desk.on_file()) == ({"entry_norm_days": 5}, [])


def test_trying_does_not_make_one_first(desk: Desk, client: TestClient) -> None:
    """A form that was made from older rules is still that after it was tried."""
    send(client, desk, f"{PAGE}/guardians", [("version", "0"), ("closed", "true")])
    tried = send(client, desk, f"{PAGE}/schedule", schedule((WORKING_DAYS, "17:00", "")))
    fields = [*untouched(tried.text, "/schedule"), ("do", "save")]
    assert send(client, desk, f"{PAGE}/schedule", fields).status_code == 409


def test_a_switch_of_older_rules_replaces_none_of_the_newer(desk: Desk, client: TestClient) -> None:
    desk.decide(switches=[{"area": "grades", "open": False}, {"area": "card", "open": True}])
    send(client, desk, f"{PAGE}/switches/remove", [("version", "1"), ("place", "0")])
    held = desk.document()
    for form, fields in (
        ("switches", switch(1, place="0", study="havo 3")), ("switches", switch(1, place="1", study="havo 3")),
        ("switches/remove", [("version", "1"), ("place", "0")]),
        ("switches/remove", [("version", "1"), ("place", "1")]), ("guardians", [("version", "1"), ("closed", "true")]),
    ):  # fmt: skip
        answer = send(client, desk, f"{PAGE}/{form}", fields)
        assert answer.status_code == 409, (form, fields)
        assert "somebody else has decided something in the meantime" in answer.text
        assert desk.document() == held
        if form == "switches":
            kept = untouched(answer.text, "/switches")
            assert {("version", "2"), ("study", "havo 3")} < {*kept}
            assert "place" not in dict(kept)


def test_a_location_that_has_gone_stops_no_other_decision(desk: Desk, client: TestClient) -> None:
    gone = desk.put("location", desk.lyceum, name="Oost", gone=True)
    desk.decide(switches=[{"area": "grades", "open": False, "location": gone}] * 2)
    told = see(client, desk)
    assert told.count("a location that is not there any more") == 2
    assert send(client, desk, f"{PAGE}/schedule", schedule(version=1, do="save")).status_code == 303
    assert send(client, desk, f"{PAGE}/switches/remove", [("version", "2"), ("place", "0")]).status_code == 303
    fields = untouched(see(client, desk, f"{PAGE}?change=0"), "/switches")
    assert ("location", gone) in fields
    assert send(client, desk, f"{PAGE}/switches", fields).status_code == 303
    assert [one["location"] for one in desk.document()["switches"]] == [gone]
    # Whoever decides anew does not choose it, and no rule is made for it.
    assert gone not in see(client, desk)


# Who may not.


POSTS = (
    ("schedule", schedule(do="save")), ("schedule", schedule()), ("switches", switch()),
    ("switches/remove", [("version", "0"), ("place", "0")]), ("guardians", [("version", "0"), ("closed", "true")]),
)  # fmt: skip


@pytest.mark.parametrize(("form", "fields"), POSTS)
def test_nobody_else_decides(form: str, fields: Filled, calm: Desk, visitor: TestClient) -> None:
    for who in (*OTHERS, "MEN"):
        answer = send(visitor, calm, f"{PAGE}/{form}", fields, who)
        assert (answer.status_code, "<h1>This is closed to you" in answer.text) == (403, True), who
    weak = send(visitor, calm, f"{PAGE}/{form}", fields, "weak")
    assert (weak.status_code, "<h1>A second step is needed" in weak.text) == (403, True)
    foreign = send(visitor, calm, f"{PAGE}/{form}", fields, Origin="https://elsewhere.example")
    assert (foreign.status_code, "did not come from this portal" in foreign.text) == (403, True)
    out = send(visitor, calm, f"{PAGE}/{form}", fields, "nobody", Origin=ORIGIN)
    assert (out.status_code, out.headers["location"]) == (303, "/signin?next=/today")
    assert (calm.versions(), calm.on_file()) == (0, [])


# Whatever things are called.


def test_names_are_text(desk: Desk, client: TestClient) -> None:
    hostile = desk.put("location", desk.lyceum, name=HOSTILE)
    desk.pupil("Voorbeeld")
    desk.put("enrolment", desk.lyceum, student_id=desk.pupil("Ander"), school_year_id=desk.this_year,
             study=f"{HOSTILE}%(n)s")  # fmt: skip
    desk.decide(switches=[{"area": "grades", "open": False, "location": hostile, "study": HOSTILE}],
                section_publications=[{"location": hostile, "study": f"%s {HOSTILE}"}])  # fmt: skip
    for path in (PAGE, f"{PAGE}?change=0"):
        html = see(client, desk, path)
        assert HOSTILE not in html
        assert html.count("&lt;script&gt;") >= 4
    bad = send(client, desk, f"{PAGE}/schedule", schedule((WORKING_DAYS, HOSTILE, HOSTILE), entered=HOSTILE,
                                                          holiday_first='"><b>', holiday_last="x"))  # fmt: skip
    assert bad.status_code == 400
    assert HOSTILE not in bad.text
    assert '"><b>' not in bad.text


def test_studies_and_locations_of_the_school_are_offered(engine: Engine) -> None:
    desk = Desk(engine)
    college = desk.source("college", "Het College")
    desk.put("location", college, name="Zuid")
    for source, study, gone in (
        (desk.lyceum, "havo 3", False), (desk.lyceum, "vwo 9", True), (college, "vmbo 2", False)
    ):  # fmt: skip
        desk.put("enrolment", source, student_id=desk.student(source), study=study, gone=gone)
    viewer = Viewer(Role.ADMINISTRATOR, "test", frozenset({desk.lyceum}))
    with reading(engine, viewer) as connection:
        assert deciding.sections(connection, viewer, "lyceum") == Sections({LOCATION: "Noord"}, ["havo 3"])


def test_what_is_offered_is_on_the_page(calm: Desk, visitor: TestClient) -> None:
    html = see(visitor, calm)
    assert f'<option value="{LOCATION}">Noord</option>' in html
    assert re.findall(r'<datalist id="studies">(.*?)</datalist>', html) == ['<option value="havo 3"></option>']
