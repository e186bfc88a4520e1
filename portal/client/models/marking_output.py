from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.marking_output_letters import MarkingOutputLetters
    from ..models.marking_output_period_weights import MarkingOutputPeriodWeights


T = TypeVar("T", bound="MarkingOutput")


@_attrs_define
class MarkingOutput:
    """How results count, where that is for a school to say.

    Attributes:
        pass_mark (str | Unset): From here on a mark is sufficient, where the source does not say so (R6). Default:
            '5.5'.
        letters (MarkingOutputLetters | Unset): The number that a letter counts for, such as `V`: 6. Others are in no
            average (R7).
        period_weights (MarkingOutputPeriodWeights | Unset): By the code of a period: its weight in the mean of the
            periods, 1 for all others (R11).
    """

    pass_mark: str | Unset = "5.5"
    letters: MarkingOutputLetters | Unset = UNSET
    period_weights: MarkingOutputPeriodWeights | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
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
        from ..models.marking_output_letters import MarkingOutputLetters
        from ..models.marking_output_period_weights import MarkingOutputPeriodWeights

        d = dict(src_dict)
        pass_mark = d.pop("pass_mark", UNSET)

        _letters = d.pop("letters", UNSET)
        letters: MarkingOutputLetters | Unset
        if isinstance(_letters, Unset):
            letters = UNSET
        else:
            letters = MarkingOutputLetters.from_dict(_letters)

        _period_weights = d.pop("period_weights", UNSET)
        period_weights: MarkingOutputPeriodWeights | Unset
        if isinstance(_period_weights, Unset):
            period_weights = UNSET
        else:
            period_weights = MarkingOutputPeriodWeights.from_dict(_period_weights)

        marking_output = cls(
            pass_mark=pass_mark,
            letters=letters,
            period_weights=period_weights,
        )

        return marking_output
