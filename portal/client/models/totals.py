from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Totals")


@_attrs_define
class Totals:
    """How many tests came to what; parts of a composite are left out.

    Attributes:
        sufficient (int):
        insufficient (int):
        neutral (int):
    """

    sufficient: int
    insufficient: int
    neutral: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        sufficient = self.sufficient

        insufficient = self.insufficient

        neutral = self.neutral

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "sufficient": sufficient,
                "insufficient": insufficient,
                "neutral": neutral,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        sufficient = d.pop("sufficient")

        insufficient = d.pop("insufficient")

        neutral = d.pop("neutral")

        totals = cls(
            sufficient=sufficient,
            insufficient=insufficient,
            neutral=neutral,
        )

        totals.additional_properties = d
        return totals

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
