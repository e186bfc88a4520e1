"""Rows of Connect to records: the rules' own vectors, and that any object at all gives records or a bad row."""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atvo import rest_listings
from atvo.rest_listings import LEERLING, MISFIT, Field, denied, kept
from atvo.rest_mapping import MAPPERS, map_row
from atvo.rest_rows import Layout, joined, layout, layout_of, raw, uuid
from canonical.records import Record
from connectors.columns import ColumnError
from connectors.contract import RawRecord
from connectors.errors import BadRow
from simulator.atvo_ids import uuid_of

STUDENT, GUARDIAN, STAFF = uuid_of("student", 1), uuid_of("guardian", 1), uuid_of("staff", 1)
PLACE, SUBJECT, OTHER = uuid_of("location", "01"), uuid_of("subject", "wi"), uuid_of("subject", "na")
GROUP, RESULT, SECOND = uuid_of("section", 1), uuid_of("result", "1-1"), uuid_of("result", "1-2")
YEAR, LEVEL = "2026/2027", "4:HAVO 4"
COHORT = (SUBJECT, "HAVO 4", "2027/2028")

TEST: dict[str, Any] = {
    "uuid": RESULT, "omschrijving": "Proefwerk 1", "code": "T1", "toetsType": "TOETS", "weging": 2,
    "geldend_resultaat": "7.5", "pogingen": [{"resultaat": "7.5", "poging": 1}],
}  # fmt: skip
GOOD: dict[str, dict[str, Any]] = {
    "vestiging": {"uuid": PLACE, "naam": "Hoofdlocatie", "afkorting": "01"},
    "vak": {"uuid": SUBJECT, "afkorting": "wi", "naam": "wiskunde"},
    "medewerker": {
        "uuid": STAFF, "roepnaam": "Anna", "voorletters": "A.", "voorvoegsel": "den", "achternaam": "Draaier",
        "medewerkernummer": "Medewerker 51326", "afkorting": "DRA", "functie": "docent",
    },
    "stamgroep": {
        "uuid": GROUP, "naam": "4h2", "leerlingen": [{"uuid": STUDENT}],
        "mentoren": [{"medewerker_uuid": STAFF, "toewijzing": "TweedeMentorStamgroep"}],
    },
    "lesgroep": {
        "uuid": GROUP, "naam": "4h.wi1", "vakuuid": SUBJECT, "schooljaar": YEAR, "leerlingen": [{"uuid": STUDENT}],
        "docenten": [STAFF], "vestiging": {"uuid": PLACE},
    },
    "leerling": {
        "uuid": STUDENT, "leerlingnummer": 20001, "roepnaam": "Noor", "voorletters": "N.A.", "voorvoegsel": "van den",
        "achternaam": "Berg", "geslacht": "VROUW", "geboortedatum": "2010-03-14", "emailadres": "n@school.example",
        "plaatsingen": [{
            "uuid": uuid_of("enrolment", 1), "schooljaar": YEAR, "startdatum": "2026-08-01", "einddatum": "2027-07-31",
            "leerjaar": 4, "opleiding": {"afkorting": "H4", "profielafkorting": "NT"}, "stamgroep": {"uuid": GROUP},
        }],
        "vakkeuzes": [{"school_vakafkorting": "wi"}, {"school_vakafkorting": "lo"}, {"school_vakafkorting": "wi"}],
    },
    "ouderVerzorger": {
        "uuid": GUARDIAN, "voorletters": "E.", "achternaam": "Smit", "emailadres": "e@post.example",
        "telefoonnummer": "06-1", "telefoonnummer_geheim": False, "leerlingen_van_vestiging": [STUDENT],
        "relatie_tot_leerlingen": [
            {"uuid": STUDENT, "relatiesoort": "Moeder", "ouderlijk_gezag": True, "mag_post_ontvangen": False}
        ],
        "volgnummers": {STUDENT: 2},
    },
    "dossier": {
        "leerling": STUDENT, "schooljaar": YEAR, "vak": SUBJECT,
        "voortgang": [{
            "vakuuid": SUBJECT, "niveau": "HAVO 4", "leerjaar": 4,
            "periodes": [{"periode": 1, "periodegemiddelde": "7.5", "rapportgemiddelde": "8", "resultaten": [TEST]}],
        }],
        "examen": [{"vakUUID": SUBJECT, "niveau": "HAVO 4", "lichting": "2027/2028"}],
    },
}  # fmt: skip


