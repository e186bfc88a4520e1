from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.passkey_options_options import PasskeyOptionsOptions


T = TypeVar("T", bound="PasskeyOptions")


@_attrs_define
class PasskeyOptions:
    """What the browser's ``navigator.credentials`` is asked with; its answer comes with the ticket.

    Attributes:
        options (PasskeyOptionsOptions):
        ticket (str):
    """

    options: PasskeyOptionsOptions
    ticket: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        options = self.options.to_dict()

        ticket = self.ticket

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "options": options,
                "ticket": ticket,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.passkey_options_options import PasskeyOptionsOptions

        d = dict(src_dict)
        options = PasskeyOptionsOptions.from_dict(d.pop("options"))

        ticket = d.pop("ticket")

        passkey_options = cls(
            options=options,
            ticket=ticket,
        )

        passkey_options.additional_properties = d
        return passkey_options

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
