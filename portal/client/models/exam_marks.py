from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ExamMarks")


@_attrs_define
class ExamMarks:
    """The final marks of one subject as far as the source gives them; they are among the marks of the years as well.

    Attributes:
        school (None | str): Of the school exam (SE).
        central (None | str): Of the central exam (CE).
        final (None | str): The source's own final mark (eindcijfer).
        expected (int | None): What both exams come to, while there is no final mark: their mean, rounded once to a
            whole number.
        label (Literal['prognose'] | Unset): Of `expected`: the school decides. Default: 'prognose'.
    """

    school: None | str
    central: None | str
    final: None | str
    expected: int | None
    label: Literal["prognose"] | Unset = "prognose"
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        school: None | str
        school = self.school

        central: None | str
        central = self.central

        final: None | str
        final = self.final

        expected: int | None
        expected = self.expected

        label = self.label

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "school": school,
                "central": central,
                "final": final,
                "expected": expected,
            }
        )
        if label is not UNSET:
            field_dict["label"] = label

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_school(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        school = _parse_school(d.pop("school"))

        def _parse_central(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        central = _parse_central(d.pop("central"))

        def _parse_final(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        final = _parse_final(d.pop("final"))

        def _parse_expected(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        expected = _parse_expected(d.pop("expected"))

        label = cast(Literal["prognose"] | Unset, d.pop("label", UNSET))
        if label != "prognose" and not isinstance(label, Unset):
            raise ValueError(f"label must match const 'prognose', got '{label}'")

        exam_marks = cls(
            school=school,
            central=central,
            final=final,
            expected=expected,
            label=label,
        )

        exam_marks.additional_properties = d
        return exam_marks

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
