"""The arithmetic of exams and promotion, by the vectors of the rules."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.examrules import (
    Core,
    Final,
    Forecast,
    Marks,
    Rule,
    Track,
    best_sitting,
    central_mark,
    combination_mark,
    counters,
    final_mark,
    prognosis,
    rules_for,
    school_mark,
)

PASSED = [Decimal("6.0")] * 6
GOOD = [6, 6, 6]


def numbers(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_r21_the_school_mark_is_whole_without_a_central_exam() -> None:
    assert school_mark(Decimal("6.45"), has_central=True) == Decimal("6.5")
    assert school_mark(Decimal("6.45"), has_central=False) == Decimal(6)
    assert school_mark(Decimal("5.49"), has_central=False) == Decimal(5)


@pytest.mark.parametrize(
    ("score", "longest", "norm", "mark"),
    [("52", "78", "1.0", "7.0"), ("78", "78", "1.0", "10"), ("78", "78", "2.0", "10"), ("0", "78", "0.5", "1"),
     ("0", "78", "1.0", "1.0")],
)  # fmt: skip
def test_r21_the_central_mark(score: str, longest: str, norm: str, mark: str) -> None:
    assert central_mark(Decimal(score), Decimal(longest), Decimal(norm)) == Decimal(mark)


@pytest.mark.parametrize(("school", "central", "final"), [("6.4", "4.5", 5), ("6.4", "4.6", 6), ("7", None, 7)])
def test_r22_the_final_mark_is_rounded_once(school: str, central: str | None, final: int) -> None:
    assert final_mark(Decimal(school), None if central is None else Decimal(central)) == final


def test_r22_weights_of_both_exams() -> None:
    # (2 × 6.0 + 1 × 4.5) / 3 = 5.5
    assert final_mark(Decimal("6.0"), Decimal("4.5"), (Decimal(2), Decimal(1))) == 6
    assert final_mark(Decimal("6.0"), Decimal("4.5"), (Decimal(1), Decimal(1))) == 5


def havo_vwo(finals: list[int], cores: list[Core] | None = None, *, central: list[Decimal] | None = None,
             components: list[int] | None = None, lo: bool | None = True) -> tuple[Forecast, set[Rule]]:  # fmt: skip
    """The prognosis without a combination mark, unless one is given; three 6s as core subjects unless told."""
    rules = rules_for(Track.HAVO_VWO, 2026)
    assert rules is not None
    kinds = cores or [Core.OTHER] * len(finals)
    every: list[Final | None] = [Final(mark, core) for mark, core in zip(finals, kinds, strict=True)]
    found = prognosis(
        rules,
        Marks(every, central or PASSED, components or (), lo, cores=sum(core is not Core.OTHER for core in kinds)),
    )
    return found.forecast, {*found.short, *found.open}


def test_r23_the_central_mean_is_not_rounded() -> None:
    assert havo_vwo(GOOD, central=numbers("5.4", "5.5", "5.5", "5.6", "5.4", "5.5")) == (
        Forecast.FALLS_SHORT, {Rule.CENTRAL_MEAN}
    )  # fmt: skip
    assert havo_vwo(GOOD, central=numbers("5.4", "5.5", "5.5", "5.6", "5.5", "5.5")) == (Forecast.SUFFICES, set())


def test_r24_the_combination_mark() -> None:
    assert combination_mark([6, 7, 7]) == 7
    # A seven, but one part of it is below four.
    assert combination_mark([3, 9, 9]) == 7
    assert havo_vwo(GOOD, components=[3, 9, 9]) == (Forecast.FALLS_SHORT, {Rule.COMPONENTS})
    assert havo_vwo(GOOD, components=[6, 7, 7]) == (Forecast.SUFFICES, set())


def test_r24_the_combination_mark_is_a_final_mark() -> None:
    # 5, 5 and nothing to make up for it.
    assert havo_vwo([5, 6, 6], components=[5, 5, 5]) == (Forecast.FALLS_SHORT, {Rule.DEFICITS})


@pytest.mark.parametrize(
    ("finals", "forecast"),
    [
        ([5, 5, 6, 6, 6, 6, 7, 7], Forecast.SUFFICES),
        ([5, 5, 6, 6, 6, 6, 6, 6], Forecast.FALLS_SHORT),
        ([4, 4, 8, 8, 8, 8], Forecast.FALLS_SHORT),
        ([6, 6, 6, 6], Forecast.SUFFICES),
        ([5, 6, 6, 6], Forecast.SUFFICES),
        ([4, 6, 7, 7], Forecast.SUFFICES),
        ([4, 6, 6, 7], Forecast.FALLS_SHORT),
        ([4, 5, 7, 8], Forecast.SUFFICES),
        ([4, 5, 7, 7], Forecast.FALLS_SHORT),
        ([5, 5, 5, 9, 9, 9], Forecast.FALLS_SHORT),
        ([3, 9, 9, 9], Forecast.FALLS_SHORT),
    ],
)
def test_r25_deficits(finals: list[int], forecast: Forecast) -> None:
    found, rules = havo_vwo(finals)
    assert found is forecast
    assert rules <= {Rule.DEFICITS, Rule.LOWEST_MARK}


def test_r25_two_fives_in_core_subjects() -> None:
    cores = [Core.DUTCH, Core.CORE, Core.CORE, Core.OTHER, Core.OTHER]
    assert havo_vwo([5, 5, 7, 7, 7], cores) == (Forecast.FALLS_SHORT, {Rule.CORE})
    assert havo_vwo([5, 7, 7, 5, 7], cores) == (Forecast.SUFFICES, set())
    assert havo_vwo([4, 7, 7, 7, 7], cores) == (Forecast.FALLS_SHORT, {Rule.CORE})


def test_r25_physical_education() -> None:
    assert havo_vwo(GOOD, lo=False) == (Forecast.FALLS_SHORT, {Rule.PHYSICAL_EDUCATION})
    assert havo_vwo(GOOD, lo=None) == (Forecast.UNKNOWN, {Rule.PHYSICAL_EDUCATION})


def test_r27_what_is_not_known_is_not_promised() -> None:
    rules = rules_for(Track.HAVO_VWO, 2026)
    assert rules is not None
    found = prognosis(rules, Marks([Final(6), None], [Decimal(6), None], (6, None), None))
    assert (found.forecast, found.short, found.valid_from) == (Forecast.UNKNOWN, (), rules.valid_from)
    assert {*found.open} == {Rule.CENTRAL_MEAN, Rule.CORE, Rule.LOWEST_MARK, Rule.COMPONENTS, Rule.DEFICITS,
                             Rule.PHYSICAL_EDUCATION}  # fmt: skip
    # Three core subjects there are, of which two are here.
    two = prognosis(rules, Marks([Final(6, Core.DUTCH), Final(6, Core.CORE)], PASSED, (), True))
    assert (two.forecast, two.open) == (Forecast.UNKNOWN, (Rule.CORE,))


@pytest.mark.parametrize(
    ("finals", "forecast"),
    [
        ([6, 6, 6, 6], Forecast.SUFFICES),
        ([6, 5, 6, 6], Forecast.SUFFICES),
        ([6, 4, 7, 6], Forecast.SUFFICES),
        ([6, 4, 6, 6], Forecast.FALLS_SHORT),
        ([6, 5, 5, 7], Forecast.SUFFICES),
        ([6, 5, 5, 6], Forecast.FALLS_SHORT),
        ([6, 5, 4, 9], Forecast.FALLS_SHORT),
        ([4, 7, 7, 7], Forecast.FALLS_SHORT),
        ([6, 3, 9, 9], Forecast.FALLS_SHORT),
    ],
)
def test_r26_vmbo(finals: list[int], forecast: Forecast) -> None:
    """The first mark is of Dutch."""
    rules = rules_for(Track.VMBO, 2026)
    assert rules is not None
    dutch, *others = finals
    marks = Marks([Final(dutch, Core.DUTCH), *map(Final, others)], PASSED, (), True)
    assert prognosis(rules, marks).forecast is forecast


def test_r26_rules_have_a_first_year() -> None:
    assert rules_for(Track.VMBO, 2012) is None


def test_r27_the_highest_sitting_counts() -> None:
    assert best_sitting(numbers("5.4", "6.1")) == Decimal("6.1")


def test_r28_points() -> None:
    found = counters(numbers("5", "4", "7", "8"))
    assert (found.deficit, found.compensation_marks, found.compensation_points) == (3, 2, 3)
    assert [counters([Decimal(mark)]).deficit for mark in (5, 4, 3)] == [1, 2, 3]
    assert counters([Decimal("5.5")]).deficit == Decimal("0.5")
