"""What is said of rows in quarantine: a text for whatever can be wrong, which record it is, and where to repair it."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader
from pydantic import ValidationError

import portal.pages
from atvo import rest_connector, soap_connector
from canonical.records import RECORDS
from connectors.contract import Entity
from magister import connector as magister_connector
from portal.pages import managerwords
from portal.pages.fieldwords import FIELDS
from portal.pages.mending import (
    AGAIN,
    BY_FILE,
    BY_SETTINGS,
    ELSEWHERE,
    EXPORT,
    HERE,
    KEYS,
    OTHERWISE,
    PLACES,
    PROBLEMS,
    SETTINGS,
    to_mend,
)
from portal.pages.words import words
from portal.problems import FieldProblem
from portal.repairs import Quarantined
from scheduler.sync import problems
from tests.portal.school import FRESH
from vocus.fields import DATA_SETS

ROOT = Path(__file__).parents[3]
ROOMS = ("connectors", "magister", "atvo", "vocus")
PLACE = {"Problem": 1, "blame": 1, "ColumnError": 0}
"""Where a code stands among what these are given."""
FROM_ELSEWHERE = {"code", "error.code", "cells['code']"}
"""What stands for a code that another of these calls gave."""
ENTITIES = {
    name for room in (magister_connector, rest_connector, soap_connector) for name in
    (one.name for one in vars(room).values() if isinstance(one, Entity))
} | set(DATA_SETS)  # fmt: skip


def calls() -> Iterator[ast.expr]:
    """What every problem of a row is given as its code, wherever one is made."""
    for room in ROOMS:
        for file in (ROOT / room).glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                called = getattr(node, "func", None)
                name = getattr(called, "attr", None) or getattr(called, "id", "")
                if isinstance(node, ast.Call) and name in PLACE and len(node.args) > PLACE[name]:
                    yield node.args[PLACE[name]]
                if isinstance(node, ast.Dict) and room == "vocus":
                    # A record of a file that is no row: what is kept of it.
                    keys = [getattr(key, "value", None) for key in node.keys]
                    yield from (value for key, value in zip(keys, node.values, strict=True)
                                if key == "code" and "record" in keys)  # fmt: skip


def codes() -> set[str]:
    return {given.value for given in calls() if isinstance(given, ast.Constant)} | {"nul"}


def test_every_problem_of_a_connector_has_a_text() -> None:
    assert {"missing", "decimal", "dummy", "slots", "uuid", "twice", "length", "columns"} <= codes()
    assert sorted(codes() - set(PROBLEMS)) == []
    assert {ast.unparse(given) for given in calls() if not isinstance(given, ast.Constant)} <= FROM_ELSEWHERE
    assert codes() >= BY_FILE | BY_SETTINGS


BAD: tuple[Any, ...] = (
    "\0", "x" * 201, "\ud800", 2**40, -(2**40), Decimal("1e40"), Decimal(10) ** 28 + 1, Decimal("NaN"), (), ("",) * 9,
    ("\0",), ("x" * 201,), "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00",
)  # fmt: skip
"""What gets through to a record, though no record can hold it: of the right kind, and still not to be kept."""
IMPOSSIBLE = ("_type", "_parsing", "_from_datetime_inexact", "missing", "enum", "extra_forbidden")
"""A mapping gives text for text and a number for a number: such an error would be the program's."""


def refusals() -> Iterator[tuple[str, str]]:
    """(field, code) of what a record of any kind does not take."""
    for record in RECORDS.values():
        for name in record.model_fields:
            for bad in BAD:
                try:
                    record.model_validate({name: bad})
                except ValidationError as error:
                    yield from problems(error)


def test_whatever_a_record_does_not_take_has_a_text() -> None:
    found = {(field.partition(".")[0], code) for field, code in refusals() if not code.endswith(IMPOSSIBLE)}
    assert {code for _, code in found} >= {"string_too_long", "value_error", "decimal_max_digits", "less_than"}
    assert sorted({code for _, code in found} - set(PROBLEMS)) == []
    assert sorted({field for field, _ in found} - set(FIELDS)) == []


def test_every_name_of_our_own_for_a_field_is_in_words() -> None:
    wis = tomllib.loads((ROOT / "atvo/wis.toml").read_text("utf-8"))["fields"].values()
    ours = {name for fields in wis for name in fields} | {name for one in DATA_SETS.values() for name in one.fields}
    ours |= {name for record in RECORDS.values() for name in record.model_fields}
    assert sorted(ours - set(FIELDS)) == []


def test_every_entity_of_every_system_has_a_place() -> None:
    assert len(ENTITIES) > 10
    assert sorted(ENTITIES - set(PLACES)) == []
    assert sorted(set(PLACES) - ENTITIES - {"school"}) == []


def test_keys_are_of_kinds_that_there_are() -> None:
    assert {kind for kind, _ in KEYS} <= set(RECORDS)
    assert all(len(told) == columns for (_, columns), told in KEYS.items())


