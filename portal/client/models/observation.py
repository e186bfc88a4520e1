from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.attendance_kind import AttendanceKind
from ..models.standing import Standing

if TYPE_CHECKING:
    from ..models.lesson_time import LessonTime
    from ..models.reason_name import ReasonName


T = TypeVar("T", bound="Observation")


@_attrs_define
class Observation:
    """What was seen of the student in one lesson.

    Attributes:
        id (str):
        day (datetime.date):
        hour (int | None):
        kind (AttendanceKind): What was seen of a student (R31-R33). Late and removed students were present (R32).
        excused (bool | None): true, false, or null: the source does not say (yet).
        unresolved (bool): Absent, and neither the lesson nor a notice says why: not yet excused, not yet unexcused.
        counts_as (Standing): What an observation counts as.
        reason (None | ReasonName): null: there is none, or it is not for this reader: see `reasons_withheld`.
        lesson (LessonTime | None): null: the lesson is not known (yet).
        noted_at (datetime.datetime | None):
    """

    id: str
    day: datetime.date
    hour: int | None
    kind: AttendanceKind
    excused: bool | None
    unresolved: bool
    counts_as: Standing
    reason: None | ReasonName
    lesson: LessonTime | None
    noted_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.lesson_time import LessonTime
        from ..models.reason_name import ReasonName

        id = self.id

        day = self.day.isoformat()

        hour: int | None
        hour = self.hour

        kind = self.kind.value

        excused: bool | None
        excused = self.excused

        unresolved = self.unresolved

        counts_as = self.counts_as.value

        reason: dict[str, Any] | None
        if isinstance(self.reason, ReasonName):
            reason = self.reason.to_dict()
        else:
            reason = self.reason

        lesson: dict[str, Any] | None
        if isinstance(self.lesson, LessonTime):
            lesson = self.lesson.to_dict()
        else:
            lesson = self.lesson

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
                "day": day,
                "hour": hour,
                "kind": kind,
                "excused": excused,
                "unresolved": unresolved,
                "counts_as": counts_as,
                "reason": reason,
                "lesson": lesson,
                "noted_at": noted_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lesson_time import LessonTime
        from ..models.reason_name import ReasonName

        d = dict(src_dict)
        id = d.pop("id")

        day = datetime.date.fromisoformat(d.pop("day"))

        def _parse_hour(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        hour = _parse_hour(d.pop("hour"))

        kind = AttendanceKind(d.pop("kind"))

        def _parse_excused(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        excused = _parse_excused(d.pop("excused"))

        unresolved = d.pop("unresolved")

        counts_as = Standing(d.pop("counts_as"))

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

        def _parse_lesson(data: object) -> LessonTime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                lesson_type_0 = LessonTime.from_dict(data)

                return lesson_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LessonTime | None, data)

        lesson = _parse_lesson(d.pop("lesson"))

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

        observation = cls(
            id=id,
            day=day,
            hour=hour,
            kind=kind,
            excused=excused,
            unresolved=unresolved,
            counts_as=counts_as,
            reason=reason,
            lesson=lesson,
            noted_at=noted_at,
        )

        observation.additional_properties = d
        return observation

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
