from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.news_kind import NewsKind

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="NewsItem")


@_attrs_define
class NewsItem:
    """That there is something new, not what: no mark, no reason (R76).

    Attributes:
        id (str): The record's id. With `version` it names this item, whoever is told.
        version (int):
        student_id (str):
        kind (NewsKind): What there is news of.
        changed (bool): It was there before, and is different now.
        visible_at (datetime.datetime):
        subject (Coded | None):
        day (datetime.date | None): Of an absence, lateness, removal or remark.
        hour (int | None): The lesson hour.
    """

    id: str
    version: int
    student_id: str
    kind: NewsKind
    changed: bool
    visible_at: datetime.datetime
    subject: Coded | None
    day: datetime.date | None
    hour: int | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        id = self.id

        version = self.version

        student_id = self.student_id

        kind = self.kind.value

        changed = self.changed

        visible_at = self.visible_at.isoformat()

        subject: dict[str, Any] | None
        if isinstance(self.subject, Coded):
            subject = self.subject.to_dict()
        else:
            subject = self.subject

        day: None | str
        if isinstance(self.day, datetime.date):
            day = self.day.isoformat()
        else:
            day = self.day

        hour: int | None
        hour = self.hour

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "version": version,
                "student_id": student_id,
                "kind": kind,
                "changed": changed,
                "visible_at": visible_at,
                "subject": subject,
                "day": day,
                "hour": hour,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)
        id = d.pop("id")

        version = d.pop("version")

        student_id = d.pop("student_id")

        kind = NewsKind(d.pop("kind"))

        changed = d.pop("changed")

        visible_at = datetime.datetime.fromisoformat(d.pop("visible_at"))

        def _parse_subject(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                subject_type_0 = Coded.from_dict(data)

                return subject_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        subject = _parse_subject(d.pop("subject"))

        def _parse_day(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                day_type_0 = datetime.date.fromisoformat(data)

                return day_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        day = _parse_day(d.pop("day"))

        def _parse_hour(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        hour = _parse_hour(d.pop("hour"))

        news_item = cls(
            id=id,
            version=version,
            student_id=student_id,
            kind=kind,
            changed=changed,
            visible_at=visible_at,
            subject=subject,
            day=day,
            hour=hour,
        )

        news_item.additional_properties = d
        return news_item

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
