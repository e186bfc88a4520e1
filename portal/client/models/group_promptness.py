from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded
    from ..models.teacher import Teacher


T = TypeVar("T", bound="GroupPromptness")


@_attrs_define
class GroupPromptness:
    """One group and subject, with who teaches it.

    Attributes:
        source (str):
        group (Coded | None): null: students have several groups or none with a teacher of the subject.
        subject (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
        teachers (list[Teacher]):
        tests (int): Tests with results, of which the day is known.
        within_norm (int):
        median_days (int | None): School days from the test to its first result; of an even number the larger.
        most_days (int | None):
        unmeasured (int): Tests with results of which a day is not known, or lies the wrong way round.
        norm_days (int):
    """

    source: str
    group: Coded | None
    subject: Coded
    teachers: list[Teacher]
    tests: int
    within_norm: int
    median_days: int | None
    most_days: int | None
    unmeasured: int
    norm_days: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        source = self.source

        group: dict[str, Any] | None
        if isinstance(self.group, Coded):
            group = self.group.to_dict()
        else:
            group = self.group

        subject = self.subject.to_dict()

        teachers = []
        for teachers_item_data in self.teachers:
            teachers_item = teachers_item_data.to_dict()
            teachers.append(teachers_item)

        tests = self.tests

        within_norm = self.within_norm

        median_days: int | None
        median_days = self.median_days

        most_days: int | None
        most_days = self.most_days

        unmeasured = self.unmeasured

        norm_days = self.norm_days

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "source": source,
                "group": group,
                "subject": subject,
                "teachers": teachers,
                "tests": tests,
                "within_norm": within_norm,
                "median_days": median_days,
                "most_days": most_days,
                "unmeasured": unmeasured,
                "norm_days": norm_days,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded
        from ..models.teacher import Teacher

        d = dict(src_dict)
        source = d.pop("source")

        def _parse_group(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                group_type_0 = Coded.from_dict(data)

                return group_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        group = _parse_group(d.pop("group"))

        subject = Coded.from_dict(d.pop("subject"))

        teachers = []
        _teachers = d.pop("teachers")
        for teachers_item_data in _teachers:
            teachers_item = Teacher.from_dict(teachers_item_data)

            teachers.append(teachers_item)

        tests = d.pop("tests")

        within_norm = d.pop("within_norm")

        def _parse_median_days(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        median_days = _parse_median_days(d.pop("median_days"))

        def _parse_most_days(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        most_days = _parse_most_days(d.pop("most_days"))

        unmeasured = d.pop("unmeasured")

        norm_days = d.pop("norm_days")

        group_promptness = cls(
            source=source,
            group=group,
            subject=subject,
            teachers=teachers,
            tests=tests,
            within_norm=within_norm,
            median_days=median_days,
            most_days=most_days,
            unmeasured=unmeasured,
            norm_days=norm_days,
        )

        group_promptness.additional_properties = d
        return group_promptness

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