def row(source: str, item: Any = None, **changed: Any) -> RawRecord:
    item = GOOD[source] if item is None else item
    return raw("any", {**item, **changed}, layout_of(Layout(source, PLACE, (), {"wi": SUBJECT})))


def mapped(source: str, **changed: Any) -> list[Record]:
    return list(map_row(row(source, **changed)))


def one(source: str, kind: str, **changed: Any) -> Any:
    (found,) = [record for record in mapped(source, **changed) if record.kind == kind]
    return found


def bad(source: str, **changed: Any) -> BadRow:
    with pytest.raises(BadRow) as caught:
        mapped(source, **changed)
    return caught.value


def dossier(*results: dict[str, Any], exam: Sequence[dict[str, Any]] = (), **more: Any) -> list[Record]:
    """The records of one subject with these results in the first period, and these lines in the exam file."""
    period = {"periode": 1, "resultaten": list(results), **more}
    progress = {"niveau": "HAVO 4", "leerjaar": 4, "periodes": [period]}
    cohort = {"niveau": "HAVO 4", "lichting": "2027/2028", "se_resultaten": {"se_resultaten": list(exam)}}
    return mapped("dossier", voortgang=[progress], examen=[cohort])


def of(records: Sequence[Record], kind: str) -> list[Any]:
    return [record for record in records if record.kind == kind]


def graded(**changed: Any) -> list[Any]:
    return of(dossier({**TEST, **changed}), "grade")


def test_every_listing_has_a_mapping_and_an_example() -> None:
    assert MAPPERS.keys() == GOOD.keys()
    for source in MAPPERS:
        assert mapped(source)


def test_a_student_with_a_placement_and_subjects() -> None:
    student, enrolment = one("leerling", "student"), one("leerling", "enrolment")
    assert (student.key, student.local_id, student.gender) == ((STUDENT,), "20001", "female")
    assert (student.first_name, student.prefix, student.last_name) == ("Noor", "van den", "Berg")
    assert (enrolment.student, enrolment.location, enrolment.homeroom) == ((STUDENT,), (PLACE,), (GROUP,))
    assert (enrolment.study, enrolment.profile, enrolment.grade_level) == ("H4", "NT", 4)
    assert enrolment.school_year == (YEAR,)
    assert one("leerling", "school_year").code == YEAR
    # A subject is told by its abbreviation: one that the location does not know is nobody's guess.
    assert one("leerling", "student_subject").key == (STUDENT, SUBJECT)
    assert one("leerling", "student", geslacht="ONBEKEND").gender is None
    assert [record.kind for record in mapped("leerling", plaatsingen=[], vakkeuzes=[])] == ["student"]


def test_a_guardian_of_several_children() -> None:
    tie = one("ouderVerzorger", "guardianship")
    assert (tie.key, tie.relation, tie.relation_text) == ((STUDENT, GUARDIAN), "mother", "Moeder")
    assert (tie.order, tie.legal_authority, tie.receives_mail) == (2, True, False)
    # A child of whom the relation may not be told is a child all the same.
    ties = of(mapped("ouderVerzorger", leerlingen_van_vestiging=[STUDENT, STAFF]), "guardianship")
    assert [(tie.student, tie.relation, tie.order) for tie in ties] == [
        ((STUDENT,), "mother", 2), ((STAFF,), "unknown", None),
    ]  # fmt: skip
    for mark in ("telefoonnummer_geheim", "mobielwerknummer_geheim", "adres_geheim"):
        assert one("ouderVerzorger", "guardian", **{mark: True}).secret is True
    assert one("ouderVerzorger", "guardian").secret is False


