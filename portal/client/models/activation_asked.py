from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.activation_asked_sent import ActivationAskedSent

T = TypeVar("T", bound="ActivationAsked")


@_attrs_define
class ActivationAsked:
    """Where the second code comes from: sent to what the school has on record, or from the school itself.

    Attributes:
        ticket (str):
        sent (ActivationAskedSent):
    """

    ticket: str
    sent: ActivationAskedSent
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ticket = self.ticket

        sent = self.sent.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ticket": ticket,
                "sent": sent,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ticket = d.pop("ticket")

        sent = ActivationAskedSent(d.pop("sent"))

        activation_asked = cls(
            ticket=ticket,
            sent=sent,
        )

        activation_asked.additional_properties = d
        return activation_asked

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
