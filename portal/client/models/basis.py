from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Basis")


@_attrs_define
class Basis:
    """What a calculation starts from.

    Attributes:
        counted (int):
        weight (str): The weights of these together.
        average (None | str): Two decimals, half up; null: there is none yet.
    """

    counted: int
    weight: str
    average: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        counted = self.counted

        weight = self.weight

        average: None | str
        average = self.average

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "counted": counted,
                "weight": weight,
                "average": average,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        counted = d.pop("counted")

        weight = d.pop("weight")

        def _parse_average(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        average = _parse_average(d.pop("average"))

        basis = cls(
            counted=counted,
            weight=weight,
            average=average,
        )

        basis.additional_properties = d
        return basis

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
