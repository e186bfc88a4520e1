from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.computed import Computed
    from ..models.period_averages import PeriodAverages


T = TypeVar("T", bound="Averages")


@_attrs_define
class Averages:
    """What was computed for one subject. The two dossiers are never mixed.

    Attributes:
        year (Computed): An average that was computed here, from all counting tests; or the reason why there is none.
        periods (list[PeriodAverages]):
        of_periods (Computed): An average that was computed here, from all counting tests; or the reason why there is
            none.
        exam (Computed | None): Of the exam dossier up to and including this year, by exam weights; null: it has no
            columns.
    """

    year: Computed
    periods: list[PeriodAverages]
    of_periods: Computed
    exam: Computed | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.computed import Computed

        year = self.year.to_dict()

        periods = []
        for periods_item_data in self.periods:
            periods_item = periods_item_data.to_dict()
            periods.append(periods_item)

        of_periods = self.of_periods.to_dict()

        exam: dict[str, Any] | None
        if isinstance(self.exam, Computed):
            exam = self.exam.to_dict()
        else:
            exam = self.exam

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "year": year,
                "periods": periods,
                "of_periods": of_periods,
                "exam": exam,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.computed import Computed
        from ..models.period_averages import PeriodAverages

        d = dict(src_dict)
        year = Computed.from_dict(d.pop("year"))

        periods = []
        _periods = d.pop("periods")
        for periods_item_data in _periods:
            periods_item = PeriodAverages.from_dict(periods_item_data)

            periods.append(periods_item)

        of_periods = Computed.from_dict(d.pop("of_periods"))

        def _parse_exam(data: object) -> Computed | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                exam_type_0 = Computed.from_dict(data)

                return exam_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Computed | None, data)

        exam = _parse_exam(d.pop("exam"))

        averages = cls(
            year=year,
            periods=periods,
            of_periods=of_periods,
            exam=exam,
        )

        averages.additional_properties = d
        return averages

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
