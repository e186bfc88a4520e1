from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason import Reason
from ..types import UNSET, Unset

T = TypeVar("T", bound="Computed")


@_attrs_define
class Computed:
    """An average that was computed here, from all counting tests; or the reason why there is none.

    Attributes:
        value (None | str): One decimal, half up, rounded once.
        reason (None | Reason): Why there is no value; null when there is one.
        counted (int): How many columns (or subjects) it rests on.
        origin (Literal['computed'] | Unset):  Default: 'computed'.
        label (Literal['berekend'] | Unset):  Default: 'berekend'.
    """

    value: None | str
    reason: None | Reason
    counted: int
    origin: Literal["computed"] | Unset = "computed"
    label: Literal["berekend"] | Unset = "berekend"
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        value: None | str
        value = self.value

        reason: None | str
        if isinstance(self.reason, Reason):
            reason = self.reason.value
        else:
            reason = self.reason

        counted = self.counted

        origin = self.origin

        label = self.label

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "value": value,
                "reason": reason,
                "counted": counted,
            }
        )
        if origin is not UNSET:
            field_dict["origin"] = origin
        if label is not UNSET:
            field_dict["label"] = label

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_value(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        value = _parse_value(d.pop("value"))

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

        counted = d.pop("counted")

        origin = cast(Literal["computed"] | Unset, d.pop("origin", UNSET))
        if origin != "computed" and not isinstance(origin, Unset):
            raise ValueError(f"origin must match const 'computed', got '{origin}'")

        label = cast(Literal["berekend"] | Unset, d.pop("label", UNSET))
        if label != "berekend" and not isinstance(label, Unset):
            raise ValueError(f"label must match const 'berekend', got '{label}'")

        computed = cls(
            value=value,
            reason=reason,
            counted=counted,
            origin=origin,
            label=label,
        )

        computed.additional_properties = d
        return computed

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
