from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.assessment_kind import AssessmentKind
from ..models.grade_status import GradeStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.coded import Coded


T = TypeVar("T", bound="SourceMark")


@_attrs_define
class SourceMark:
    """An average or report mark that the source itself gives. It is authoritative, and shown as it is.

    Attributes:
        id (str):
        code (str):
        title (None | str):
        kind (AssessmentKind): What a grade column is (R9). Only tests count towards a computed average; averages never
            feed one again.
        period (Coded | None):
        raw_text (str):
        score (None | str):
        label (None | str):
        status (GradeStatus): What a result says (R1, R14, R15). Only ``SCORED`` carries a number.
        sufficient (bool | None):
        entered_at (datetime.datetime | None):
        version (int):
        changed (bool):
        origin (Literal['source'] | Unset):  Default: 'source'.
    """

    id: str
    code: str
    title: None | str
    kind: AssessmentKind
    period: Coded | None
    raw_text: str
    score: None | str
    label: None | str
    status: GradeStatus
    sufficient: bool | None
    entered_at: datetime.datetime | None
    version: int
    changed: bool
    origin: Literal["source"] | Unset = "source"
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.coded import Coded

        id = self.id

        code = self.code

        title: None | str
        title = self.title

        kind = self.kind.value

        period: dict[str, Any] | None
        if isinstance(self.period, Coded):
            period = self.period.to_dict()
        else:
            period = self.period

        raw_text = self.raw_text

        score: None | str
        score = self.score

        label: None | str
        label = self.label

        status = self.status.value

        sufficient: bool | None
        sufficient = self.sufficient

        entered_at: None | str
        if isinstance(self.entered_at, datetime.datetime):
            entered_at = self.entered_at.isoformat()
        else:
            entered_at = self.entered_at

        version = self.version

        changed = self.changed

        origin = self.origin

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "code": code,
                "title": title,
                "kind": kind,
                "period": period,
                "raw_text": raw_text,
                "score": score,
                "label": label,
                "status": status,
                "sufficient": sufficient,
                "entered_at": entered_at,
                "version": version,
                "changed": changed,
            }
        )
        if origin is not UNSET:
            field_dict["origin"] = origin

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coded import Coded

        d = dict(src_dict)
        id = d.pop("id")

        code = d.pop("code")

        def _parse_title(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        title = _parse_title(d.pop("title"))

        kind = AssessmentKind(d.pop("kind"))

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

        version = d.pop("version")

        changed = d.pop("changed")

        origin = cast(Literal["source"] | Unset, d.pop("origin", UNSET))
        if origin != "source" and not isinstance(origin, Unset):
            raise ValueError(f"origin must match const 'source', got '{origin}'")

        source_mark = cls(
            id=id,
            code=code,
            title=title,
            kind=kind,
            period=period,
            raw_text=raw_text,
            score=score,
            label=label,
            status=status,
            sufficient=sufficient,
            entered_at=entered_at,
            version=version,
            changed=changed,
            origin=origin,
        )

        source_mark.additional_properties = d
        return source_mark

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
