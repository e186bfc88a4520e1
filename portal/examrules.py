"""The arithmetic of final marks and of the points of a report (R22, R28). Pure.

It is prognosis and indication: the school decides (R27, R30).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from portal.averages import EXACT, rounded

WHOLE = Decimal(1)
SCHOOL, CENTRAL, FINAL = "se_eindcijfer", "ce_eindcijfer", "eindcijfer"
"""The codes of the columns that hold final marks. One that goes by another name is shown, and not reckoned with."""
SUFFICIENT = 6
"""Of a whole mark (R28)."""


class Counted(NamedTuple):
    """Points of a report, an indication (R28, R30): deficits, and the two ways in which schools count compensation."""

    deficit: Decimal
    compensation_marks: int
    compensation_points: Decimal


def final_mark(school: Decimal, central: Decimal) -> int:
    """The final mark (eindcijfer): the mean of both exams, rounded to a whole number in one step (R22)."""
    return int(rounded(EXACT.divide(EXACT.add(school, central), Decimal(2)), WHOLE))


def counters(marks: Sequence[Decimal]) -> Counted:
    """The points of whole or half report marks (R28). A mark of 7 or more compensates."""
    return Counted(
        sum((max(Decimal(), SUFFICIENT - mark) for mark in marks), Decimal()),
        sum(mark >= SUFFICIENT + 1 for mark in marks),
        sum((max(Decimal(), mark - SUFFICIENT) for mark in marks), Decimal()),
    )
