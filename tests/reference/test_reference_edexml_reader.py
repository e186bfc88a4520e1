"""The EDEXML that our tests write by hand and call legal is so by the standard's own schema."""

from __future__ import annotations

from lxml import etree

from tests.reference.schemas import EDEXML
from tests.vocus.test_edex_reading import LEGAL, STRAY
from vocus.edex_reading import examine_edexml

SCHEMA = etree.XMLSchema(etree.parse(EDEXML["2.1"]))


def test_the_unusual_file_is_legal_and_read() -> None:
    assert SCHEMA.validate(etree.parse(LEGAL)), SCHEMA.error_log.last_error
    assert examine_edexml(LEGAL)["rows"] == 10


def test_the_other_one_is_not_and_is_read_all_the_same() -> None:
    assert not SCHEMA.validate(etree.parse(STRAY))
    assert examine_edexml(STRAY)["rows"] == 3
