"""The arithmetic of grades, by the vectors of the rules (R1-R18)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.terms import AssessmentKind, GradeStatus, ResitPolicy
from portal.averages import (
    Attempt,
    Average,
    Column,
    Dossier,
    Reason,
    Standing,
    mean_of_periods,
    mean_of_subjects,
    period_average,
    progressive_average,
    rounded,
    standing,
    sufficient,
    weighted,
)

D = Decimal


def attempt(score: str | None, number: int = 1, status: GradeStatus = GradeStatus.SCORED, *, counts: bool = True,
            label: str | None = None, weight: str | None = None) -> Attempt:  # fmt: skip
    own = None if weight is None else D(weight)
    return Attempt(number, status, None if score is None else D(score), label, counts, own)


def column(score: str, weight: str | None = "1", kind: AssessmentKind = AssessmentKind.TEST, *,
           exam: str | None = None, period: str | None = None, component: bool = False) -> Column:  # fmt: skip
    return Column(kind, (attempt(score),), None if weight is None else D(weight),
                  exam_weight=None if exam is None else D(exam), period=period, component=component)  # fmt: skip


def resits(*scores: str, policy: ResitPolicy | None = None, weight: str | None = "1") -> Column:
    attempts = tuple(attempt(score, number) for number, score in enumerate(scores, 1))
    return Column(AssessmentKind.TEST, attempts, None if weight is None else D(weight), policy=policy)


def labelled(label: str) -> Column:
    return Column(AssessmentKind.TEST, (attempt(None, status=GradeStatus.LABELLED, label=label),), D(1))


def shown(average: Average) -> str | None:
    return None if average.value is None else str(rounded(average.value))


def test_r1_what_is_no_number_is_never_zero() -> None:
    unreadable = Column(AssessmentKind.TEST, (attempt(None, status=GradeStatus.UNREADABLE),), D(1))
    assert weighted([column("8.0"), unreadable]) == Average(D(8), None, 1)


def test_r2_ten_is_more_than_nine_and_a_half() -> None:
    assert standing(resits("9.5", "10.0", policy=ResitPolicy.BEST)) == Standing((2,), D("10.0"))


def test_r2_what_is_out_of_range_is_left_out() -> None:
    outside = Column(AssessmentKind.TEST, (attempt("10.1", status=GradeStatus.OUT_OF_RANGE),), D(1))
    assert weighted([column("6.0"), outside]).value == D(6)


@pytest.mark.parametrize(("value", "step", "expected"), [
    ("5.49", "0.1", "5.5"), ("5.49", "1", "5"), ("5.25", "0.5", "5.5"), ("5.24", "0.5", "5.0"),
    ("5.444", "0.01", "5.44"),
])  # fmt: skip
def test_r3_a_report_has_its_own_step(value: str, step: str, expected: str) -> None:
    assert str(rounded(D(value), D(step))) == expected


@pytest.mark.parametrize(("value", "step", "expected"), [
    ("5.45", "0.1", "5.5"), ("5.44", "0.1", "5.4"), ("5.49", "1", "5"), ("5.46", "1", "5"), ("5.45", "1", "5"),
])  # fmt: skip
def test_r4_half_up_in_one_step(value: str, step: str, expected: str) -> None:
    assert str(rounded(D(value), D(step))) == expected


def test_r5_every_half_goes_up() -> None:
    halves = [D(hundredths) / 100 for hundredths in range(105, 1000, 10)]
    assert len(halves) == 90
    assert [str(rounded(half)) for half in halves] == [f"{n // 10}.{n % 10}" for n in range(11, 101)]


def test_r5_a_mean_of_two_goes_up_at_the_half() -> None:
    assert shown(weighted([column("4.3"), column("4.4")])) == "4.4"
    assert str(rounded(D("1.15"))) == "1.2"


@given(st.lists(st.tuples(st.integers(10, 100), st.integers(1, 40)), min_size=1, max_size=12))
def test_r5_an_average_is_rounded_as_whole_numbers_round(marks: list[tuple[int, int]]) -> None:
    """Tenths and weights as whole numbers: half up of n/d is (2n + d) // 2d."""
    n, d = sum(tenths * weight for tenths, weight in marks), sum(weight for _, weight in marks)
    expected = (2 * n + d) // (2 * d)
    found = weighted(column(str(D(tenths) / 10), str(weight)) for tenths, weight in marks)
    assert found.value is not None
    assert rounded(found.value) * 10 == expected


