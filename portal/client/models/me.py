from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.role import Role

if TYPE_CHECKING:
    from ..models.meta import Meta
    from ..models.own_student import OwnStudent


T = TypeVar("T", bound="Me")


@_attrs_define
class Me:
    """The caller, in the one role that the session or the token has.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        role (Role): In what capacity somebody asks. One a session: rights never add up (R60).
        sources (list[str]):
        scopes (list[str]): Of a client: what its token is for.
        students (list[OwnStudent] | None): Of a student and of a guardian; null for everybody else, and while students
            were never read.
    """

    meta: Meta
    role: Role
    sources: list[str]
    scopes: list[str]
    students: list[OwnStudent] | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        role = self.role.value

        sources = self.sources

        scopes = self.scopes

        students: list[dict[str, Any]] | None
        if isinstance(self.students, list):
            students = []
            for students_type_0_item_data in self.students:
                students_type_0_item = students_type_0_item_data.to_dict()
                students.append(students_type_0_item)

        else:
            students = self.students

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "role": role,
                "sources": sources,
                "scopes": scopes,
                "students": students,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.meta import Meta
        from ..models.own_student import OwnStudent

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        role = Role(d.pop("role"))

        sources = cast(list[str], d.pop("sources"))

        scopes = cast(list[str], d.pop("scopes"))

        def _parse_students(data: object) -> list[OwnStudent] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                students_type_0 = []
                _students_type_0 = data
                for students_type_0_item_data in _students_type_0:
                    students_type_0_item = OwnStudent.from_dict(students_type_0_item_data)

                    students_type_0.append(students_type_0_item)

                return students_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[OwnStudent] | None, data)

        students = _parse_students(d.pop("students"))

        me = cls(
            meta=meta,
            role=role,
            sources=sources,
            scopes=scopes,
            students=students,
        )

        me.additional_properties = d
        return me

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
