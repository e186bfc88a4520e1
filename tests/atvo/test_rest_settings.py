"""Settings of Somtoday Connect that cannot be are told by their field, never by their value."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from atvo.connector import connect
from atvo.rest_settings import RestSettings, load
from canonical.errors import UserError
from connectors.contract import Resting, Settings

ROOT = Path(__file__).parents[2]
ORGANISATION = "1b3f0c52-6a35-4c37-9d8c-8f1f2a6e7d10"
GOOD: dict[str, object] = {"organisation": ORGANISATION, "client_id": "brug", "client_secret": "Geheim-77"}


def refused(**changed: object) -> str:
    options = {name: value for name, value in {**GOOD, "dialect": "connect", **changed}.items() if value is not ...}
    with pytest.raises(UserError) as caught:
        connect(Settings("linde", options))
    assert caught.value.__context__ is None or "Geheim" not in repr(caught.value.__context__)
    return str(caught.value)


def test_the_school_and_an_account_are_enough() -> None:
    loaded, api, login = load(Settings("linde", GOOD))
    assert (str(loaded.organisation), loaded.brin, loaded.locations, loaded.parallel) == (ORGANISATION, "", (), 8)
    assert api.base_url == "https://api.somtoday.nl/rest/v1"
    assert login.base_url == "https://inloggen.somtoday.nl/oauth2/token"
    assert "Geheim" not in repr(loaded) + str(loaded) + repr(api) + repr(login)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organisation", ...), ("client_id", ...), ("client_secret", ...), ("organisation", "Geheim-77"),
        ("client_secret", 7), ("brin", "Geheim-77"), ("locations", "Geheim-77"), ("parallel", 0), ("parallel", 41),
        ("rate", 0), ("deadline", 0), ("read_timeout", "Geheim-77"), ("attempts", 0), ("ca_bundle", "/Geheim-77"),
        ("night", {"from": "Geheim-77", "to": "06:00"}), ("Geheim", "Geheim-77"), ("user", "Geheim-77"),
        ("api_url", "http://api.somtoday.nl"), ("api_url", "https://brug:Geheim-77@api.somtoday.nl"),
        ("token_url", "ftp://Geheim-77"), ("token_url", "https://inloggen.somtoday.nl/oauth2/token?x=Geheim-77"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named_without_its_value(field: str, value: object) -> None:
    message = refused(**{field: value})
    assert message.startswith("source linde, table atvo: ")
    assert field in message
    assert "Geheim-77" not in message


def test_several_faults_are_told_at_once() -> None:
    message = refused(client_id=..., brin="x", parallel=99)
    assert all(field in message for field in ("client_id", "brin", "parallel"))


def test_connect_is_open_at_all_hours_unless_the_school_says_otherwise() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    always = connect(Settings("linde", {**GOOD, "dialect": "connect"}))
    by_night = connect(Settings("linde", {**GOOD, "dialect": "connect", "night": {"from": "22:00", "to": "06:00"}}))
    assert isinstance(always, Resting)
    assert isinstance(by_night, Resting)
    for entity in always.entities:
        assert always.opens_at(entity, noon) is None
        assert by_night.opens_at(entity, noon) == datetime(2026, 11, 24, 21, tzinfo=UTC)


def test_absences_are_no_entity_so_that_they_are_told_as_not_offered() -> None:
    made = connect(Settings("linde", {**GOOD, "dialect": "connect"}))
    kinds = {kind for entity in made.entities for kind in entity.kinds}
    assert kinds.isdisjoint({"absence_reason", "absence_notice", "attendance_observation", "lesson_remark", "lesson"})
    assert {"student", "guardianship", "grade"} <= kinds


def test_every_setting_and_every_error_code_is_documented() -> None:
    text = (ROOT / "docs" / "atvo.md").read_text("utf-8")
    source = "".join(file.read_text("utf-8") for file in (ROOT / "atvo").glob("rest_*.py"))
    codes = set(re.findall(r'code="(atvo\.\w+)"', source))
    assert len(codes) == 9
    assert [code for code in sorted(codes) if f"`{code}`" not in text] == []
    assert [name for name in RestSettings.model_fields if f"`{name}`" not in text] == []
