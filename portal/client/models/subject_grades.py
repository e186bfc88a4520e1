from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.averages import Averages
    from ..models.coded import Coded
    from ..models.source_mark import SourceMark
    from ..models.test import Test
    from ..models.totals import Totals


T = TypeVar("T", bound="SubjectGrades")


@_attrs_define
class SubjectGrades:
    """One subject in one school year. ``subject`` is null for results whose column has not come in (yet).

    Attributes:
        subject (Coded | None):
        school_year (Coded | None): null: neither the columns nor their dates say which.
        exempt (bool | None):
        tests (list[Test]):
        source_marks (list[SourceMark]):
        computed (Averages): What was computed for one subject. The two dossiers are never mixed.
        totals (Totals): How many tests came to what; parts of a composite are left out.
    """

    subject: Coded | None
    school_year: Coded | None
    exempt: bool | None
    tests: list[Test]
    source_marks: list[SourceMark]
    computed: Averages
    totals: Totals
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        subject: dict[str, Any] | None
        if isinstance(self.subject, Coded):
            subject = self.subject.to_dict()
        else:
            subject = self.subject

        school_year: dict[str, Any] | None
        if isinstance(self.school_year, Coded):
            school_year = self.school_year.to_dict()
        else:
            school_year = self.school_year

        exempt: bool | None
        exempt = self.exempt

        tests = []
        for tests_item_data in self.tests:
            tests_item = tests_item_data.to_dict()
            tests.append(tests_item)

        source_marks = []
        for source_marks_item_data in self.source_marks:
            source_marks_item = source_marks_item_data.to_dict()
            source_marks.append(source_marks_item)

        computed = self.computed.to_dict()

        totals = self.totals.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "subject": subject,
                "school_year": school_year,
                "exempt": exempt,
                "tests": tests,
                "source_marks": source_marks,
                "computed": computed,
                "totals": totals,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.averages import Averages
        from ..models.coded import Coded
        from ..models.source_mark import SourceMark
        from ..models.test import Test
        from ..models.totals import Totals

        d = dict(src_dict)

        def _parse_subject(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                subject_type_0 = Coded.from_dict(data)

                return subject_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        subject = _parse_subject(d.pop("subject"))

        def _parse_school_year(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                school_year_type_0 = Coded.from_dict(data)

                return school_year_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        school_year = _parse_school_year(d.pop("school_year"))

        def _parse_exempt(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        exempt = _parse_exempt(d.pop("exempt"))

        tests = []
        _tests = d.pop("tests")
        for tests_item_data in _tests:
            tests_item = Test.from_dict(tests_item_data)

            tests.append(tests_item)

        source_marks = []
        _source_marks = d.pop("source_marks")
        for source_marks_item_data in _source_marks:
            source_marks_item = SourceMark.from_dict(source_marks_item_data)

            source_marks.append(source_marks_item)

        computed = Averages.from_dict(d.pop("computed"))

        totals = Totals.from_dict(d.pop("totals"))

        subject_grades = cls(
            subject=subject,
            school_year=school_year,
            exempt=exempt,
            tests=tests,
            source_marks=source_marks,
            computed=computed,
            totals=totals,
        )

        subject_grades.additional_properties = d
        return subject_grades

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
