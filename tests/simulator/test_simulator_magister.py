"""Magister's dialect over real HTTP, read with plain requests and the standard library's parsers."""

import csv
import io
import re
import threading
import xml.etree.ElementTree as ET

import pytest
import requests

from simulator import edits
from simulator.magister import DEFAULT_ACCOUNT, Account
from simulator.magister_lists import table
from simulator.school import CANARY_BSN, CANARY_PASSWORD, make_school
from simulator.server import serve

USER, PASSWORD = DEFAULT_ACCOUNT.user, DEFAULT_ACCOUNT.password
STATELESS = f"{USER};{PASSWORD}"
LISTS = ("leerlingen", "ouders", "cijferkolommen", "cijfers", "redenen", "absenties", "lessen")


@pytest.fixture(scope="module")
def server():
    limited = Account(
        "beperkt", "geheim", frozenset({"GetActiveStudents", "GetData"}), frozenset({"schoolbrug-leerlingen"})
    )
    with serve(make_school(7, 120), accounts=(DEFAULT_ACCOUNT, limited)) as opened:
        yield opened


@pytest.fixture
def ask(server):
    with requests.Session() as session:

        def get(path: str = "/doc?", **query: str) -> requests.Response:
            response = session.get(server.url + path, params=query, timeout=10)
            response.encoding = "utf-8"
            return response

        yield get


def data(ask, name: str, parameters: str = "", token: str = STATELESS, **more: str) -> requests.Response:
    more = {"Type": "XML", **more}
    return ask(Library="Data", Function="GetData", SessionToken=token, Layout=name, Parameters=parameters, **more)


def function(ask, name: str, **query: str) -> requests.Response:
    query = {"SessionToken": STATELESS, "LesPeriode": "", "Type": "XML", **query}
    return ask(library="ADFuncties", function=name, **query)


def rows(response: requests.Response, root: str) -> list[dict[str, str]]:
    tree = ET.fromstring(response.content)
    assert tree.tag == "Response"
    assert tree.findtext("Result") == "True"
    plural = tree.find(root)[0]
    assert len({row.tag for row in plural}) <= 1
    return [{cell.tag: cell.text or "" for cell in row} for row in plural]


def login(ask, **more: str) -> requests.Response:
    return ask(Library="Algemeen", Function="Login", UserName=USER, Password=PASSWORD, **more)


def test_login_gives_a_guid_that_opens_the_lists(ask):
    tree = ET.fromstring(login(ask, Type="XML").content)
    token = tree.findtext("SessionToken")
    assert tree.findtext("Result") == "True"
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", token)
    assert rows(data(ask, "schoolbrug-redenen", token=token), "Table")


def test_login_without_a_type_answers_in_html(ask):
    assert re.search(r'SessionToken">([0-9A-F-]{36})</td>', login(ask).text)
    refused = ask(Library="Algemeen", Function="Login", UserName=USER, Password="x")
    assert re.search(r'ResultMessage">[^<]+</td>', refused.text)
    assert refused.headers["Content-Type"].startswith("text/html")


def test_a_bad_login_is_a_200_that_says_false(ask):
    response = ask(Library="Algemeen", Function="Login", UserName=USER, Password="fout", Type="XML")
    tree = ET.fromstring(response.content)
    assert response.status_code == 200
    assert tree.findtext("Result") == "False"
    assert tree.findtext("ResultMessage")
    assert tree.find("SessionToken") is None


def test_tokens_expire(server, ask):
    token = ET.fromstring(login(ask, Type="XML").content).findtext("SessionToken")
    server.magister.expire_tokens()
    assert ET.fromstring(data(ask, "schoolbrug-redenen", token=token).content).findtext("Result") == "False"


def test_a_login_lasts_as_long_as_it_was_told():
    with serve(make_school(7, 40), token_seconds=-1) as brief, requests.Session() as session:

        def ask(**query: str) -> requests.Response:
            return session.get(f"{brief.url}/doc?", params=query, timeout=10)

        token = ET.fromstring(login(ask, Type="XML").content).findtext("SessionToken")
        assert ET.fromstring(data(ask, "schoolbrug-redenen", token=token).content).findtext("Result") == "False"