def test_groups_with_who_is_in_them_and_who_teaches() -> None:
    mentor, teacher = one("stamgroep", "group_staff"), one("lesgroep", "group_staff")
    assert (mentor.role, mentor.order, mentor.subject) == ("mentor", 2, None)
    assert (teacher.role, teacher.order, teacher.subject) == ("teacher", None, (SUBJECT,))
    assert one("lesgroep", "group_member").key == (GROUP, STUDENT)
    assert one("lesgroep", "group").school_year == (YEAR,)
    assert one("stamgroep", "group").location == one("lesgroep", "group", vestiging=None).location == (PLACE,)
    assert one("lesgroep", "group_staff", vakuuid=None).key == (GROUP, STAFF, "teacher")


def test_the_word_before_a_staff_number_says_nothing() -> None:
    assert one("medewerker", "staff").local_id == "51326"
    assert one("medewerker", "staff", medewerkernummer="51326").local_id == "51326"
    assert one("medewerker", "staff", medewerkernummer=None).local_id is None


@pytest.mark.parametrize(
    ("text", "status", "score", "label"),
    [
        ("7.9", "scored", "7.9", None), ("7,9", "scored", "7.9", None), ("10", "scored", "10", None),
        ("1.0", "scored", "1", None), ("0.9", "out_of_range", None, None), ("10.1", "out_of_range", None, None),
        ("V", "labelled", None, "V"), ("voldoende", "labelled", None, "voldoende"),
        ("niet gemaakt", "labelled", None, "niet gemaakt"), ("11,7x", "unreadable", None, None),
        ("*", "unreadable", None, None), ("7..9", "unreadable", None, None),
    ],
)  # fmt: skip
def test_a_result_is_a_text_with_what_can_be_read_of_it(
    text: str, status: str, score: str | None, label: str | None
) -> None:
    """R1, R2, R7: what is no number keeps its text; a label is never made into one."""
    (grade,) = graded(geldend_resultaat=text, pogingen=[])
    assert (grade.raw_text, grade.status, grade.label, grade.attempt) == (text, status, label, 1)
    assert grade.score == (None if score is None else Decimal(score))
    assert (grade.entered_at, grade.sufficient, grade.weight) == (None, None, None)


@pytest.mark.parametrize(
    ("standing", "attempts", "expected"),
    [
        ("7.5", ["7.5"], [("7.5", True)]),
        ("6.0", ["4.8"], [("6.0", True)]),
        (None, ["4.8"], [("4.8", True)]),
        (None, [], []),
        ("6.7", ["4.8", "6.7"], [("4.8", False), ("6.7", True)]),
        ("4.8", ["4.8", "4.2"], [("4.8", True), ("4.2", False)]),
        ("6", ["6.0", "6.0"], [("6.0", True), ("6.0", False)]),
        ("5.8", ["4.8", "6.7"], [("4.8", True), ("6.7", True)]),
        (None, ["4.8", "6.7"], [("4.8", True), ("6.7", True)]),
        ("V", ["O", "V"], [("O", False), ("V", True)]),
        ("4.8", ["4.8", None], [("4.8", True)]),
    ],
)  # fmt: skip
def test_of_several_attempts_the_standing_one_counts(
    standing: str | None, attempts: list[str | None], expected: list[tuple[str, bool]]
) -> None:
    """R17: what stands is the source's own decision; where it cannot be seen, nobody decides."""
    told = [{"resultaat": text, "poging": number} for number, text in enumerate(attempts, 1)]
    found = graded(geldend_resultaat=standing, pogingen=told)
    assert [(grade.raw_text, grade.counts) for grade in found] == expected
    assert [grade.attempt for grade in found] == list(range(1, len(expected) + 1))
    assert {grade.key for grade in found} == {(RESULT, str(number)) for number in range(1, len(expected) + 1)}


