from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.report_kind import ReportKind

T = TypeVar("T", bound="ReportSignal")


@_attrs_define
class ReportSignal:
    """A norm for reporting was reached. The school reports, or does not.

    Attributes:
        kind (ReportKind):
        first (datetime.date): The first absence that counts.
        last (datetime.date): The day on which the norm was reached.
        hours (str): Lesson hours; a lesson of more than an hour counts for its minutes. `16`, `16.33`.
        follow_up (bool):
        suffices (bool): A report within the seven days before it suffices.
    """

    kind: ReportKind
    first: datetime.date
    last: datetime.date
    hours: str
    follow_up: bool
    suffices: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind.value

        first = self.first.isoformat()

        last = self.last.isoformat()

        hours = self.hours

        follow_up = self.follow_up

        suffices = self.suffices

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "first": first,
                "last": last,
                "hours": hours,
                "follow_up": follow_up,
                "suffices": suffices,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        kind = ReportKind(d.pop("kind"))

        first = datetime.date.fromisoformat(d.pop("first"))

        last = datetime.date.fromisoformat(d.pop("last"))

        hours = d.pop("hours")

        follow_up = d.pop("follow_up")

        suffices = d.pop("suffices")

        report_signal = cls(
            kind=kind,
            first=first,
            last=last,
            hours=hours,
            follow_up=follow_up,
            suffices=suffices,
        )

        report_signal.additional_properties = d
        return report_signal

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
