"""The arithmetic of exams and promotion: SE, CE, final marks, combination marks, pass rules (R20-R28). Pure.

All of it is prognosis and indication: the school decides (R27, R30). Rules change with the law, so that a set of them
says from which exam year it holds. ``None`` is "not known", and what needs it is then not known either.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar

from portal.averages import EXACT, PASS_MARK, rounded

T = TypeVar("T")

LOWEST, HIGHEST = Decimal(1), Decimal(10)
WHOLE, TENTH = Decimal(1), Decimal("0.1")
SCHOOL, CENTRAL, FINAL = "se_eindcijfer", "ce_eindcijfer", "eindcijfer"
"""The codes of the columns that hold final marks. One that goes by another name is shown, and not reckoned with."""
SUFFICIENT = 6
"""Of a whole mark (R28)."""


class Track(StrEnum):
    """The kind of school, as far as the pass rules differ."""

    HAVO_VWO = "havo_vwo"
    VMBO = "vmbo"


class Rule(StrEnum):
    """What must hold to pass."""

    CENTRAL_MEAN = "central_mean"
    CORE = "core"
    DUTCH = "dutch"
    LOWEST_MARK = "lowest_mark"
    DEFICITS = "deficits"
    COMPONENTS = "components"
    PHYSICAL_EDUCATION = "physical_education"


class Forecast(StrEnum):
    """What the marks come to; never "passed", which the school alone can say (R27)."""

    SUFFICES = "suffices"
    FALLS_SHORT = "falls_short"
    UNKNOWN = "unknown"


class Core(StrEnum):
    """The part that a subject has in the rules."""

    DUTCH = "dutch"
    CORE = "core"
    OTHER = "other"


class Final(NamedTuple):
    """A whole final mark (eindcijfer) of one subject."""

    mark: int
    core: Core = Core.OTHER


@dataclass(frozen=True, slots=True)
class PassRules:
    """What one set of pass rules asks for, from exam year ``valid_from`` on."""

    track: Track
    valid_from: int
    central_mean: Decimal = PASS_MARK
    lowest: int = 4
    cores: int = 3
    """How many core subjects there must be marks of; vmbo has no core rule but for Dutch."""


PASS_RULES = (
    # In the years before, other rules held for a time, such as one mark that did not count.
    PassRules(Track.HAVO_VWO, 2023),
    PassRules(Track.VMBO, 2023),
)
"""By track, each from its year on until a later one."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of one candidate. ``components`` are those of the combination mark, whole.

    ``physical_education`` is whether it is sufficient, with the first arts subject in vmbo.
    """

    finals: Sequence[Final | None]
    central: Sequence[Decimal | None]
    components: Sequence[int | None] = ()
    physical_education: bool | None = None
    cores: int | None = None
    """How many core subjects this candidate has, where it is not the usual number (havo without mathematics: two)."""


@dataclass(frozen=True, slots=True)
class Prognosis:
    """Which rules fall short, and which cannot be judged yet."""

    forecast: Forecast
    short: tuple[Rule, ...] = ()
    open: tuple[Rule, ...] = ()
    valid_from: int = 0


class Counted(NamedTuple):
    """Points of a report, an indication (R28, R30): deficits, and the two ways in which schools count compensation."""

    deficit: Decimal
    compensation_marks: int
    compensation_points: Decimal


def school_mark(average: Decimal, *, has_central: bool) -> Decimal:
    """The mark of the school exam: one decimal where there is a central exam as well, else whole (R21)."""
    return rounded(average, TENTH if has_central else WHOLE)


def central_mark(score: Decimal, longest: Decimal, norm: Decimal) -> Decimal:
    """The mark of the central exam from ``score`` of ``longest`` points: 9·S/L + N, within 1 to 10 (R21)."""
    mark = EXACT.add(EXACT.divide(EXACT.multiply(Decimal(9), score), longest), norm)
    return rounded(min(HIGHEST, max(LOWEST, mark)))


def final_mark(
    school: Decimal, central: Decimal | None, weights: tuple[Decimal, Decimal] = (Decimal(1), Decimal(1))
) -> int:
    """The final mark: the mean of both exams, rounded to a whole number in one step (R22)."""
    if central is None:
        return int(rounded(school, WHOLE))
    both = EXACT.add(EXACT.multiply(school, weights[0]), EXACT.multiply(central, weights[1]))
    return int(rounded(EXACT.divide(both, sum(weights)), WHOLE))


def best_sitting(sittings: Collection[Decimal]) -> Decimal:
    """The central mark of a candidate who has resat it: the highest counts (R27)."""
    return max(sittings)


def combination_mark(components: Sequence[int]) -> int:
    """The mean of whole component marks, rounded to a whole number (R24)."""
    return int(rounded(EXACT.divide(Decimal(sum(components)), len(components)), WHOLE))


def counters(marks: Sequence[Decimal]) -> Counted:
    """The points of whole or half report marks (R28). A mark of 7 or more compensates."""
    return Counted(
        sum((max(Decimal(), SUFFICIENT - mark) for mark in marks), Decimal()),
        sum(mark >= SUFFICIENT + 1 for mark in marks),
        sum((max(Decimal(), mark - SUFFICIENT) for mark in marks), Decimal()),
    )


def rules_for(track: Track, year: int) -> PassRules | None:
    """The pass rules of an exam year; None when those of that year are not known here."""
    known = [rules for rules in PASS_RULES if rules.track is track and rules.valid_from <= year]
    return max(known, key=lambda rules: rules.valid_from, default=None)


def prognosis(rules: PassRules, marks: Marks) -> Prognosis:
    """Whether the marks would do (R25, R26)."""
    judged = _havo_vwo(rules, marks) if rules.track is Track.HAVO_VWO else _vmbo(rules, marks)
    short = tuple(rule for rule, holds in judged.items() if holds is False)
    still = tuple(rule for rule, holds in judged.items() if holds is None)
    forecast = Forecast.FALLS_SHORT if short else Forecast.UNKNOWN if still else Forecast.SUFFICES
    return Prognosis(forecast, short, still, rules.valid_from)


def _havo_vwo(rules: PassRules, marks: Marks) -> dict[Rule, bool | None]:
    finals = _all(marks.finals)
    components = _all(marks.components)
    if finals is not None and marks.components:
        # The combination mark is a final mark like any other.
        finals = None if components is None else [*finals, Final(combination_mark(components))]
    whole = None if finals is None else [final.mark for final in finals]
    return {
        Rule.CENTRAL_MEAN: _central(rules, marks),
        Rule.CORE: None if finals is None else _core(rules, marks, finals),
        Rule.LOWEST_MARK: None if whole is None else min(whole, default=LOWEST) >= rules.lowest,
        Rule.COMPONENTS: None if components is None else all(mark >= rules.lowest for mark in components),
        Rule.DEFICITS: None if whole is None else _deficits_havo_vwo(whole),
        Rule.PHYSICAL_EDUCATION: marks.physical_education,
    }


def _core(rules: PassRules, marks: Marks, finals: Sequence[Final]) -> bool | None:
    core = [final.mark for final in finals if final.core is not Core.OTHER]
    if len(core) < (rules.cores if marks.cores is None else marks.cores):
        return None
    return all(mark >= 5 for mark in core) and core.count(5) <= 1


def _deficits_havo_vwo(whole: Sequence[int]) -> bool:
    below = sorted(mark for mark in whole if mark < SUFFICIENT)
    if below in ([], [5]):
        return True
    return below in ([4], [5, 5], [4, 5]) and sum(whole) >= SUFFICIENT * len(whole)


def _vmbo(rules: PassRules, marks: Marks) -> dict[Rule, bool | None]:
    finals = _all(marks.finals)
    whole = None if finals is None else [final.mark for final in finals]
    dutch = [final.mark for final in finals or () if final.core is Core.DUTCH]
    return {
        Rule.CENTRAL_MEAN: _central(rules, marks),
        Rule.DUTCH: all(mark >= 5 for mark in dutch) if dutch else None,
        Rule.LOWEST_MARK: None if whole is None else min(whole, default=LOWEST) >= rules.lowest,
        Rule.DEFICITS: None if whole is None else _deficits_vmbo(whole),
        Rule.PHYSICAL_EDUCATION: marks.physical_education,
    }


def _deficits_vmbo(whole: Sequence[int]) -> bool:
    below = sorted(mark for mark in whole if mark < SUFFICIENT)
    return below in ([], [5]) or (below in ([4], [5, 5]) and max(whole) > SUFFICIENT)


def _central(rules: PassRules, marks: Marks) -> bool | None:
    """The unrounded mean of the central marks (R23)."""
    central = _all(marks.central)
    if not central:
        return None
    return sum(central, Decimal()) >= EXACT.multiply(rules.central_mean, Decimal(len(central)))


def _all(values: Sequence[T | None]) -> list[T] | None:
    """The values, when all of them are known."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else None
