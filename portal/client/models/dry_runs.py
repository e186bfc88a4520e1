from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.dry_run import DryRun
    from ..models.meta import Meta


T = TypeVar("T", bound="DryRuns")


@_attrs_define
class DryRuns:
    """The last dry run of each entity of a source; none at all where there never was one.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        source (str):
        entities (list[DryRun]):
    """

    meta: Meta
    source: str
    entities: list[DryRun]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        source = self.source

        entities = []
        for entities_item_data in self.entities:
            entities_item = entities_item_data.to_dict()
            entities.append(entities_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "source": source,
                "entities": entities,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dry_run import DryRun
        from ..models.meta import Meta

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        source = d.pop("source")

        entities = []
        _entities = d.pop("entities")
        for entities_item_data in _entities:
            entities_item = DryRun.from_dict(entities_item_data)

            entities.append(entities_item)

        dry_runs = cls(
            meta=meta,
            source=source,
            entities=entities,
        )

        dry_runs.additional_properties = d
        return dry_runs

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
