"""What a column's values have in common: shapes, formats, numbers; and whether they suit a field."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from vocus.fields import DATA_SETS
from vocus.guess_fits import Fit, Line, fit, scale
from vocus.guess_shapes import may_be, unread
from vocus.guess_values import Values, eleven, reads, shape


def column(*texts: str) -> Values:
    values = Values()
    values.add(Counter(texts), sample=True)
    return values


def suits(data_set: str, name: str, *texts: str) -> Fit:
    return fit(DATA_SETS[data_set].fields[name], column(*texts))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("123456", "999999"), ("Anna", "Aaaa"), ("Anna-Marie", "Aaaa-Aaaa"), ("H4a", "A9a"), ("é", "a"),
        ("6,5", "9,9"), ("\x00", "·"), ("中", "a"), ("12345678901234567890", "999999999999999…"), ("", ""),
    ],
)  # fmt: skip
def test_a_shape_says_where_letters_and_digits_stand(text: str, told: str) -> None:
    assert shape(text) == told


@pytest.mark.parametrize("number", ["123456782", "182071649", "100310303", "100729533"])
def test_national_numbers_pass_the_eleven_test(number: str) -> None:
    assert eleven(number)


@pytest.mark.parametrize("number", ["182071648", "12345678", "1234567890", "12345678a", "¹23456782"])
def test_other_numbers_do_not(number: str) -> None:
    assert not eleven(number)


@pytest.mark.parametrize(
    ("pattern", "text", "day"),
    [
        ("%d-%m-%Y", "3-4-2011", date(2011, 4, 3)), ("%Y%m%d", "20110403", date(2011, 4, 3)),
        ("%Y%m%d", "201143", None), ("%d%m%Y", "342011", None), ("%d-%m-%Y", "03-04-1811", None),
        ("%Y-%m-%d", "03-04-2011", None), ("%d-%m-%Y", "", None),
    ],
)  # fmt: skip
def test_a_format_reads_days_of_this_time(pattern: str, text: str, day: date | None) -> None:
    assert reads(pattern, text) == day


def test_the_whole_file_decides_a_date_format() -> None:
    found = suits("students", "birth_date", "13-04-2011", "03-04-2011", "28-02-2012")
    assert found.lines == (Line("", "dates", "%d-%m-%Y"),)
    assert "3 of 3 values read as %d-%m-%Y; no other format reads them all" in found.evidence
    assert not found.question


def test_later_chunks_count_as_well() -> None:
    values = column("03-04-2011")
    values.add(Counter({"04-13-2011": 2}), sample=False)
    assert values.formats(moments=False) == ["%m-%d-%Y"]


def test_two_formats_that_read_all_are_a_question() -> None:
    found = suits("students", "birth_date", "03-04-2011", "05-06-2012")
    assert "%d-%m-%Y and %m-%d-%Y read all its values" in found.question
    assert [line.decided for line in found.lines] == [False, False]


def test_values_that_the_best_format_does_not_read_are_counted() -> None:
    found = suits("students", "birth_date", "13-04-2011", "14-04-2011", "onbekend")
    assert "2 of 3 values" in found.evidence
    assert "the other 1 would be refused" in found.evidence


def test_a_date_in_no_known_format_is_a_question() -> None:
    found = suits("students", "birth_date", "13 april 2011")
    assert not found.ok
    assert found.question


def test_a_moment_may_be_told_by_its_day() -> None:
    assert suits("grades", "entered_at", "24-11-2026 08:30:00").lines == (Line("", "times", "%d-%m-%Y %H:%M:%S"),)
    assert suits("grades", "entered_at", "24-11-2026").lines == (Line("", "times", "%d-%m-%Y"),)


def test_one_and_two_do_not_say_who_is_male() -> None:
    found = suits("students", "gender", "1", "2", "2")
    assert "EDEXML says 1 is male, OSO says 1 is female" in found.question
    assert [(line.key, line.value, line.decided) for line in found.lines] == [
        ("1", '"male"', False), ("2", '"female"', False), ("1", '"female"', False), ("2", '"male"', False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (("M", "V", "O"), {"m": "male", "v": "female", "o": "other"}),
        (("man", "vrouw"), {"man": "male", "vrouw": "female"}),
        (("J", "M"), {"J": "male", "M": "female"}),
    ],
)
def test_words_for_gender(texts: tuple[str, ...], told: dict[str, str]) -> None:
    found = suits("students", "gender", *texts)
    assert not found.question
    assert {line.key: line.value.strip('"') for line in found.lines} == told


def test_words_that_nobody_knows_are_counted_and_not_told() -> None:
    found = suits("absences", "kind", "ziek", "CANARY-woord", "afwezig")
    assert {line.key for line in found.lines} == {"ziek", "afwezig"}
    assert "1 of its 3 different values is not known" in found.question
    assert "canary" not in (found.question + found.evidence).lower()
    nothing = suits("absences", "kind", "CANARY-a", "CANARY-b")
    assert not nothing.ok
    assert "canary" not in (nothing.question + nothing.evidence).lower()


@pytest.mark.parametrize(
    ("texts", "ok"), [(("J", "N"), True), (("ja", "nee"), True), (("1", "0"), True), (("Waar", "Onwaar"), True),
                      (("x", "q"), False)],
)  # fmt: skip
def test_yes_and_no(texts: tuple[str, ...], ok: bool) -> None:
    assert suits("grades", "counts", *texts).ok is ok


def test_numbers_that_differ_in_length_may_have_lost_zeros() -> None:
    found = suits("students", "number", "123456", "12345", "123457")
    assert found.ok
    assert found.stands
    assert found.lines == (Line("pad", "number", "6", decided=False),)
    assert "leading zeros may be lost" in found.question


@pytest.mark.parametrize("texts", [("123456", "123457"), ("012345", "123456"), ("001234", "12345")])
def test_numbers_that_have_their_zeros(texts: tuple[str, ...]) -> None:
    assert suits("students", "number", *texts).question == ""


def test_a_student_number_that_looks_like_a_national_number() -> None:
    found = suits("students", "number", "123456782", "182071649", "100310303")
    assert not found.ok
    assert "national numbers" in found.question
    assert unread(column("123456782", "182071649"))
    assert not unread(column("182071648", "182071640"))


def test_an_empty_key_is_told() -> None:
    assert "empty in 1 of 2 rows" in suits("students", "number", "123456", "").evidence


@pytest.mark.parametrize(
    ("texts", "lines", "asks"),
    [
        (("6,5", "10", "V"), (), False),
        (("6.5", "8.0"), (), False),
        (("7", "10"), (), False),
        (("65", "100", "7"), (Line("", "scale", '"tenths"'),), False),
        (("6,5", "65"), (Line("", "scale", '"tenths"', decided=False),), True),
        (("6,5", "7,5", "11,5"), (), False),
        (("6,5", "7,5", "110"), (), False),
        (("65", "250"), (Line("", "scale", '"tenths"', decided=False),), True),
    ],
)
def test_results_are_decimals_or_tenths(texts: tuple[str, ...], lines: tuple[Line, ...], asks: bool) -> None:
    found = scale(column(*texts))
    assert found.lines == lines
    assert bool(found.question) is asks


def test_several_values_in_a_cell() -> None:
    assert suits("guardians", "students", "1001,1002", "1003").lines == (Line("", "separator", '","'),)
    assert suits("guardians", "students", "1001|1002", "1003").lines == (Line("", "separator", '"|"'),)
    assert suits("guardians", "students", "1001", "1003").lines == ()


@pytest.mark.parametrize(
    ("name", "texts", "yes"),
    [
        ("number", ("100001", "100002"), True), ("number", ("20110403", "20110404"), False),
        ("gender", ("M", "V"), True), ("hour", ("1", "2", "3"), True), ("hour", ("1", "2", "33"), False),
        ("result", ("6,5", "7,0"), True), ("result", ("1", "2"), False), ("email", ("a@b.nl",), True),
        ("birth_date", ("03-04-2011", "13-05-2012"), True), ("birth_date", ("01-08-2026",) * 10, False),
        ("email", (), False), ("title", ("anything",), False),
    ],
)  # fmt: skip
def test_what_values_look_like(name: str, texts: tuple[str, ...], yes: bool) -> None:
    assert may_be("students", name, column(*texts)) is yes
