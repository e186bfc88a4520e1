from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.moment import Moment


T = TypeVar("T", bound="SectionMoments")


@_attrs_define
class SectionMoments:
    """The moments of one section; all three null is the rest of the school.

    Attributes:
        location (None | str):
        study (None | str):
        grade_level (int | None):
        moments (list[Moment]):
    """

    location: None | str
    study: None | str
    grade_level: int | None
    moments: list[Moment]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        location: None | str
        location = self.location

        study: None | str
        study = self.study

        grade_level: int | None
        grade_level = self.grade_level

        moments = []
        for moments_item_data in self.moments:
            moments_item = moments_item_data.to_dict()
            moments.append(moments_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "location": location,
                "study": study,
                "grade_level": grade_level,
                "moments": moments,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.moment import Moment

        d = dict(src_dict)

        def _parse_location(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        location = _parse_location(d.pop("location"))

        def _parse_study(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        study = _parse_study(d.pop("study"))

        def _parse_grade_level(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        grade_level = _parse_grade_level(d.pop("grade_level"))

        moments = []
        _moments = d.pop("moments")
        for moments_item_data in _moments:
            moments_item = Moment.from_dict(moments_item_data)

            moments.append(moments_item)

        section_moments = cls(
            location=location,
            study=study,
            grade_level=grade_level,
            moments=moments,
        )

        section_moments.additional_properties = d
        return section_moments

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
