"""Our reading of answers and zeep's own, strict one agree, and where zeep refuses an answer so do we."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

import pytest
import zeep.exceptions
from hypothesis import given, settings
from hypothesis import strategies as st

from atvo.shape import Value
from connectors.errors import Broken
from simulator.atvo_soap import answer
from simulator.atvo_types import UM, VERSIONS, WIS, Service, of_version
from simulator.atvo_um import OPERATIONS as UM_OPERATIONS
from simulator.atvo_um import View, rows, still
from simulator.atvo_wis import OPERATIONS as WIS_OPERATIONS
from simulator.atvo_wis import rows as wis_rows
from simulator.atvo_wsdl import um_wsdl, wis_wsdl
from simulator.school import make_school
from tests.atvo.soap_answers import NAMESPACE, URL, envelope, reader, zeep_reader

Reader = Callable[[str, bytes], list[dict[str, Value]]]

SCHOOL = make_school(5, 40)
WSDLS = {version: um_wsdl(version, URL) for version in VERSIONS}
READERS = {version: (reader(wsdl), zeep_reader(wsdl)) for version, wsdl in WSDLS.items()}
WIS_READERS = reader(wis_wsdl(URL)), zeep_reader(wis_wsdl(URL))
NEWEST = VERSIONS[-1]

ARGUMENTS = {"vestigingID": ["101"], "opleidingID": ["1"], "leerjaar": ["4"]}
STUDENT = str(next(number for number in SCHOOL.students if SCHOOL.grades[number]))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("operation", sorted(UM_OPERATIONS))
def test_every_operation_of_umservice(version: str, operation: str) -> None:
    view = View(still(SCHOOL), frozenset())
    told = b"".join(answer(UM, version, operation, rows(view, operation, ARGUMENTS)))
    ours, theirs = READERS[version]
    found = ours(operation, told)
    assert found, "nothing was compared"
    assert found == theirs(operation, told)


@pytest.mark.parametrize("operation", sorted(WIS_OPERATIONS))
def test_every_operation_of_wisservice(operation: str) -> None:
    found: list[object] = []
    for student in sorted(SCHOOL.students):
        arguments = {"leerlingNummer": [str(student)], "stamgroepID": ["1"], "peilDatum": ["2027-03-01T12:00:00"]}
        told = b"".join(answer(WIS, NEWEST, operation, wis_rows(SCHOOL, operation, arguments)))
        ours, theirs = WIS_READERS
        same = ours(operation, told)
        assert same == theirs(operation, told)
        found += same
    assert found, "nothing was compared"


VALUES: Mapping[str, st.SearchStrategy[str]] = {
    "string": st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
                      min_size=1).filter(lambda text: text.strip() != ""),
    "long": st.integers(-(2**63), 2**63 - 1).map(str),
    "int": st.integers(-(2**31), 2**31 - 1).map(str),
    "boolean": st.sampled_from(["true", "false"]),
    "decimal": st.sampled_from(["7.5", "0", "-1.25", "10"]),
    "date": st.sampled_from(["2027-03-01", "2026-12-31"]),
    "dateTime": st.sampled_from(["2027-03-01T08:30:00+01:00", "2026-08-31T23:59:59+02:00"]),
    "base64Binary": st.sampled_from(["AAEC", "Zm90bw=="]),
}  # fmt: skip


@st.composite
def elements(draw: st.DrawFn, service: Service, kind: str, deep: int = 2) -> str:
    """The inside of an element of a type: any text, any choice of what may be left out, comments and CDATA."""
    parts: list[str] = []
    for name, type_, required, many, _ in of_version(service.types[kind], NEWEST):
        least, most = int(required), 1
        if type_ in service.types and not deep:
            most = 0
        elif many:
            most = 3
        for _ in range(draw(st.integers(least, max(least, most)))):
            if type_ in service.types:
                inside = draw(elements(service, type_, deep - 1))
            else:
                inside = draw(VALUES[type_])
                way = draw(st.integers(0, 9)) if type_ == "string" else 0
                inside = f"<![CDATA[{inside.replace(']]>', '')} ]]>" if way == 1 else escape(inside)
            parts.append(f"<{name}>{inside}</{name}>")
            if draw(st.integers(0, 20)) == 1:
                parts.append(draw(st.sampled_from(["<!-- & -->", "\n  "])))
    return "".join(parts)


@pytest.mark.parametrize("operation", ["getDataVerzorgers", "getInrichtingStamgroepen", "getInrichtingLesgroepen"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_made_up_answers(operation: str, data: st.DataObject) -> None:
    kind = UM.operations[operation].answer
    several = data.draw(st.lists(elements(UM, kind), max_size=3))
    told = envelope(operation, "".join(f"<return>{inside}</return>" for inside in several))
    ours, theirs = READERS[NEWEST]
    assert ours(operation, told) == theirs(operation, told)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_made_up_grades(data: st.DataObject) -> None:
    inside = data.draw(elements(WIS, WIS.operations["getCijferOverzicht"].answer))
    told = envelope("getCijferOverzicht", f"<return>{inside}</return>", WIS.namespace)
    ours, theirs = WIS_READERS
    assert ours("getCijferOverzicht", told) == theirs("getCijferOverzicht", told)


def test_an_element_that_is_nil_is_none() -> None:
    inside = '<docenten xsi:nil="true"/><docenten><docentID>1</docentID></docenten><id>5</id><naam xsi:nil="true"/>'
    told = envelope("getInrichtingLesgroepen", f"<return>{inside}</return>")
    ours, theirs = READERS[NEWEST]
    assert ours("getInrichtingLesgroepen", told) == [{"docenten": [{"docentID": "1"}], "id": "5"}]
    assert ours("getInrichtingLesgroepen", told) == theirs("getInrichtingLesgroepen", told)


def outcome(read: Reader, operation: str, told: bytes) -> object:
    try:
        return read(operation, told)
    except (zeep.exceptions.Error, Broken):
        return "refused"


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_zeep_refuses_is_refused(seed: int) -> None:
    """Elements left out, doubled, swapped and renamed: a strict reading loses nothing in silence."""
    chance = random.Random(seed)
    operation = chance.choice(["getDataLeerlingen", "getInrichtingStamgroepen", "getInrichtingVestigingen"])
    view = View(still(SCHOOL), frozenset())
    row: Any = next(iter(rows(view, operation, ARGUMENTS)))
    told = b"".join(answer(UM, NEWEST, operation, [row])).decode()
    begin, end = told.index("<return>") + 8, told.index("</return>")
    inner = told[begin:end].replace("><", ">\n<").split("\n")
    place, other = chance.randrange(len(inner)), chance.randrange(len(inner))
    way = chance.choice(["drop", "double", "swap", "rename"])
    if way == "drop":
        del inner[place]
    elif way == "double":
        inner.insert(place, inner[place])
    elif way == "swap":
        inner[place], inner[other] = inner[other], inner[place]
    else:
        inner[place] = inner[place].replace("A", "B").replace("naam", "naem")
    bent = (told[:begin] + "".join(inner) + told[end:]).encode()
    ours, theirs = READERS[NEWEST]
    found, peer = outcome(ours, operation, bent), outcome(theirs, operation, bent)
    assert found in ("refused", peer)


def test_a_new_element_is_refused_by_its_name_and_without_its_value() -> None:
    inside = "<afkorting>ne</afkorting><id>1</id><nieuwVeld>CANARY</nieuwVeld>"
    told = envelope("getInrichtingVakken", f"<return>{inside}</return>")
    with pytest.raises(Broken) as caught:
        READERS[NEWEST][0]("getInrichtingVakken", told)
    assert caught.value.code == "atvo.element"
    assert "element nieuwVeld of wisVak" in str(caught.value)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<id>1</id><afkorting>ne</afkorting>", "afkorting of wisVak stands in another place"),
        ("<afkorting>ne</afkorting><naam>x</naam>", "id of wisVak is missing"),
        ("<afkorting>ne</afkorting><id>1</id><id>1</id>", "id of wisVak stands in another place"),
        ("<afkorting>ne</afkorting>", "id of wisVak is missing"),
        ("", "id of wisVak is missing"),
        ("<afkorting><b>ne</b></afkorting><id>1</id>", "afkorting of wisVak holds elements"),
    ],
)
def test_what_is_wrong_is_said_with_the_name_of_the_element(inside: str, words: str) -> None:
    with pytest.raises(Broken, match=words) as caught:
        READERS[NEWEST][0]("getInrichtingVakken", envelope("getInrichtingVakken", f"<return>{inside}</return>"))
    assert caught.value.code == "atvo.element"


@pytest.mark.parametrize(("answers", "wsdl"), [(NEWEST, VERSIONS[0]), (VERSIONS[0], NEWEST)])
def test_another_version_is_refused_or_read_right(answers: str, wsdl: str) -> None:
    """A newer server than its WSDL is refused; an older one leaves out what may be left out."""
    view = View(still(SCHOOL), frozenset())
    told = b"".join(answer(UM, answers, "getDataLeerlingen", rows(view, "getDataLeerlingen", {})))
    if answers == NEWEST:
        with pytest.raises(Broken, match="leerlingEckID"):
            READERS[wsdl][0]("getDataLeerlingen", told)
    else:
        assert READERS[wsdl][0]("getDataLeerlingen", told) == READERS[answers][0]("getDataLeerlingen", told)


def test_the_namespace_is_the_services_own() -> None:
    assert UM.namespace == NAMESPACE
