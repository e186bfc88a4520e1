from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.kind_counts import KindCounts
    from ..models.observation_counts import ObservationCounts
    from ..models.remark_counts import RemarkCounts


T = TypeVar("T", bound="Counts")


@_attrs_define
class Counts:
    """Counts over the days asked for. Notices and lessons overlap: they are never added up.

    Attributes:
        observations (None | ObservationCounts):
        notices (KindCounts | None):
        remarks (None | RemarkCounts):
    """

    observations: None | ObservationCounts
    notices: KindCounts | None
    remarks: None | RemarkCounts
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.kind_counts import KindCounts
        from ..models.observation_counts import ObservationCounts
        from ..models.remark_counts import RemarkCounts

        observations: dict[str, Any] | None
        if isinstance(self.observations, ObservationCounts):
            observations = self.observations.to_dict()
        else:
            observations = self.observations

        notices: dict[str, Any] | None
        if isinstance(self.notices, KindCounts):
            notices = self.notices.to_dict()
        else:
            notices = self.notices

        remarks: dict[str, Any] | None
        if isinstance(self.remarks, RemarkCounts):
            remarks = self.remarks.to_dict()
        else:
            remarks = self.remarks

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "observations": observations,
                "notices": notices,
                "remarks": remarks,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.kind_counts import KindCounts
        from ..models.observation_counts import ObservationCounts
        from ..models.remark_counts import RemarkCounts

        d = dict(src_dict)

        def _parse_observations(data: object) -> None | ObservationCounts:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                observations_type_0 = ObservationCounts.from_dict(data)

                return observations_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ObservationCounts, data)

        observations = _parse_observations(d.pop("observations"))

        def _parse_notices(data: object) -> KindCounts | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                notices_type_0 = KindCounts.from_dict(data)

                return notices_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(KindCounts | None, data)

        notices = _parse_notices(d.pop("notices"))

        def _parse_remarks(data: object) -> None | RemarkCounts:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                remarks_type_0 = RemarkCounts.from_dict(data)

                return remarks_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RemarkCounts, data)

        remarks = _parse_remarks(d.pop("remarks"))

        counts = cls(
            observations=observations,
            notices=notices,
            remarks=remarks,
        )

        counts.additional_properties = d
        return counts

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
