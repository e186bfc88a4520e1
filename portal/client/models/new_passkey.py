from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.new_passkey_answer import NewPasskeyAnswer


T = TypeVar("T", bound="NewPasskey")


@_attrs_define
class NewPasskey:
    """A passkey to keep, under a name of one's own.

    Attributes:
        ticket (str):
        answer (NewPasskeyAnswer):
        label (str):
    """

    ticket: str
    answer: NewPasskeyAnswer
    label: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ticket = self.ticket

        answer = self.answer.to_dict()

        label = self.label

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ticket": ticket,
                "answer": answer,
                "label": label,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.new_passkey_answer import NewPasskeyAnswer

        d = dict(src_dict)
        ticket = d.pop("ticket")

        answer = NewPasskeyAnswer.from_dict(d.pop("answer"))

        label = d.pop("label")

        new_passkey = cls(
            ticket=ticket,
            answer=answer,
            label=label,
        )

        new_passkey.additional_properties = d
        return new_passkey

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
