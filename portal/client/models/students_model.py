from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.meta import Meta
    from ..models.student_item import StudentItem


T = TypeVar("T", bound="Students")


@_attrs_define
class Students:
    """A page of the list of students, in the order of their ids.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        students (list[StudentItem] | None):
        next_cursor (None | str): The `cursor` of the next page; null: this is the last one.
    """

    meta: Meta
    students: list[StudentItem] | None
    next_cursor: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        students: list[dict[str, Any]] | None
        if isinstance(self.students, list):
            students = []
            for students_type_0_item_data in self.students:
                students_type_0_item = students_type_0_item_data.to_dict()
                students.append(students_type_0_item)

        else:
            students = self.students

        next_cursor: None | str
        next_cursor = self.next_cursor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "students": students,
                "next_cursor": next_cursor,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.meta import Meta
        from ..models.student_item import StudentItem

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        def _parse_students(data: object) -> list[StudentItem] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                students_type_0 = []
                _students_type_0 = data
                for students_type_0_item_data in _students_type_0:
                    students_type_0_item = StudentItem.from_dict(students_type_0_item_data)

                    students_type_0.append(students_type_0_item)

                return students_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[StudentItem] | None, data)

        students = _parse_students(d.pop("students"))

        def _parse_next_cursor(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        next_cursor = _parse_next_cursor(d.pop("next_cursor"))

        students_model = cls(
            meta=meta,
            students=students,
            next_cursor=next_cursor,
        )

        students_model.additional_properties = d
        return students_model

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
