from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.assessment_kind import AssessmentKind
from ..models.resit_policy import ResitPolicy

if TYPE_CHECKING:
    from ..models.attempt import Attempt
    from ..models.coded import Coded


T = TypeVar("T", bound="Test")


@_attrs_define
class Test:
    """A column with the student's results. What is null but its id has not come in from the source (yet).

    Attributes:
        id (str):
        code (None | str):
        title (None | str):
        kind (AssessmentKind): What a grade column is (R9). Only tests count towards a computed average; averages never
            feed one again.
        held_on (datetime.date | None):
        period (Coded | None):
        weight (None | str):
        exam_weight (None | str):
        exam_column (bool | None): A line of the exam programme (PTA).
        resit_policy (None | ResitPolicy):
        part_of (None | str): The id of the composite column that this one is a part of.
        retired (bool | None): The source keeps the column but no longer uses it: it counts nowhere.
        result (None | str): What the attempts come to, when that is a number: one decimal, half up.
        attempts (list[Attempt]): []: a line of the exam programme that was not made yet.
    """

    id: str
    code: None | str
    title: None | str
    kind: AssessmentKind
    held_on: datetime.date | None
    period: Coded | None
    weight: None | str
    exam_weight: None | str
    exam_column: bool | None
    resit_policy: None | ResitPolicy
    part_of: None | str
    retired: bool | None
    result: None | str
    attempts: list[Attempt]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        id = self.id

        code: None | str
        code = self.code

        title: None | str
        title = self.title

        kind = self.kind.value

        held_on: None | str
        if isinstance(self.held_on, datetime.date):
            held_on = self.held_on.isoformat()
        else:
            held_on = self.held_on

        period: dict[str, Any] | None
        if isinstance(self.period, Coded):
            period = self.period.to_dict()
        else:
            period = self.period

        weight: None | str
        weight = self.weight

        exam_weight: None | str
        exam_weight = self.exam_weight

        exam_column: bool | None
        exam_column = self.exam_column

        resit_policy: None | str
        if isinstance(self.resit_policy, ResitPolicy):
            resit_policy = self.resit_policy.value
        else:
            resit_policy = self.resit_policy

        part_of: None | str
        part_of = self.part_of

        retired: bool | None
        retired = self.retired

        result: None | str
        result = self.result

        attempts = []
        for attempts_item_data in self.attempts:
            attempts_item = attempts_item_data.to_dict()
            attempts.append(attempts_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "code": code,
                "title": title,
                "kind": kind,
                "held_on": held_on,
                "period": period,
                "weight": weight,
                "exam_weight": exam_weight,
                "exam_column": exam_column,
                "resit_policy": resit_policy,
                "part_of": part_of,
                "retired": retired,
                "result": result,
                "attempts": attempts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.attempt import Attempt
        from ..models.coded import Coded

        d = dict(src_dict)
        id = d.pop("id")

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

        def _parse_held_on(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                held_on_type_0 = datetime.date.fromisoformat(data)

                return held_on_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        held_on = _parse_held_on(d.pop("held_on"))

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

        def _parse_weight(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        weight = _parse_weight(d.pop("weight"))

        def _parse_exam_weight(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        exam_weight = _parse_exam_weight(d.pop("exam_weight"))

        def _parse_exam_column(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        exam_column = _parse_exam_column(d.pop("exam_column"))

        def _parse_resit_policy(data: object) -> None | ResitPolicy:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                resit_policy_type_0 = ResitPolicy(data)

                return resit_policy_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ResitPolicy, data)

        resit_policy = _parse_resit_policy(d.pop("resit_policy"))

        def _parse_part_of(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        part_of = _parse_part_of(d.pop("part_of"))

        def _parse_retired(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        retired = _parse_retired(d.pop("retired"))

        def _parse_result(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        result = _parse_result(d.pop("result"))

        attempts = []
        _attempts = d.pop("attempts")
        for attempts_item_data in _attempts:
            attempts_item = Attempt.from_dict(attempts_item_data)

            attempts.append(attempts_item)

        test = cls(
            id=id,
            code=code,
            title=title,
            kind=kind,
            held_on=held_on,
            period=period,
            weight=weight,
            exam_weight=exam_weight,
            exam_column=exam_column,
            resit_policy=resit_policy,
            part_of=part_of,
            retired=retired,
            result=result,
            attempts=attempts,
        )

        test.additional_properties = d
        return test

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
