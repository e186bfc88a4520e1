from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.group_kind import GroupKind

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="Membership")


@_attrs_define
class Membership:
    """A group that the student has not left.

    Attributes:
        group (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
        group_kind (GroupKind | None):
        begins (datetime.date | None):
        ends (datetime.date | None):
    """

    group: Coded
    group_kind: GroupKind | None
    begins: datetime.date | None
    ends: datetime.date | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        group = self.group.to_dict()

        group_kind: None | str
        if isinstance(self.group_kind, GroupKind):
            group_kind = self.group_kind.value
        else:
            group_kind = self.group_kind

        begins: None | str
        if isinstance(self.begins, datetime.date):
            begins = self.begins.isoformat()
        else:
            begins = self.begins

        ends: None | str
        if isinstance(self.ends, datetime.date):
            ends = self.ends.isoformat()
        else:
            ends = self.ends

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "group": group,
                "group_kind": group_kind,
                "begins": begins,
                "ends": ends,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)
        group = Coded.from_dict(d.pop("group"))

        def _parse_group_kind(data: object) -> GroupKind | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                group_kind_type_0 = GroupKind(data)

                return group_kind_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(GroupKind | None, data)

        group_kind = _parse_group_kind(d.pop("group_kind"))

        def _parse_begins(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                begins_type_0 = datetime.date.fromisoformat(data)

                return begins_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        begins = _parse_begins(d.pop("begins"))

        def _parse_ends(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ends_type_0 = datetime.date.fromisoformat(data)

                return ends_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        ends = _parse_ends(d.pop("ends"))

        membership = cls(
            group=group,
            group_kind=group_kind,
            begins=begins,
            ends=ends,
        )

        membership.additional_properties = d
        return membership

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
