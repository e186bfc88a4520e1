from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.counts import Counts
    from ..models.meta import Meta
    from ..models.notice import Notice
    from ..models.observation import Observation
    from ..models.remark_model import Remark


T = TypeVar("T", bound="Absences")


@_attrs_define
class Absences:
    """A student's absences, in the order of time.

    Attributes:
        meta (Meta): Where an answer comes from, how fresh it is and how whole.
        student_id (str):
        own_lessons_only (bool): A teacher sees what was seen in the own lessons; notices are null, and the counts are
            of these.
        reasons_withheld (bool): Reasons are left out: the student is 16 or older, or the school does not show them to
            this reader.
        observations (list[Observation] | None):
        notices (list[Notice] | None):
        remarks (list[Remark] | None):
        counts (Counts): Counts over the days asked for. Notices and lessons overlap: they are never added up.
    """

    meta: Meta
    student_id: str
    own_lessons_only: bool
    reasons_withheld: bool
    observations: list[Observation] | None
    notices: list[Notice] | None
    remarks: list[Remark] | None
    counts: Counts
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        meta = self.meta.to_dict()

        student_id = self.student_id

        own_lessons_only = self.own_lessons_only

        reasons_withheld = self.reasons_withheld

        observations: list[dict[str, Any]] | None
        if isinstance(self.observations, list):
            observations = []
            for observations_type_0_item_data in self.observations:
                observations_type_0_item = observations_type_0_item_data.to_dict()
                observations.append(observations_type_0_item)

        else:
            observations = self.observations

        notices: list[dict[str, Any]] | None
        if isinstance(self.notices, list):
            notices = []
            for notices_type_0_item_data in self.notices:
                notices_type_0_item = notices_type_0_item_data.to_dict()
                notices.append(notices_type_0_item)

        else:
            notices = self.notices

        remarks: list[dict[str, Any]] | None
        if isinstance(self.remarks, list):
            remarks = []
            for remarks_type_0_item_data in self.remarks:
                remarks_type_0_item = remarks_type_0_item_data.to_dict()
                remarks.append(remarks_type_0_item)

        else:
            remarks = self.remarks

        counts = self.counts.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "meta": meta,
                "student_id": student_id,
                "own_lessons_only": own_lessons_only,
                "reasons_withheld": reasons_withheld,
                "observations": observations,
                "notices": notices,
                "remarks": remarks,
                "counts": counts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.counts import Counts
        from ..models.meta import Meta
        from ..models.notice import Notice
        from ..models.observation import Observation
        from ..models.remark_model import Remark

        d = dict(src_dict)
        meta = Meta.from_dict(d.pop("meta"))

        student_id = d.pop("student_id")

        own_lessons_only = d.pop("own_lessons_only")

        reasons_withheld = d.pop("reasons_withheld")

        def _parse_observations(data: object) -> list[Observation] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                observations_type_0 = []
                _observations_type_0 = data
                for observations_type_0_item_data in _observations_type_0:
                    observations_type_0_item = Observation.from_dict(observations_type_0_item_data)

                    observations_type_0.append(observations_type_0_item)

                return observations_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Observation] | None, data)

        observations = _parse_observations(d.pop("observations"))

        def _parse_notices(data: object) -> list[Notice] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                notices_type_0 = []
                _notices_type_0 = data
                for notices_type_0_item_data in _notices_type_0:
                    notices_type_0_item = Notice.from_dict(notices_type_0_item_data)

                    notices_type_0.append(notices_type_0_item)

                return notices_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Notice] | None, data)

        notices = _parse_notices(d.pop("notices"))

        def _parse_remarks(data: object) -> list[Remark] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                remarks_type_0 = []
                _remarks_type_0 = data
                for remarks_type_0_item_data in _remarks_type_0:
                    remarks_type_0_item = Remark.from_dict(remarks_type_0_item_data)

                    remarks_type_0.append(remarks_type_0_item)

                return remarks_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Remark] | None, data)

        remarks = _parse_remarks(d.pop("remarks"))

        counts = Counts.from_dict(d.pop("counts"))

        absences = cls(
            meta=meta,
            student_id=student_id,
            own_lessons_only=own_lessons_only,
            reasons_withheld=reasons_withheld,
            observations=observations,
            notices=notices,
            remarks=remarks,
            counts=counts,
        )

        absences.additional_properties = d
        return absences

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
