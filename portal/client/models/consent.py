from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Consent")


@_attrs_define
class Consent:
    """How things stand between a student and the guardians.

    Attributes:
        decides (bool): Whether this is up to the student, who is eighteen or older.
        open_ (bool | None): Null while it is not up to the student.
    """

    decides: bool
    open_: bool | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        decides = self.decides

        open_: bool | None
        open_ = self.open_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "decides": decides,
                "open": open_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        decides = d.pop("decides")

        def _parse_open_(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        open_ = _parse_open_(d.pop("open"))

        consent = cls(
            decides=decides,
            open_=open_,
        )

        consent.additional_properties = d
        return consent

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
