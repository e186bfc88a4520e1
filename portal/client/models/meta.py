from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.meta_completeness import MetaCompleteness
    from ..models.source_meta import SourceMeta


T = TypeVar("T", bound="Meta")


@_attrs_define
class Meta:
    """Where an answer comes from, how fresh it is and how whole.

    Attributes:
        sources (list[SourceMeta]):
        as_of (datetime.datetime | None): The oldest moment at which anything behind this answer was read from its
            source; null: never.
        completeness (MetaCompleteness): For each data class of this answer. `complete`: all that the source holds.
            `partial`: rows are missing or held, or the last read was not proved complete. `unknown`: never read.
            `not_offered`: this source does not bring it. For the last two the list itself is null.
    """

    sources: list[SourceMeta]
    as_of: datetime.datetime | None
    completeness: MetaCompleteness
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        sources = []
        for sources_item_data in self.sources:
            sources_item = sources_item_data.to_dict()
            sources.append(sources_item)

        as_of: None | str
        if isinstance(self.as_of, datetime.datetime):
            as_of = self.as_of.isoformat()
        else:
            as_of = self.as_of

        completeness = self.completeness.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "sources": sources,
                "as_of": as_of,
                "completeness": completeness,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.meta_completeness import MetaCompleteness
        from ..models.source_meta import SourceMeta

        d = dict(src_dict)
        sources = []
        _sources = d.pop("sources")
        for sources_item_data in _sources:
            sources_item = SourceMeta.from_dict(sources_item_data)

            sources.append(sources_item)

        def _parse_as_of(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                as_of_type_0 = datetime.datetime.fromisoformat(data)

                return as_of_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        as_of = _parse_as_of(d.pop("as_of"))

        completeness = MetaCompleteness.from_dict(d.pop("completeness"))

        meta = cls(
            sources=sources,
            as_of=as_of,
            completeness=completeness,
        )

        meta.additional_properties = d
        return meta

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
