"""The forms of what a school decides: from what was typed to rules, and what is wrong with it. Pure.

A form shows a part of the document of rules and has the same shape, in texts; whatever it does not show stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, Literal

from pydantic import BaseModel, Field

from portal.clock import SCHOOL_TIME
from portal.rules import Rules

Part = dict[str, Any]
"""A part of the document."""

OWN = frozenset({"ends_before_begins", "last_before_first", "too_long"})
"""Mistakes that have words of their own; of others it is said what is wanted in their field."""
_OF_ROW = {"windows": "ends", "guardian_windows": "ends"}
"""Beside which field of a row it is said that the row as a whole makes no sense; elsewhere ``last``."""
_LISTS = frozenset({"windows", "guardian_windows", "holidays", "test_weeks", "switches"})
_SECTION = ("location", "study", "grade_level")
_SWITCH = ("role", "area", *_SECTION, "first", "last")


class ScheduleForm(BaseModel):
    """When results come out, for the whole school. A weekday goes with its row: ``0.5`` is the first row's Friday."""

    version: int = Field(ge=0)
    do: Literal["preview", "save"] = "preview"
    entered: str = ""
    weekdays: list[str] = []
    begins: list[str] = []
    ends: list[str] = []
    guardian_weekdays: list[str] = []
    guardian_begins: list[str] = []
    guardian_ends: list[str] = []
    parent_delay_hours: str = ""
    holiday_first: list[str] = []
    holiday_last: list[str] = []
    test_week_first: list[str] = []
    test_week_last: list[str] = []


class SwitchForm(BaseModel):
    """One switch: a new one, or in place of that which is ``place`` in the list."""

    version: int = Field(ge=0)
    place: int | None = Field(default=None, ge=0)
    role: str = ""
    area: str = ""
    open: str = ""
    location: str = ""
    study: str = ""
    grade_level: str = ""
    first: str = ""
    last: str = ""


def schedule(rules: Rules) -> Part:
    """What the form says of the rules that hold."""
    return rules.model_dump(mode="json", include={"publication", "holidays", "test_weeks"})


def typed_schedule(form: ScheduleForm) -> Part:
    """What the form says as it was sent; rows that were left empty are none."""
    return {
        "publication": {
            "windows": _windows(form.weekdays, form.begins, form.ends),
            "guardian_windows": _windows(form.guardian_weekdays, form.guardian_begins, form.guardian_ends) or None,
            "parent_delay_hours": form.parent_delay_hours.strip() or "0",
        },
        "holidays": _days(form.holiday_first, form.holiday_last),
        "test_weeks": _days(form.test_week_first, form.test_week_last),
    }


def _windows(weekdays: Sequence[str], begins: Iterable[str], ends: Iterable[str]) -> list[Part]:
    rows = [
        {
            "weekdays": [day for day in range(1, 8) if f"{row}.{day}" in weekdays],
            "begins": begin.strip(), "ends": end.strip() or None,
        }
        for row, (begin, end) in enumerate(zip_longest(begins, ends, fillvalue=""))
    ]  # fmt: skip
    return [row for row in rows if any(row.values())]


def _days(first: Iterable[str], last: Iterable[str]) -> list[Part]:
    rows = [{"first": begin.strip(), "last": end.strip()} for begin, end in zip_longest(first, last, fillvalue="")]
    return [row for row in rows if any(row.values())]


def with_schedule(rules: Rules, typed: Part) -> Rules:
    """The rules with what was typed in place of what they say of it. Raises pydantic's ``ValidationError``."""
    held = rules.model_dump(mode="json")
    return Rules.model_validate(held | typed | {"publication": held["publication"] | typed["publication"]})


def switch(rules: Rules, place: int) -> Part:
    """What the form says of a switch that there is."""
    held = rules.switches[place]
    texts = {name: None if (value := getattr(held, name)) is None else str(value) for name in _SWITCH}
    return {**texts, "open": "true" if held.open else "false"}


def typed_switch(form: SwitchForm) -> Part:
    """The same as it was sent."""
    return {name: getattr(form, name).strip() or None for name in (*_SWITCH, "open")}


def with_switch(rules: Rules, place: int | None, typed: Part) -> Rules:
    """The rules with this switch last, or in place of another one. Raises pydantic's ``ValidationError``."""
    held = rules.model_dump(mode="json")
    where = slice(len(held["switches"]), None) if place is None else slice(place, place + 1)
    held["switches"][where] = [typed]
    return Rules.model_validate(held)


def without_switch(rules: Rules, place: int) -> Rules:
    return rules.model_copy(update={"switches": rules.switches[:place] + rules.switches[place + 1 :]})


def mistakes(errors: Iterable[Any]) -> dict[str, str]:
    """By field of a form, what is wrong with it: a word of ``OWN``, or what the field is called; of a list ``many``.

    A field goes by its place in the document, ``holidays.0.first``; one of a switch by its name alone.
    """
    found = {}
    for error in errors:
        where = [part for part in error["loc"] if part not in ("body", "rules")]
        if isinstance(where[-1], int):
            where.append(_OF_ROW.get(where[-2], "last"))
        key = ".".join(map(str, where[2:] if where[0] == "switches" else where))
        word = error["type"] if error["type"] in OWN else where[-1]
        found[key or "switches"] = "many" if where[-1] in _LISTS else word
    return found


def moment(text: str) -> datetime | None:
    """A moment by the clock at school, as a form sends it; None: it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=SCHOOL_TIME) if found.tzinfo is None else None
