from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded
    from ..models.computed import Computed


T = TypeVar("T", bound="PeriodAverages")


@_attrs_define
class PeriodAverages:
    """The averages of one period.

    Attributes:
        period (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
        average (Computed): An average that was computed here, from all counting tests; or the reason why there is none.
        progressive (Computed): An average that was computed here, from all counting tests; or the reason why there is
            none.
    """

    period: Coded
    average: Computed
    progressive: Computed
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        period = self.period.to_dict()

        average = self.average.to_dict()

        progressive = self.progressive.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "period": period,
                "average": average,
                "progressive": progressive,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded
        from ..models.computed import Computed

        d = dict(src_dict)
        period = Coded.from_dict(d.pop("period"))

        average = Computed.from_dict(d.pop("average"))

        progressive = Computed.from_dict(d.pop("progressive"))

        period_averages = cls(
            period=period,
            average=average,
            progressive=progressive,
        )

        period_averages.additional_properties = d
        return period_averages

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
