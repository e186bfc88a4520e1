from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RemarkCounts")


@_attrs_define
class RemarkCounts:
    """How many of each.

    Attributes:
        materials (int):
        homework (int):
        phone (int):
    """

    materials: int
    homework: int
    phone: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        materials = self.materials

        homework = self.homework

        phone = self.phone

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "materials": materials,
                "homework": homework,
                "phone": phone,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        materials = d.pop("materials")

        homework = d.pop("homework")

        phone = d.pop("phone")

        remark_counts = cls(
            materials=materials,
            homework=homework,
            phone=phone,
        )

        remark_counts.additional_properties = d
        return remark_counts

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
