from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded
    from ..models.exam_marks import ExamMarks
    from ..models.meta import Meta
    from ..models.subject_grades import SubjectGrades


T = TypeVar("T", bound="SubjectView")


@_attrs_define
class SubjectView:
    """One subject of a student, per school year (the latest first).

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        student_id (str):
        subject (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
        years (list[SubjectGrades] | None):
        exam (ExamMarks | None): null: the source gives no final mark of this subject.
    """

    meta: Meta
    student_id: str
    subject: Coded
    years: list[SubjectGrades] | None
    exam: ExamMarks | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.exam_marks import ExamMarks

        meta = self.meta.to_dict()

        student_id = self.student_id

        subject = self.subject.to_dict()

        years: list[dict[str, Any]] | None
        if isinstance(self.years, list):
            years = []
            for years_type_0_item_data in self.years:
                years_type_0_item = years_type_0_item_data.to_dict()
                years.append(years_type_0_item)

        else:
            years = self.years

        exam: dict[str, Any] | None
        if isinstance(self.exam, ExamMarks):
            exam = self.exam.to_dict()
        else:
            exam = self.exam

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "student_id": student_id,
                "subject": subject,
                "years": years,
                "exam": exam,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded
        from ..models.exam_marks import ExamMarks
        from ..models.meta import Meta
        from ..models.subject_grades import SubjectGrades

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        student_id = d.pop("student_id")

        subject = Coded.from_dict(d.pop("subject"))

        def _parse_years(data: object) -> list[SubjectGrades] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                years_type_0 = []
                _years_type_0 = data
                for years_type_0_item_data in _years_type_0:
                    years_type_0_item = SubjectGrades.from_dict(years_type_0_item_data)

                    years_type_0.append(years_type_0_item)

                return years_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[SubjectGrades] | None, data)

        years = _parse_years(d.pop("years"))

        def _parse_exam(data: object) -> ExamMarks | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                exam_type_0 = ExamMarks.from_dict(data)

                return exam_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ExamMarks | None, data)

        exam = _parse_exam(d.pop("exam"))

        subject_view = cls(
            meta=meta,
            student_id=student_id,
            subject=subject,
            years=years,
            exam=exam,
        )

        subject_view.additional_properties = d
        return subject_view

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
