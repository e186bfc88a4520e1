"""A record that one source knows by several keys is one record, whichever of them comes first."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from canonical.batch import Mapped
from canonical.ending import Ending
from canonical.records import Grade, Key, Record, Student
from canonical.store import Store, Summary
from canonical.terms import GradeStatus
from tests.stored import rows_of

ECK, OTHER = ("https://ketenid.nl/pilot/0a1b",), ("https://ketenid.nl/pilot/9f8e",)
OWN = ("20001",)


class School:
    def __init__(self, engine: Engine) -> None:
        self.engine, self.store = engine, Store(engine)
        self.source = self.store.source("school", "fake", "School")

    def sync(self, *batches: list[Record], entity: str = "students", kind: str = "student") -> Summary:
        run = self.store.begin(self.source, entity, (kind,), owner="me")
        assert run is not None
        for records in batches:
            run.apply([Mapped([record]) for record in records])
        return run.finish(Ending("seen to the end"))

    def ids(self, table: str = "student") -> list[str]:
        return [str(row["id"]) for row in rows_of(self.engine, table, self.source)]


@pytest.fixture
def school(engine: Engine) -> School:
    return School(engine)


def pupil(key: Key, *also: Key, name: str = "Jansen") -> Student:
    return Student(key=key, also=also, local_id="20001", last_name=name)


def mark(student: Key) -> Grade:
    return Grade(
        key=(*student, "1"), student=student, assessment=("1",), raw_text="7", status=GradeStatus.UNREADABLE
    )


ORDERS: dict[str, list[Student]] = {
    "later-an-eck-id": [pupil(OWN), pupil(ECK, OWN)],
    "later-no-number": [pupil(OWN), pupil(ECK, OWN), pupil(ECK)],
    "the-number-comes-back": [pupil(ECK, OWN), pupil(OWN)],
    "first-an-eck-id": [pupil(ECK), pupil(ECK, OWN), pupil(OWN, ECK)],
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_student_stays_the_same(school: School, order: str) -> None:
    first, *later = ORDERS[order]
    assert school.sync([first]).inserted == 1
    (before,) = school.ids()
    for record in later:
        summary = school.sync([record])
        assert (summary.inserted, summary.unchanged, summary.tombstoned, summary.ignored) == (0, 1, 0, 0)
    assert school.ids() == [before]
    assert len(rows_of(school.engine, "change", school.source)) == 1


def test_keys_are_no_content(school: School) -> None:
    school.sync([pupil(OWN)])
    assert school.sync([pupil(ECK, OWN)]).updated == 0
    assert school.sync([pupil(ECK, OWN, name="Bakker")]).updated == 1


@pytest.mark.parametrize("first", ["students", "grades"])
def test_a_reference_by_any_key_finds_the_student(school: School, first: str) -> None:
    steps = {
        "students": lambda: school.sync([pupil(ECK, OWN)]),
        "grades": lambda: school.sync([mark(OWN)], entity="grades", kind="grade"),
    }
    for name in sorted(steps, key=lambda one: one != first):
        steps[name]()
    (row,) = rows_of(school.engine, "grade", school.source)
    assert [str(row["student_id"])] == school.ids()


def test_a_reference_in_the_same_batch(school: School) -> None:
    run = school.store.begin(school.source, "all", ("student", "grade"), owner="me")
    assert run is not None
    run.apply([Mapped([mark(OWN)]), Mapped([pupil(ECK, OWN)])])
    run.finish(Ending("seen to the end"))
    (row,) = rows_of(school.engine, "grade", school.source)
    assert [str(row["student_id"])] == school.ids()


def test_who_is_gone_comes_back_as_the_same_under_another_key(school: School) -> None:
    school.sync([pupil(OWN), pupil(("20002",))])
    assert school.sync([pupil(("20002",))]).tombstoned == 1
    before = sorted(school.ids())
    assert school.sync([pupil(("20002",)), pupil(ECK, OWN)]).inserted == 1
    assert sorted(school.ids()) == before


def test_two_that_are_known_are_never_made_one(school: School) -> None:
    school.sync([pupil(OWN), pupil(ECK, name="Bakker")])
    before = sorted(school.ids())
    summary = school.sync([pupil(OWN), pupil(ECK, OWN, name="Bakker")])
    assert (summary.ignored, summary.tombstoned) == (1, 0)
    assert sorted(school.ids()) == before


TOGETHER: dict[str, tuple[list[Student], int]] = {
    "two-rows-of-one": ([pupil(ECK, OWN), pupil(OWN)], 1),
    "the-same-the-other-way-round": ([pupil(OWN), pupil(ECK, OWN)], 1),
    "two-that-share-a-key": ([pupil(ECK, OWN), pupil(OTHER, OWN)], 1),
    "strangers": ([pupil(ECK, OWN), pupil(OTHER)], 2),
}


@pytest.mark.parametrize("batches", [1, 2])
@pytest.mark.parametrize("name", TOGETHER)
def test_rows_of_one_read(school: School, name: str, batches: int) -> None:
    """However they are cut into batches."""
    rows, count = TOGETHER[name]
    school.sync(*([list(rows)] if batches == 1 else [[row] for row in rows]))
    assert len(school.ids()) == count
    again = school.sync(list(rows))
    assert (again.inserted, again.tombstoned) == (0, 0)


def test_two_rows_of_one_that_is_known_change_it_once(school: School) -> None:
    school.sync([pupil(ECK, OWN)])
    summary = school.sync([pupil(ECK, OWN, name="Bakker"), pupil(OWN, name="Smit")])
    assert (summary.updated, summary.ignored, summary.tombstoned) == (1, 1, 0)
    (row,) = rows_of(school.engine, "student", school.source)
    assert (row["last_name"], row["version"]) == ("Bakker", 2)


def test_a_new_one_with_the_key_of_another_that_is_known(school: School) -> None:
    school.sync([pupil(ECK)])
    school.sync([pupil(OTHER, ("x",)), pupil(ECK, ("x",))])
    assert len(school.ids()) == 2
