"""The Dutch words by which administrations say how a guardian is related to a student (R50-R53)."""

from __future__ import annotations

from collections.abc import Mapping

from canonical.terms import Relation

RELATIONS: Mapping[str, Relation] = {
    "moeder": Relation.MOTHER,
    "vader": Relation.FATHER,
    "voogd": Relation.LEGAL_GUARDIAN,
    "pleegouder": Relation.FOSTER_PARENT,
    "stiefouder": Relation.STEP_PARENT,
    "instelling": Relation.INSTITUTION,
    "anders": Relation.OTHER,
}
"""Assumed: a school's own list may have others, which stay ``unknown`` with their text kept. In small letters."""
