from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.area import Area

if TYPE_CHECKING:
    from ..models.name import Name
    from ..models.own_student_closed import OwnStudentClosed


T = TypeVar("T", bound="OwnStudent")


@_attrs_define
class OwnStudent:
    """Oneself or a child. ``open`` names what may be seen now; ``closed`` says of the rest why not.

    Attributes:
        id (str):
        source (str):
        school (str):
        name (Name): A person's name in its parts.
        open_ (list[Area]):
        closed (OwnStudentClosed): Such as `switched_off`: the school has closed it for this reader.
    """

    id: str
    source: str
    school: str
    name: Name
    open_: list[Area]
    closed: OwnStudentClosed
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        source = self.source

        school = self.school

        name = self.name.to_dict()

        open_ = []
        for open_item_data in self.open_:
            open_item = open_item_data.value
            open_.append(open_item)

        closed = self.closed.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "source": source,
                "school": school,
                "name": name,
                "open": open_,
                "closed": closed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.name import Name
        from ..models.own_student_closed import OwnStudentClosed

        d = dict(src_dict)
        id = d.pop("id")

        source = d.pop("source")

        school = d.pop("school")

        name = Name.from_dict(d.pop("name"))

        open_ = []
        _open_ = d.pop("open")
        for open_item_data in _open_:
            open_item = Area(open_item_data)

            open_.append(open_item)

        closed = OwnStudentClosed.from_dict(d.pop("closed"))

        own_student = cls(
            id=id,
            source=source,
            school=school,
            name=name,
            open_=open_,
            closed=closed,
        )

        own_student.additional_properties = d
        return own_student

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
