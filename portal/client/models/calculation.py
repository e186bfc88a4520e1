from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason import Reason

if TYPE_CHECKING:
    from ..models.basis import Basis
    from ..models.coded import Coded
    from ..models.meta import Meta
    from ..models.needed import Needed


T = TypeVar("T", bound="Calculation")


@_attrs_define
class Calculation:
    """The grade calculator. Nothing of it is kept.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        student_id (str):
        subject (Coded): A group, subject, school year or period. ``code`` is null while the source has only referred to
            it.
        school_year (Coded | None): The year whose average it is about.
        basis (Basis | None): null: it is not known what the average rests on; see `reason`.
        weight (None | str): Of the next mark: as asked, or the median of the known weights.
        target (None | str):
        needed (Needed | None): The answer to a `target`.
        grade (None | str):
        average (None | str): The answer to a `grade`: two decimals, half up.
        reason (None | Reason):
    """

    meta: Meta
    student_id: str
    subject: Coded
    school_year: Coded | None
    basis: Basis | None
    weight: None | str
    target: None | str
    needed: Needed | None
    grade: None | str
    average: None | str
    reason: None | Reason
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.basis import Basis
        from ..models.coded import Coded
        from ..models.needed import Needed

        meta = self.meta.to_dict()

        student_id = self.student_id

        subject = self.subject.to_dict()

        school_year: dict[str, Any] | None
        if isinstance(self.school_year, Coded):
            school_year = self.school_year.to_dict()
        else:
            school_year = self.school_year

        basis: dict[str, Any] | None
        if isinstance(self.basis, Basis):
            basis = self.basis.to_dict()
        else:
            basis = self.basis

        weight: None | str
        weight = self.weight

        target: None | str
        target = self.target

        needed: dict[str, Any] | None
        if isinstance(self.needed, Needed):
            needed = self.needed.to_dict()
        else:
            needed = self.needed

        grade: None | str
        grade = self.grade

        average: None | str
        average = self.average

        reason: None | str
        if isinstance(self.reason, Reason):
            reason = self.reason.value
        else:
            reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "student_id": student_id,
                "subject": subject,
                "school_year": school_year,
                "basis": basis,
                "weight": weight,
                "target": target,
                "needed": needed,
                "grade": grade,
                "average": average,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.basis import Basis
        from ..models.coded import Coded
        from ..models.meta import Meta
        from ..models.needed import Needed

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        student_id = d.pop("student_id")

        subject = Coded.from_dict(d.pop("subject"))

        def _parse_school_year(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                school_year_type_0 = Coded.from_dict(data)

                return school_year_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        school_year = _parse_school_year(d.pop("school_year"))

        def _parse_basis(data: object) -> Basis | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                basis_type_0 = Basis.from_dict(data)

                return basis_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Basis | None, data)

        basis = _parse_basis(d.pop("basis"))

        def _parse_weight(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        weight = _parse_weight(d.pop("weight"))

        def _parse_target(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        target = _parse_target(d.pop("target"))

        def _parse_needed(data: object) -> Needed | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                needed_type_0 = Needed.from_dict(data)

                return needed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Needed | None, data)

        needed = _parse_needed(d.pop("needed"))

        def _parse_grade(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        grade = _parse_grade(d.pop("grade"))

        def _parse_average(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        average = _parse_average(d.pop("average"))

        def _parse_reason(data: object) -> None | Reason:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                reason_type_0 = Reason(data)

                return reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Reason, data)

        reason = _parse_reason(d.pop("reason"))

        calculation = cls(
            meta=meta,
            student_id=student_id,
            subject=subject,
            school_year=school_year,
            basis=basis,
            weight=weight,
            target=target,
            needed=needed,
            grade=grade,
            average=average,
            reason=reason,
        )

        calculation.additional_properties = d
        return calculation

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