@pytest.mark.parametrize(("flag", "score", "flags_given", "neutral", "expected"), [
    (None, "5.5", False, False, True),
    (None, "5.4", False, False, False),
    (True, "5.4", True, False, True),
    (False, "5.5", True, False, False),
    (None, "8.0", True, False, None),
    (None, None, False, False, None),
    (True, "8.0", True, True, None),
    (None, "8.0", False, True, None),
])  # fmt: skip
def test_r6_the_sources_flag_goes_first_and_silence_is_neutral(
    flag: bool | None, score: str | None, flags_given: bool, neutral: bool, expected: bool | None
) -> None:
    number = None if score is None else D(score)
    found = sufficient(flag, number, flags_given=flags_given, neutral=neutral, pass_mark=D("5.5"))
    assert found is expected


def test_r6_a_whole_report_mark_needs_a_six() -> None:
    assert sufficient(None, D(5), flags_given=False, neutral=False, pass_mark=D(6)) is False
    assert sufficient(None, D(6), flags_given=False, neutral=False, pass_mark=D(6)) is True


def test_r7_letters_count_only_by_the_schools_own_numbers() -> None:
    letter, mark = labelled("V"), column("8.0")
    assert shown(weighted([letter, mark])) == "8.0"
    assert shown(weighted([replace(letter, letters={"O": D(4), "V": D(6), "G": D(8)}), mark])) == "7.0"


@pytest.mark.parametrize(("marks", "expected"), [
    ([("7.0", "1"), ("5.0", "2")], "5.7"),
    ([("8.0", "0.5"), ("6.0", "1")], "6.7"),
    ([("8.0", "0"), ("6.0", "1")], "6.0"),
])  # fmt: skip
def test_r8_weights_count_and_may_be_fractions(marks: list[tuple[str, str]], expected: str) -> None:
    assert shown(weighted(column(score, weight) for score, weight in marks)) == expected


def test_r8_weights_that_sum_to_nothing_give_no_average() -> None:
    assert weighted([column("8.0", "0")]) == Average(None, Reason.WEIGHTS_ZERO, 0)
    assert weighted([]) == Average(None, Reason.NO_RESULTS, 0)


@pytest.mark.parametrize("kind", [
    AssessmentKind.AVERAGE, AssessmentKind.REPORT, AssessmentKind.CALCULATED, AssessmentKind.EXAM,
    AssessmentKind.COMPONENT, AssessmentKind.TEXT,
])  # fmt: skip
def test_r9_only_tests_feed_an_average(kind: AssessmentKind) -> None:
    assert shown(weighted([column("8.0"), column("8.0", kind=kind), column("6.0")])) == "7.0"


def test_r9_a_composite_counts_and_its_parts_do_not() -> None:
    composite = column("6.0", kind=AssessmentKind.COMPOSITE)
    assert shown(weighted([composite, column("9.0", component=True), column("8.0")])) == "7.0"


def test_r9_a_kind_that_is_not_known_is_not_guessed() -> None:
    assert weighted([column("8.0"), column("6.0", kind=AssessmentKind.UNKNOWN)]).reason is Reason.KIND_UNKNOWN


def test_r10_one_missing_weight_and_there_is_no_average() -> None:
    assert weighted([column("8.0"), column("6.0", None)]) == Average(None, Reason.WEIGHTS_UNKNOWN, 0)


def test_r10_a_missing_weight_of_what_does_not_count_does_no_harm() -> None:
    idle = Column(AssessmentKind.TEST, (attempt("4.0", counts=False),), None)
    assert weighted([column("8.0"), idle, labelled("V")]).value == D(8)


def test_r11_one_period_or_all_so_far() -> None:
    columns = [column("7.0", "1", period="P1"), column("4.0", "3", period="P2")]
    first, second = period_average(columns, "P1"), period_average(columns, "P2")
    assert second.value == D("4.0")
    assert progressive_average(columns, ["P1", "P2"], "P2").value == D("4.75")
    assert progressive_average(columns, ["P1", "P2"], "P1").value == D("7.0")
    assert mean_of_periods([first, second], [D(1), D(1)]).value == D("5.5")
    assert mean_of_periods([first, second], [D(1), D(2)]).value == D(5)


def test_r12_two_dossiers_never_mix() -> None:
    test, exam = column("6.0", "2", exam="0"), column("8.0", "0", exam="3")
    assert weighted([test, exam]).value == D(6)
    assert weighted([test, exam], Dossier.EXAM).value == D(8)
    assert weighted([column("6.0", "2")], Dossier.EXAM).reason is Reason.NO_RESULTS


def test_r12_a_line_of_the_exam_programme_without_exam_weight_is_unknown() -> None:
    line = Column(AssessmentKind.TEST, (attempt("7.0"),), D(2), exam_column=True)
    assert weighted([line]).value == D(7)
    assert weighted([line], Dossier.EXAM).reason is Reason.WEIGHTS_UNKNOWN


def test_r13_subjects_count_once_whatever_their_grades() -> None:
    many = weighted([column("8.0")] * 5)
    one = weighted([column("6.0")])
    assert mean_of_subjects([many, one]) == Average(D(7), None, 2)


