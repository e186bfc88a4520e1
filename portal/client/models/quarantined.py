from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.field_problem import FieldProblem


T = TypeVar("T", bound="Quarantined")


@_attrs_define
class Quarantined:
    """A row of a source that could not be read. Where and what, never a value.

    Attributes:
        id (int):
        source (str):
        entity (str):
        row (list[str]): The kind and the source's own key of the record, or `row` and a digest where the key is not
            read.
        stage (str):
        problems (list[FieldProblem]):
        since (datetime.datetime):
        attempts (int):
    """

    id: int
    source: str
    entity: str
    row: list[str]
    stage: str
    problems: list[FieldProblem]
    since: datetime.datetime
    attempts: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        source = self.source

        entity = self.entity

        row = self.row

        stage = self.stage

        problems = []
        for problems_item_data in self.problems:
            problems_item = problems_item_data.to_dict()
            problems.append(problems_item)

        since = self.since.isoformat()

        attempts = self.attempts

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "source": source,
                "entity": entity,
                "row": row,
                "stage": stage,
                "problems": problems,
                "since": since,
                "attempts": attempts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.field_problem import FieldProblem

        d = dict(src_dict)
        id = d.pop("id")

        source = d.pop("source")

        entity = d.pop("entity")

        row = cast(list[str], d.pop("row"))

        stage = d.pop("stage")

        problems = []
        _problems = d.pop("problems")
        for problems_item_data in _problems:
            problems_item = FieldProblem.from_dict(problems_item_data)

            problems.append(problems_item)

        since = datetime.datetime.fromisoformat(d.pop("since"))

        attempts = d.pop("attempts")

        quarantined = cls(
            id=id,
            source=source,
            entity=entity,
            row=row,
            stage=stage,
            problems=problems,
            since=since,
            attempts=attempts,
        )

        quarantined.additional_properties = d
        return quarantined

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
