from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.lesson_status import LessonStatus

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="LessonTime")


@_attrs_define
class LessonTime:
    """The lesson that something was seen in.

    Attributes:
        id (str):
        begins (datetime.datetime):
        ends (datetime.datetime):
        first_hour (int | None): Lesson hour of the day (lesuur), 1 for the first.
        last_hour (int | None):
        title (None | str):
        subject (Coded | None):
        status (LessonStatus):
    """

    id: str
    begins: datetime.datetime
    ends: datetime.datetime
    first_hour: int | None
    last_hour: int | None
    title: None | str
    subject: Coded | None
    status: LessonStatus
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        id = self.id

        begins = self.begins.isoformat()

        ends = self.ends.isoformat()

        first_hour: int | None
        first_hour = self.first_hour

        last_hour: int | None
        last_hour = self.last_hour

        title: None | str
        title = self.title

        subject: dict[str, Any] | None
        if isinstance(self.subject, Coded):
            subject = self.subject.to_dict()
        else:
            subject = self.subject

        status = self.status.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "begins": begins,
                "ends": ends,
                "first_hour": first_hour,
                "last_hour": last_hour,
                "title": title,
                "subject": subject,
                "status": status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)
        id = d.pop("id")

        begins = datetime.datetime.fromisoformat(d.pop("begins"))

        ends = datetime.datetime.fromisoformat(d.pop("ends"))

        def _parse_first_hour(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        first_hour = _parse_first_hour(d.pop("first_hour"))

        def _parse_last_hour(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        last_hour = _parse_last_hour(d.pop("last_hour"))

        def _parse_title(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        title = _parse_title(d.pop("title"))

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

        status = LessonStatus(d.pop("status"))

        lesson_time = cls(
            id=id,
            begins=begins,
            ends=ends,
            first_hour=first_hour,
            last_hour=last_hour,
            title=title,
            subject=subject,
            status=status,
        )

        lesson_time.additional_properties = d
        return lesson_time

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
