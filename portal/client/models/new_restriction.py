from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="NewRestriction")


@_attrs_define
class NewRestriction:
    """Whether the processing of a student's data is to be restricted.

    Attributes:
        restricted (bool):
    """

    restricted: bool

    def to_dict(self) -> dict[str, Any]:
        restricted = self.restricted

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "restricted": restricted,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        restricted = d.pop("restricted")

        new_restriction = cls(
            restricted=restricted,
        )

        return new_restriction
