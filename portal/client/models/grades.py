from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.meta import Meta
    from ..models.points import Points
    from ..models.subject_grades import SubjectGrades
    from ..models.year_mean import YearMean


T = TypeVar("T", bound="Grades")


@_attrs_define
class Grades:
    """A student's grade overview, per school year (the latest first) and subject.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        student_id (str):
        subjects (list[SubjectGrades] | None):
        means (list[YearMean] | None): null also for a teacher, who sees the own subjects alone.
        points (list[Points] | None): One for each report that the source has marks of. null also for a teacher.
    """

    meta: Meta
    student_id: str
    subjects: list[SubjectGrades] | None
    means: list[YearMean] | None
    points: list[Points] | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        student_id = self.student_id

        subjects: list[dict[str, Any]] | None
        if isinstance(self.subjects, list):
            subjects = []
            for subjects_type_0_item_data in self.subjects:
                subjects_type_0_item = subjects_type_0_item_data.to_dict()
                subjects.append(subjects_type_0_item)

        else:
            subjects = self.subjects

        means: list[dict[str, Any]] | None
        if isinstance(self.means, list):
            means = []
            for means_type_0_item_data in self.means:
                means_type_0_item = means_type_0_item_data.to_dict()
                means.append(means_type_0_item)

        else:
            means = self.means

        points: list[dict[str, Any]] | None
        if isinstance(self.points, list):
            points = []
            for points_type_0_item_data in self.points:
                points_type_0_item = points_type_0_item_data.to_dict()
                points.append(points_type_0_item)

        else:
            points = self.points

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "student_id": student_id,
                "subjects": subjects,
                "means": means,
                "points": points,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.meta import Meta
        from ..models.points import Points
        from ..models.subject_grades import SubjectGrades
        from ..models.year_mean import YearMean

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        student_id = d.pop("student_id")

        def _parse_subjects(data: object) -> list[SubjectGrades] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                subjects_type_0 = []
                _subjects_type_0 = data
                for subjects_type_0_item_data in _subjects_type_0:
                    subjects_type_0_item = SubjectGrades.from_dict(subjects_type_0_item_data)

                    subjects_type_0.append(subjects_type_0_item)

                return subjects_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[SubjectGrades] | None, data)

        subjects = _parse_subjects(d.pop("subjects"))

        def _parse_means(data: object) -> list[YearMean] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                means_type_0 = []
                _means_type_0 = data
                for means_type_0_item_data in _means_type_0:
                    means_type_0_item = YearMean.from_dict(means_type_0_item_data)

                    means_type_0.append(means_type_0_item)

                return means_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[YearMean] | None, data)

        means = _parse_means(d.pop("means"))

        def _parse_points(data: object) -> list[Points] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                points_type_0 = []
                _points_type_0 = data
                for points_type_0_item_data in _points_type_0:
                    points_type_0_item = Points.from_dict(points_type_0_item_data)

                    points_type_0.append(points_type_0_item)

                return points_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Points] | None, data)

        points = _parse_points(d.pop("points"))

        grades = cls(
            meta=meta,
            student_id=student_id,
            subjects=subjects,
            means=means,
            points=points,
        )

        grades.additional_properties = d
        return grades

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
