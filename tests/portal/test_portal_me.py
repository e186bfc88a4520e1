"""Who the caller is, and what is open of the own children."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from uuid_utils import uuid7

from portal.tables import ACCOUNT_ROLE, DECISION
from tests.portal.office import Office
from tests.portal.school import FRESH

OPEN = ["card", "grades", "absences", "reasons", "file", "readers"]


class Family(Office):
    """A mother who is signed in, and her children."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.mother = self.put("guardian", self.lyceum, last_name="Voorbeeld", secret=False)
        self.sign_in("MOTHER", "guardian", self.lyceum, self.mother)

    def child(self, first_name: str, born: date = date(2011, 5, 1), *, authority: bool = True, **tie: Any) -> str:
        student = self.pupil("Voorbeeld", first_name=first_name, birth_date=born)
        self.put("guardianship", self.lyceum, student_id=student, guardian_id=self.mother, relation="mother",
                 legal_authority=authority, **({"court_block": False} | tie))  # fmt: skip
        return student

    def me(self, who: str = "MOTHER") -> Any:
        return self.ask(who, "/v1/me")

    def children(self) -> dict[str, tuple[list[str], dict[str, str]]]:
        """What is open and what is closed, by first name."""
        return {child["name"]["first_name"]: (child["open"], child["closed"]) for child in self.me()["students"]}


@pytest.fixture
def family(sqlite_engine: Engine) -> Family:
    return Family(sqlite_engine)


def test_a_child_to_the_letter(family: Family) -> None:
    student = family.child("Noor")
    found = family.me()
    assert (found["role"], found["sources"], found["scopes"]) == ("guardian", ["lyceum"], [])
    assert found["students"] == [{
        "id": student, "source": "lyceum", "school": "Het Lyceum",
        "name": {"first_name": "Noor", "initials": None, "prefix": None, "last_name": "Voorbeeld"},
        "open": OPEN, "closed": {},
    }]  # fmt: skip


def test_each_child_with_what_is_open_of_it(family: Family) -> None:
    """R54-R56: sixteen today. R59: what the school has closed."""
    family.decide(switches=[{"role": "guardian", "area": "absences", "open": False}])
    family.child("Noor")
    family.child("Bram", date(2010, 3, 2))
    assert family.children() == {
        "Noor": (["card", "grades", "reasons", "readers"], {"absences": "switched_off", "file": "switched_off"}),
        "Bram": (["card", "grades", "readers"],
                 {"absences": "switched_off", "reasons": "sixteen", "file": "sixteen"}),
    }  # fmt: skip


def test_who_may_not_be_seen_is_not_named(family: Family) -> None:
    """R51, R52, R55: no authority, an order of the court, eighteen today."""
    family.child("Zonder", authority=False)
    family.child("Geblokkeerd", court_block=True)
    family.child("Groot", date(2008, 3, 2))
    family.pupil("Vreemd")
    granted = family.child("Inzage", authority=False)
    with family._writing() as connection:
        connection.execute(insert(DECISION).values(
            source_id=family.lyceum, student_id=granted, guardian_id=family.mother, decision="granted",
            granted='["grades"]', at=FRESH, by="test",
        ))  # fmt: skip
    assert family.children() == {"Inzage": (["grades"], {})}


def test_r77_children_at_two_schools_are_told_apart(family: Family) -> None:
    first = family.child("Noor")
    college = family.source("college", "Het College")
    second = family.student(college, "Voorbeeld", first_name="Noor", birth_date=date(2011, 5, 1))
    elsewhere = family.put("guardian", college, last_name="Voorbeeld", secret=False)
    family.put("guardianship", college, student_id=second, guardian_id=elsewhere, relation="mother",
               legal_authority=True, court_block=False)  # fmt: skip
    with family._writing() as connection:
        account = connection.execute(
            select(ACCOUNT_ROLE.c.account_id).where(ACCOUNT_ROLE.c.person_id == family.mother)
        ).scalar_one()
        connection.execute(insert(ACCOUNT_ROLE).values(
            id=str(uuid7()), account_id=account, role="guardian", source_id=college, person_id=elsewhere,
            granted_by="test", granted_at=FRESH,
        ))  # fmt: skip
    found = family.me()
    assert found["sources"] == ["college", "lyceum"]
    assert [(child["id"], child["school"]) for child in found["students"]] == [
        (first, "Het Lyceum"), (second, "Het College")
    ]  # fmt: skip


def test_a_student_is_the_own_child(family: Family) -> None:
    student = family.pupil("Voorbeeld")
    family.sign_in("STU", "student", family.lyceum, student)
    (own,) = family.me("STU")["students"]
    assert (own["id"], own["closed"]) == (student, {"file": "under_sixteen"})


def test_a_class_is_not_ones_own(family: Family) -> None:
    family.pupil("Voorbeeld")
    assert (family.me("MEN")["role"], family.me("MEN")["students"]) == ("staff", None)


def test_each_child_that_is_named_is_on_file(family: Family) -> None:
    named, _ = family.child("Noor"), family.child("Zonder", authority=False)
    family.me()
    assert [(event.action, event.student_id, event.area, event.relation) for event in family.on_file()] == [
        ("read", named, "card", "guardian")
    ]  # fmt: skip


def test_children_that_were_never_read_are_not_none(family: Family) -> None:
    assert family.me()["students"] == []
    family.state(family.lyceum, "students", fresh_at=None, complete_at=None)
    assert family.me()["students"] is None
