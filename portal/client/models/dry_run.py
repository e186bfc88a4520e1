from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="DryRun")


@_attrs_define
class DryRun:
    """What a sync of one entity would have done at that moment. The numbers are those of a run.

    Attributes:
        entity (str):
        at (datetime.datetime): When it had ended.
        outcome (str): As of a run: `complete`, `partial`, `failed` or `refused`.
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
    """

    entity: str
    at: datetime.datetime
    outcome: str
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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        entity = self.entity

        at = self.at.isoformat()

        outcome = self.outcome

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "entity": entity,
                "at": at,
                "outcome": outcome,
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
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        entity = d.pop("entity")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        outcome = d.pop("outcome")

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

        dry_run = cls(
            entity=entity,
            at=at,
            outcome=outcome,
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
        )

        dry_run.additional_properties = d
        return dry_run

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
