from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded
    from ..models.name import Name


T = TypeVar("T", bound="Mentor")


@_attrs_define
class Mentor:
    """A mentor of one of the student's groups. ``name`` is null while the source has only referred to this person.

    Attributes:
        id (str):
        code (None | str):
        name (Name | None):
        group (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
    """

    id: str
    code: None | str
    name: Name | None
    group: Coded
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.name import Name

        id = self.id

        code: None | str
        code = self.code

        name: dict[str, Any] | None
        if isinstance(self.name, Name):
            name = self.name.to_dict()
        else:
            name = self.name

        group = self.group.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "code": code,
                "name": name,
                "group": group,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded
        from ..models.name import Name

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        code = _parse_code(d.pop("code"))

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

        group = Coded.from_dict(d.pop("group"))

        mentor = cls(
            id=id,
            code=code,
            name=name,
            group=group,
        )

        mentor.additional_properties = d
        return mentor

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