def test_r13_an_unknown_subject_makes_the_mean_unknown_and_an_empty_one_does_not() -> None:
    known, empty = weighted([column("6.0")]), weighted([])
    assert mean_of_subjects([known, empty]).value == D(6)
    assert mean_of_subjects([known, weighted([column("6.0", None)])]).reason is Reason.WEIGHTS_UNKNOWN
    assert mean_of_subjects([]).reason is Reason.NO_RESULTS


@pytest.mark.parametrize("status", [
    GradeStatus.EXEMPT, GradeStatus.TO_BE_MADE_UP, GradeStatus.NOT_TAKEN, GradeStatus.UNREADABLE,
])  # fmt: skip
def test_r14_special_states_stay_out(status: GradeStatus) -> None:
    special = Column(AssessmentKind.TEST, (attempt(None, status=status),), D(3))
    assert weighted([column("6.0", "1"), special]).value == D(6)


def test_r14_what_does_not_count_stays_out() -> None:
    idle = Column(AssessmentKind.TEST, (attempt("1.0", counts=False),), D(3))
    assert weighted([column("6.0"), idle]).value == D(6)


def test_r15_what_is_to_be_made_up_stays_pending() -> None:
    pending = Column(AssessmentKind.TEST, (attempt(None, status=GradeStatus.TO_BE_MADE_UP),), D(1))
    assert standing(pending) == Standing(())


def test_r16_a_one_counts_as_a_one() -> None:
    assert weighted([column("1.0"), column("7.0")]).value == D(4)


@pytest.mark.parametrize(("scores", "policy", "expected"), [
    (("4.8", "4.2"), ResitPolicy.BEST, "4.8"),
    (("4.8", "4.2"), ResitPolicy.LAST, "4.2"),
    (("4.8", "4.2"), ResitPolicy.AVERAGE, "4.5"),
    (("4.8", "6.7"), ResitPolicy.BEST, "6.7"),
    (("4.8", "6.7"), ResitPolicy.LAST, "6.7"),
    (("4.8", "6.7"), ResitPolicy.AVERAGE, "5.75"),
])  # fmt: skip
def test_r17_the_policy_of_the_column_decides(scores: tuple[str, str], policy: ResitPolicy, expected: str) -> None:
    assert standing(resits(*scores, policy=policy)).score == D(expected)


def test_r17_a_mean_of_attempts_is_shown_rounded() -> None:
    score = standing(resits("4.8", "6.7", policy=ResitPolicy.AVERAGE)).score
    assert score is not None
    assert str(rounded(score)) == "5.8"


@pytest.mark.parametrize("policy", [None, ResitPolicy.NONE])
def test_r17_without_a_policy_nobody_chooses(policy: ResitPolicy | None) -> None:
    open_choice = resits("4.8", "6.7", policy=policy)
    assert standing(open_choice) == Standing(None)
    assert weighted([column("8.0"), open_choice]).reason is Reason.RESIT_POLICY_UNKNOWN


def test_r17_without_a_policy_equal_attempts_leave_nothing_to_choose() -> None:
    assert standing(resits("6.0", "6.0")) == Standing((1,), D(6))


def test_r17_the_sources_own_choice_stands() -> None:
    """An attempt that it marks as not counting was superseded, whatever the policy would say."""
    chosen = Column(AssessmentKind.TEST, (attempt("4.8", 1, counts=False), attempt("4.2", 2)), D(1),
                    policy=ResitPolicy.BEST)  # fmt: skip
    assert standing(chosen) == Standing((2,), D("4.2"))


def test_r17_while_a_resit_is_pending_the_first_attempt_counts() -> None:
    pending = Column(AssessmentKind.TEST, (attempt("4.8"), attempt(None, 2, GradeStatus.TO_BE_MADE_UP)), D(2),
                     policy=ResitPolicy.LAST)  # fmt: skip
    assert standing(pending) == Standing((1,), D("4.8"))


def test_r18_a_resit_does_not_count_its_weight_twice() -> None:
    resat = resits("4.8", "6.7", policy=ResitPolicy.BEST, weight="2")
    assert weighted([resat, column("4.6", "1")]) == Average(D(6), None, 2)


def test_r18_a_students_own_weight_goes_before_the_columns() -> None:
    lighter = Column(AssessmentKind.TEST, (attempt("4.0", weight="1"),), D(3))
    assert weighted([lighter, column("8.0", "1")]).value == D(6)


def test_a_retired_column_counts_nowhere() -> None:
    retired = Column(AssessmentKind.TEST, (attempt("1.0"),), D(1), retired=True)
    assert weighted([retired, column("8.0")]).value == D(8)
