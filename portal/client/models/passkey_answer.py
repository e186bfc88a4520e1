from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.passkey_answer_answer import PasskeyAnswerAnswer


T = TypeVar("T", bound="PasskeyAnswer")


@_attrs_define
class PasskeyAnswer:
    """What the browser answered, in its JSON form.

    Attributes:
        ticket (str):
        answer (PasskeyAnswerAnswer):
    """

    ticket: str
    answer: PasskeyAnswerAnswer
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ticket = self.ticket

        answer = self.answer.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ticket": ticket,
                "answer": answer,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.passkey_answer_answer import PasskeyAnswerAnswer

        d = dict(src_dict)
        ticket = d.pop("ticket")

        answer = PasskeyAnswerAnswer.from_dict(d.pop("answer"))

        passkey_answer = cls(
            ticket=ticket,
            answer=answer,
        )

        passkey_answer.additional_properties = d
        return passkey_answer

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
