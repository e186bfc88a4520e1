from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="Enrolment")


@_attrs_define
class Enrolment:
    """An enrolment of the current school year.

    Attributes:
        id (str):
        school_year (Coded | None):
        location (Coded | None):
        homeroom (Coded | None):
        study (None | str):
        grade_level (int | None): Leerjaar, 1 to 6.
        profile (None | str):
        begins (datetime.date | None):
        ends (datetime.date | None): Last day, inclusive.
        left_on (datetime.date | None):
    """

    id: str
    school_year: Coded | None
    location: Coded | None
    homeroom: Coded | None
    study: None | str
    grade_level: int | None
    profile: None | str
    begins: datetime.date | None
    ends: datetime.date | None
    left_on: datetime.date | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        id = self.id

        school_year: dict[str, Any] | None
        if isinstance(self.school_year, Coded):
            school_year = self.school_year.to_dict()
        else:
            school_year = self.school_year

        location: dict[str, Any] | None
        if isinstance(self.location, Coded):
            location = self.location.to_dict()
        else:
            location = self.location

        homeroom: dict[str, Any] | None
        if isinstance(self.homeroom, Coded):
            homeroom = self.homeroom.to_dict()
        else:
            homeroom = self.homeroom

        study: None | str
        study = self.study

        grade_level: int | None
        grade_level = self.grade_level

        profile: None | str
        profile = self.profile

        begins: None | str
        if isinstance(self.begins, datetime.date):
            begins = self.begins.isoformat()
        else:
            begins = self.begins

        ends: None | str
        if isinstance(self.ends, datetime.date):
            ends = self.ends.isoformat()
        else:
            ends = self.ends

        left_on: None | str
        if isinstance(self.left_on, datetime.date):
            left_on = self.left_on.isoformat()
        else:
            left_on = self.left_on

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "school_year": school_year,
                "location": location,
                "homeroom": homeroom,
                "study": study,
                "grade_level": grade_level,
                "profile": profile,
                "begins": begins,
                "ends": ends,
                "left_on": left_on,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)
        id = d.pop("id")

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

        def _parse_location(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                location_type_0 = Coded.from_dict(data)

                return location_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        location = _parse_location(d.pop("location"))

        def _parse_homeroom(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                homeroom_type_0 = Coded.from_dict(data)

                return homeroom_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        homeroom = _parse_homeroom(d.pop("homeroom"))

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

        def _parse_profile(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        profile = _parse_profile(d.pop("profile"))

        def _parse_begins(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                begins_type_0 = datetime.date.fromisoformat(data)

                return begins_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        begins = _parse_begins(d.pop("begins"))

        def _parse_ends(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ends_type_0 = datetime.date.fromisoformat(data)

                return ends_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        ends = _parse_ends(d.pop("ends"))

        def _parse_left_on(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                left_on_type_0 = datetime.date.fromisoformat(data)

                return left_on_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        left_on = _parse_left_on(d.pop("left_on"))

        enrolment = cls(
            id=id,
            school_year=school_year,
            location=location,
            homeroom=homeroom,
            study=study,
            grade_level=grade_level,
            profile=profile,
            begins=begins,
            ends=ends,
            left_on=left_on,
        )

        enrolment.additional_properties = d
        return enrolment

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
