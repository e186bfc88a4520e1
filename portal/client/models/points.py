from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="Points")


@_attrs_define
class Points:
    """What the marks of one report come to in points. The school's own rules and meeting decide about promotion.

    Attributes:
        school_year (Coded | None):
        period (Coded | None):
        deficit (str): For each mark below 6 what it lacks (tekortpunten).
        compensation_marks (int): How many marks are 7 or more.
        compensation_points (str): For each mark above 6 what it has more.
        label (Literal['indicatie'] | Unset):  Default: 'indicatie'.
    """

    school_year: Coded | None
    period: Coded | None
    deficit: str
    compensation_marks: int
    compensation_points: str
    label: Literal["indicatie"] | Unset = "indicatie"
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        school_year: dict[str, Any] | None
        if isinstance(self.school_year, Coded):
            school_year = self.school_year.to_dict()
        else:
            school_year = self.school_year

        period: dict[str, Any] | None
        if isinstance(self.period, Coded):
            period = self.period.to_dict()
        else:
            period = self.period

        deficit = self.deficit

        compensation_marks = self.compensation_marks

        compensation_points = self.compensation_points

        label = self.label

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "school_year": school_year,
                "period": period,
                "deficit": deficit,
                "compensation_marks": compensation_marks,
                "compensation_points": compensation_points,
            }
        )
        if label is not UNSET:
            field_dict["label"] = label

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)

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

        def _parse_period(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                period_type_0 = Coded.from_dict(data)

                return period_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        period = _parse_period(d.pop("period"))

        deficit = d.pop("deficit")

        compensation_marks = d.pop("compensation_marks")

        compensation_points = d.pop("compensation_points")

        label = cast(Literal["indicatie"] | Unset, d.pop("label", UNSET))
        if label != "indicatie" and not isinstance(label, Unset):
            raise ValueError(f"label must match const 'indicatie', got '{label}'")

        points = cls(
            school_year=school_year,
            period=period,
            deficit=deficit,
            compensation_marks=compensation_marks,
            compensation_points=compensation_points,
            label=label,
        )

        points.additional_properties = d
        return points

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