@pytest.mark.parametrize("path", ["/doc?", "/?"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_both_paths_both_methods_and_any_case_of_parameter_names(server, path, method):
    query = {"lIBRARY": "ADFuncties", "FUNCTION": "GetActiveEmpoyees", "sessiontoken": STATELESS, "tYPE": "XML"}
    response = requests.request(method, server.url + path, params=query, timeout=10)
    assert len(rows(response, "Data")) == len(server.school.staff) + 1


def test_without_a_function_there_is_a_page_for_people(ask):
    assert 'id="Service_ADFuncties"' in ask().text


def test_an_unknown_function_is_a_404(ask):
    assert function(ask, "GetActiveEmployees").status_code == 404
    assert ask("/elders").status_code == 404


def test_active_students_carry_far_more_than_anyone_asked_for(server, ask):
    school = server.school
    response = function(ask, "GetActiveStudents")
    assert ET.fromstring(response.content).find("Data/Leerlingen/Leerling") is not None
    found = {int(row["stamnr_str"]): row for row in rows(response, "Data")}
    assert set(found) == set(school.students) - {school.cast["left"]}
    noor = found[school.cast["prefix"]]
    assert (noor["Roepnaam"], noor["Tussenv"], noor["Achternaam"]) == ("Noor", "van den", "Berg")
    assert noor["Volledige_naam"] == "Berg, Noor van den"
    assert noor["geb_datum_str"] == f"{school.students[school.cast['prefix']].birth_date:%d-%m-%Y}"
    assert found[school.cast["leap_day"]]["geb_datum_str"] == "29-02-2012"
    canary = found[school.cast["canary"]]
    assert (canary["c_vrij1"], canary["c_vrij2"]) == (CANARY_PASSWORD, CANARY_BSN)
    assert {"Nr.tv", "Tel._1_geheim", "Land___Nationaliteit.Land"} < set(noor)
    assert "sis_pers0.sis_pers0.sis_pers0__naam_vol" in noor
    assert len(noor) == 32


def test_staff_come_with_leavers_and_second_logins(server, ask):
    found = rows(function(ask, "GetActiveEmpoyees"), "Data")
    codes = [row["Code"] for row in found]
    twice = next(person for person in server.school.staff.values() if len(person.logins) == 2)
    assert codes.count(twice.code) == 2
    assert [code for code in codes if "*" in code] == [
        f"*{person.code}" for person in server.school.staff.values() if person.left_on
    ]
    assert "Email" not in found[0]
    assert "Off._voornamen" in found[0]


def test_sections_and_subjects_of_one_student(server, ask):
    number = server.school.cast["prefix"]
    sections = [s for s in server.school.sections.values() if number in s.members]
    groups = function(ask, "GetLeerlingGroepen", StamNr=str(number))
    subjects = function(ask, "GetLeerlingVakken", StamNr=str(number))
    assert rows(groups, "Data") == [{"Stamnr": str(number), "Lesgroep": str(s.id), "groep": s.code} for s in sections]
    assert rows(subjects, "Data") == [{"Stamnr": str(number), "Vak": s.subject} for s in sections]
    assert ET.fromstring(groups.content).find("Data/vakken/vak") is not None
    assert ET.fromstring(subjects.content).find("Data/vakken/vak") is not None


def test_sections_of_one_teacher(server, ask):
    section = next(iter(server.school.sections.values()))
    teacher = server.school.staff[section.teacher]
    response = function(ask, "GetPersoneelGroepVakken", StamNr=str(teacher.number))
    assert {
        "Personeelslid.Stamnr": str(teacher.number), "Klas": section.code, "Vak.Vakcode": section.subject,
        "Vak.Omschrijving": server.school.subjects[section.subject].name,
    } in rows(response, "Data")  # fmt: skip
    assert ET.fromstring(response.content).find("Data/Lessen/Les") is not None


def test_a_number_that_is_none_is_an_exception_in_the_envelope(ask):
    response = function(ask, "GetLeerlingVakken", StamNr="")
    assert response.status_code == 200
    assert ET.fromstring(response.content).findtext("Exception") == "EConvertError"


@pytest.mark.parametrize("period", ["2026-2027", "2026", "2526"])
def test_a_wrong_period_gives_no_rows_and_no_error(ask, period):
    assert rows(function(ask, "GetActiveStudents", LesPeriode=period), "Data") == []
    assert rows(data(ask, "schoolbrug-cijfers", f"lesperiode={period}"), "Table") == []


def test_the_right_period_by_name_is_the_same_as_none(ask):
    assert data(ask, "schoolbrug-ouders", "lesperiode=2627").content == data(ask, "schoolbrug-ouders").content


@pytest.mark.parametrize("name", LISTS)
def test_each_list_says_the_same_in_xml_and_in_both_kinds_of_csv(ask, name):
    layout = f"schoolbrug-{name}"
    from_xml = rows(data(ask, layout), "Table")
    text = data(ask, layout, Type="CSV").content
    ansi = data(ask, layout, Type="CSV", Encoding="ANSI").content
    assert text.startswith(b"\xef\xbb\xbf")
    assert not ansi.startswith(b"\xef\xbb\xbf")
    assert list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""), delimiter=";")) == from_xml
    as_ansi = text.decode("utf-8-sig").encode("cp1252", "replace")
    assert ansi == as_ansi
    assert b"\r\n" in text
    assert b"\r\r\n" not in text
    assert from_xml


