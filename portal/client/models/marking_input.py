from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.marking_input_letters import MarkingInputLetters
    from ..models.marking_input_period_weights import MarkingInputPeriodWeights


T = TypeVar("T", bound="MarkingInput")


@_attrs_define
class MarkingInput:
    """How results count, where that is for a school to say.

    Attributes:
        pass_mark (float | str | Unset): From here on a mark is sufficient, where the source does not say so (R6).
            Default: 5.5.
        letters (MarkingInputLetters | Unset): The number that a letter counts for, such as `V`: 6. Others are in no
            average (R7).
        period_weights (MarkingInputPeriodWeights | Unset): By the code of a period: its weight in the mean of the
            periods, 1 for all others (R11).
    """

    pass_mark: float | str | Unset = 5.5
    letters: MarkingInputLetters | Unset = UNSET
    period_weights: MarkingInputPeriodWeights | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        pass_mark: float | str | Unset
        if isinstance(self.pass_mark, Unset):
            pass_mark = UNSET
        else:
            pass_mark = self.pass_mark

        letters: dict[str, Any] | Unset = UNSET
        if not isinstance(self.letters, Unset):
            letters = self.letters.to_dict()

        period_weights: dict[str, Any] | Unset = UNSET
        if not isinstance(self.period_weights, Unset):
            period_weights = self.period_weights.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if pass_mark is not UNSET:
            field_dict["pass_mark"] = pass_mark
        if letters is not UNSET:
            field_dict["letters"] = letters
        if period_weights is not UNSET:
            field_dict["period_weights"] = period_weights

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.marking_input_letters import MarkingInputLetters
        from ..models.marking_input_period_weights import MarkingInputPeriodWeights

        d = dict(src_dict)

        def _parse_pass_mark(data: object) -> float | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(float | str | Unset, data)

        pass_mark = _parse_pass_mark(d.pop("pass_mark", UNSET))

        _letters = d.pop("letters", UNSET)
        letters: MarkingInputLetters | Unset
        if isinstance(_letters, Unset):
            letters = UNSET
        else:
            letters = MarkingInputLetters.from_dict(_letters)

        _period_weights = d.pop("period_weights", UNSET)
        period_weights: MarkingInputPeriodWeights | Unset
        if isinstance(_period_weights, Unset):
            period_weights = UNSET
        else:
            period_weights = MarkingInputPeriodWeights.from_dict(_period_weights)

        marking_input = cls(
            pass_mark=pass_mark,
            letters=letters,
            period_weights=period_weights,
        )

        return marking_input
