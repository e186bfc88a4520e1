from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.source_meta_completeness import SourceMetaCompleteness


T = TypeVar("T", bound="SourceMeta")


@_attrs_define
class SourceMeta:
    """One school's administration behind an answer.

    Attributes:
        name (str):
        system (str): `magister`, `atvo` or `vocus`.
        school (str):
        as_of (datetime.datetime | None):
        completeness (SourceMetaCompleteness):
    """

    name: str
    system: str
    school: str
    as_of: datetime.datetime | None
    completeness: SourceMetaCompleteness
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        system = self.system

        school = self.school

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
                "name": name,
                "system": system,
                "school": school,
                "as_of": as_of,
                "completeness": completeness,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.source_meta_completeness import SourceMetaCompleteness

        d = dict(src_dict)
        name = d.pop("name")

        system = d.pop("system")

        school = d.pop("school")

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

        completeness = SourceMetaCompleteness.from_dict(d.pop("completeness"))

        source_meta = cls(
            name=name,
            system=system,
            school=school,
            as_of=as_of,
            completeness=completeness,
        )

        source_meta.additional_properties = d
        return source_meta

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