def test_pupils_repeat_for_each_enrolment(server, ask):
    school = server.school
    mover = school.cast["changed_class"]
    found = [row for row in rows(data(ask, "schoolbrug-leerlingen"), "Table") if row["STAMNR"] == str(mover)]
    assert [(row["KLAS"], row["BEGIN"], row["EINDE"]) for row in found] == [
        (e.homeroom, f"{e.begins:%d-%m-%Y}", f"{e.ends:%d-%m-%Y}") for e in school.enrolments[mover]
    ]
    left = next(r for r in rows(data(ask, "schoolbrug-leerlingen"), "Table") if r["STAMNR"] == str(school.cast["left"]))
    assert left["VERTREK"] == "09-10-2026"


def test_guardians_say_who_may_what(server, ask):
    school = server.school
    found = [
        row for row in rows(data(ask, "schoolbrug-ouders"), "Table") if row["STAMNR"] == str(school.cast["court_block"])
    ]
    assert [(row["VOLGNR"], row["RELATIE"], row["GEZAG"], row["BLOKKADE"]) for row in found] == [
        ("1", "moeder", "True", "False"), ("2", "vader", "False", "True"),
    ]  # fmt: skip


def test_grades_in_every_way_that_magister_writes_them(server, ask):
    school = server.school
    found = {
        (row["STAMNR"], row["KOLOM"], row["POGING"]): row for row in rows(data(ask, "schoolbrug-cijfers"), "Table")
    }
    assert len(found) == sum(1 for _ in school.all_grades())
    for grade in school.all_grades():
        row = found[str(grade.student), str(grade.assessment), str(grade.attempt)]
        column = school.assessments[grade.assessment]
        if grade.state == "scored":
            assert row["CIJFER"] == str(round(grade.score, column.decimals)).replace(".", ",")
        else:
            assert row["CIJFER"] == {"to_be_made_up": "Inh", "exempt": "Vr", "labelled": grade.label}[grade.state]
        assert row["INHALEN"] == str(grade.state == "to_be_made_up")
        assert row["VRIJSTELLING"] == str(grade.state == "exempt")
        assert row["TELTMEE"] == str(grade.counts)
        assert row["INGEVOERD"] == f"{grade.entered_at:%d-%m-%Y %H:%M:%S}"
        assert row["BEHAALD"] == f"{grade.achieved_on:%d-%m-%Y}"


