from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.meta import Meta
    from ..models.reader import Reader


T = TypeVar("T", bound="Readers")


@_attrs_define
class Readers:
    """A page of who has looked, the last first.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        id (str):
        readers (list[Reader]):
        next_cursor (None | str):
    """

    meta: Meta
    id: str
    readers: list[Reader]
    next_cursor: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        id = self.id

        readers = []
        for readers_item_data in self.readers:
            readers_item = readers_item_data.to_dict()
            readers.append(readers_item)

        next_cursor: None | str
        next_cursor = self.next_cursor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "id": id,
                "readers": readers,
                "next_cursor": next_cursor,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.meta import Meta
        from ..models.reader import Reader

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        id = d.pop("id")

        readers = []
        _readers = d.pop("readers")
        for readers_item_data in _readers:
            readers_item = Reader.from_dict(readers_item_data)

            readers.append(readers_item)

        def _parse_next_cursor(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        next_cursor = _parse_next_cursor(d.pop("next_cursor"))

        readers_model = cls(
            meta=meta,
            id=id,
            readers=readers,
            next_cursor=next_cursor,
        )

        readers_model.additional_properties = d
        return readers_model

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
