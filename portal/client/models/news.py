from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.meta import Meta
    from ..models.news_item import NewsItem


T = TypeVar("T", bound="News")


@_attrs_define
class News:
    """News in the order in which it became visible, and where to go on.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        items (list[NewsItem]):
        next_ (str): The `after` of the next request, also when there was nothing new.
        more (bool): There is more already: ask again at once.
    """

    meta: Meta
    items: list[NewsItem]
    next_: str
    more: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        next_ = self.next_

        more = self.more

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "items": items,
                "next": next_,
                "more": more,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.meta import Meta
        from ..models.news_item import NewsItem

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = NewsItem.from_dict(items_item_data)

            items.append(items_item)

        next_ = d.pop("next")

        more = d.pop("more")

        news = cls(
            meta=meta,
            items=items,
            next_=next_,
            more=more,
        )

        news.additional_properties = d
        return news

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
