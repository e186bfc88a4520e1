from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded
    from ..models.computed import Computed


T = TypeVar("T", bound="YearMean")


@_attrs_define
class YearMean:
    """The mean of a school year's subject averages, each subject counting once.

    Attributes:
        school_year (Coded | None):
        mean (Computed): An average that was computed here, from all counting tests; or the reason why there is none.
    """

    school_year: Coded | None
    mean: Computed
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        school_year: dict[str, Any] | None
        if isinstance(self.school_year, Coded):
            school_year = self.school_year.to_dict()
        else:
            school_year = self.school_year

        mean = self.mean.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "school_year": school_year,
                "mean": mean,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded
        from ..models.computed import Computed

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

        mean = Computed.from_dict(d.pop("mean"))

        year_mean = cls(
            school_year=school_year,
            mean=mean,
        )

        year_mean.additional_properties = d
        return year_mean

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
