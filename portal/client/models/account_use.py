from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.account_use_months import AccountUseMonths
    from ..models.holder import Holder


T = TypeVar("T", bound="AccountUse")


@_attrs_define
class AccountUse:
    """One account's sign-ins. ``holders`` are whom it is of in the caller's sources.

    Attributes:
        account_id (str):
        holders (list[Holder]):
        months (AccountUseMonths): Every month that was asked for; 0 is none.
        total (int):
    """

    account_id: str
    holders: list[Holder]
    months: AccountUseMonths
    total: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        account_id = self.account_id

        holders = []
        for holders_item_data in self.holders:
            holders_item = holders_item_data.to_dict()
            holders.append(holders_item)

        months = self.months.to_dict()

        total = self.total

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "account_id": account_id,
                "holders": holders,
                "months": months,
                "total": total,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.account_use_months import AccountUseMonths
        from ..models.holder import Holder

        d = dict(src_dict)
        account_id = d.pop("account_id")

        holders = []
        _holders = d.pop("holders")
        for holders_item_data in _holders:
            holders_item = Holder.from_dict(holders_item_data)

            holders.append(holders_item)

        months = AccountUseMonths.from_dict(d.pop("months"))

        total = d.pop("total")

        account_use = cls(
            account_id=account_id,
            holders=holders,
            months=months,
            total=total,
        )

        account_use.additional_properties = d
        return account_use

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
