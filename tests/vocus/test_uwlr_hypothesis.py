"""Whatever a UWLR service answers, it is an answer or one of our errors, and no text of it is in a message."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import SourceError
from connectors.files import RefusedFile
from simulator.edexml import content
from simulator.school import make_school
from simulator.uwlr import VERSIONS, namespace
from tests.faults import GATE
from vocus.edex_reading import contents, rows
from vocus.uwlr_answer import DATA, NOTHING, UNCHANGED, judge

SCHOOL = make_school(5, 40)
INSIDE = "".join(content(SCHOOL, VERSIONS["2.2"], SCHOOL.now, students=3))
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WHOLE = (
    f'<s:Envelope xmlns:s="{SOAP}"><s:Body><leerlinggegevens_antwoord xmlns="{namespace("2.2")}">'
    f"<leerlinggegevens>{INSIDE}</leerlinggegevens></leerlinggegevens_antwoord></s:Body></s:Envelope>"
).encode()
FAULT = (
    f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><faultcode>Client.OngeldigBericht</faultcode>'
    "<faultstring>CANARY-Sleutel</faultstring></s:Fault></s:Body></s:Envelope>"
).encode()


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A good answer or a fault in which some bytes are others, or which ends somewhere."""
    data = bytearray(draw(st.sampled_from((WHOLE, FAULT))))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(data)))
        data[place : place + draw(st.integers(0, 6))] = draw(st.binary(max_size=6))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


@settings(max_examples=2_000 if GATE else 500, deadline=None)
@given(st.one_of(st.binary(max_size=300), spoilt()))
def test_any_answer(data: bytes) -> None:
    told, said = "", ""
    try:
        said = judge(BytesIO(data), "2.2")
    except SourceError as error:
        told = str(error)
    assert said in (DATA, UNCHANGED, NOTHING) or told
    if said == DATA:
        told = _read(data)
    assert "CANARY" not in told


def _read(data: bytes) -> str:
    """Read its rows; gives the sentence of a refusal."""
    try:
        found = contents(lambda: BytesIO(data))
        told = list(rows(lambda: BytesIO(data), found))
    except RefusedFile as error:
        return str(error)
    assert len(told) == found.counts.total()
    return ""


def test_the_good_ones_are_good() -> None:
    """Else the test above would only ever see the first refusal."""
    assert judge(BytesIO(WHOLE), "2.2") == DATA
    assert contents(lambda: BytesIO(WHOLE)).counts["leerling"] == 3
    with pytest.raises(SourceError, match="OngeldigBericht"):
        judge(BytesIO(FAULT), "2.2")