def row(*key: str, entity: str = "grades", stage: str = "map", **wrong: str) -> Quarantined:
    found = [FieldProblem(field=field, code=code) for field, code in wrong.items()]
    return Quarantined(
        id=7, source="lyceum", entity=entity, row=[*key], stage=stage, problems=found, since=FRESH, attempts=1
    )


def test_a_grade_with_a_date_that_does_not_exist() -> None:
    told = to_mend(row("grade", "120045", "991", "1", INGEVOERD="time", WEGING="decimal"), "magister")
    assert told.key == (("student", "120045"), ("grade column", "991"), ("attempt", "1"))
    assert [(wrong.field, wrong.name) for wrong in told.wrong] == [("INGEVOERD", None), ("WEGING", None)]
    assert told.wrong[1].text == "is no number: at most one comma or point, as in 7,5"
    assert (told.where, told.place, told.further, told.unknown) == (HERE, PLACES["grades"], None, False)


def test_a_row_without_a_key() -> None:
    told = to_mend(row("row", "0f3a", key="dummy", entity="students"), "vocus")
    assert (told.kind, told.key, told.unknown) == (None, (), True)
    assert (told.where, told.further) == (HERE, AGAIN)
    assert told.wrong[0].name == "the key"


@pytest.mark.parametrize(("system", "wrong", "where", "further"), [
    ("vocus", {"row": "columns"}, EXPORT, None), ("vocus", {"row": "length"}, EXPORT, None),
    ("vocus", {"birth_date": "date"}, HERE, AGAIN), ("magister", {"row": "columns"}, HERE, None),
    ("vocus", {"layout": "data_set"}, SETTINGS, None), ("atvo", {"layout": "source"}, SETTINGS, None),
    ("magister", {"layout": "form"}, SETTINGS, None), ("atvo", {"x": "never heard of"}, HERE, None),
])  # fmt: skip
def test_where_it_is_repaired(system: str, wrong: dict[str, str], where: str, further: str | None) -> None:
    told = to_mend(row("student", "1", **wrong), system)
    assert (told.where, told.further) == (where, further)


def test_what_is_not_known_is_told_all_the_same() -> None:
    told = to_mend(row("thing", "a", "b", entity="things", x="never heard of"), "magister")
    assert (told.key, told.where, told.place) == (((None, "a"), (None, "b")), ELSEWHERE, "")
    assert told.wrong[0].text == OTHERWISE


@pytest.mark.parametrize(("field", "stage", "name"), [
    ("birth_date", "map", "date of birth"), ("score", "record", "result"), ("key.0", "record", "the key"),
    ("score.0", "map", None), ("subject.code", "map", "code of the subject"), ("STAMNR", "map", None),
    ("plaatsingen.0.leerjaar", "map", None),
])  # fmt: skip
def test_what_a_field_is_called(field: str, stage: str, name: str | None) -> None:
    (wrong,) = to_mend(row("grade", "1", stage=stage, **{field: "decimal"}), "atvo").wrong
    assert wrong.name == name


def test_a_key_of_somtodays_own_tells_a_person_nothing() -> None:
    assert to_mend(row("student", "0c0ffee0-6c00-7000-8000-000000000001", x="missing"), "atvo").unknown
    assert not to_mend(row("student", "120045", x="missing"), "atvo").unknown


def shown(told: Any, language: str = "nl") -> str:
    """By the macros of the page."""
    made = Environment(
        loader=FileSystemLoader(Path(portal.pages.__file__).parent / "templates"), autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    made.install_gettext_translations(words(language).translations, newstyle=True)  # type: ignore[attr-defined]
    text = (
        '{% from "mending_macros.html" import key_of, wrong_of, where_of with context %}'
        '{{ key_of(told) }} | {{ wrong_of(told) }} | {{ where_of(told, "Magister", 7) }}'
    )
    return made.from_string(text).render(told=told, record_texts=managerwords.KINDS)


def test_a_row_on_the_page_in_dutch() -> None:
    told = shown(to_mend(row("grade", "120045", "991", "1", WEGING="decimal"), "magister"))
    assert "leerling <bdi>120045</bdi>, cijferkolom <bdi>991</bdi>, poging <bdi>1</bdi>" in told
    assert "<code>WEGING</code> is geen getal: hooguit één komma of punt, zoals in 7,5.</span>" in told
    assert "In Magister, bij de cijfers van deze leerling." in told
    assert "quarantine show" not in told
    assert "schoolbrug quarantine show 7 --row" in shown(to_mend(row("row", "0f3a", x="key"), "magister"))


def test_what_a_source_calls_things_is_text() -> None:
    bad = "<b>x</b>"
    told = shown(to_mend(row("thing", bad, entity=bad, **{bad: bad}), "magister"), "en")
    assert bad not in told
    assert told.count("&lt;b&gt;") == 2
