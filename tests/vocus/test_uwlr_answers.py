"""Answers of a UWLR service by hand, unusual and otherwise: what is read of each, and what it proves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from canonical.records import Enrolment, Group, GroupMember, GroupStaff, Record, Student
from canonical.terms import Gender, GroupKind
from connectors.contract import Batch, Settings
from connectors.errors import Broken, Denied, Retry, SourceError
from tests.connectors.loopback import Server, plain, say, serving
from vocus.connector import Vocus, connect
from vocus.uwlr import LAG

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
YEAR = "2026-2027"
SCHOOL = f"<school><schooljaar>{YEAR}</schooljaar><brincode>97ZZ</brincode></school>"
ECK = "https://ketenid.nl/pilot/" + "0123456789abcdef" * 8


def envelope(inside: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Header/><s:Body>{inside}</s:Body></s:Envelope>'.encode()


def answer(inside: str, version: str = "2.2") -> bytes:
    name = "leerlinggegevensantwoord" if version == "1.0" else "leerlinggegevens_antwoord"
    namespace = f"http://www.edustandaard.nl/leerresultaten/{version[0]}/leerlinggegevens"
    return envelope(f'<le:{name} xmlns="{namespace}" xmlns:le="{namespace}">{inside}</le:{name}>')


def data(inside: str, version: str = "2.2", school: str = SCHOOL) -> bytes:
    return answer(f"<leerlinggegevens>{school}{inside}</leerlinggegevens>", version)


def fault(code: str) -> bytes:
    said = f"<faultcode>{code}</faultcode><faultstring>CANARY</faultstring>"
    return plain(envelope(f"<s:Fault>{said}</s:Fault>"), status="500 Oops")


@contextmanager
def reading(*answers: bytes, version: str = "2.2", **more: object) -> Iterator[tuple[Server, Vocus]]:
    """A service that gives these answers, whole HTTP ones or bodies, and the connector to it."""
    whole = [found if found.startswith(b"HTTP/") else plain(found) for found in answers]
    with serving(say(*whole)) as server:
        uwlr = {
            "url": server.url, "version": version, "authorisation_key": "Sleutel", "customer_code": "c",
            "customer_name": "n", "brin": "97ZZ", "attempts": 1, "deadline": 10, **more,
        }  # fmt: skip
        made = connect(Settings("de-vliet", {"school_year": YEAR, "uwlr": uwlr}))
        assert isinstance(made, Vocus)
        yield server, made
        made.close()


def read(made: Vocus, since: str | None = None) -> list[Batch]:
    (entity,) = made.entities
    return list(made.read(entity, since))


def records(found: bytes, **more: Any) -> list[Record]:
    with reading(found, **more) as (_, made):
        return [record for batch in read(made) for raw in batch.rows for record in made.map(raw)]


STUDENT = '<leerlingen><leerling key="7"><roepnaam>Bo</roepnaam></leerling></leerlingen>'


def test_who_has_a_given_name_alone_and_what_a_supplier_adds() -> None:
    inside = f"""<leerlingen><leerling key="7" eckid="{ECK}"><roepnaam>Bo</roepnaam><geslacht>2</geslacht>
      <bsn>123456782</bsn><gebruikersnaam>CANARY</gebruikersnaam>
      <toevoegingen xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><blok i:type="Leverancier"><code>CANARY</code>
      </blok></toevoegingen><geboortedatum>2010-03-14</geboortedatum></leerling></leerlingen>"""
    with reading(data(inside)) as (_, made):
        (batch,) = read(made)
        assert not [canary for canary in (b"CANARY", b"123456782") if canary in batch.rows[0].data]
        student, enrolment, *_ = made.map(batch.rows[0])
        (finding,) = made.check()
    assert student == Student(
        key=(ECK,), also=(("7",),), local_id="7", last_name="Bo", gender=Gender.FEMALE, birth_date=date(2010, 3, 14)
    )
    assert isinstance(enrolment, Enrolment)
    assert enrolment.key == (ECK, YEAR)
    assert batch.proof is not None
    assert batch.proof.by == "closing tag of the envelope"
    assert finding.ok
    assert finding.advice == "1 x leerling, 1 x toevoegingen left out"


def test_order_does_not_matter() -> None:
    inside = "<groepen><samengestelde_groep key='s'><naam>wi</naam></samengestelde_groep></groepen>"
    found = answer(f"<leerlinggegevens>{STUDENT}{inside}{SCHOOL}</leerlinggegevens>")
    assert [record.kind for record in records(found)] == ["student", "enrolment", "school_year", "group"]


def test_a_group_and_a_subgroup_of_the_same_key_stay_two() -> None:
    """1.0 says of each list by itself that its keys differ."""
    inside = """<groepen><groep key="1"><naam>1a</naam></groep></groepen>
      <subgroepen><subgroep key="1"><naam>wi</naam></subgroep><subgroep key="#2"><naam>zelfde</naam></subgroep>
        <subgroep key="3"><naam>zelfde</naam></subgroep></subgroepen>
      <leerlingen><leerling key="7"><roepnaam>Bo</roepnaam><groep key="1"/>
        <subgroepen><groep key="1"/><groep key="#2"/><groep key="3"/><groep key=" "/></subgroepen></leerling>
      </leerlingen><leerkrachten><leerkracht key="X"><roepnaam>Jo</roepnaam><groepen><groep key="1"/></groepen>
        <subgroepen><groep key="1"/></subgroepen></leerkracht></leerkrachten>"""
    with reading(data(inside, "1.0"), version="1.0") as (_, made):
        (batch,) = read(made)
        found = [record for raw in batch.rows if b'"key":""' not in raw.data for record in made.map(raw)]
    groups = {record.key[0]: record.group_kind for record in found if isinstance(record, Group)}
    assert groups == {"1a": GroupKind.HOMEROOM, "wi": GroupKind.SECTION, "subgroep 3": GroupKind.SECTION}
    assert [r.group for r in found if isinstance(r, GroupMember)] == [("1a",), ("wi",), ("subgroep 3",)]
    assert [r.group for r in found if isinstance(r, GroupStaff)] == [("1a",), ("wi",)]


def test_a_name_that_is_the_key_of_another_group_is_no_key() -> None:
    inside = "".join(f'<groep key="{key}"><naam>{name}</naam></groep>' for key, name in (
        ("1a", "dubbel"), ("2", "dubbel"), ("3", "1a"),
    ))  # fmt: skip
    found = records(data(f"<groepen>{inside}</groepen>{STUDENT}"))
    assert [record.key for record in found if record.kind == "group"] == [("1a",), ("2",), ("3",)]


@pytest.mark.parametrize("version", ["1.0", "2.2", "2.3"])
def test_no_change_keeps_all_and_no_data_proves_nothing(version: str) -> None:
    same, nothing = answer("<geenwijzigingen/>", version), answer("<geengegevens/>", version)
    with reading(data(STUDENT, version), same, nothing, same, version=version) as (_, made):
        (first,) = read(made)
        (second,) = read(made, first.cursor)
        assert (second.rows, second.proof and second.proof.changes) == ([], True)
        assert second.cursor is not None
        assert read(made, second.cursor) == [Batch([])]
        assert read(made) == [Batch([])], "it was not asked what changed, so that it has said nothing"


def test_an_answer_without_a_student_proves_nothing() -> None:
    with reading(data("<leerkrachten><leerkracht key='X'><roepnaam>Jo</roepnaam></leerkracht></leerkrachten>")) as both:
        (batch,) = read(both[1])
    assert (len(batch.rows), batch.proof, batch.cursor) == (1, None, None)


def asked(request: bytes) -> dict[str, str]:
    body = etree.fromstring(request.partition(b"\r\n\r\n")[2])[1][0]
    return {etree.QName(child).localname: child.text for child in body}


def test_what_is_asked() -> None:
    with reading(data(STUDENT), dependance="00", set="Smalle-set-VO") as (server, made):
        before = datetime.now(UTC)
        (batch,) = read(made)
        read(made, batch.cursor)
        read(made, f"2025-2026 {(batch.cursor or '').partition(' ')[2]}")
        read(made, "something else")
    first, second, third, fourth = map(asked, server.requests)
    assert first == {
        "schooljaar": YEAR, "brincode": "97ZZ", "dependancecode": "00", "xsdversie": "2.2",
        "gegevenssetid": "Smalle-set-VO",
    }  # fmt: skip
    moment = datetime.fromisoformat(second.pop("laatstontvangengegevens"))
    assert before - LAG - timedelta(seconds=1) <= moment <= datetime.now(UTC) - LAG
    assert first == second == third == fourth, "what was asked of another year says nothing of this one"
    assert b'\r\nSOAPAction: "HaalLeerlinggegevens"\r\n' in server.requests[0]


@pytest.mark.parametrize(
    ("school", "more", "name"),
    [
        ("", {}, "schooljaar"),
        ("<school><brincode>97ZZ</brincode></school>", {}, "schooljaar"),
        ("<school><schooljaar>2025-2026</schooljaar><brincode>97ZZ</brincode></school>", {}, "schooljaar"),
        (f"<school><schooljaar>{YEAR}</schooljaar><brincode>01AA</brincode></school>", {}, "brincode"),
        (f"<school><schooljaar>{YEAR}</schooljaar></school>", {}, "brincode"),
        (SCHOOL, {"dependance": "01"}, "dependancecode"),
        (SCHOOL, {"brin": "", "schoolkey": "vliet"}, "schoolkey"),
    ],
)
def test_another_school_or_year_is_refused_as_a_whole(school: str, more: dict[str, str], name: str) -> None:
    with reading(data(STUDENT, school=school), **more) as (_, made), pytest.raises(Broken, match=name) as caught:
        read(made)
    assert caught.value.code == "vocus.uwlr_school"
    assert not [value for value in ("2025", "01AA") if value in str(caught.value)]


@pytest.mark.parametrize("more", [{"dependance": "00"}, {"dependance": ""}, {"brin": "", "schoolkey": "Vliet"}])
def test_the_same_school_in_other_words(more: dict[str, str]) -> None:
    school = SCHOOL.replace("</school>", "<schoolkey>vliet</schoolkey></school>")
    assert records(data(STUDENT, school=school), **more)


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("Server.InterneFout", Retry, "vocus.uwlr_unwell"),
        ("soap:Server.TijdelijkNietBeschikbaar", Retry, "vocus.uwlr_unwell"),
        ("s:Server", Retry, "vocus.uwlr_unwell"),
        ("Client.AutorisatieOngeldig", Denied, "vocus.uwlr_denied"),
        ("s:Client.OngeldigeKlantIdentificatie", Denied, "vocus.uwlr_denied"),
        ("Client.OngeldigBericht", Broken, "vocus.uwlr_refused"),
        ("Client.XsdVersieOngeldig", Broken, "vocus.uwlr_refused"),
        ("Client.CANARY", Broken, "vocus.uwlr_refused"),
        ("", Broken, "vocus.uwlr_refused"),
    ],
)
def test_a_fault(code: str, error: type[SourceError], said: str) -> None:
    for found in (fault(code), fault(code).replace(b"500 Oops", b"200 OK")):
        with reading(found) as (_, made), pytest.raises(error) as caught:
            read(made)
        assert caught.value.code == said
        assert "CANARY" not in str(caught.value)


WHOLE = data(STUDENT)


@pytest.mark.parametrize(
    ("found", "error", "said"),
    [
        (b"", Retry, "vocus.uwlr_unwell"),
        (plain(b"", status="202 Accepted"), Retry, "vocus.uwlr_unwell"),
        (plain(b"<html/>", kind="text/html"), Retry, "vocus.uwlr_unwell"),
        (b"<!DOCTYPE html><HTML><p>Onderhoud", Retry, "vocus.uwlr_unwell"),
        (plain(b"oops", status="500 Oops"), Retry, "vocus.uwlr_unwell"),
        (plain(WHOLE, status="500 Oops"), Retry, "vocus.uwlr_unwell"),
        (WHOLE[:-1], Retry, "vocus.uwlr_unwell"),
        (WHOLE[:200], Retry, "vocus.uwlr_unwell"),
        (plain(WHOLE, kind="application/json"), Broken, "http.content_type"),
        (b'{"a": 1}', Broken, "vocus.uwlr_form"),
        (WHOLE.replace(b"</roepnaam>", b"</naam>"), Broken, "vocus.uwlr_form"),
        (data(STUDENT, "1.0"), Broken, "vocus.uwlr_form"),
        (answer(""), Broken, "vocus.uwlr_form"),
        (answer("<geengegevens/><geenwijzigingen/>"), Broken, "vocus.uwlr_form"),
        (answer("<anders/>"), Broken, "vocus.uwlr_form"),
        (WHOLE.replace(b"</s:Envelope>", b"<s:Body/></s:Envelope>"), Broken, "vocus.uwlr_form"),
        (b"<!DOCTYPE a [<!ENTITY b 'CANARY'>]>" + answer("<geengegevens/>"), Broken, "vocus.uwlr_form"),
        (WHOLE.replace(b"<s:Header/>", b"<s:Header>" + b"<a/>" * 60 + b"</s:Header>"), Broken, "vocus.uwlr_form"),
        (data(STUDENT.replace("<roepnaam>", "<a/>" * 20_001 + "<roepnaam>")), Broken, "vocus.uwlr_form"),
    ],
)  # fmt: skip
def test_what_is_no_answer(found: bytes, error: type[SourceError], said: str) -> None:
    with reading(found) as (_, made), pytest.raises(error) as caught:
        read(made)
    assert caught.value.code == said
    assert "CANARY" not in str(caught.value)


def test_check_says_when_there_is_nothing() -> None:
    with reading(answer("<geengegevens/>"), fault("Client.AutorisatieOngeldig")) as (_, made):
        findings = [*made.check(), *made.check()]
    assert [finding.ok for finding in findings] == [False, False]
    assert "has no data of 2026-2027" in findings[0].advice
    assert "authorisation key" in findings[1].advice
    assert "Sleutel" not in findings[1].advice
