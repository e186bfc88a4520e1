from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.group_kind import GroupKind

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="OwnGroup")


@_attrs_define
class OwnGroup:
    """A group of this school year.

    Attributes:
        group (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
        source (str):
        group_kind (GroupKind):
        mentored (bool): The caller is a mentor of it.
        subjects (list[Coded]): What the caller teaches in it, as far as the source says.
        glance (bool): Whether `/v1/groups/{id}/glance` is for the caller.
    """

    group: Coded
    source: str
    group_kind: GroupKind
    mentored: bool
    subjects: list[Coded]
    glance: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        group = self.group.to_dict()

        source = self.source

        group_kind = self.group_kind.value

        mentored = self.mentored

        subjects = []
        for subjects_item_data in self.subjects:
            subjects_item = subjects_item_data.to_dict()
            subjects.append(subjects_item)

        glance = self.glance

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "group": group,
                "source": source,
                "group_kind": group_kind,
                "mentored": mentored,
                "subjects": subjects,
                "glance": glance,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)
        group = Coded.from_dict(d.pop("group"))

        source = d.pop("source")

        group_kind = GroupKind(d.pop("group_kind"))

        mentored = d.pop("mentored")

        subjects = []
        _subjects = d.pop("subjects")
        for subjects_item_data in _subjects:
            subjects_item = Coded.from_dict(subjects_item_data)

            subjects.append(subjects_item)

        glance = d.pop("glance")

        own_group = cls(
            group=group,
            source=source,
            group_kind=group_kind,
            mentored=mentored,
            subjects=subjects,
            glance=glance,
        )

        own_group.additional_properties = d
        return own_group

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
