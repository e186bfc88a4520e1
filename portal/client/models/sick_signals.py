from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.sick_signal_item import SickSignalItem
    from ..models.stretch import Stretch


T = TypeVar("T", bound="SickSignals")


@_attrs_define
class SickSignals:
    """Times sick this school year. Days in a row are one time, however often they were reported.

    Attributes:
        episodes (list[Stretch]):
        signals (list[SickSignalItem]):
    """

    episodes: list[Stretch]
    signals: list[SickSignalItem]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        episodes = []
        for episodes_item_data in self.episodes:
            episodes_item = episodes_item_data.to_dict()
            episodes.append(episodes_item)

        signals = []
        for signals_item_data in self.signals:
            signals_item = signals_item_data.to_dict()
            signals.append(signals_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "episodes": episodes,
                "signals": signals,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.sick_signal_item import SickSignalItem
        from ..models.stretch import Stretch

        d = dict(src_dict)
        episodes = []
        _episodes = d.pop("episodes")
        for episodes_item_data in _episodes:
            episodes_item = Stretch.from_dict(episodes_item_data)

            episodes.append(episodes_item)

        signals = []
        _signals = d.pop("signals")
        for signals_item_data in _signals:
            signals_item = SickSignalItem.from_dict(signals_item_data)

            signals.append(signals_item)

        sick_signals = cls(
            episodes=episodes,
            signals=signals,
        )

        sick_signals.additional_properties = d
        return sick_signals

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
