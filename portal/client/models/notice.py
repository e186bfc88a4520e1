from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.attendance_kind import AttendanceKind

if TYPE_CHECKING:
    from ..models.reason_name import ReasonName


T = TypeVar("T", bound="Notice")


@_attrs_define
class Notice:
    """An absence over an interval, known without a lesson.

    Attributes:
        id (str):
        begins (datetime.datetime):
        ends (datetime.datetime | None):
        kind (AttendanceKind): What was seen of a student (R31-R33). Late and removed students were present (R32).
        excused (bool | None): true, false, or null: the source does not say (yet).
        unresolved (bool):
        reason (None | ReasonName): null: there is none, or it is not for this reader: see `reasons_withheld`.
        noted_at (datetime.datetime | None):
    """

    id: str
    begins: datetime.datetime
    ends: datetime.datetime | None
    kind: AttendanceKind
    excused: bool | None
    unresolved: bool
    reason: None | ReasonName
    noted_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.reason_name import ReasonName

        id = self.id

        begins = self.begins.isoformat()

        ends: None | str
        if isinstance(self.ends, datetime.datetime):
            ends = self.ends.isoformat()
        else:
            ends = self.ends

        kind = self.kind.value

        excused: bool | None
        excused = self.excused

        unresolved = self.unresolved

        reason: dict[str, Any] | None
        if isinstance(self.reason, ReasonName):
            reason = self.reason.to_dict()
        else:
            reason = self.reason

        noted_at: None | str
        if isinstance(self.noted_at, datetime.datetime):
            noted_at = self.noted_at.isoformat()
        else:
            noted_at = self.noted_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "begins": begins,
                "ends": ends,
                "kind": kind,
                "excused": excused,
                "unresolved": unresolved,
                "reason": reason,
                "noted_at": noted_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.reason_name import ReasonName

        d = dict(src_dict)
        id = d.pop("id")

        begins = datetime.datetime.fromisoformat(d.pop("begins"))

        def _parse_ends(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ends_type_0 = datetime.datetime.fromisoformat(data)

                return ends_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ends = _parse_ends(d.pop("ends"))

        kind = AttendanceKind(d.pop("kind"))

        def _parse_excused(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        excused = _parse_excused(d.pop("excused"))

        unresolved = d.pop("unresolved")

        def _parse_reason(data: object) -> None | ReasonName:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                reason_type_0 = ReasonName.from_dict(data)

                return reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ReasonName, data)

        reason = _parse_reason(d.pop("reason"))

        def _parse_noted_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                noted_at_type_0 = datetime.datetime.fromisoformat(data)

                return noted_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        noted_at = _parse_noted_at(d.pop("noted_at"))

        notice = cls(
            id=id,
            begins=begins,
            ends=ends,
            kind=kind,
            excused=excused,
            unresolved=unresolved,
            reason=reason,
            noted_at=noted_at,
        )

        notice.additional_properties = d
        return notice

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
