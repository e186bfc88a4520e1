from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.factor_needed_second_factor_item import FactorNeededSecondFactorItem

T = TypeVar("T", bound="FactorNeeded")


@_attrs_define
class FactorNeeded:
    """The password was right; now one of these. A passkey is used by itself, without the ticket.

    Attributes:
        second_factor (list[FactorNeededSecondFactorItem]):
        ticket (str): For the next step, within five minutes.
    """

    second_factor: list[FactorNeededSecondFactorItem]
    ticket: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        second_factor = []
        for second_factor_item_data in self.second_factor:
            second_factor_item = second_factor_item_data.value
            second_factor.append(second_factor_item)

        ticket = self.ticket

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "second_factor": second_factor,
                "ticket": ticket,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        second_factor = []
        _second_factor = d.pop("second_factor")
        for second_factor_item_data in _second_factor:
            second_factor_item = FactorNeededSecondFactorItem(second_factor_item_data)

            second_factor.append(second_factor_item)

        ticket = d.pop("ticket")

        factor_needed = cls(
            second_factor=second_factor,
            ticket=ticket,
        )

        factor_needed.additional_properties = d
        return factor_needed

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
