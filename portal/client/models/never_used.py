from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.never import Never


T = TypeVar("T", bound="NeverUsed")


@_attrs_define
class NeverUsed:
    """Accounts and invitations that were never used, the oldest first.

    Attributes:
        never (list[Never]):
        next_cursor (None | str):
    """

    never: list[Never]
    next_cursor: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        never = []
        for never_item_data in self.never:
            never_item = never_item_data.to_dict()
            never.append(never_item)

        next_cursor: None | str
        next_cursor = self.next_cursor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "never": never,
                "next_cursor": next_cursor,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.never import Never

        d = dict(src_dict)
        never = []
        _never = d.pop("never")
        for never_item_data in _never:
            never_item = Never.from_dict(never_item_data)

            never.append(never_item)

        def _parse_next_cursor(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        next_cursor = _parse_next_cursor(d.pop("next_cursor"))

        never_used = cls(
            never=never,
            next_cursor=next_cursor,
        )

        never_used.additional_properties = d
        return never_used

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
