from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.latest_grade import LatestGrade
    from ..models.meta import Meta


T = TypeVar("T", bound="Latest")


@_attrs_define
class Latest:
    """A page of a student's results, those that became visible last first.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        student_id (str):
        grades (list[LatestGrade] | None):
        next_cursor (None | str): The `cursor` of the next page; null: this is the last one.
    """

    meta: Meta
    student_id: str
    grades: list[LatestGrade] | None
    next_cursor: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        student_id = self.student_id

        grades: list[dict[str, Any]] | None
        if isinstance(self.grades, list):
            grades = []
            for grades_type_0_item_data in self.grades:
                grades_type_0_item = grades_type_0_item_data.to_dict()
                grades.append(grades_type_0_item)

        else:
            grades = self.grades

        next_cursor: None | str
        next_cursor = self.next_cursor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "student_id": student_id,
                "grades": grades,
                "next_cursor": next_cursor,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.latest_grade import LatestGrade
        from ..models.meta import Meta

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        student_id = d.pop("student_id")

        def _parse_grades(data: object) -> list[LatestGrade] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                grades_type_0 = []
                _grades_type_0 = data
                for grades_type_0_item_data in _grades_type_0:
                    grades_type_0_item = LatestGrade.from_dict(grades_type_0_item_data)

                    grades_type_0.append(grades_type_0_item)

                return grades_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[LatestGrade] | None, data)

        grades = _parse_grades(d.pop("grades"))

        def _parse_next_cursor(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        next_cursor = _parse_next_cursor(d.pop("next_cursor"))

        latest = cls(
            meta=meta,
            student_id=student_id,
            grades=grades,
            next_cursor=next_cursor,
        )

        latest.additional_properties = d
        return latest

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
