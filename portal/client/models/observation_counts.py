from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.kind_counts import KindCounts


T = TypeVar("T", bound="ObservationCounts")


@_attrs_define
class ObservationCounts:
    """Lessons by kind, and the absent ones by what they count as; these three never overlap.

    Attributes:
        by_kind (KindCounts): How many of each kind.
        excused (int): Absent with a good reason, sick, or exempt.
        unexcused (int): Absent without one. Never late, removed or sick.
        unresolved (int): Absent, and nobody knows yet why: a warning, not a verdict.
    """

    by_kind: KindCounts
    excused: int
    unexcused: int
    unresolved: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        by_kind = self.by_kind.to_dict()

        excused = self.excused

        unexcused = self.unexcused

        unresolved = self.unresolved

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "by_kind": by_kind,
                "excused": excused,
                "unexcused": unexcused,
                "unresolved": unresolved,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.kind_counts import KindCounts

        d = dict(src_dict)
        by_kind = KindCounts.from_dict(d.pop("by_kind"))

        excused = d.pop("excused")

        unexcused = d.pop("unexcused")

        unresolved = d.pop("unresolved")

        observation_counts = cls(
            by_kind=by_kind,
            excused=excused,
            unexcused=unexcused,
            unresolved=unresolved,
        )

        observation_counts.additional_properties = d
        return observation_counts

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
