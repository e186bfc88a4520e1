"""Settings that cannot be are told by their field, never by their value."""

import pytest

from canonical.errors import UserError
from connectors.contract import Settings
from magister.connector import connect
from magister.lists import LISTS, definition
from magister.settings import load

GOOD: dict[str, object] = {"url": "https://linde.swp.nl:8800/doc", "user": "brug", "password": "Geheim-77"}


def refused(**changed: object) -> str:
    options = {name: value for name, value in {**GOOD, **changed}.items() if value is not ...}
    with pytest.raises(UserError) as caught:
        connect(Settings("linde", options))
    assert caught.value.__context__ is None or "Geheim" not in repr(caught.value.__context__)
    return str(caught.value)


def test_three_settings_are_enough() -> None:
    loaded, http = load(Settings("linde", GOOD))
    assert (loaded.login, loaded.format, loaded.period, loaded.parallel) == ("token", "xml", "", 8)
    assert http.base_url == GOOD["url"]
    assert "Geheim" not in repr(loaded) + str(loaded) + repr(http)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", ...), ("user", ...), ("password", ...), ("password", 7), ("login", "Geheim-77"),
        ("period", "2026-2027"), ("period", "Geheim-77"), ("format", "Geheim-77"), ("encoding", "Geheim-77"),
        ("parallel", 41),
        ("parallel", 0), ("rate", 0), ("deadline", 0), ("deadline", "Geheim-77"), ("attempts", 0),
        ("ca_bundle", "/Geheim-77"), ("lists", {"Geheim": "Geheim-77"}), ("lists", {"grades": 7}),
        ("columns", {"Geheim": {}}), ("columns", {"grades": {"Geheim": "x"}}), ("Geheim", "Geheim-77"),
        ("unresolved_codes", 7), ("url", "ftp://Geheim-77"), ("url", "http://linde.swp.nl/doc"),
        ("url", "https://brug:Geheim-77@linde.swp.nl/doc"), ("url", "https://linde.swp.nl/doc?x=Geheim-77"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named_without_its_value(field: str, value: object) -> None:
    message = refused(**{field: value})
    assert message.startswith("source linde, table magister: ")
    assert field in message
    assert "Geheim-77" not in message


def test_several_faults_are_told_at_once() -> None:
    message = refused(user=..., period="x", parallel=99)
    assert all(field in message for field in ("user", "period", "parallel"))


def test_a_new_name_for_a_column_changes_what_rows_mean_and_a_new_password_does_not() -> None:
    plain = connect(Settings("linde", GOOD))
    other_password = connect(Settings("linde", {**GOOD, "password": "x", "parallel": 2, "login": "stateless"}))
    other_column = connect(Settings("linde", {**GOOD, "columns": {"grades": {"CIJFER": "c"}}}))
    other_codes = connect(Settings("linde", {**GOOD, "unresolved_codes": ["XX"]}))
    assert plain.mapping_version == other_password.mapping_version
    assert len({made.mapping_version for made in (plain, other_column, other_codes)}) == 3
    assert connect(Settings("linde", {**GOOD, "period": "2627"})).scope == "2627"


def test_every_list_has_a_definition_that_names_its_columns() -> None:
    for name, found in LISTS.items():
        sql = definition(name)
        assert not [column for column in found.columns if column not in sql], name
