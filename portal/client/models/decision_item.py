from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.area import Area
from ..models.decision import Decision

T = TypeVar("T", bound="DecisionItem")


@_attrs_define
class DecisionItem:
    """A decision as it was taken.

    Attributes:
        student (str):
        guardian (str):
        decision (Decision): What the school has decided about a guardian who has no authority (R51-R53).
        granted (list[Area]):
        ground (None | str):
        at (datetime.datetime):
    """

    student: str
    guardian: str
    decision: Decision
    granted: list[Area]
    ground: None | str
    at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        student = self.student

        guardian = self.guardian

        decision = self.decision.value

        granted = []
        for granted_item_data in self.granted:
            granted_item = granted_item_data.value
            granted.append(granted_item)

        ground: None | str
        ground = self.ground

        at = self.at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "student": student,
                "guardian": guardian,
                "decision": decision,
                "granted": granted,
                "ground": ground,
                "at": at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        student = d.pop("student")

        guardian = d.pop("guardian")

        decision = Decision(d.pop("decision"))

        granted = []
        _granted = d.pop("granted")
        for granted_item_data in _granted:
            granted_item = Area(granted_item_data)

            granted.append(granted_item)

        def _parse_ground(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        ground = _parse_ground(d.pop("ground"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        decision_item = cls(
            student=student,
            guardian=guardian,
            decision=decision,
            granted=granted,
            ground=ground,
            at=at,
        )

        decision_item.additional_properties = d
        return decision_item

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
