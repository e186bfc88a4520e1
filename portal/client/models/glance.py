from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded
    from ..models.meta import Meta
    from ..models.student_glance import StudentGlance


T = TypeVar("T", bound="Glance")


@_attrs_define
class Glance:
    """A group at a glance, the students by their last names.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        group (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
        school_year_begins (datetime.date): From this day on absence is counted.
        students (list[StudentGlance] | None):
    """

    meta: Meta
    group: Coded
    school_year_begins: datetime.date
    students: list[StudentGlance] | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        group = self.group.to_dict()

        school_year_begins = self.school_year_begins.isoformat()

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
                "group": group,
                "school_year_begins": school_year_begins,
                "students": students,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded
        from ..models.meta import Meta
        from ..models.student_glance import StudentGlance

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        group = Coded.from_dict(d.pop("group"))

        school_year_begins = datetime.date.fromisoformat(d.pop("school_year_begins"))

        def _parse_students(data: object) -> list[StudentGlance] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                students_type_0 = []
                _students_type_0 = data
                for students_type_0_item_data in _students_type_0:
                    students_type_0_item = StudentGlance.from_dict(students_type_0_item_data)

                    students_type_0.append(students_type_0_item)

                return students_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[StudentGlance] | None, data)

        students = _parse_students(d.pop("students"))

        glance = cls(
            meta=meta,
            group=group,
            school_year_begins=school_year_begins,
            students=students,
        )

        glance.additional_properties = d
        return glance

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
