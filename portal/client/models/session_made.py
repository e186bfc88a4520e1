from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.role import Role

T = TypeVar("T", bound="SessionMade")


@_attrs_define
class SessionMade:
    """A session; its token is in the cookie.

    Attributes:
        role (Role): In what capacity somebody asks. One a session: rights never add up (R60).
        roles (list[Role]): The roles that can be chosen.
        second_factor_required (bool): True: this role sees nothing until a second factor was given; set one up and use
            it.
        ends_at (datetime.datetime): At the latest; half an hour without use ends it too.
    """

    role: Role
    roles: list[Role]
    second_factor_required: bool
    ends_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        role = self.role.value

        roles = []
        for roles_item_data in self.roles:
            roles_item = roles_item_data.value
            roles.append(roles_item)

        second_factor_required = self.second_factor_required

        ends_at = self.ends_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "role": role,
                "roles": roles,
                "second_factor_required": second_factor_required,
                "ends_at": ends_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        role = Role(d.pop("role"))

        roles = []
        _roles = d.pop("roles")
        for roles_item_data in _roles:
            roles_item = Role(roles_item_data)

            roles.append(roles_item)

        second_factor_required = d.pop("second_factor_required")

        ends_at = datetime.datetime.fromisoformat(d.pop("ends_at"))

        session_made = cls(
            role=role,
            roles=roles,
            second_factor_required=second_factor_required,
            ends_at=ends_at,
        )

        session_made.additional_properties = d
        return session_made

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
