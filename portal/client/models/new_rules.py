from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.rules_input import RulesInput


T = TypeVar("T", bound="NewRules")


@_attrs_define
class NewRules:
    """Rules in place of those of ``version``. What is left out goes back to its default.

    Attributes:
        version (int): What these were made from; 409 when somebody else was first.
        rules (RulesInput): All that one school (= source) decides about what its portals show.
    """

    version: int
    rules: RulesInput

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        rules = self.rules.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "version": version,
                "rules": rules,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.rules_input import RulesInput

        d = dict(src_dict)
        version = d.pop("version")

        rules = RulesInput.from_dict(d.pop("rules"))

        new_rules = cls(
            version=version,
            rules=rules,
        )

        return new_rules
