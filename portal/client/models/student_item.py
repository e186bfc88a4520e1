from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded
    from ..models.name import Name


T = TypeVar("T", bound="StudentItem")


@_attrs_define
class StudentItem:
    """One student of the list.

    Attributes:
        id (str):
        source (str): The name of the source that this student is read from.
        local_id (str): The school's own student number.
        name (Name): A person's name in its parts.
        homeroom (Coded | None): The homeroom (stamklas) of the current enrolment; null: not known.
    """

    id: str
    source: str
    local_id: str
    name: Name
    homeroom: Coded | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        id = self.id

        source = self.source

        local_id = self.local_id

        name = self.name.to_dict()

        homeroom: dict[str, Any] | None
        if isinstance(self.homeroom, Coded):
            homeroom = self.homeroom.to_dict()
        else:
            homeroom = self.homeroom

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "source": source,
                "local_id": local_id,
                "name": name,
                "homeroom": homeroom,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded
        from ..models.name import Name

        d = dict(src_dict)
        id = d.pop("id")

        source = d.pop("source")

        local_id = d.pop("local_id")

        name = Name.from_dict(d.pop("name"))

        def _parse_homeroom(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                homeroom_type_0 = Coded.from_dict(data)

                return homeroom_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        homeroom = _parse_homeroom(d.pop("homeroom"))

        student_item = cls(
            id=id,
            source=source,
            local_id=local_id,
            name=name,
            homeroom=homeroom,
        )

        student_item.additional_properties = d
        return student_item

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
