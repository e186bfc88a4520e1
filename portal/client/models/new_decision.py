from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.area import Area
from ..models.decision import Decision
from ..types import UNSET, Unset

T = TypeVar("T", bound="NewDecision")


@_attrs_define
class NewDecision:
    """A decision about a guardian who has no authority, or a court order that the source does not know of.

    ``none`` takes back what was decided. A refusal needs its ground (R51).

        Attributes:
            student (UUID):
            guardian (UUID):
            decision (Decision): What the school has decided about a guardian who has no authority (R51-R53).
            granted (list[Area] | Unset): Of `granted`: what may be seen.
            ground (None | str | Unset): For the school's office; in the student's file for the guardian that it is about.
    """

    student: UUID
    guardian: UUID
    decision: Decision
    granted: list[Area] | Unset = UNSET
    ground: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        student = str(self.student)

        guardian = str(self.guardian)

        decision = self.decision.value

        granted: list[str] | Unset = UNSET
        if not isinstance(self.granted, Unset):
            granted = []
            for granted_item_data in self.granted:
                granted_item = granted_item_data.value
                granted.append(granted_item)

        ground: None | str | Unset
        if isinstance(self.ground, Unset):
            ground = UNSET
        else:
            ground = self.ground

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "student": student,
                "guardian": guardian,
                "decision": decision,
            }
        )
        if granted is not UNSET:
            field_dict["granted"] = granted
        if ground is not UNSET:
            field_dict["ground"] = ground

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        student = UUID(d.pop("student"))

        guardian = UUID(d.pop("guardian"))

        decision = Decision(d.pop("decision"))

        _granted = d.pop("granted", UNSET)
        granted: list[Area] | Unset = UNSET
        if _granted is not UNSET:
            granted = []
            for granted_item_data in _granted:
                granted_item = Area(granted_item_data)

                granted.append(granted_item)

        def _parse_ground(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ground = _parse_ground(d.pop("ground", UNSET))

        new_decision = cls(
            student=student,
            guardian=guardian,
            decision=decision,
            granted=granted,
            ground=ground,
        )

        return new_decision
