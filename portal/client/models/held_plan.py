from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="HeldPlan")


@_attrs_define
class HeldPlan:
    """Deletions that wait for a person, under a number. Which records they are, `schoolbrug held show` tells.

    Attributes:
        number (int):
        source (str):
        entity (str):
        records (int):
        of (int): How many records of the entity were alive.
        reason (str):
        state (str): `open`, or what was decided and is still in force: `approved`, `rejected`. Of one that is asked for
            by its number also `applied` (carried out) and `closed` (no longer needed).
        created_at (datetime.datetime):
        decided_at (datetime.datetime | None): When it was decided on, or ended without that.
    """

    number: int
    source: str
    entity: str
    records: int
    of: int
    reason: str
    state: str
    created_at: datetime.datetime
    decided_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        source = self.source

        entity = self.entity

        records = self.records

        of = self.of

        reason = self.reason

        state = self.state

        created_at = self.created_at.isoformat()

        decided_at: None | str
        if isinstance(self.decided_at, datetime.datetime):
            decided_at = self.decided_at.isoformat()
        else:
            decided_at = self.decided_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "source": source,
                "entity": entity,
                "records": records,
                "of": of,
                "reason": reason,
                "state": state,
                "created_at": created_at,
                "decided_at": decided_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        number = d.pop("number")

        source = d.pop("source")

        entity = d.pop("entity")

        records = d.pop("records")

        of = d.pop("of")

        reason = d.pop("reason")

        state = d.pop("state")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_decided_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decided_at_type_0 = datetime.datetime.fromisoformat(data)

                return decided_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        decided_at = _parse_decided_at(d.pop("decided_at"))

        held_plan = cls(
            number=number,
            source=source,
            entity=entity,
            records=records,
            of=of,
            reason=reason,
            state=state,
            created_at=created_at,
            decided_at=decided_at,
        )

        held_plan.additional_properties = d
        return held_plan

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
