from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.assessment_kind import AssessmentKind
from ..models.grade_status import GradeStatus

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="LatestGrade")


@_attrs_define
class LatestGrade:
    """One result, with the moment from which the caller could see it.

    Attributes:
        id (str):
        version (int):
        changed (bool): It was changed since it first came; `visible_at` is that of the change.
        visible_at (datetime.datetime):
        entered_at (datetime.datetime | None):
        subject (Coded | None):
        period (Coded | None):
        test (str): The id of the column, as in the overview.
        code (None | str):
        title (None | str):
        kind (AssessmentKind): What a grade column is (R9). Only tests count towards a computed average; averages never
            feed one again.
        number (int): 1 for the test itself, 2 and up for resits.
        raw_text (str):
        score (None | str):
        label (None | str):
        status (GradeStatus): What a result says (R1, R14, R15). Only ``SCORED`` carries a number.
        sufficient (bool | None):
        counts (bool):
        weight (None | str): This student's own weight, or else the column's.
    """

    id: str
    version: int
    changed: bool
    visible_at: datetime.datetime
    entered_at: datetime.datetime | None
    subject: Coded | None
    period: Coded | None
    test: str
    code: None | str
    title: None | str
    kind: AssessmentKind
    number: int
    raw_text: str
    score: None | str
    label: None | str
    status: GradeStatus
    sufficient: bool | None
    counts: bool
    weight: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        id = self.id

        version = self.version

        changed = self.changed

        visible_at = self.visible_at.isoformat()

        entered_at: None | str
        if isinstance(self.entered_at, datetime.datetime):
            entered_at = self.entered_at.isoformat()
        else:
            entered_at = self.entered_at

        subject: dict[str, Any] | None
        if isinstance(self.subject, Coded):
            subject = self.subject.to_dict()
        else:
            subject = self.subject

        period: dict[str, Any] | None
        if isinstance(self.period, Coded):
            period = self.period.to_dict()
        else:
            period = self.period

        test = self.test

        code: None | str
        code = self.code

        title: None | str
        title = self.title

        kind = self.kind.value

        number = self.number

        raw_text = self.raw_text

        score: None | str
        score = self.score

        label: None | str
        label = self.label

        status = self.status.value

        sufficient: bool | None
        sufficient = self.sufficient

        counts = self.counts

        weight: None | str
        weight = self.weight

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "version": version,
                "changed": changed,
                "visible_at": visible_at,
                "entered_at": entered_at,
                "subject": subject,
                "period": period,
                "test": test,
                "code": code,
                "title": title,
                "kind": kind,
                "number": number,
                "raw_text": raw_text,
                "score": score,
                "label": label,
                "status": status,
                "sufficient": sufficient,
                "counts": counts,
                "weight": weight,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)
        id = d.pop("id")

        version = d.pop("version")

        changed = d.pop("changed")

        visible_at = datetime.datetime.fromisoformat(d.pop("visible_at"))

        def _parse_entered_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                entered_at_type_0 = datetime.datetime.fromisoformat(data)

                return entered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        entered_at = _parse_entered_at(d.pop("entered_at"))

        def _parse_subject(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                subject_type_0 = Coded.from_dict(data)

                return subject_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        subject = _parse_subject(d.pop("subject"))

        def _parse_period(data: object) -> Coded | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                period_type_0 = Coded.from_dict(data)

                return period_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Coded | None, data)

        period = _parse_period(d.pop("period"))

        test = d.pop("test")

        def _parse_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        code = _parse_code(d.pop("code"))

        def _parse_title(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        title = _parse_title(d.pop("title"))

        kind = AssessmentKind(d.pop("kind"))

        number = d.pop("number")

        raw_text = d.pop("raw_text")

        def _parse_score(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        score = _parse_score(d.pop("score"))

        def _parse_label(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        label = _parse_label(d.pop("label"))

        status = GradeStatus(d.pop("status"))

        def _parse_sufficient(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        sufficient = _parse_sufficient(d.pop("sufficient"))

        counts = d.pop("counts")

        def _parse_weight(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        weight = _parse_weight(d.pop("weight"))

        latest_grade = cls(
            id=id,
            version=version,
            changed=changed,
            visible_at=visible_at,
            entered_at=entered_at,
            subject=subject,
            period=period,
            test=test,
            code=code,
            title=title,
            kind=kind,
            number=number,
            raw_text=raw_text,
            score=score,
            label=label,
            status=status,
            sufficient=sufficient,
            counts=counts,
            weight=weight,
        )

        latest_grade.additional_properties = d
        return latest_grade

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
