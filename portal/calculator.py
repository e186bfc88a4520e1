"""The grade calculator: what must I get, and what will it become (R70, R71). Pure; nothing of it is ever stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from portal.averages import EXACT, TENTH

LOWEST, HIGHEST = Decimal(1), Decimal(10)
"""The marks that there are (R2)."""

Counted = tuple[Decimal, Decimal]
"""An unrounded mark and its weight."""


class Outcome(StrEnum):
    """Whether a target can be met with the next mark."""

    NEEDED = "needed"
    NOT_ATTAINABLE = "not_attainable"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Need:
    """What the next mark must be: ``mark``, in tenths, when it is ``NEEDED``; else None.

    ``average`` is what comes of it, unrounded: with that mark; with the highest one, when even that is not enough;
    with the lowest one, when that is.
    """

    outcome: Outcome
    mark: Decimal | None
    average: Decimal


class NotAWeight(ValueError):
    """The next mark would weigh nothing, or less."""

    def __init__(self) -> None:
        super().__init__("a weight must be above zero")


def usual_weight(weights: Iterable[Decimal]) -> Decimal | None:
    """The median of the known weights, which the next mark has unless somebody says otherwise; None without any."""
    ordered = sorted(weights)
    if not ordered:
        return None
    middle = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return EXACT.divide(sum(middle, Decimal()), Decimal(2))


def get(known: Sequence[Counted], weight: Decimal, mark: Decimal) -> Decimal:
    """The unrounded average after one more ``mark`` of ``weight``: (S + g·w) / (W + w). Raises ``NotAWeight``."""
    total, weights = _sums(known, weight)
    return EXACT.divide(EXACT.add(total, EXACT.multiply(mark, weight)), EXACT.add(weights, weight))


def need(known: Sequence[Counted], weight: Decimal, target: Decimal) -> Need:
    """The lowest next mark with which the average is ``target`` or more: (T·(W + w) − S) / w, rounded up to a tenth.

    Raises ``NotAWeight``.
    """
    total, weights = _sums(known, weight)
    missing = EXACT.subtract(EXACT.multiply(target, EXACT.add(weights, weight)), total)
    # Compared before it is divided: a quotient may be cut off, a product never is.
    if missing > EXACT.multiply(HIGHEST, weight):
        return Need(Outcome.NOT_ATTAINABLE, None, get(known, weight, HIGHEST))
    if missing <= EXACT.multiply(LOWEST, weight):
        return Need(Outcome.ALWAYS, None, get(known, weight, LOWEST))
    mark = _tenths_up(EXACT.divide(missing, weight))
    return Need(Outcome.NEEDED, mark, get(known, weight, mark))


def _tenths_up(value: Decimal) -> Decimal:
    return value.quantize(TENTH, rounding=ROUND_CEILING)


def _sums(known: Sequence[Counted], weight: Decimal) -> tuple[Decimal, Decimal]:
    if weight <= 0:
        raise NotAWeight
    total, weights = Decimal(), Decimal()
    for mark, own in known:
        total = EXACT.add(total, EXACT.multiply(mark, own))
        weights = EXACT.add(weights, own)
    return total, weights
