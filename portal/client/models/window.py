from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Window")


@_attrs_define
class Window:
    """When results come out: on these days at ``begins``, or at any moment from then to ``ends`` (R72).

    Attributes:
        weekdays (list[int]): 1 is Monday, 7 is Sunday.
        begins (str): Local, `16:30`.
        ends (None | str | Unset): Local, inclusive. Null: `begins` is the only moment.
    """

    weekdays: list[int]
    begins: str
    ends: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        weekdays = self.weekdays

        begins = self.begins

        ends: None | str | Unset
        if isinstance(self.ends, Unset):
            ends = UNSET
        else:
            ends = self.ends

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "weekdays": weekdays,
                "begins": begins,
            }
        )
        if ends is not UNSET:
            field_dict["ends"] = ends

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        weekdays = cast(list[int], d.pop("weekdays"))

        begins = d.pop("begins")

        def _parse_ends(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ends = _parse_ends(d.pop("ends", UNSET))

        window = cls(
            weekdays=weekdays,
            begins=begins,
            ends=ends,
        )

        return window
