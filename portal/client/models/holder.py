from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.role import Role

if TYPE_CHECKING:
    from ..models.name import Name


T = TypeVar("T", bound="Holder")


@_attrs_define
class Holder:
    """Whom an account or invitation is of. ``name`` is null where the source no longer holds the person.

    Attributes:
        role (Role): In what capacity somebody asks. One a session: rights never add up (R60).
        source (str):
        person_id (None | str):
        name (Name | None):
    """

    role: Role
    source: str
    person_id: None | str
    name: Name | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.name import Name

        role = self.role.value

        source = self.source

        person_id: None | str
        person_id = self.person_id

        name: dict[str, Any] | None
        if isinstance(self.name, Name):
            name = self.name.to_dict()
        else:
            name = self.name

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "role": role,
                "source": source,
                "person_id": person_id,
                "name": name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.name import Name

        d = dict(src_dict)
        role = Role(d.pop("role"))

        source = d.pop("source")

        def _parse_person_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        person_id = _parse_person_id(d.pop("person_id"))

        def _parse_name(data: object) -> Name | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                name_type_0 = Name.from_dict(data)

                return name_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Name | None, data)

        name = _parse_name(d.pop("name"))

        holder = cls(
            role=role,
            source=source,
            person_id=person_id,
            name=name,
        )

        holder.additional_properties = d
        return holder

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
