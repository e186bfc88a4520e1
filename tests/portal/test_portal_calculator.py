"""The grade calculator: what must I get, what will it become."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.calculator import Need, NotAWeight, Outcome, get, need, usual_weight

Known = list[tuple[Decimal, Decimal]]


def known(*marks: tuple[str, str]) -> Known:
    return [(Decimal(mark), Decimal(weight)) for mark, weight in marks]


def test_r70_what_is_needed_is_rounded_up() -> None:
    answer = need(known(("5.0", "1"), ("5.3", "1")), Decimal(3), Decimal("5.5"))
    assert (answer.outcome, answer.mark) == (Outcome.NEEDED, Decimal("5.8"))
    # (10.3 + 3 × 5.8) / 5
    assert answer.average == Decimal("5.54")


def test_r70_not_even_a_ten() -> None:
    assert need(known(("3.0", "3")), Decimal(1), Decimal("5.5")) == Need(Outcome.NOT_ATTAINABLE, None, Decimal("4.75"))


def test_r70_even_a_one() -> None:
    assert need(known(("9.0", "3")), Decimal(1), Decimal("5.5")) == Need(Outcome.ALWAYS, None, Decimal("7.0"))


@pytest.mark.parametrize("weight", ["0", "-1"])
def test_r70_no_weight_no_answer(weight: str) -> None:
    with pytest.raises(NotAWeight):
        need(known(("5.0", "1")), Decimal(weight), Decimal("5.5"))
    with pytest.raises(NotAWeight):
        get(known(("5.0", "1")), Decimal(weight), Decimal("5.5"))


def test_r71_what_it_becomes() -> None:
    assert get(known(("5.0", "1"), ("6.0", "1")), Decimal(2), Decimal("8.0")) == Decimal("6.75")


def test_the_first_mark_is_the_average() -> None:
    assert need([], Decimal(1), Decimal("5.5")) == Need(Outcome.NEEDED, Decimal("5.5"), Decimal("5.5"))
    assert get([], Decimal(1), Decimal(7)) == 7


@pytest.mark.parametrize(
    ("mark", "outcome", "needed"),
    [("1.0", Outcome.NEEDED, "10.0"), ("0.9", Outcome.NOT_ATTAINABLE, None), ("10.0", Outcome.ALWAYS, None),
     ("9.9", Outcome.NEEDED, "1.1")],
)  # fmt: skip
def test_the_ends_of_the_scale(mark: str, outcome: Outcome, needed: str | None) -> None:
    """After one mark of the same weight, for 5.5: 11 less that mark."""
    answer = need(known((mark, "1")), Decimal(1), Decimal("5.5"))
    assert (answer.outcome, answer.mark) == (outcome, None if needed is None else Decimal(needed))


@pytest.mark.parametrize(
    ("weights", "usual"),
    [([], None), (["2"], "2"), (["1", "1", "3"], "1"), (["3", "1", "2"], "2"), (["1", "2", "3", "8"], "2.5"),
     (["0.5", "1"], "0.75")],
)  # fmt: skip
def test_r70_the_usual_weight_is_the_median(weights: list[str], usual: str | None) -> None:
    assert usual_weight(map(Decimal, weights)) == (None if usual is None else Decimal(usual))


MARKS = st.integers(10, 100).map(lambda tenths: Decimal(tenths) / 10)
WEIGHTS = st.sampled_from(["0.25", "0.5", "1", "1.5", "2", "3", "7"]).map(Decimal)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(MARKS, WEIGHTS), max_size=8), WEIGHTS, MARKS)
def test_what_is_needed_suffices_and_a_tenth_less_does_not(past: Known, weight: Decimal, target: Decimal) -> None:
    """Against fractions: exact, by another route."""

    def becomes(mark: Decimal) -> Fraction:
        every = [*past, (mark, weight)]
        total = sum(Fraction(m) * Fraction(w) for m, w in every)
        return total / sum(Fraction(w) for _, w in every)

    answer = need(past, weight, target)
    if answer.outcome is Outcome.NEEDED:
        assert answer.mark is not None
        assert becomes(answer.mark) >= target > becomes(answer.mark - Decimal("0.1"))
    else:
        assert (becomes(Decimal(10)) < target) == (answer.outcome is Outcome.NOT_ATTAINABLE)
        assert (becomes(Decimal(1)) >= target) == (answer.outcome is Outcome.ALWAYS)