def test_a_test_is_known_by_what_it_is_a_test_of() -> None:
    (column,) = of(dossier(TEST), "assessment")
    assert column.key == (YEAR, SUBJECT, LEVEL, "1:T1")
    assert (column.grading_period, column.weight, column.assessment_kind) == ((YEAR, "1"), Decimal(2), "test")
    assert (column.exam_column, column.exam_weight, column.code, column.title) == (False, None, "T1", "Proefwerk 1")
    (planned,) = dossier({**TEST, "weging": None, "geldend_resultaat": None, "pogingen": []})[1:]
    assert (planned.kind, planned.key, planned.weight) == ("assessment", column.key, None)


def test_the_parts_of_a_composite_have_it_as_their_parent() -> None:
    part = {**TEST, "uuid": SECOND, "code": "a", "weging": 1, "geldend_resultaat": "6.0", "pogingen": []}
    told = {**TEST, "toetsType": "SAMENGESTELDETOETS", "pogingen": [], "deeltoetsen": [part]}
    whole, component = of(dossier(told), "assessment")
    assert (whole.assessment_kind, whole.parent) == ("composite", None)
    assert (component.assessment_kind, component.parent, component.weight) == ("component", whole.key, Decimal(1))
    assert component.key == (YEAR, SUBJECT, LEVEL, "1:T1:a")
    assert [grade.key for grade in of(dossier(told), "grade")] == [(RESULT, "1"), (SECOND, "1")]


def test_averages_of_the_source_are_columns_of_their_own() -> None:
    """R9: they are kept as what they are, and no test has their key."""
    records = dossier(periodegemiddelde="7.5", rapportgemiddelde="8")
    columns, grades = of(records, "assessment"), of(records, "grade")
    assert [(column.assessment_kind, column.key[-1]) for column in columns] == [
        ("average", "1::periodegemiddelde"), ("report", "1::rapportgemiddelde"),
    ]  # fmt: skip
    assert [(grade.raw_text, grade.assessment) for grade in grades] == [
        (text, column.key) for text, column in zip(("7.5", "8"), columns, strict=True)
    ]


def test_a_result_in_both_files_is_one_line_of_the_exam_file() -> None:
    line = {**TEST, "weging": 3}
    records = dossier(TEST, exam=[line])
    (column,), (grade,) = of(records, "assessment"), of(records, "grade")
    assert (column.key, column.exam_column) == ((*COHORT, "T1"), True)
    assert (column.weight, column.exam_weight, column.grading_period) == (Decimal(2), Decimal(3), (YEAR, "1"))
    assert (grade.key, grade.assessment) == ((RESULT, "1"), column.key)


def test_a_line_of_an_earlier_year_keeps_its_key_and_weighs_nothing_in_this_one() -> None:
    """R12: the exam file spans the years, the progress file does not."""
    both, alone = of(dossier(TEST, exam=[TEST]), "assessment"), of(dossier(exam=[TEST]), "assessment")
    assert both[0].key == alone[0].key
    assert (alone[0].weight, alone[0].exam_weight, alone[0].grading_period) == (Decimal(0), Decimal(2), None)


def test_final_marks_and_the_central_exam_feed_no_average() -> None:
    central = {"tijdvak": "1", "geldend_resultaat": "6.4", "deelexamens": [{"naam": "CIE", "geldend_resultaat": "7"}]}
    exam = {
        "niveau": "HAVO 5", "lichting": "2026/2027", "eindcijfer": "7", "se_resultaten": {"se_eindcijfer": "6.8"},
        "ce_resultaten": {"ce_eindcijfer": "6.4", "ce_resultaten": [central]},
    }  # fmt: skip
    records = mapped("dossier", voortgang=[], examen=[exam])
    columns, grades = of(records, "assessment"), of(records, "grade")
    assert {column.assessment_kind for column in columns} == {"exam"}
    assert {column.code: grade.raw_text for column, grade in zip(columns, grades, strict=True)} == {
        "eindcijfer": "7", "se_eindcijfer": "6.8", "ce_eindcijfer": "6.4", "ce:1": "6.4", "ce:1:CIE": "7",
    }  # fmt: skip
    assert all(column.key[:3] == (SUBJECT, "HAVO 5", "2026/2027") for column in columns)


