from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Thresholds")


@_attrs_define
class Thresholds:
    """From when absence is a signal (R40-R46). The law is about to change (R48), so they hold from a day on.

    Attributes:
        valid_from (datetime.date | None | Unset): Null: since ever.
        unexcused_hours (int | Unset):  Default: 16.
        school_weeks (int | Unset): In which those hours fall. Default: 4.
        long_absence_weeks (int | Unset):  Default: 4.
        sick_episodes (int | Unset):  Default: 4.
        sick_weeks (int | Unset): School weeks in which those episodes fall. Default: 12.
        sick_days (int | Unset): Consecutive school days. Default: 7.
    """

    valid_from: datetime.date | None | Unset = UNSET
    unexcused_hours: int | Unset = 16
    school_weeks: int | Unset = 4
    long_absence_weeks: int | Unset = 4
    sick_episodes: int | Unset = 4
    sick_weeks: int | Unset = 12
    sick_days: int | Unset = 7

    def to_dict(self) -> dict[str, Any]:
        valid_from: None | str | Unset
        if isinstance(self.valid_from, Unset):
            valid_from = UNSET
        elif isinstance(self.valid_from, datetime.date):
            valid_from = self.valid_from.isoformat()
        else:
            valid_from = self.valid_from

        unexcused_hours = self.unexcused_hours

        school_weeks = self.school_weeks

        long_absence_weeks = self.long_absence_weeks

        sick_episodes = self.sick_episodes

        sick_weeks = self.sick_weeks

        sick_days = self.sick_days

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if valid_from is not UNSET:
            field_dict["valid_from"] = valid_from
        if unexcused_hours is not UNSET:
            field_dict["unexcused_hours"] = unexcused_hours
        if school_weeks is not UNSET:
            field_dict["school_weeks"] = school_weeks
        if long_absence_weeks is not UNSET:
            field_dict["long_absence_weeks"] = long_absence_weeks
        if sick_episodes is not UNSET:
            field_dict["sick_episodes"] = sick_episodes
        if sick_weeks is not UNSET:
            field_dict["sick_weeks"] = sick_weeks
        if sick_days is not UNSET:
            field_dict["sick_days"] = sick_days

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_valid_from(data: object) -> datetime.date | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_from_type_0 = datetime.date.fromisoformat(data)

                return valid_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None | Unset, data)

        valid_from = _parse_valid_from(d.pop("valid_from", UNSET))

        unexcused_hours = d.pop("unexcused_hours", UNSET)

        school_weeks = d.pop("school_weeks", UNSET)

        long_absence_weeks = d.pop("long_absence_weeks", UNSET)

        sick_episodes = d.pop("sick_episodes", UNSET)

        sick_weeks = d.pop("sick_weeks", UNSET)

        sick_days = d.pop("sick_days", UNSET)

        thresholds = cls(
            valid_from=valid_from,
            unexcused_hours=unexcused_hours,
            school_weeks=school_weeks,
            long_absence_weeks=long_absence_weeks,
            sick_episodes=sick_episodes,
            sick_weeks=sick_weeks,
            sick_days=sick_days,
        )

        return thresholds
