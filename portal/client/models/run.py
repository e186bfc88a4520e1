from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Run")


@_attrs_define
class Run:
    """One sync of one entity.

    Attributes:
        outcome (str): `running`, `complete`, `partial`, `failed` or `refused`.
        incremental (bool):
        started_at (datetime.datetime):
        ended_at (datetime.datetime | None):
        read (int):
        inserted (int):
        updated (int):
        unchanged (int):
        tombstoned (int):
        quarantined (int):
        held (int):
        ignored (int):
        code (None | str):
        message (None | str):
        id (int):
        entity (str):
    """

    outcome: str
    incremental: bool
    started_at: datetime.datetime
    ended_at: datetime.datetime | None
    read: int
    inserted: int
    updated: int
    unchanged: int
    tombstoned: int
    quarantined: int
    held: int
    ignored: int
    code: None | str
    message: None | str
    id: int
    entity: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        outcome = self.outcome

        incremental = self.incremental

        started_at = self.started_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        read = self.read

        inserted = self.inserted

        updated = self.updated

        unchanged = self.unchanged

        tombstoned = self.tombstoned

        quarantined = self.quarantined

        held = self.held

        ignored = self.ignored

        code: None | str
        code = self.code

        message: None | str
        message = self.message

        id = self.id

        entity = self.entity

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "outcome": outcome,
                "incremental": incremental,
                "started_at": started_at,
                "ended_at": ended_at,
                "read": read,
                "inserted": inserted,
                "updated": updated,
                "unchanged": unchanged,
                "tombstoned": tombstoned,
                "quarantined": quarantined,
                "held": held,
                "ignored": ignored,
                "code": code,
                "message": message,
                "id": id,
                "entity": entity,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        outcome = d.pop("outcome")

        incremental = d.pop("incremental")

        started_at = datetime.datetime.fromisoformat(d.pop("started_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        read = d.pop("read")

        inserted = d.pop("inserted")

        updated = d.pop("updated")

        unchanged = d.pop("unchanged")

        tombstoned = d.pop("tombstoned")

        quarantined = d.pop("quarantined")

        held = d.pop("held")

        ignored = d.pop("ignored")

        def _parse_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        code = _parse_code(d.pop("code"))

        def _parse_message(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        message = _parse_message(d.pop("message"))

        id = d.pop("id")

        entity = d.pop("entity")

        run = cls(
            outcome=outcome,
            incremental=incremental,
            started_at=started_at,
            ended_at=ended_at,
            read=read,
            inserted=inserted,
            updated=updated,
            unchanged=unchanged,
            tombstoned=tombstoned,
            quarantined=quarantined,
            held=held,
            ignored=ignored,
            code=code,
            message=message,
            id=id,
            entity=entity,
        )

        run.additional_properties = d
        return run

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
