from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.entity_health import EntityHealth


T = TypeVar("T", bound="SourceHealth")


@_attrs_define
class SourceHealth:
    """A source with its entities; ``entities`` is empty until its first sync has begun.

    Attributes:
        name (str):
        system (str):
        school (str):
        paused (None | str): Why nothing is read until a person says so: `denied`, the source refuses us; `person`,
            somebody has paused it; null: it is read.
        entities (list[EntityHealth]):
    """

    name: str
    system: str
    school: str
    paused: None | str
    entities: list[EntityHealth]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        system = self.system

        school = self.school

        paused: None | str
        paused = self.paused

        entities = []
        for entities_item_data in self.entities:
            entities_item = entities_item_data.to_dict()
            entities.append(entities_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "system": system,
                "school": school,
                "paused": paused,
                "entities": entities,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.entity_health import EntityHealth

        d = dict(src_dict)
        name = d.pop("name")

        system = d.pop("system")

        school = d.pop("school")

        def _parse_paused(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        paused = _parse_paused(d.pop("paused"))

        entities = []
        _entities = d.pop("entities")
        for entities_item_data in _entities:
            entities_item = EntityHealth.from_dict(entities_item_data)

            entities.append(entities_item)

        source_health = cls(
            name=name,
            system=system,
            school=school,
            paused=paused,
            entities=entities,
        )

        source_health.additional_properties = d
        return source_health

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
