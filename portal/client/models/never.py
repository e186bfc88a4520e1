from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.never_what import NeverWhat

if TYPE_CHECKING:
    from ..models.holder import Holder


T = TypeVar("T", bound="Never")


@_attrs_define
class Never:
    """An account that nobody ever signed in with, or an invitation of which no account came.

    Attributes:
        what (NeverWhat):
        since (datetime.datetime):
        holder (Holder): Whom an account or invitation is of. ``name`` is null where the source no longer holds the
            person.
    """

    what: NeverWhat
    since: datetime.datetime
    holder: Holder
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        what = self.what.value

        since = self.since.isoformat()

        holder = self.holder.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "what": what,
                "since": since,
                "holder": holder,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.holder import Holder

        d = dict(src_dict)
        what = NeverWhat(d.pop("what"))

        since = datetime.datetime.fromisoformat(d.pop("since"))

        holder = Holder.from_dict(d.pop("holder"))

        never = cls(
            what=what,
            since=since,
            holder=holder,
        )

        never.additional_properties = d
        return never

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
