from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.factor_code_kind import FactorCodeKind
from ..types import UNSET, Unset

T = TypeVar("T", bound="FactorCode")


@_attrs_define
class FactorCode:
    """A second factor. Without ``ticket`` it makes the present session stronger.

    Attributes:
        kind (FactorCodeKind):
        code (str):
        ticket (None | str | Unset):
    """

    kind: FactorCodeKind
    code: str
    ticket: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind.value

        code = self.code

        ticket: None | str | Unset
        if isinstance(self.ticket, Unset):
            ticket = UNSET
        else:
            ticket = self.ticket

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "code": code,
            }
        )
        if ticket is not UNSET:
            field_dict["ticket"] = ticket

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        kind = FactorCodeKind(d.pop("kind"))

        code = d.pop("code")

        def _parse_ticket(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ticket = _parse_ticket(d.pop("ticket", UNSET))

        factor_code = cls(
            kind=kind,
            code=code,
            ticket=ticket,
        )

        factor_code.additional_properties = d
        return factor_code

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
