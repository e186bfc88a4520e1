"""The lists that a school imports give the columns that the connector reads, and take the parameters that it sends."""

from __future__ import annotations

import re

import pytest

from magister.lists import LISTS, definition

PARAMETERS = {"absences": {"lesperiode", "vanaf"}}


@pytest.mark.parametrize("name", LISTS)
def test_a_definition_gives_the_columns_in_their_order(name: str) -> None:
    first_select = definition(name).split("\nFROM ")[0]
    assert re.findall(r"\bAS ([A-Z][A-Z0-9_]*)\b", first_select) == list(LISTS[name].columns)


@pytest.mark.parametrize("name", LISTS)
def test_a_definition_takes_the_parameters_that_are_sent(name: str) -> None:
    assert set(re.findall(r"#(\w+)#", definition(name))) == PARAMETERS.get(name, {"lesperiode"})


@pytest.mark.parametrize("name", LISTS)
def test_a_definition_only_reads(name: str) -> None:
    statement = re.sub(r"--.*", "", definition(name)).upper()
    assert statement.lstrip().startswith("SELECT")
    assert not re.search(r"\b(INSERT|UPDATE|DELETE|EXEC|DROP|ALTER|INTO)\b|;", statement)