def test_columns_say_what_they_are(server, ask):
    school = server.school
    for row in rows(data(ask, "schoolbrug-cijferkolommen"), "Table"):
        column = school.assessments[int(row["KOLOM"])]
        assert row["SOORT"] == {"test": "1", "average": "2", "report": "13", "calculated": "14"}[column.kind]
        assert row["WEGING"] == str(column.weight).replace(".", ",")
        assert row["ORIGINEEL"] == ("" if column.resit_of is None else str(column.resit_of))
        assert row["HERKANSING"] == str(bool(row["ORIGINEEL"]))
        assert row["PERIODE_BEGIN"] == f"{school.periods[column.period].begins:%d-%m-%Y}"


def test_absences_with_and_without_a_lesson(server, ask):
    school = server.school
    for row in rows(data(ask, "schoolbrug-absenties"), "Table"):
        ident = int(row["VERANTWOORDING"])
        reason = school.reasons[row["CODE"]]
        assert (row["REDEN"], row["GEOORLOOFD"]) == (str(reason.id), str(reason.excused))
        if row["AFSPRAAK"]:
            seen = school.observations[ident]
            assert (row["AFSPRAAK"], row["LESUUR"], row["BEGIN"]) == (str(seen.lesson), str(seen.hour), "")
        else:
            notice = school.notices[ident]
            assert row["BEGIN"] == f"{notice.begins:%d-%m-%Y %H:%M:%S}"
            assert row["EINDE"] == (f"{notice.ends:%d-%m-%Y %H:%M:%S}" if notice.ends else "")


def test_absences_since_a_day(server, ask):
    everything = rows(data(ask, "schoolbrug-absenties"), "Table")
    since = rows(data(ask, "schoolbrug-absenties", "lesperiode=;vanaf=16-11-2026"), "Table")
    expected = [row for row in everything if row["INVOER"][6:10] + row["INVOER"][3:5] + row["INVOER"][:2] >= "20261116"]
    assert 0 < len(since) < len(everything)
    assert since == expected


def test_lessons_name_subject_teacher_and_group(server, ask):
    for row in rows(data(ask, "schoolbrug-lessen"), "Table"):
        lesson = server.school.lessons[int(row["AFSPRAAK"])]
        assert row["OMSCHR"] == f"{lesson.subject} - {lesson.teacher} - {lesson.group}"
        assert row["TYPE"] == "13"
        assert row["STATUS"] in {
            "scheduled": "1", "changed": "3", "moved": "9", "changed_and_moved": ("10",), "cancelled": ("4", "5"),
        }[lesson.status]  # fmt: skip


def test_special_characters_survive_xml_and_csv():
    school = make_school(7, 40)
    number = school.cast["prefix"]
    edits.change_student(school, number, last_name='Berg & "Dal"; <b>\u00a0Zoë')
    with serve(school) as own, requests.Session() as session:

        def ask(**query: str) -> requests.Response:
            return session.get(f"{own.url}/doc?", params=query, timeout=10)

        found = {row["STAMNR"]: row for row in rows(data(ask, "schoolbrug-leerlingen"), "Table")}
        text = data(ask, "schoolbrug-leerlingen", Type="CSV").content.decode("utf-8-sig")
        lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
        assert found[str(number)]["ACHTERNAAM"] == 'Berg & "Dal"; <b>\u00a0Zoë'
        assert {row["STAMNR"]: row for row in lines} == found


def test_a_list_without_right_is_error_10(ask):
    response = data(ask, "schoolbrug-cijfers", token="beperkt;geheim")
    tree = ET.fromstring(response.content)
    assert (response.status_code, tree.findtext("Result")) == (200, "False")
    assert tree.find("Table")[0][0].findtext("Fout_nummer") == "10"
    assert rows(data(ask, "schoolbrug-leerlingen", token="beperkt;geheim"), "Table")


def test_a_list_without_right_in_csv(ask):
    body = data(ask, "schoolbrug-cijfers", token="beperkt;geheim", Type="CSV").content
    assert body.startswith(b"Fout_nummer;Fout_omschrijving\r\n10;")


