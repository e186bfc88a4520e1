from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="KindCounts")


@_attrs_define
class KindCounts:
    """How many of each kind.

    Attributes:
        present (int):
        absent (int):
        late (int):
        sick (int):
        removed (int):
        exempt (int):
        not_applicable (int):
        unknown (int):
    """

    present: int
    absent: int
    late: int
    sick: int
    removed: int
    exempt: int
    not_applicable: int
    unknown: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        present = self.present

        absent = self.absent

        late = self.late

        sick = self.sick

        removed = self.removed

        exempt = self.exempt

        not_applicable = self.not_applicable

        unknown = self.unknown

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "present": present,
                "absent": absent,
                "late": late,
                "sick": sick,
                "removed": removed,
                "exempt": exempt,
                "not_applicable": not_applicable,
                "unknown": unknown,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        present = d.pop("present")

        absent = d.pop("absent")

        late = d.pop("late")

        sick = d.pop("sick")

        removed = d.pop("removed")

        exempt = d.pop("exempt")

        not_applicable = d.pop("not_applicable")

        unknown = d.pop("unknown")

        kind_counts = cls(
            present=present,
            absent=absent,
            late=late,
            sick=sick,
            removed=removed,
            exempt=exempt,
            not_applicable=not_applicable,
            unknown=unknown,
        )

        kind_counts.additional_properties = d
        return kind_counts

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