@pytest.mark.parametrize("second", [
    {**TEST, "uuid": SECOND}, {**TEST, "code": "T2"}, TEST,
    {**TEST, "uuid": SECOND, "geldend_resultaat": None, "pogingen": []},
])  # fmt: skip
def test_two_results_that_cannot_be_told_apart_are_a_bad_row(second: dict[str, Any]) -> None:
    """One of them would be lost without a word."""
    with pytest.raises(BadRow, match="resultaten: twice") as caught:
        dossier(TEST, second)
    assert ("assessment", (YEAR, SUBJECT, LEVEL, "1:T1")) in caught.value.covers


def test_an_attempt_or_an_exam_line_that_comes_twice_is_a_bad_row() -> None:
    with pytest.raises(BadRow, match=r"pogingen\.1\.poging: twice"):
        graded(pogingen=[{"resultaat": "5", "poging": 1}, {"resultaat": "6", "poging": 1}])
    with pytest.raises(BadRow, match=r"se_resultaten\.1\.uuid: twice"):
        dossier(exam=[TEST, {**TEST, "code": "T2"}])


@pytest.mark.parametrize(("source", "changed", "problem", "covers"), [
    ("leerling", {"leerlingnummer": "x"}, "leerlingnummer: digits", True),
    ("leerling", {"leerlingnummer": None}, "leerlingnummer: missing", True),
    ("leerling", {"geboortedatum": "31-02-2010"}, "geboortedatum: date", True),
    ("leerling", {"achternaam": {MISFIT: "value"}}, "achternaam: form", True),
    ("leerling", {"emailadres": {MISFIT: "value"}}, "emailadres: form", True),
    ("leerling", {"uuid": "geen-uuid"}, "uuid: key", False),
    ("leerling", {"plaatsingen": {MISFIT: "rows"}}, "plaatsingen: form", False),
    ("leerling", {"plaatsingen": "x"}, "plaatsingen: form", False),
    ("leerling", {"plaatsingen": ["x"]}, "plaatsingen.0: form", False),
    ("leerling", {"plaatsingen": [{"uuid": "x"}]}, "plaatsingen.0.uuid: key", False),
    ("leerling", {"roepnaam": "a\0b"}, "row: nul", False),
    ("ouderVerzorger", {"relatie_tot_leerlingen": {MISFIT: "rows"}}, "relatie_tot_leerlingen: form", False),
    ("lesgroep", {"leerlingen": {MISFIT: "rows"}}, "leerlingen: form", False),
    ("lesgroep", {"vakuuid": "x"}, "vakuuid: uuid", True),
    ("lesgroep", {"docenten": ["x"]}, "docenten.0: key", False),
    ("medewerker", {"afkorting": ""}, "afkorting: missing", True),
    ("dossier", {"schooljaar": ""}, "schooljaar: key", False),
    ("dossier", {"voortgang": [{"periodes": []}]}, "voortgang.0.niveau: key", False),
    ("dossier", {"voortgang": [{"niveau": "HAVO 4", "periodes": [{"periode": "een"}]}]},
     "voortgang.0.periodes.0.periode: key", False),
    ("dossier", {"examen": [{"se_resultaten": ["x"]}]}, "examen.0.se_resultaten: form", False),
])  # fmt: skip
def test_what_is_wrong_is_named_with_what_the_row_stands_for(
    source: str, changed: dict[str, Any], problem: str, covers: bool
) -> None:
    error = bad(source, **changed)
    assert problem in str(error)
    assert bool(error.covers) is covers


@given(st.lists(st.text(max_size=6), min_size=1, max_size=4), st.lists(st.text(max_size=6), min_size=1, max_size=4))
def test_no_two_lists_of_parts_give_the_same_key_column(one: list[str], other: list[str]) -> None:
    assert (joined(*one) == joined(*other)) == (one == other)


