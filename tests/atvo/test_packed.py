"""Strings that hold several things at once; national numbers never come out of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atvo.packed import Child, children, names, without_numbers
from connectors.columns import ColumnError

BSN, ONDERWIJSNUMMER = "999999990", "100000009"
TWO = f"{BSN},,100001,Moeder,ja,ja,ja,D20001:999999989,,100007,Stiefouder,nee,nee,,"


def test_names_come_once_in_their_order() -> None:
    assert names("h4a.ne1, h4.wisb2,,h4a.ne1 ", ",") == ["h4a.ne1", "h4.wisb2"]
    assert names("", ",") == []


def test_each_child_of_a_guardian_is_read() -> None:
    assert children(without_numbers(TWO)) == [
        Child("100001", "Moeder", True, True), Child("100007", "Stiefouder", False, None),
    ]  # fmt: skip
    assert children(without_numbers("")) == []


def test_what_is_not_read_does_not_stay() -> None:
    assert without_numbers(TWO) == ",,100001,Moeder,ja,,ja:,,100007,Stiefouder,nee,,"


def test_the_last_slot_may_be_left_out() -> None:
    assert children(without_numbers(f"{BSN},,100001,Moeder,ja,ja,nee")) == [Child("100001", "Moeder", True, False)]


@pytest.mark.parametrize(
    "child",
    [
        f"{BSN},100001,Moeder,ja,ja,ja,D20001",  # a slot is missing
        f"{BSN},,,100001,Moeder,ja,ja,ja,D20001",  # one too many
        f",{ONDERWIJSNUMMER},{BSN}x,Moeder,ja,ja,ja,",
        f"{BSN},,{BSN},Moeder,ja,ja,ja,",  # the number is the national one
        f",{ONDERWIJSNUMMER},{ONDERWIJSNUMMER},Moeder,ja,ja,ja,",
        f",,100001,{BSN},ja,ja,ja,",
        f",,100001,Moeder,{BSN},ja,ja,",
        f",,100001,Moeder,ja,ja,{BSN},",
        f"{BSN},,tien",
        BSN,
    ],
)
def test_of_a_child_in_another_form_nothing_is_kept(child: str) -> None:
    kept = without_numbers(f"{child}:,,100002,Vader,ja,ja,ja,")
    assert kept == "?:,,100002,Vader,ja,,ja"
    with pytest.raises(ColumnError, match="slots"):
        children(kept)


@given(st.lists(st.sampled_from([BSN, ONDERWIJSNUMMER, "100001", "Moeder", "ja", "nee", "", "D1", ":", ","])))
def test_a_national_number_comes_out_of_no_string(parts: list[str]) -> None:
    """Unless it stands in the slot of the student's number, where nothing tells it from one."""
    kept = without_numbers(",".join(parts))
    for child in kept.split(":"):
        slots = child.split(",")
        assert [slot for place, slot in enumerate(slots) if place != 2 and slot in (BSN, ONDERWIJSNUMMER)] == []
    assert kept == without_numbers(kept)
