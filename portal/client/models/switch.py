from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.switch_area import SwitchArea
from ..models.switch_role_type_0 import SwitchRoleType0
from ..types import UNSET, Unset

T = TypeVar("T", bound="Switch")


@_attrs_define
class Switch:
    """An area that is open or closed, for one role or all of them, in a section, during some days (R59).

    Attributes:
        area (SwitchArea):
        open_ (bool):
        location (None | str | Unset): The id of a location.
        study (None | str | Unset): As the source writes it, such as `havo 3`.
        grade_level (int | None | Unset):
        role (None | SwitchRoleType0 | Unset): Null: everybody, staff included.
        first (datetime.date | None | Unset): Null: since ever.
        last (datetime.date | None | Unset): Inclusive. Null: for ever.
    """

    area: SwitchArea
    open_: bool
    location: None | str | Unset = UNSET
    study: None | str | Unset = UNSET
    grade_level: int | None | Unset = UNSET
    role: None | SwitchRoleType0 | Unset = UNSET
    first: datetime.date | None | Unset = UNSET
    last: datetime.date | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        area = self.area.value

        open_ = self.open_

        location: None | str | Unset
        if isinstance(self.location, Unset):
            location = UNSET
        else:
            location = self.location

        study: None | str | Unset
        if isinstance(self.study, Unset):
            study = UNSET
        else:
            study = self.study

        grade_level: int | None | Unset
        if isinstance(self.grade_level, Unset):
            grade_level = UNSET
        else:
            grade_level = self.grade_level

        role: None | str | Unset
        if isinstance(self.role, Unset):
            role = UNSET
        elif isinstance(self.role, SwitchRoleType0):
            role = self.role.value
        else:
            role = self.role

        first: None | str | Unset
        if isinstance(self.first, Unset):
            first = UNSET
        elif isinstance(self.first, datetime.date):
            first = self.first.isoformat()
        else:
            first = self.first

        last: None | str | Unset
        if isinstance(self.last, Unset):
            last = UNSET
        elif isinstance(self.last, datetime.date):
            last = self.last.isoformat()
        else:
            last = self.last

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "area": area,
                "open": open_,
            }
        )
        if location is not UNSET:
            field_dict["location"] = location
        if study is not UNSET:
            field_dict["study"] = study
        if grade_level is not UNSET:
            field_dict["grade_level"] = grade_level
        if role is not UNSET:
            field_dict["role"] = role
        if first is not UNSET:
            field_dict["first"] = first
        if last is not UNSET:
            field_dict["last"] = last

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        area = SwitchArea(d.pop("area"))

        open_ = d.pop("open")

        def _parse_location(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        location = _parse_location(d.pop("location", UNSET))

        def _parse_study(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        study = _parse_study(d.pop("study", UNSET))

        def _parse_grade_level(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        grade_level = _parse_grade_level(d.pop("grade_level", UNSET))

        def _parse_role(data: object) -> None | SwitchRoleType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                role_type_0 = SwitchRoleType0(data)

                return role_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SwitchRoleType0 | Unset, data)

        role = _parse_role(d.pop("role", UNSET))

        def _parse_first(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                first_type_0 = datetime.date.fromisoformat(data)

                return first_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        first = _parse_first(d.pop("first", UNSET))

        def _parse_last(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_type_0 = datetime.date.fromisoformat(data)

                return last_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        last = _parse_last(d.pop("last", UNSET))

        switch = cls(
            area=area,
            open_=open_,
            location=location,
            study=study,
            grade_level=grade_level,
            role=role,
            first=first,
            last=last,
        )

        return switch
