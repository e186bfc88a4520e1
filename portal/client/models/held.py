from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.held_plan import HeldPlan
    from ..models.meta import Meta


T = TypeVar("T", bound="Held")


@_attrs_define
class Held:
    """The deletions that wait, by their numbers.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        plans (list[HeldPlan]):
    """

    meta: Meta
    plans: list[HeldPlan]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        plans = []
        for plans_item_data in self.plans:
            plans_item = plans_item_data.to_dict()
            plans.append(plans_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "plans": plans,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.held_plan import HeldPlan
        from ..models.meta import Meta

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        plans = []
        _plans = d.pop("plans")
        for plans_item_data in _plans:
            plans_item = HeldPlan.from_dict(plans_item_data)

            plans.append(plans_item)

        held = cls(
            meta=meta,
            plans=plans,
        )

        held.additional_properties = d
        return held

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
