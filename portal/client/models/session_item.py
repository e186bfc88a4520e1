from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.role import Role

T = TypeVar("T", bound="SessionItem")


@_attrs_define
class SessionItem:
    """One session of the account.

    Attributes:
        id (UUID):
        role (Role): In what capacity somebody asks. One a session: rights never add up (R60).
        way (str): How it began: `password`, `totp`, `passkey`, `recovery`, `oidc`, joined by `+`.
        agent (None | str): What the browser said it is.
        created_at (datetime.datetime):
        seen_at (datetime.datetime):
        current (bool):
    """

    id: UUID
    role: Role
    way: str
    agent: None | str
    created_at: datetime.datetime
    seen_at: datetime.datetime
    current: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        role = self.role.value

        way = self.way

        agent: None | str
        agent = self.agent

        created_at = self.created_at.isoformat()

        seen_at = self.seen_at.isoformat()

        current = self.current

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "role": role,
                "way": way,
                "agent": agent,
                "created_at": created_at,
                "seen_at": seen_at,
                "current": current,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        role = Role(d.pop("role"))

        way = d.pop("way")

        def _parse_agent(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        agent = _parse_agent(d.pop("agent"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        seen_at = datetime.datetime.fromisoformat(d.pop("seen_at"))

        current = d.pop("current")

        session_item = cls(
            id=id,
            role=role,
            way=way,
            agent=agent,
            created_at=created_at,
            seen_at=seen_at,
            current=current,
        )

        session_item.additional_properties = d
        return session_item

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
