from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.role import Role

T = TypeVar("T", bound="RoleMonth")


@_attrs_define
class RoleMonth:
    """A role's sign-ins of a month; null where fewer than ten accounts are behind it.

    Attributes:
        month (str):
        source (str):
        role (Role): In what capacity somebody asks. One a session: rights never add up (R60).
        accounts (int | None): Accounts that signed in; null: fewer than ten.
        logins (int | None):
    """

    month: str
    source: str
    role: Role
    accounts: int | None
    logins: int | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        month = self.month

        source = self.source

        role = self.role.value

        accounts: int | None
        accounts = self.accounts

        logins: int | None
        logins = self.logins

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "month": month,
                "source": source,
                "role": role,
                "accounts": accounts,
                "logins": logins,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        month = d.pop("month")

        source = d.pop("source")

        role = Role(d.pop("role"))

        def _parse_accounts(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        accounts = _parse_accounts(d.pop("accounts"))

        def _parse_logins(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        logins = _parse_logins(d.pop("logins"))

        role_month = cls(
            month=month,
            source=source,
            role=role,
            accounts=accounts,
            logins=logins,
        )

        role_month.additional_properties = d
        return role_month

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
