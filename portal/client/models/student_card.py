from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coded import Coded
    from ..models.enrolment import Enrolment
    from ..models.membership import Membership
    from ..models.mentor import Mentor
    from ..models.meta import Meta
    from ..models.name import Name
    from ..models.taken_subject import TakenSubject


T = TypeVar("T", bound="StudentCard")


@_attrs_define
class StudentCard:
    """One student: enrolments of the year, homeroom, mentors, subjects and groups.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        id (str):
        source (str):
        local_id (str):
        name (Name): A person's name in its parts.
        homeroom (Coded | None):
        enrolments (list[Enrolment] | None):
        mentors (list[Mentor] | None):
        subjects (list[TakenSubject] | None):
        groups (list[Membership] | None):
    """

    meta: Meta
    id: str
    source: str
    local_id: str
    name: Name
    homeroom: Coded | None
    enrolments: list[Enrolment] | None
    mentors: list[Mentor] | None
    subjects: list[TakenSubject] | None
    groups: list[Membership] | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        meta = self.meta.to_dict()

        id = self.id

        source = self.source

        local_id = self.local_id

        name = self.name.to_dict()

        homeroom: dict[str, Any] | None
        if isinstance(self.homeroom, Coded):
            homeroom = self.homeroom.to_dict()
        else:
            homeroom = self.homeroom

        enrolments: list[dict[str, Any]] | None
        if isinstance(self.enrolments, list):
            enrolments = []
            for enrolments_type_0_item_data in self.enrolments:
                enrolments_type_0_item = enrolments_type_0_item_data.to_dict()
                enrolments.append(enrolments_type_0_item)

        else:
            enrolments = self.enrolments

        mentors: list[dict[str, Any]] | None
        if isinstance(self.mentors, list):
            mentors = []
            for mentors_type_0_item_data in self.mentors:
                mentors_type_0_item = mentors_type_0_item_data.to_dict()
                mentors.append(mentors_type_0_item)

        else:
            mentors = self.mentors

        subjects: list[dict[str, Any]] | None
        if isinstance(self.subjects, list):
            subjects = []
            for subjects_type_0_item_data in self.subjects:
                subjects_type_0_item = subjects_type_0_item_data.to_dict()
                subjects.append(subjects_type_0_item)

        else:
            subjects = self.subjects

        groups: list[dict[str, Any]] | None
        if isinstance(self.groups, list):
            groups = []
            for groups_type_0_item_data in self.groups:
                groups_type_0_item = groups_type_0_item_data.to_dict()
                groups.append(groups_type_0_item)

        else:
            groups = self.groups

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "id": id,
                "source": source,
                "local_id": local_id,
                "name": name,
                "homeroom": homeroom,
                "enrolments": enrolments,
                "mentors": mentors,
                "subjects": subjects,
                "groups": groups,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded
        from ..models.enrolment import Enrolment
        from ..models.membership import Membership
        from ..models.mentor import Mentor
        from ..models.meta import Meta
        from ..models.name import Name
        from ..models.taken_subject import TakenSubject

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        id = d.pop("id")

        source = d.pop("source")

        local_id = d.pop("local_id")

        name = Name.from_dict(d.pop("name"))

        def _parse_homeroom(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                homeroom_type_0 = Coded.from_dict(data)

                return homeroom_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        homeroom = _parse_homeroom(d.pop("homeroom"))

        def _parse_enrolments(data: object) -> list[Enrolment] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                enrolments_type_0 = []
                _enrolments_type_0 = data
                for enrolments_type_0_item_data in _enrolments_type_0:
                    enrolments_type_0_item = Enrolment.from_dict(enrolments_type_0_item_data)

                    enrolments_type_0.append(enrolments_type_0_item)

                return enrolments_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Enrolment] | None, data)

        enrolments = _parse_enrolments(d.pop("enrolments"))

        def _parse_mentors(data: object) -> list[Mentor] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                mentors_type_0 = []
                _mentors_type_0 = data
                for mentors_type_0_item_data in _mentors_type_0:
                    mentors_type_0_item = Mentor.from_dict(mentors_type_0_item_data)

                    mentors_type_0.append(mentors_type_0_item)

                return mentors_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Mentor] | None, data)

        mentors = _parse_mentors(d.pop("mentors"))

        def _parse_subjects(data: object) -> list[TakenSubject] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                subjects_type_0 = []
                _subjects_type_0 = data
                for subjects_type_0_item_data in _subjects_type_0:
                    subjects_type_0_item = TakenSubject.from_dict(subjects_type_0_item_data)

                    subjects_type_0.append(subjects_type_0_item)

                return subjects_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[TakenSubject] | None, data)

        subjects = _parse_subjects(d.pop("subjects"))

        def _parse_groups(data: object) -> list[Membership] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                groups_type_0 = []
                _groups_type_0 = data
                for groups_type_0_item_data in _groups_type_0:
                    groups_type_0_item = Membership.from_dict(groups_type_0_item_data)

                    groups_type_0.append(groups_type_0_item)

                return groups_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Membership] | None, data)

        groups = _parse_groups(d.pop("groups"))

        student_card = cls(
            meta=meta,
            id=id,
            source=source,
            local_id=local_id,
            name=name,
            homeroom=homeroom,
            enrolments=enrolments,
            mentors=mentors,
            subjects=subjects,
            groups=groups,
        )

        student_card.additional_properties = d
        return student_card

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
