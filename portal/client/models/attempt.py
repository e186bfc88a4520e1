from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.grade_status import GradeStatus

T = TypeVar("T", bound="Attempt")


@_attrs_define
class Attempt:
    """One result of a column: the test itself, or a resit.

    Attributes:
        number (int): 1 for the test itself, 2 and up for resits.
        raw_text (str): What the source says, to the letter.
        score (None | str): 1 to 10; null when the result is no number.
        label (None | str):
        status (GradeStatus): What a result says (R1, R14, R15). Only ``SCORED`` carries a number.
        sufficient (bool | None): null: neutral, it belongs to neither side.
        counts (bool):
        weight (None | str): This student's own weight, where it differs from the column's.
        entered_at (datetime.datetime | None):
        achieved_on (datetime.date | None):
        is_effective (bool | None): Whether this result stands. null: there is a choice to make, and the source does not
            say how.
        version (int): 1 for the result as it first came, one more with every change that is shown.
        changed (bool): It was changed since it first came.
    """

    number: int
    raw_text: str
    score: None | str
    label: None | str
    status: GradeStatus
    sufficient: bool | None
    counts: bool
    weight: None | str
    entered_at: datetime.datetime | None
    achieved_on: datetime.date | None
    is_effective: bool | None
    version: int
    changed: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        raw_text = self.raw_text

        score: None | str
        score = self.score

        label: None | str
        label = self.label

        status = self.status.value

        sufficient: bool | None
        sufficient = self.sufficient

        counts = self.counts

        weight: None | str
        weight = self.weight

        entered_at: None | str
        if isinstance(self.entered_at, datetime.datetime):
            entered_at = self.entered_at.isoformat()
        else:
            entered_at = self.entered_at

        achieved_on: None | str
        if isinstance(self.achieved_on, datetime.date):
            achieved_on = self.achieved_on.isoformat()
        else:
            achieved_on = self.achieved_on

        is_effective: bool | None
        is_effective = self.is_effective

        version = self.version

        changed = self.changed

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "raw_text": raw_text,
                "score": score,
                "label": label,
                "status": status,
                "sufficient": sufficient,
                "counts": counts,
                "weight": weight,
                "entered_at": entered_at,
                "achieved_on": achieved_on,
                "is_effective": is_effective,
                "version": version,
                "changed": changed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        number = d.pop("number")

        raw_text = d.pop("raw_text")

        def _parse_score(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        score = _parse_score(d.pop("score"))

        def _parse_label(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        label = _parse_label(d.pop("label"))

        status = GradeStatus(d.pop("status"))

        def _parse_sufficient(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        sufficient = _parse_sufficient(d.pop("sufficient"))

        counts = d.pop("counts")

        def _parse_weight(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        weight = _parse_weight(d.pop("weight"))

        def _parse_entered_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                entered_at_type_0 = datetime.datetime.fromisoformat(data)

                return entered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        entered_at = _parse_entered_at(d.pop("entered_at"))

        def _parse_achieved_on(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                achieved_on_type_0 = datetime.date.fromisoformat(data)

                return achieved_on_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        achieved_on = _parse_achieved_on(d.pop("achieved_on"))

        def _parse_is_effective(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        is_effective = _parse_is_effective(d.pop("is_effective"))

        version = d.pop("version")

        changed = d.pop("changed")

        attempt = cls(
            number=number,
            raw_text=raw_text,
            score=score,
            label=label,
            status=status,
            sufficient=sufficient,
            counts=counts,
            weight=weight,
            entered_at=entered_at,
            achieved_on=achieved_on,
            is_effective=is_effective,
            version=version,
            changed=changed,
        )

        attempt.additional_properties = d
        return attempt

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
