from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.freshness import Freshness

if TYPE_CHECKING:
    from ..models.last_run import LastRun


T = TypeVar("T", bound="EntityHealth")


@_attrs_define
class EntityHealth:
    """How one entity of a source stands.

    Attributes:
        entity (str):
        kinds (list[str]):
        state (Freshness): Whether an entity was read lately enough.
        fresh_at (datetime.datetime | None):
        complete_at (datetime.datetime | None):
        age_seconds (int | None): Seconds since `fresh_at`; null when it was never read.
        failures (int): Runs in a row that did not end well.
        open_quarantine (int):
        open_held (int):
        last_run (LastRun | None):
    """

    entity: str
    kinds: list[str]
    state: Freshness
    fresh_at: datetime.datetime | None
    complete_at: datetime.datetime | None
    age_seconds: int | None
    failures: int
    open_quarantine: int
    open_held: int
    last_run: LastRun | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.last_run import LastRun

        entity = self.entity

        kinds = self.kinds

        state = self.state.value

        fresh_at: None | str
        if isinstance(self.fresh_at, datetime.datetime):
            fresh_at = self.fresh_at.isoformat()
        else:
            fresh_at = self.fresh_at

        complete_at: None | str
        if isinstance(self.complete_at, datetime.datetime):
            complete_at = self.complete_at.isoformat()
        else:
            complete_at = self.complete_at

        age_seconds: int | None
        age_seconds = self.age_seconds

        failures = self.failures

        open_quarantine = self.open_quarantine

        open_held = self.open_held

        last_run: dict[str, Any] | None
        if isinstance(self.last_run, LastRun):
            last_run = self.last_run.to_dict()
        else:
            last_run = self.last_run

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "entity": entity,
                "kinds": kinds,
                "state": state,
                "fresh_at": fresh_at,
                "complete_at": complete_at,
                "age_seconds": age_seconds,
                "failures": failures,
                "open_quarantine": open_quarantine,
                "open_held": open_held,
                "last_run": last_run,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.last_run import LastRun

        d = dict(src_dict)
        entity = d.pop("entity")

        kinds = cast(list[str], d.pop("kinds"))

        state = Freshness(d.pop("state"))

        def _parse_fresh_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                fresh_at_type_0 = datetime.datetime.fromisoformat(data)

                return fresh_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        fresh_at = _parse_fresh_at(d.pop("fresh_at"))

        def _parse_complete_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                complete_at_type_0 = datetime.datetime.fromisoformat(data)

                return complete_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        complete_at = _parse_complete_at(d.pop("complete_at"))

        def _parse_age_seconds(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        age_seconds = _parse_age_seconds(d.pop("age_seconds"))

        failures = d.pop("failures")

        open_quarantine = d.pop("open_quarantine")

        open_held = d.pop("open_held")

        def _parse_last_run(data: object) -> LastRun | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                last_run_type_0 = LastRun.from_dict(data)

                return last_run_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LastRun | None, data)

        last_run = _parse_last_run(d.pop("last_run"))

        entity_health = cls(
            entity=entity,
            kinds=kinds,
            state=state,
            fresh_at=fresh_at,
            complete_at=complete_at,
            age_seconds=age_seconds,
            failures=failures,
            open_quarantine=open_quarantine,
            open_held=open_held,
            last_run=last_run,
        )

        entity_health.additional_properties = d
        return entity_health

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
