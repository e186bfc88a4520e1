"""Who gets a letter: who may see a student now (R50-R55), each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, insert

from portal.access import Decision, Role, Viewer
from portal.clock import now
from portal.reading import reading
from portal.signin import invitations
from portal.tables import CONSENT, DECISION
from tests.portal.guardians import (
    START,
    Portal,
    family,
    related,
)
from tests.portal.school import School


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def portal(engine: Engine) -> Portal:
    return Portal(engine)


def guardians(portal: Portal, source: int, **more: Any) -> list[str]:
    office = Viewer(Role.ADMINISTRATOR, "command", frozenset({source}))
    with reading(portal.engine, office) as connection:
        return [one.guardian.id for one in invitations.invited(connection, source, now(), **more)]


@pytest.mark.parametrize(
    ("facts", "invited"),
    [
        ({"authority": True}, True),
        ({"authority": False}, False),  # R51
        ({"authority": None}, False),  # default deny
        ({"court_block": True}, False),  # R52
        ({"authority": None, "relation": "step_parent"}, False),  # R53
        ({"authority": True, "relation": "institution"}, True),
        ({"born": date(2008, 3, 3)}, True),  # 17 years and 364 days
        ({"born": date(2008, 3, 2)}, False),  # R55: 18 today
    ],
)
def test_who_is_invited(portal: Portal, school: School, facts: dict[str, Any], invited: bool) -> None:
    kin = family(school, **facts)
    assert (guardians(portal, kin.source) == [kin.guardian]) is invited


def test_an_adult_who_consents_opens_the_own_data(portal: Portal, school: School) -> None:
    kin = family(school, born=date(2008, 3, 2))
    with portal.engine.begin() as connection:
        connection.execute(insert(CONSENT).values(student_id=kin.student, open=True, at=now(), by="account:x"))
    assert guardians(portal, kin.source) == [kin.guardian]
    with portal.engine.begin() as connection:
        connection.execute(insert(CONSENT).values(student_id=kin.student, open=False, at=now(), by="account:x"))
    assert guardians(portal, kin.source) == []


@pytest.mark.parametrize(
    ("authority", "decision", "granted", "invited"),
    [
        (True, Decision.BLOCKED, "[]", False),  # R52
        (False, Decision.GRANTED, '["grades"]', True),  # R51: the grades alone, and nothing else
        (False, Decision.GRANTED, "[]", False),
        (False, Decision.REFUSED, "[]", False),
    ],
)
def test_a_decision_of_the_school_counts(
    portal: Portal, school: School, authority: bool, decision: Decision, granted: str, invited: bool
) -> None:
    kin = family(school, authority=authority)
    with portal.engine.begin() as connection:
        connection.execute(
            insert(DECISION).values(
                source_id=kin.source, student_id=kin.student, guardian_id=kin.guardian,
                decision=decision.value, granted=granted, ground="order", at=now(), by="account:x",
            )
        )  # fmt: skip
    assert (guardians(portal, kin.source) == [kin.guardian]) is invited


def test_one_letter_for_two_children_and_none_for_who_has_an_account(portal: Portal, school: School) -> None:
    kin = family(school)
    sister = school.student(kin.source, "Aaltink", local_id="77", first_name="Bo", birth_date=date(2011, 1, 1))
    related(school, kin.source, sister, kin.guardian)
    other = family(school, kin.source)
    elsewhere = family(school, school.source("college"))
    assert guardians(portal, kin.source) == [kin.guardian, other.guardian]
    assert guardians(portal, kin.source, student="77") == [kin.guardian]
    assert guardians(portal, kin.source, student="no such number") == []
    assert elsewhere.guardian not in guardians(portal, kin.source)
    portal.account(roles=[(Role.GUARDIAN, kin.source, kin.guardian)])
    assert guardians(portal, kin.source) == [other.guardian]
    assert guardians(portal, kin.source, again=True) == [kin.guardian, other.guardian]
