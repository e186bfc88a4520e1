"""The EDEXML that our tests write by hand and call legal is so by the standard's own schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from simulator.exports import export
from simulator.school import make_school
from tests.reference.schemas import EDEXML
from tests.vocus.test_edex_reading import LEGAL, STRAY
from vocus.edex_reading import examine_edexml

SCHEMA = etree.XMLSchema(etree.parse(EDEXML["2.1"]))


def test_the_unusual_file_is_legal_and_read() -> None:
    assert SCHEMA.validate(etree.parse(LEGAL)), SCHEMA.error_log.last_error
    assert examine_edexml(LEGAL)["rows"] == 10
    assert examine_edexml(LEGAL, EDEXML["2.1"])["deviations"] == {}


def test_the_other_one_is_not_and_is_read_all_the_same() -> None:
    assert not SCHEMA.validate(etree.parse(STRAY))
    assert examine_edexml(STRAY)["rows"] == 3
    assert examine_edexml(STRAY, EDEXML["2.1"])["deviations"]


@pytest.mark.parametrize("version", sorted(EDEXML))
def test_an_export_of_today_differs_in_its_school_year_alone(version: str, tmp_path: Path) -> None:
    ((name, data),) = export(make_school(5, 40), f"edexml-{version}").items()
    path = tmp_path / name
    path.write_bytes(data)
    assert not etree.XMLSchema(etree.parse(EDEXML[version])).validate(etree.parse(path))
    assert examine_edexml(path, EDEXML[version])["deviations"] == {}
