from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.held_decision import HeldDecision

T = TypeVar("T", bound="NewHeldDecision")


@_attrs_define
class NewHeldDecision:
    """What is decided about a held plan.

    Attributes:
        decision (HeldDecision): What a person decides: the records go, or they stay.
    """

    decision: HeldDecision

    def to_dict(self) -> dict[str, Any]:
        decision = self.decision.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "decision": decision,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        decision = HeldDecision(d.pop("decision"))

        new_held_decision = cls(
            decision=decision,
        )

        return new_held_decision
