from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="TakenSubject")


@_attrs_define
class TakenSubject:
    """A subject that the student takes.

    Attributes:
        subject (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
        exempt (bool | None):
    """

    subject: Coded
    exempt: bool | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        subject = self.subject.to_dict()

        exempt: bool | None
        exempt = self.exempt

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "subject": subject,
                "exempt": exempt,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)
        subject = Coded.from_dict(d.pop("subject"))

        def _parse_exempt(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        exempt = _parse_exempt(d.pop("exempt"))

        taken_subject = cls(
            subject=subject,
            exempt=exempt,
        )

        taken_subject.additional_properties = d
        return taken_subject

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
