"""What the text of a result says: a number, a label, or neither. Sources differ in the marks that they add to it."""

from __future__ import annotations

import re
from decimal import Decimal

from canonical.terms import GradeStatus
from connectors.columns import ColumnError, decimal

LOWEST, HIGHEST = Decimal(1), Decimal(10)

LABEL = re.compile(r"[A-Za-z+\-]{1,4}")
"""V, RV, G+."""


def judged(text: str, label: re.Pattern[str] = LABEL) -> tuple[GradeStatus, Decimal | None]:
    """What a result says and its number, if it is one from 1 to 10 (R1, R2). Whatever cannot be read keeps its text.

    ``label`` is what the source's labels look like.
    """
    if label.fullmatch(text):
        return GradeStatus.LABELLED, None
    try:
        score = decimal(text)
    except ColumnError:
        score = None
    if score is None:
        return GradeStatus.UNREADABLE, None
    return (GradeStatus.SCORED, score) if LOWEST <= score <= HIGHEST else (GradeStatus.OUT_OF_RANGE, None)
