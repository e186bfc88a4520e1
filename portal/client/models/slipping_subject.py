from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.slip_reason import SlipReason
from ..models.slipping_subject_origin_type_0 import SlippingSubjectOriginType0

if TYPE_CHECKING:
    from ..models.coded import Coded
    from ..models.period_average import PeriodAverage


T = TypeVar("T", bound="SlippingSubject")


@_attrs_define
class SlippingSubject:
    """A subject to look at, and why.

    Attributes:
        subject (Coded | None):
        reasons (list[SlipReason]): `insufficient`: below the school's pass mark, or not sufficient by the source's own
            word. `falling`: the latest period's average is more than 0.5 below the one before.
        origin (None | SlippingSubjectOriginType0): Whose average it is; null: there is none.
        average (None | str):
        before (None | PeriodAverage): The average of the last period but one that has any.
        latest (None | PeriodAverage):
    """

    subject: Coded | None
    reasons: list[SlipReason]
    origin: None | SlippingSubjectOriginType0
    average: None | str
    before: None | PeriodAverage
    latest: None | PeriodAverage
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded
        from ..models.period_average import PeriodAverage

        subject: dict[str, Any] | None
        if isinstance(self.subject, Coded):
            subject = self.subject.to_dict()
        else:
            subject = self.subject

        reasons = []
        for reasons_item_data in self.reasons:
            reasons_item = reasons_item_data.value
            reasons.append(reasons_item)

        origin: None | str
        if isinstance(self.origin, SlippingSubjectOriginType0):
            origin = self.origin.value
        else:
            origin = self.origin

        average: None | str
        average = self.average

        before: dict[str, Any] | None
        if isinstance(self.before, PeriodAverage):
            before = self.before.to_dict()
        else:
            before = self.before

        latest: dict[str, Any] | None
        if isinstance(self.latest, PeriodAverage):
            latest = self.latest.to_dict()
        else:
            latest = self.latest

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "subject": subject,
                "reasons": reasons,
                "origin": origin,
                "average": average,
                "before": before,
                "latest": latest,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded
        from ..models.period_average import PeriodAverage

        d = dict(src_dict)

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

        reasons = []
        _reasons = d.pop("reasons")
        for reasons_item_data in _reasons:
            reasons_item = SlipReason(reasons_item_data)

            reasons.append(reasons_item)

        def _parse_origin(data: object) -> None | SlippingSubjectOriginType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                origin_type_0 = SlippingSubjectOriginType0(data)

                return origin_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SlippingSubjectOriginType0, data)

        origin = _parse_origin(d.pop("origin"))

        def _parse_average(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        average = _parse_average(d.pop("average"))

        def _parse_before(data: object) -> None | PeriodAverage:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                before_type_0 = PeriodAverage.from_dict(data)

                return before_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PeriodAverage, data)

        before = _parse_before(d.pop("before"))

        def _parse_latest(data: object) -> None | PeriodAverage:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                latest_type_0 = PeriodAverage.from_dict(data)

                return latest_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PeriodAverage, data)

        latest = _parse_latest(d.pop("latest"))

        slipping_subject = cls(
            subject=subject,
            reasons=reasons,
            origin=origin,
            average=average,
            before=before,
            latest=latest,
        )

        slipping_subject.additional_properties = d
        return slipping_subject

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
