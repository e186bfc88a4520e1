from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason import Reason

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="UnjudgedSubject")


@_attrs_define
class UnjudgedSubject:
    """A subject that has results of which no average can be told.

    Attributes:
        subject (Coded | None):
        reason (Reason): Why there is no average.
    """

    subject: Coded | None
    reason: Reason
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        subject: dict[str, Any] | None
        if isinstance(self.subject, Coded):
            subject = self.subject.to_dict()
        else:
            subject = self.subject

        reason = self.reason.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "subject": subject,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

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

        reason = Reason(d.pop("reason"))

        unjudged_subject = cls(
            subject=subject,
            reason=reason,
        )

        unjudged_subject.additional_properties = d
        return unjudged_subject

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
