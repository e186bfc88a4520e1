from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.absence_signals import AbsenceSignals
    from ..models.late_signals import LateSignals
    from ..models.name import Name
    from ..models.sick_signals import SickSignals
    from ..models.slipping_subject import SlippingSubject
    from ..models.student_glance_closed import StudentGlanceClosed
    from ..models.unjudged_subject import UnjudgedSubject


T = TypeVar("T", bound="StudentGlance")


@_attrs_define
class StudentGlance:
    """One student. What is null is not known or closed to the caller, never "nothing".

    Attributes:
        id (str):
        local_id (str):
        name (Name): A person's name in its parts.
        slips (list[SlippingSubject] | None):
        unjudged (list[UnjudgedSubject] | None):
        absence (AbsenceSignals | None):
        late (LateSignals | None):
        sick (None | SickSignals):
        closed (StudentGlanceClosed): What is closed to the caller, and why: `switched_off`, `not_needed`.
    """

    id: str
    local_id: str
    name: Name
    slips: list[SlippingSubject] | None
    unjudged: list[UnjudgedSubject] | None
    absence: AbsenceSignals | None
    late: LateSignals | None
    sick: None | SickSignals
    closed: StudentGlanceClosed
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.absence_signals import AbsenceSignals
        from ..models.late_signals import LateSignals
        from ..models.sick_signals import SickSignals

        id = self.id

        local_id = self.local_id

        name = self.name.to_dict()

        slips: list[dict[str, Any]] | None
        if isinstance(self.slips, list):
            slips = []
            for slips_type_0_item_data in self.slips:
                slips_type_0_item = slips_type_0_item_data.to_dict()
                slips.append(slips_type_0_item)

        else:
            slips = self.slips

        unjudged: list[dict[str, Any]] | None
        if isinstance(self.unjudged, list):
            unjudged = []
            for unjudged_type_0_item_data in self.unjudged:
                unjudged_type_0_item = unjudged_type_0_item_data.to_dict()
                unjudged.append(unjudged_type_0_item)

        else:
            unjudged = self.unjudged

        absence: dict[str, Any] | None
        if isinstance(self.absence, AbsenceSignals):
            absence = self.absence.to_dict()
        else:
            absence = self.absence

        late: dict[str, Any] | None
        if isinstance(self.late, LateSignals):
            late = self.late.to_dict()
        else:
            late = self.late

        sick: dict[str, Any] | None
        if isinstance(self.sick, SickSignals):
            sick = self.sick.to_dict()
        else:
            sick = self.sick

        closed = self.closed.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "local_id": local_id,
                "name": name,
                "slips": slips,
                "unjudged": unjudged,
                "absence": absence,
                "late": late,
                "sick": sick,
                "closed": closed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.absence_signals import AbsenceSignals
        from ..models.late_signals import LateSignals
        from ..models.name import Name
        from ..models.sick_signals import SickSignals
        from ..models.slipping_subject import SlippingSubject
        from ..models.student_glance_closed import StudentGlanceClosed
        from ..models.unjudged_subject import UnjudgedSubject

        d = dict(src_dict)
        id = d.pop("id")

        local_id = d.pop("local_id")

        name = Name.from_dict(d.pop("name"))

        def _parse_slips(data: object) -> list[SlippingSubject] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                slips_type_0 = []
                _slips_type_0 = data
                for slips_type_0_item_data in _slips_type_0:
                    slips_type_0_item = SlippingSubject.from_dict(slips_type_0_item_data)

                    slips_type_0.append(slips_type_0_item)

                return slips_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[SlippingSubject] | None, data)

        slips = _parse_slips(d.pop("slips"))

        def _parse_unjudged(data: object) -> list[UnjudgedSubject] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                unjudged_type_0 = []
                _unjudged_type_0 = data
                for unjudged_type_0_item_data in _unjudged_type_0:
                    unjudged_type_0_item = UnjudgedSubject.from_dict(unjudged_type_0_item_data)

                    unjudged_type_0.append(unjudged_type_0_item)

                return unjudged_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[UnjudgedSubject] | None, data)

        unjudged = _parse_unjudged(d.pop("unjudged"))

        def _parse_absence(data: object) -> AbsenceSignals | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                absence_type_0 = AbsenceSignals.from_dict(data)

                return absence_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AbsenceSignals | None, data)

        absence = _parse_absence(d.pop("absence"))

        def _parse_late(data: object) -> LateSignals | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                late_type_0 = LateSignals.from_dict(data)

                return late_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LateSignals | None, data)

        late = _parse_late(d.pop("late"))

        def _parse_sick(data: object) -> None | SickSignals:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                sick_type_0 = SickSignals.from_dict(data)

                return sick_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SickSignals, data)

        sick = _parse_sick(d.pop("sick"))

        closed = StudentGlanceClosed.from_dict(d.pop("closed"))

        student_glance = cls(
            id=id,
            local_id=local_id,
            name=name,
            slips=slips,
            unjudged=unjudged,
            absence=absence,
            late=late,
            sick=sick,
            closed=closed,
        )

        student_glance.additional_properties = d
        return student_glance

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