def test_a_function_without_right(ask):
    tree = ET.fromstring(function(ask, "GetActiveEmpoyees", SessionToken="beperkt;geheim").content)
    assert tree.findtext("Result") == "False"
    assert rows(function(ask, "GetActiveStudents", SessionToken="beperkt;geheim"), "Data")


def test_an_unknown_list_is_an_exception_in_the_envelope(ask):
    response = data(ask, "Schoolbrug-Cijfers")
    assert response.status_code == 200
    assert ET.fromstring(response.content).findtext("Exception") == "EMGeneralFailure"
    assert b"EMGeneralFailure" in data(ask, "bestaat-niet", Type="CSV").content


@pytest.mark.parametrize("parameters", ["lesperiode", "a=b=c", "vanaf=2026-11-01"])
def test_parameters_that_cannot_be_read_are_an_exception(ask, parameters):
    tree = ET.fromstring(data(ask, "schoolbrug-absenties", parameters).content)
    assert tree.findtext("Exception") == "EMGeneralFailure"


def test_a_wrong_stateless_token_is_refused(ask):
    assert ET.fromstring(data(ask, "schoolbrug-redenen", token=f"{USER};fout").content).findtext("Result") == "False"


def test_small_answers_have_a_length_and_large_ones_come_in_chunks(ask):
    assert "Content-Length" in data(ask, "schoolbrug-redenen").headers
    assert data(ask, "schoolbrug-cijfers").headers["Transfer-Encoding"] == "chunked"


def test_calls_are_counted_without_their_credentials():
    with serve(make_school(7, 40)) as own:
        for _ in range(2):
            query = {"library": "data", "function": "getdata", "layout": "schoolbrug-redenen"}
            requests.get(f"{own.url}/doc?", params={**query, "sessiontoken": STATELESS}, timeout=10)
        assert own.calls.names == ["schoolbrug-redenen", "schoolbrug-redenen"]
        assert own.calls.count("schoolbrug-redenen") == 2


def test_nothing_answers_after_close():
    own = serve(make_school(7, 40))
    with requests.Session() as session:
        assert session.get(f"{own.url}/doc?", timeout=10).status_code == 200
        own.close()
        with pytest.raises(requests.ConnectionError):
            session.get(f"{own.url}/doc?", timeout=10)


def test_a_list_is_a_snapshot_of_the_moment_it_was_asked_for():
    school = make_school(7, 40)
    last = next(reversed(school.grades.values()))
    grade = next(g for g in last.values() if school.assessments[g.assessment].kind == "test")
    before = list(table(school, "schoolbrug-cijfers", {}).rows)
    reading = iter(table(school, "schoolbrug-cijfers", {}).rows)
    first = next(reading)
    edits.remove_grade(school, grade.student, grade.assessment, attempt=grade.attempt)
    assert [first, *reading] == before


def test_the_school_can_be_read_while_it_changes():
    school = make_school(7, 60)
    column = next(c for c in school.assessments.values() if c.kind == "test" and not c.resit and not c.retired)
    sections = [s for s in school.sections.values() if (s.study, s.subject) == (column.study, column.subject)]
    numbers = [number for section in sections for number in section.members]
    untouched = {
        (str(grade.student), str(grade.assessment), str(grade.attempt))
        for grade in school.all_grades()
        if grade.assessment != column.id and school.assessments[grade.assessment].kind == "test"
    }
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            for number in numbers:
                edits.enter_grade(school, number, column.id, "to_be_made_up")
                edits.remove_grade(school, number, column.id)

    with serve(school) as own, requests.Session() as session:

        def ask(**query: str) -> requests.Response:
            return session.get(f"{own.url}/doc?", params=query, timeout=10)

        thread = threading.Thread(target=change)
        thread.start()
        try:
            answers = [rows(data(ask, "schoolbrug-cijfers"), "Table") for _ in range(3)]
        finally:
            stop.set()
            thread.join()
        for found in answers:
            keys = [(row["STAMNR"], row["KOLOM"], row["POGING"]) for row in found]
            assert len(keys) == len(set(keys))
            assert untouched <= set(keys)
