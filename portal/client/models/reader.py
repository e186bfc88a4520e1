from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Reader")


@_attrs_define
class Reader:
    """One time that somebody looked at this student, or did something that concerns this student.

    Attributes:
        at (datetime.datetime):
        role (str): In what capacity: `student`, `guardian`, `staff`, `client`, ...
        relation (None | str): What joined the two, such as `mentor`; null: nothing that is known.
        area (None | str): What was looked at, such as `grades`.
        action (str): `read`, `export`, ...
        you (bool): Whether it was the caller.
        actor (None | str): Who it was; only for the portal's administrator.
    """

    at: datetime.datetime
    role: str
    relation: None | str
    area: None | str
    action: str
    you: bool
    actor: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat()

        role = self.role

        relation: None | str
        relation = self.relation

        area: None | str
        area = self.area

        action = self.action

        you = self.you

        actor: None | str
        actor = self.actor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "at": at,
                "role": role,
                "relation": relation,
                "area": area,
                "action": action,
                "you": you,
                "actor": actor,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        role = d.pop("role")

        def _parse_relation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        relation = _parse_relation(d.pop("relation"))

        def _parse_area(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        area = _parse_area(d.pop("area"))

        action = d.pop("action")

        you = d.pop("you")

        def _parse_actor(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        actor = _parse_actor(d.pop("actor"))

        reader = cls(
            at=at,
            role=role,
            relation=relation,
            area=area,
            action=action,
            you=you,
            actor=actor,
        )

        reader.additional_properties = d
        return reader

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