@pytest.mark.parametrize(("one", "other"), [(("a:b",), ("a", "b")), (("a%3Ab",), ("a:b",)), (("a", ""), ("a",))])
def test_a_separator_in_a_part_is_no_separator(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert joined(*one) != joined(*other)


def test_a_uuid_is_read_in_small_letters_and_nothing_else_is_one() -> None:
    assert uuid(f" {STUDENT.upper()} ") == STUDENT
    assert uuid("") is None
    for text in ("geen-uuid", STUDENT[:-1], f"{STUDENT}0", STUDENT.replace("-", "")):
        with pytest.raises(ColumnError):
            uuid(text)


def test_only_what_is_named_leaves_the_reader() -> None:
    told = {
        "uuid": STUDENT, "BSN": "123456782", "adres": {"straat": "x"}, "eckid": "x", "gebruikersnaam": "x",
        "achternaam": "Berg", "voornamen": "x", "emailadres": ["x"], "geslacht": {"x": "x"}, "nieuwVeld": "x",
        "roepnaam": None, "plaatsingen": [{"uuid": GROUP, "digiDeliveryId": "x", "stamgroep": "x"}], "vakkeuzes": "x",
    }  # fmt: skip
    assert kept(told, Field(LEERLING.fields)) == {
        "uuid": STUDENT, "achternaam": "Berg", "emailadres": {MISFIT: "value"}, "geslacht": {MISFIT: "value"},
        "plaatsingen": [{"uuid": GROUP, "stamgroep": {MISFIT: "rows"}}], "vakkeuzes": {MISFIT: "rows"},
    }  # fmt: skip


def test_rights_are_told_apart_from_fields_that_are_empty() -> None:
    rights = {
        "achternaam": True, "roepnaam": False, "BSN": False, "emailadres": None,
        "plaatsingVeldpermissies": {"leerjaar": False, "digiDeliveryId": False, "stamgroep": True},
    }  # fmt: skip
    assert denied(rights, LEERLING) == ["plaatsingVeldpermissies.leerjaar", "roepnaam"]
    assert denied(None, LEERLING) == denied("x", LEERLING) == []


def test_a_layout_says_what_a_row_is_read_by() -> None:
    one = Layout("leerling", PLACE, ["roepnaam"], {"wi": SUBJECT})
    assert layout(layout_of(one)) == one
    assert layout_of(one) != layout_of(one._replace(withheld=[]))
    for other in (b"", b"[]", b'["leerling"]', b'["leerling","x",[],[]]', b'{"a":1}', b"[[1],2,3,4]"):
        with pytest.raises(BadRow, match="layout: form"):
            layout(other)
    with pytest.raises(BadRow, match="layout: form"):
        list(map_row(RawRecord("any", b"{}", layout_of(Layout("rooster")))))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9)
    | st.sampled_from([STUDENT, SUBJECT, "7.5", "2026-08-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["uuid", "code", MISFIT]), inner),
    max_leaves=5,
)


def all_paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, inner in inside for found in all_paths(inner, (*path, name)))]


PATHS = [(source, path) for source, item in GOOD.items() for path in all_paths(item)]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PATHS), JSON)
def test_any_value_anywhere_gives_records_or_a_bad_row(place: tuple[str, tuple[Any, ...]], value: Any) -> None:
    source, path = place
    item = orjson.loads(orjson.dumps(GOOD[source]))
    if path:
        inner = item
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = value
    else:
        item = value
    try:
        data = orjson.dumps(item)
    except TypeError:  # beyond what JSON of 64 bits holds
        return
    with suppress(BadRow):
        list(map_row(RawRecord("any", data, layout_of(Layout(source, PLACE, (), {"wi": SUBJECT})))))


def test_every_listing_keeps_its_needed_rights_among_its_rights() -> None:
    listings = [found for found in vars(rest_listings).values() if isinstance(found, rest_listings.Listing)]
    assert len(listings) >= len(MAPPERS)
    assert all(listing.needed <= listing.rights for listing in listings)
