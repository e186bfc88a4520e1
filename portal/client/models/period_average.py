from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="PeriodAverage")


@_attrs_define
class PeriodAverage:
    """
    Attributes:
        period (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
        average (str):
    """

    period: Coded
    average: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        period = self.period.to_dict()

        average = self.average

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "period": period,
                "average": average,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)
        period = Coded.from_dict(d.pop("period"))

        average = d.pop("average")

        period_average = cls(
            period=period,
            average=average,
        )

        period_average.additional_properties = d
        return period_average

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
