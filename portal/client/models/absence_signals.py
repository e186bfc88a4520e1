from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.report_signal import ReportSignal
    from ..models.stretch import Stretch


T = TypeVar("T", bound="AbsenceSignals")


@_attrs_define
class AbsenceSignals:
    """This school year's absence without a good reason, and what it amounts to.

    Attributes:
        unexcused (str): Lesson hours; a lesson of more than an hour counts for its minutes. `16`, `16.33`.
        unresolved (str): Absent, and nobody knows yet why. Lesson hours; a lesson of more than an hour counts for its
            minutes. `16`, `16.33`.
        unresolved_days (list[datetime.date]):
        counting (str): What counts towards the next report today. Lesson hours; a lesson of more than an hour counts
            for its minutes. `16`, `16.33`.
        reports (list[ReportSignal]):
        if_confirmed (None | ReportSignal): The report that is reached if all that is unresolved turns out to be
            unexcused.
        long (list[Stretch]): More than four school weeks without one lesson, unexcused; or what the school's rules say.
        luxury (list[Stretch]): A holiday without leave.
    """

    unexcused: str
    unresolved: str
    unresolved_days: list[datetime.date]
    counting: str
    reports: list[ReportSignal]
    if_confirmed: None | ReportSignal
    long: list[Stretch]
    luxury: list[Stretch]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.report_signal import ReportSignal

        unexcused = self.unexcused

        unresolved = self.unresolved

        unresolved_days = []
        for unresolved_days_item_data in self.unresolved_days:
            unresolved_days_item = unresolved_days_item_data.isoformat()
            unresolved_days.append(unresolved_days_item)

        counting = self.counting

        reports = []
        for reports_item_data in self.reports:
            reports_item = reports_item_data.to_dict()
            reports.append(reports_item)

        if_confirmed: dict[str, Any] | None
        if isinstance(self.if_confirmed, ReportSignal):
            if_confirmed = self.if_confirmed.to_dict()
        else:
            if_confirmed = self.if_confirmed

        long = []
        for long_item_data in self.long:
            long_item = long_item_data.to_dict()
            long.append(long_item)

        luxury = []
        for luxury_item_data in self.luxury:
            luxury_item = luxury_item_data.to_dict()
            luxury.append(luxury_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "unexcused": unexcused,
                "unresolved": unresolved,
                "unresolved_days": unresolved_days,
                "counting": counting,
                "reports": reports,
                "if_confirmed": if_confirmed,
                "long": long,
                "luxury": luxury,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.report_signal import ReportSignal
        from ..models.stretch import Stretch

        d = dict(src_dict)
        unexcused = d.pop("unexcused")

        unresolved = d.pop("unresolved")

        unresolved_days = []
        _unresolved_days = d.pop("unresolved_days")
        for unresolved_days_item_data in _unresolved_days:
            unresolved_days_item = datetime.date.fromisoformat(unresolved_days_item_data)

            unresolved_days.append(unresolved_days_item)

        counting = d.pop("counting")

        reports = []
        _reports = d.pop("reports")
        for reports_item_data in _reports:
            reports_item = ReportSignal.from_dict(reports_item_data)

            reports.append(reports_item)

        def _parse_if_confirmed(data: object) -> None | ReportSignal:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                if_confirmed_type_0 = ReportSignal.from_dict(data)

                return if_confirmed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ReportSignal, data)

        if_confirmed = _parse_if_confirmed(d.pop("if_confirmed"))

        long = []
        _long = d.pop("long")
        for long_item_data in _long:
            long_item = Stretch.from_dict(long_item_data)

            long.append(long_item)

        luxury = []
        _luxury = d.pop("luxury")
        for luxury_item_data in _luxury:
            luxury_item = Stretch.from_dict(luxury_item_data)

            luxury.append(luxury_item)

        absence_signals = cls(
            unexcused=unexcused,
            unresolved=unresolved,
            unresolved_days=unresolved_days,
            counting=counting,
            reports=reports,
            if_confirmed=if_confirmed,
            long=long,
            luxury=luxury,
        )

        absence_signals.additional_properties = d
        return absence_signals

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
