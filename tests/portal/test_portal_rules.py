"""A school's own rules (R59 and the settings of other rules)."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, event, insert

from portal.access import Area, Role
from portal.publication import published_at
from portal.reading import reading, writing
from portal.rules import (
    AreaWord,
    Days,
    Publication,
    RoleWord,
    Rules,
    SectionPublication,
    Switch,
    Thresholds,
    Window,
    read,
    rules_of,
)
from portal.tables import RULES
from tests.portal.school import NOW, School, ident

DAY = date(2026, 3, 2)
NOWHERE = (None, None, None)
LOCATION = ident(7)


def switched(*switches: dict[str, Any], **rules: Any) -> Rules:
    return Rules.model_validate({"switches": switches} | rules)


def is_open(rules: Rules, role: str, area: str, of: Any = NOWHERE, on: date = DAY) -> bool:
    return rules.is_open(role, area, *of, on)


def test_the_words_are_those_of_the_access_rules() -> None:
    assert set(get_args(AreaWord)) == {area.value for area in Area}
    # A manager sees no students; what a client sees are its scopes.
    assert set(get_args(RoleWord)) == {role.value for role in Role} - {"manager", "client"}


def test_what_is_not_decided_is_open() -> None:
    assert all(is_open(Rules(), role, area) for role in get_args(RoleWord) for area in get_args(AreaWord))


def test_a_closed_area_is_closed_for_that_role_alone() -> None:
    # Jordan: no grades for parents, the rest as before (R59).
    rules = switched({"role": "guardian", "area": "grades", "open": False})
    assert not is_open(rules, "guardian", "grades")
    assert is_open(rules, "guardian", "absences")
    assert is_open(rules, "student", "grades")
    assert is_open(rules, "staff", "grades")


def test_a_switch_without_a_role_is_for_everybody() -> None:
    rules = switched({"area": "grades", "open": False})
    assert not any(is_open(rules, role, "grades") for role in get_args(RoleWord))


def test_the_last_switch_that_applies_holds() -> None:
    rules = switched(
        {"area": "grades", "open": False}, {"area": "grades", "role": "student", "open": True},
        {"area": "grades", "role": "student", "open": False, "grade_level": 6},
    )  # fmt: skip
    assert is_open(rules, "student", "grades", (None, None, 5))
    assert not is_open(rules, "student", "grades", (None, None, 6))
    assert not is_open(rules, "staff", "grades", (None, None, 5))


@pytest.mark.parametrize(("first", "last", "closed"), [
    (date(2026, 3, 2), date(2026, 3, 6), True), (None, date(2026, 3, 2), True), (date(2026, 3, 2), None, True),
    (date(2026, 3, 3), None, False), (None, date(2026, 3, 1), False), (None, None, True),
])  # fmt: skip
def test_a_switch_holds_on_its_days(first: date | None, last: date | None, closed: bool) -> None:
    rules = switched({"area": "grades", "open": False, "first": first, "last": last})
    assert is_open(rules, "student", "grades") is not closed


@pytest.mark.parametrize(("part", "of", "other"), [
    ({"location": LOCATION}, (LOCATION, "havo 3", 3), (ident(8), "havo 3", 3)),
    ({"study": "havo 3"}, (LOCATION, "havo 3", 3), (LOCATION, "vwo 3", 3)),
    ({"grade_level": 3}, (LOCATION, "havo 3", 3), (LOCATION, "havo 3", 4)),
    ({"grade_level": 3, "study": "havo 3"}, (LOCATION, "havo 3", 3), (LOCATION, "vwo 3", 3)),
])  # fmt: skip
def test_a_switch_holds_in_its_section(part: dict[str, Any], of: Any, other: Any) -> None:
    rules = switched({"area": "grades", "open": False} | part)
    assert not is_open(rules, "student", "grades", of)
    assert is_open(rules, "student", "grades", other)


def test_who_may_be_in_a_closed_section_is_taken_to_be_in_it() -> None:
    closed = switched({"area": "grades", "open": False, "grade_level": 3})
    assert not is_open(closed, "student", "grades", NOWHERE)
    opened = switched({"area": "grades", "open": False}, {"area": "grades", "open": True, "grade_level": 3})
    assert not is_open(opened, "student", "grades", NOWHERE)
    assert is_open(opened, "student", "grades", (None, None, 3))


def test_student_portal_only_is_one_switch() -> None:
    rules = switched(
        {"role": "guardian", "area": "grades", "open": True}, student_portal_only=True
    )  # fmt: skip
    assert not any(is_open(rules, "guardian", area) for area in get_args(AreaWord))
    assert all(is_open(rules, "student", area) for area in get_args(AreaWord))


def test_grades_that_students_do_not_see_their_parents_do_not_see() -> None:
    rules = switched({"role": "student", "area": "grades", "open": False, "grade_level": 3})
    assert not is_open(rules, "guardian", "grades", (None, None, 3))
    assert is_open(rules, "guardian", "grades", (None, None, 4))
    assert is_open(rules, "guardian", "absences", (None, None, 3))


@pytest.mark.parametrize("area", ["card", "grades", "absences", "reasons", "file"])
def test_a_file_holds_nothing_that_is_closed(area: str) -> None:
    for role in ("student", "guardian"):
        rules = switched({"role": role, "area": area, "open": False})
        assert not is_open(rules, role, "file")
        # The administrator answers who asks for the file, and does not look at grades at all.
        assert is_open(switched({"area": "grades", "open": False}), "administrator", "file")


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"secret": 1}, "secret", "extra_forbidden"),
    ({"retention_days": 731}, "retention_days", "less_than_equal"),  # two years is the most (R63)
    ({"retention_days": -1}, "retention_days", "greater_than_equal"),
    ({"late_steps": [3, 3]}, "late_steps", "not_ascending"),
    ({"late_steps": [0, 3]}, "late_steps", "not_ascending"),
    ({"late_to_lesson_minutes": 0}, "late_to_lesson_minutes", "greater_than_equal"),
    ({"window": "monthly"}, "window", "literal_error"),
    ({"holidays": [{"first": "2026-03-02", "last": "2026-03-01"}]}, "holidays.0", "last_before_first"),
    ({"holidays": [{"first": "2026-03-02", "last": "2027-03-03"}]}, "holidays.0", "too_long"),
    ({"test_weeks": [{"first": "1999-12-31", "last": "2000-01-01"}]}, "test_weeks.0.first", "greater_than_equal"),
    ({"switches": [{"area": "marks", "open": True}]}, "switches.0.area", "literal_error"),
    ({"switches": [{"area": "grades", "open": True, "role": "client"}]}, "switches.0.role", "literal_error"),
    ({"switches": [{"area": "grades", "open": True, "first": "2026-03-02", "last": "2026-03-01"}]}, "switches.0",
     "last_before_first"),
    ({"switches": [{"area": "grades", "open": True, "location": "north"}]}, "switches.0.location",
     "string_pattern_mismatch"),
    ({"switches": [{"area": "grades", "open": True, "study": "a\0"}]}, "switches.0.study", "string_pattern_mismatch"),
    ({"publication": {"windows": [{"weekdays": [], "begins": "17:00"}]}}, "publication.windows.0.weekdays", "weekdays"),
    ({"publication": {"windows": [{"weekdays": [1, 1], "begins": "17:00"}]}}, "publication.windows.0.weekdays",
     "weekdays"),
    ({"publication": {"windows": [{"weekdays": [0], "begins": "17:00"}]}}, "publication.windows.0.weekdays",
     "weekdays"),
    ({"publication": {"windows": [{"weekdays": [1], "begins": "17:00:01"}]}}, "publication.windows.0.begins",
     "local_minute"),
    ({"publication": {"windows": [{"weekdays": [1], "begins": "17:00Z"}]}}, "publication.windows.0.begins",
     "local_minute"),
    ({"publication": {"windows": [{"weekdays": [1], "begins": "17:00", "ends": "16:59"}]}}, "publication.windows.0",
     "ends_before_begins"),
    ({"publication": {"parent_delay_hours": -1}}, "publication.parent_delay_hours", "greater_than_equal"),
    ({"thresholds": []}, "thresholds", "too_short"),
    ({"thresholds": [{"valid_from": "2026-08-01"}]}, "", "first_thresholds_not_since_ever"),
    ({"thresholds": [{}, {"valid_from": "2026-08-01"}, {"valid_from": "2026-08-01"}]}, "",
     "thresholds_not_ascending"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "field", "code"), MISTAKES)
def test_a_mistake_is_told_by_its_place_and_a_code(document: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Rules.model_validate_json(json.dumps(document))
    (found,) = caught.value.errors(include_url=False)
    assert ".".join(map(str, found["loc"])) == field
    assert found["type"] == code


def test_no_mistake_tells_a_value() -> None:
    canary = "8231-canary"
    with pytest.raises(ValidationError) as caught:
        Rules.model_validate({
            "switches": [{"area": canary, "open": canary, "role": canary, "location": canary, "study": canary * 99}],
            "window": canary, "holidays": [{"first": canary, "last": canary}], "late_steps": [canary],
            "publication": {"windows": [{"weekdays": [canary], "begins": canary}]},
        })  # fmt: skip
    assert canary not in str(caught.value)


def test_thresholds_hold_from_a_day_on() -> None:
    rules = Rules.model_validate({"thresholds": [{}, {"valid_from": "2026-08-01", "unexcused_hours": 12}]})
    assert rules.thresholds_on(date(2026, 7, 31)).unexcused_hours == 16
    assert rules.thresholds_on(date(2026, 8, 1)).unexcused_hours == 12


def test_a_section_has_its_own_publication() -> None:
    windows = [{"weekdays": [1], "begins": "17:00"}]
    rules = Rules.model_validate({"section_publications": [
        {"grade_level": 6, "windows": windows}, {"grade_level": 6, "study": "vwo 6", "parent_delay_hours": 24},
    ]})  # fmt: skip
    assert rules.of_section(None, "havo 5", 5) is rules
    assert rules.of_section(None, None, None) is rules
    assert rules.of_section(None, "gymnasium 6", 6).publication.windows[0].weekdays == (1,)
    later = rules.of_section(None, "vwo 6", 6).publication
    assert (later.windows, later.parent_delay_hours) == ((), 24)


def test_the_defaults_are_those_of_the_rules() -> None:
    rules = Rules()
    assert not rules.authority_where_unknown  # R51: default deny
    assert rules.discreet_from_sixteen  # R56
    assert rules.late_steps == (3, 6, 9, 12)
    assert rules.late_to_lesson_minutes is None
    assert rules.window == "rolling"
    assert not rules.report_from_18
    assert rules.entry_norm_days == 10
    assert rules.retention_days == 60
    (law,) = rules.thresholds
    assert (law.unexcused_hours, law.school_weeks) == (16, 4)  # R40
    assert (law.sick_episodes, law.sick_weeks, law.sick_days) == (4, 12, 7)  # R46


DOCUMENT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
PARTS = [
    Rules, Switch, Publication, SectionPublication, Window, Days, Thresholds,
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_rule_is_documented(part: Any) -> None:
    assert [name for name in part.model_fields if f"`{name}`" not in DOCUMENT] == []


def test_every_mistake_is_documented() -> None:
    own = {"extra_forbidden", "unknown", "version"} | {code for _, _, code in MISTAKES if "_" in code} - {
        "less_than_equal", "greater_than_equal", "literal_error", "string_pattern_mismatch", "too_short"
    }  # fmt: skip
    assert sorted(code for code in own if f"`{code}`" not in DOCUMENT) == []


def test_the_example_of_the_document_is_right() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    rules = Rules.model_validate_json(example)
    thursday = datetime(2026, 3, 5, 15, 31, tzinfo=UTC)  # 16:31 at school
    assert published_at(rules, Role.STUDENT, thursday) == datetime(2026, 3, 9, 15, 30, tzinfo=UTC)
    assert published_at(rules, Role.GUARDIAN, thursday) == datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
    assert not rules.is_open("guardian", "grades", None, None, 6, date(2026, 7, 1))
    assert rules.is_open("guardian", "grades", None, None, 6, date(2026, 7, 4))
    assert not rules.is_open("guardian", "reasons", None, None, 2, date(2026, 3, 2))


def test_a_stored_document_reads_as_it_was() -> None:
    rules = switched({"area": "grades", "open": False, "role": "guardian", "first": "2026-03-01"}, publication={
        "windows": [{"weekdays": [1, 2], "begins": "16:30", "ends": "19:30"}], "parent_delay_hours": 24,
    })  # fmt: skip
    assert read(rules.model_dump_json()) == rules
    assert isinstance(read(rules.model_dump_json()).switches[0], Switch)


def test_the_newest_version_holds_of_each_source(engine: Engine, school: School) -> None:
    one, two, three = school.source("one"), school.source("two"), school.source("three")
    with engine.execution_options(writes=True).begin() as connection:
        for source, version, days in ((one, 1, 1), (one, 2, 2), (one, 10, 10), (two, 1, 5)):
            connection.execute(insert(RULES).values(
                source_id=source, version=version, document=json.dumps({"retention_days": days}), at=NOW, by="test"
            ))  # fmt: skip
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with reading(engine) as connection:
        asked.clear()
        found = rules_of(connection, {one, two, three})
    assert len(asked) == 1
    assert {source: rules.retention_days for source, rules in found.items()} == {one: 10, two: 5, three: 60}
    with writing(engine) as connection:
        assert rules_of(connection, []) == {}
