"""The arithmetic of final marks and of the points of a report, by the vectors of the rules."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.examrules import counters, final_mark


def numbers(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(("school", "central", "final"), [("6.4", "4.5", 5), ("6.4", "4.6", 6)])
def test_r22_the_final_mark_is_rounded_once(school: str, central: str, final: int) -> None:
    assert final_mark(Decimal(school), Decimal(central)) == final


def test_r28_points() -> None:
    found = counters(numbers("5", "4", "7", "8"))
    assert (found.deficit, found.compensation_marks, found.compensation_points) == (3, 2, 3)
    assert [counters([Decimal(mark)]).deficit for mark in (5, 4, 3)] == [1, 2, 3]
    assert counters([Decimal("5.5")]).deficit == Decimal("0.5")
    # Six and a half makes up for half a point, and is no mark that compensates.
    assert counters([Decimal("6.5")]) == (0, 0, Decimal("0.5"))
