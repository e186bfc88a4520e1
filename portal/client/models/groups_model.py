from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.meta import Meta
    from ..models.own_group import OwnGroup


T = TypeVar("T", bound="Groups")


@_attrs_define
class Groups:
    """The caller's groups, by their codes.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        groups (list[OwnGroup]):
    """

    meta: Meta
    groups: list[OwnGroup]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        groups = []
        for groups_item_data in self.groups:
            groups_item = groups_item_data.to_dict()
            groups.append(groups_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "groups": groups,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.meta import Meta
        from ..models.own_group import OwnGroup

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        groups = []
        _groups = d.pop("groups")
        for groups_item_data in _groups:
            groups_item = OwnGroup.from_dict(groups_item_data)

            groups.append(groups_item)

        groups_model = cls(
            meta=meta,
            groups=groups,
        )

        groups_model.additional_properties = d
        return groups_model

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
