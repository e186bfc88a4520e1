from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.section_moments import SectionMoments


T = TypeVar("T", bound="Preview")


@_attrs_define
class Preview:
    """Who sees when what is entered at ``entered``, by the rules that hold.

    Attributes:
        source (str):
        version (int):
        entered (datetime.datetime):
        sections (list[SectionMoments]):
    """

    source: str
    version: int
    entered: datetime.datetime
    sections: list[SectionMoments]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        source = self.source

        version = self.version

        entered = self.entered.isoformat()

        sections = []
        for sections_item_data in self.sections:
            sections_item = sections_item_data.to_dict()
            sections.append(sections_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "source": source,
                "version": version,
                "entered": entered,
                "sections": sections,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.section_moments import SectionMoments

        d = dict(src_dict)
        source = d.pop("source")

        version = d.pop("version")

        entered = datetime.datetime.fromisoformat(d.pop("entered"))

        sections = []
        _sections = d.pop("sections")
        for sections_item_data in _sections:
            sections_item = SectionMoments.from_dict(sections_item_data)

            sections.append(sections_item)

        preview = cls(
            source=source,
            version=version,
            entered=entered,
            sections=sections,
        )

        preview.additional_properties = d
        return preview

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
