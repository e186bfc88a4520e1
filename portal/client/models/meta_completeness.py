from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.completeness import Completeness

T = TypeVar("T", bound="MetaCompleteness")


@_attrs_define
class MetaCompleteness:
    """For each data class of this answer. `complete`: all that the source holds. `partial`: rows are missing or held, or
    the last read was not proved complete. `unknown`: never read. `not_offered`: this source does not bring it. For the
    last two the list itself is null.

    """

    additional_properties: dict[str, Completeness] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop.value

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        meta_completeness = cls()

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional_property = Completeness(prop_dict)

            additional_properties[prop_name] = additional_property

        meta_completeness.additional_properties = additional_properties
        return meta_completeness

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Completeness:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Completeness) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
