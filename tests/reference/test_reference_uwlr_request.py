"""What we ask of a UWLR service is what the schemas of the standard allow, down to the header."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from tests.reference.schemas import UWLR, of_today
from vocus.uwlr_request import envelope
from vocus.uwlr_settings import UwlrSettings

SINCE = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize("version", sorted(UWLR))
@pytest.mark.parametrize(
    "more", [{"brin": "97ZZ"}, {"brin": "97ZZ", "dependance": "00"}, {"schoolkey": "vliet"}], ids=str
)
@pytest.mark.parametrize("since", [None, SINCE])
def test_a_request_is_valid(version: str, more: dict[str, str], since: datetime | None, tmp_path: Path) -> None:
    made = UwlrSettings.model_validate({
        "url": "https://administratie.example/uwlr", "version": version, "authorisation_key": "k",
        "customer_code": "c", "customer_name": "n", **({"set": "s"} if version != "1.0" else {}), **more,
    })  # fmt: skip
    header, body = etree.fromstring(envelope(made, "2026-2027", since))
    schema = of_today(UWLR[version], tmp_path / "schema")
    for part, allowed in ((header, _authorisation(version)), (body, schema)):
        (element,) = part
        told = etree.ElementTree(etree.fromstring(etree.tostring(element)))
        assert allowed.validate(told), allowed.error_log.last_error


def _authorisation(version: str) -> etree.XMLSchema:
    (path,) = UWLR[version].parent.glob("UWLR_Autorisatie_*.xsd")
    return etree.XMLSchema(etree.parse(path))
