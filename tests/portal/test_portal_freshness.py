"""How whole and how old an answer is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from portal.freshness import (
    Completeness,
    DataClass,
    EntityState,
    Freshness,
    Limit,
    SourceState,
    as_of,
    completeness,
    freshness,
    together,
)
from tests.portal.school import FRESH, NOW

C = Completeness
EARLIER = FRESH - timedelta(hours=3)


def entity(*kinds: str, fresh: datetime | None = FRESH, complete: datetime | None = FRESH, quarantined: int = 0,
           held: int = 0, name: str = "grades") -> EntityState:  # fmt: skip
    return EntityState(name, kinds, fresh, complete, quarantined, held, 0)


def source(*entities: EntityState) -> SourceState:
    return SourceState(1, "lyceum", "magister", "Het Lyceum", entities)


@pytest.mark.parametrize(("entities", "expected"), [
    ([entity("grade")], C.COMPLETE),
    ([entity("grade", held=1)], C.PARTIAL),
    ([entity("grade", quarantined=1)], C.PARTIAL),
    ([entity("grade", complete=EARLIER)], C.PARTIAL),
    ([entity("grade", complete=None)], C.PARTIAL),
    ([entity("grade", fresh=None, complete=None)], C.UNKNOWN),
    ([entity("grade"), entity("grade", fresh=None, complete=None, name="older grades")], C.PARTIAL),
    ([entity("student")], C.NOT_OFFERED),
    ([], C.UNKNOWN),
    ([entity("grade"), entity("assessment", quarantined=1, name="columns")], C.PARTIAL),
    ([entity("grade"), entity("assessment", fresh=None, complete=None, name="columns")], C.PARTIAL),
])  # fmt: skip
def test_completeness_of_a_data_class(entities: list[EntityState], expected: Completeness) -> None:
    assert completeness(source(*entities), DataClass.GRADES) is expected


@pytest.mark.parametrize(("states", "expected"), [
    ([C.COMPLETE, C.COMPLETE], C.COMPLETE),
    ([C.COMPLETE, C.UNKNOWN], C.PARTIAL),
    ([C.COMPLETE, C.NOT_OFFERED], C.PARTIAL),
    ([C.UNKNOWN, C.NOT_OFFERED], C.UNKNOWN),
    ([C.NOT_OFFERED], C.NOT_OFFERED),
    ([], C.UNKNOWN),
])  # fmt: skip
def test_several_sources_together(states: list[Completeness], expected: Completeness) -> None:
    assert together(states) is expected


def test_an_answer_is_as_old_as_the_oldest_of_what_is_behind_it() -> None:
    other = entity("lesson", fresh=EARLIER - timedelta(days=1))
    behind = source(entity("grade"), entity("assessment", fresh=EARLIER), other)
    assert as_of([behind], [DataClass.GRADES]) == EARLIER


def test_what_was_never_read_has_no_age() -> None:
    assert as_of([source(entity("grade", fresh=None, complete=None))], [DataClass.GRADES]) is None


@pytest.mark.parametrize(("minutes", "limit", "expected"), [
    (30, timedelta(minutes=30), Freshness.FRESH),
    (31, timedelta(minutes=30), Freshness.STALE),
    (31, {"grades": timedelta(hours=1)}, Freshness.FRESH),
    (31, {"students": timedelta(hours=1)}, Freshness.STALE),
])  # fmt: skip
def test_stale_is_longer_ago_than_allowed(minutes: int, limit: Limit, expected: Freshness) -> None:
    read = entity("grade", fresh=NOW - timedelta(minutes=minutes))
    assert freshness(read, NOW, limit) is expected


def test_never_read_is_not_stale() -> None:
    assert freshness(entity("grade", fresh=None), NOW, timedelta()) is Freshness.NEVER
