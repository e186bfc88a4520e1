"""Rows of Magister to records: the rules' own vectors, and that any text at all gives records or a bad row."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.records import Record
from connectors.contract import RawRecord
from connectors.errors import BadRow
from magister.formats import formats
from magister.lists import FUNCTIONS, LISTS
from magister.mapping import MAPPERS, map_row
from magister.rows import csv_names, layout, layout_of, missing_columns, reader, renamed
from magister.settings import MagisterSettings

FORMATS = formats(MagisterSettings.model_validate({"url": "https://school.example/doc", "user": "u", "password": "p"}))
COLUMNS = {**{name: found.columns for name, found in LISTS.items()}, **FUNCTIONS}

GOOD: dict[str, dict[str, str]] = {
    "pupils": {
        "STAMNR": "20001", "VOORLETTERS": "N.A.", "ROEPNAAM": "Noor", "TUSSENVOEGSEL": "van den",
        "ACHTERNAAM": "Berg", "GESLACHT": "V", "GEBDATUM": "14-03-2010", "EMAIL": "n@school.example",
        "LESPERIODE": "2627", "LESPERIODE_OMSCHR": "2026-2027", "LESPERIODE_BEGIN": "01-08-2026",
        "LESPERIODE_EINDE": "31-07-2027", "KLAS": "4h2", "STUDIE": "H4", "LEERJAAR": "4", "PROFIEL": "NT",
        "LOCATIE": "01", "LOCATIE_OMSCHR": "Hoofdlocatie", "LOCATIE_PLAATS": "Waterlinge", "MENTOR1": "DVS",
        "MENTOR2": "KLM", "BEGIN": "01-08-2026", "EINDE": "31-07-2027", "VERTREK": "09-10-2026",
    },
    "guardians": {
        "STAMNR": "20001", "OUDER": "501", "VOLGNR": "1", "RELATIE": "moeder", "AANHEF": "mevr.", "VOORLETTERS": "E.",
        "ROEPNAAM": "Eva", "TUSSENVOEGSEL": "", "ACHTERNAAM": "Smit", "EMAIL": "e@post.example",
        "TELEFOON": "06-1", "GEHEIM": "False", "GEZAG": "True", "BLOKKADE": "False", "POST": "True",
    },
    "columns": {
        "KOLOM": "700", "LESPERIODE": "2627", "PERIODE": "P1", "PERIODE_OMSCHR": "Periode 1",
        "PERIODE_BEGIN": "31-08-2026", "PERIODE_EINDE": "08-11-2026", "VAK": "ne", "VAK_OMSCHR": "Nederlands",
        "NAAM": "ne101", "NUMMER": "101", "OMSCHR": "SO 1", "SOORT": "1", "WEGING": "0,5", "PTA": "True",
        "HERKANSING": "False", "ORIGINEEL": "", "VERVALLEN": "False",
    },
    "grades": {
        "STAMNR": "20001", "KOLOM": "700", "POGING": "1", "CIJFER": "7,9", "INHALEN": "False",
        "VRIJSTELLING": "False", "TELTMEE": "True", "VOLDOENDE": "True", "WEGING": "", "BEHAALD": "07-09-2026",
        "INGEVOERD": "08-09-2026 13:30:05",
    },
    "reasons": {
        "REDEN": "9", "CODE": "ZK", "OMSCHR": "Ziek", "TYPE": "3", "GEOORLOOFD": "True", "LUXE": "False",
        "VERVALLEN": "False", "OUDERS": "True",
    },
    "lessons": {
        "AFSPRAAK": "88", "BEGIN": "24-11-2026 08:30:00", "EINDE": "24-11-2026 09:20:00", "LESUURVAN": "1",
        "LESUURTM": "1", "OMSCHR": "wi - DVS - 4h2", "TYPE": "13", "STATUS": "1",
    },
    "absences": {
        "VERANTWOORDING": "3001", "STAMNR": "20001", "DATUM": "24-11-2026", "LESUUR": "3", "AFSPRAAK": "88",
        "BEGIN": "", "EINDE": "", "REDEN": "9", "CODE": "TL", "TYPE": "2", "GEOORLOOFD": "False",
        "INVOER": "24-11-2026 10:45:00",
    },
    "GetActiveStudents": {
        "stamnr_str": "20001", "Roepnaam": "Noor", "Voorletters": "N.", "Tussenv": "", "Achternaam": "Berg",
        "Geslacht": "V", "geb_datum_str": "14-03-2010", "Email": "", "Lesperiode.Korte_omschrijving": "2627",
        "Klas": "4h2", "Administratieve_eenheid.Omschrijving": "Hoofdlocatie",
        "Administratieve_eenheid.Plaats": "Waterlinge", "Studie": "H4", "Leerfase.Leerjaar": "4",
        "Profiel.Code": "NT",
    },
    "GetActiveEmpoyees": {
        "Code": "DVS", "stamnr_str": "20007", "Roepnaam": "Jan", "Voorletters": "J.", "Tussenv": "de",
        "Achternaam": "Vos", "Functie.Omschr": "docent",
    },
    "GetLeerlingGroepen": {"Stamnr": "20001", "Lesgroep": "11286", "groep": "4h.maatA"},
    "GetLeerlingVakken": {"Stamnr": "20001", "Vak": "wi"},
    "GetPersoneelGroepVakken": {"Klas": "4h.maatA", "Vak.Vakcode": "wi", "Vak.Omschrijving": "wiskunde"},
}  # fmt: skip


def raw(source: str, values: Mapping[str, str]) -> RawRecord:
    cells = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    context = "DVS" if source == "GetPersoneelGroepVakken" else ""
    return RawRecord("any", f"<Row>{cells}</Row>".encode(), layout_of(source, "xml", "utf-8", context=context))


def mapped(source: str, **changed: str) -> list[Record]:
    return list(map_row(raw(source, {**GOOD[source], **changed}), FORMATS, {}))


def one(source: str, kind: str, **changed: str) -> Any:
    (found,) = (record for record in mapped(source, **changed) if record.kind == kind)
    return found


def bad(source: str, **changed: str) -> BadRow:
    with pytest.raises(BadRow) as caught:
        mapped(source, **changed)
    return caught.value


def outcome(row: RawRecord) -> list[Record] | BadRow:
    try:
        return list(map_row(row, FORMATS, {}))
    except BadRow as error:
        return error


def test_every_list_and_function_has_a_mapping_and_an_example() -> None:
    assert MAPPERS.keys() == COLUMNS.keys() == GOOD.keys()
    for source, columns in COLUMNS.items():
        assert set(columns) <= GOOD[source].keys()


@pytest.mark.parametrize(
    ("text", "status", "score", "label"),
    [
        ("7,9", "scored", "7.9", None), ("7.9", "scored", "7.9", None), ("10,0", "scored", "10", None),
        ("10", "scored", "10", None), ("1,0", "scored", "1", None), ("5,45", "scored", "5.45", None),
        ("0,9", "out_of_range", None, None), ("10,1", "out_of_range", None, None), ("0", "out_of_range", None, None),
        ("-1", "out_of_range", None, None), ("V", "labelled", None, "V"), ("RV", "labelled", None, "RV"),
        ("o", "labelled", None, "o"), ("G+", "labelled", None, "G+"), ("INH", "to_be_made_up", None, None),
        ("Inh", "to_be_made_up", None, None), ("Vr", "exempt", None, None), ("vr", "exempt", None, None),
        ("11,7x", "unreadable", None, None), ("*", "unreadable", None, None), ("1.234,5", "unreadable", None, None),
        ("Zie het portfolio van deze leerling", "unreadable", None, None), ("7,,9", "unreadable", None, None),
        ("NaN", "labelled", None, "NaN"), ("1e1", "unreadable", None, None),
    ],
)  # fmt: skip
def test_a_result_is_a_text_with_what_can_be_read_of_it(
    text: str, status: str, score: str | None, label: str | None
) -> None:
    """R1, R2, R7: what is no number keeps its text and is never 0."""
    grade = one("grades", "grade", CIJFER=text)
    assert (grade.raw_text, grade.status, grade.label) == (text, status, label)
    assert grade.score == (None if score is None else Decimal(score))


def test_marks_are_numbers_when_they_are_compared() -> None:
    """R2: as texts "9,5" is the larger one."""
    assert max(one("grades", "grade", CIJFER=text).score for text in ("9,5", "10,0")) == Decimal(10)


def test_flags_outweigh_the_text_of_a_result() -> None:
    """R14, R15: what is to be made up is never turned into a mark; "sufficient" means nothing there (wire B6)."""
    for name, status in (("INHALEN", "to_be_made_up"), ("VRIJSTELLING", "exempt")):
        for text in ("", "6,5", "V"):
            grade = one("grades", "grade", CIJFER=text, VOLDOENDE="True", **{name: "True"})
            assert (grade.status, grade.score, grade.label, grade.sufficient) == (status, None, None, None)
            assert grade.raw_text == text
    assert one("grades", "grade", TELTMEE="False").counts is False
    assert one("grades", "grade", VOLDOENDE="").sufficient is None
    assert one("grades", "grade", CIJFER="V", VOLDOENDE="False").sufficient is False
    assert one("grades", "grade", WEGING="0,5").weight == Decimal("0.5")
    assert mapped("grades", CIJFER="") == []


def test_a_resit_is_another_attempt_and_no_other_column() -> None:
    """R18."""
    assert one("grades", "grade", POGING="2").attempt == 2
    assert mapped("columns", HERKANSING="True", ORIGINEEL="699") == []
    # A column of its own that is called a resit of nothing stays one.
    assert one("columns", "assessment", HERKANSING="True").key == ("700",)


@pytest.mark.parametrize(
    ("soort", "kind"),
    [
        ("1", "test"), ("2", "average"), ("3", "calculated"), ("4", "calculated"), ("6", "calculated"),
        ("8", "exam"), ("9", "text"), ("10", "exam"), ("11", "exam"), ("12", "calculated"), ("13", "report"),
        ("14", "calculated"), ("0", "unknown"), ("17", "unknown"), ("", "unknown"), ("toets", "unknown"),
    ],
)  # fmt: skip
def test_only_a_column_of_kind_1_is_a_test(soort: str, kind: str) -> None:
    """R9."""
    assert one("columns", "assessment", SOORT=soort).assessment_kind == kind


def test_a_weight_may_be_a_fraction_or_nothing() -> None:
    """R8, R10: unknown is not 0."""
    for text, weight in (("0,5", Decimal("0.5")), ("0", Decimal(0)), ("", None)):
        assert one("columns", "assessment", WEGING=text).weight == weight


@pytest.mark.parametrize(
    ("type_", "kind"),
    [("1", "absent"), ("2", "late"), ("3", "sick"), ("4", "removed"), ("6", "exempt"), ("0", "unknown"),
     ("12", "unknown"), ("", "unknown"), ("ziek", "unknown")],
)  # fmt: skip
def test_absence_is_of_the_kind_that_the_system_says(type_: str, kind: str) -> None:
    """R31-R33: an unknown kind is never guessed, its code is kept."""
    (record,) = mapped("absences", TYPE=type_, CODE="XX")
    assert (record.kind, record.attendance_kind, record.reason_code) == ("attendance_observation", kind, "XX")  # type: ignore[attr-defined]


def test_present_is_no_absence_and_a_remark_is_none_either() -> None:
    """R34."""
    assert mapped("absences", TYPE="5") == []
    for type_, remark in (("7", "materials"), ("8", "homework"), ("9", "phone")):
        assert one("absences", "lesson_remark", TYPE=type_).remark == remark
        assert one("reasons", "absence_reason", TYPE=type_).attendance_kind == "not_applicable"


def test_absent_without_a_known_reason_is_unresolved() -> None:
    """R35: neither excused nor unexcused. Only absence, and only the codes that are set."""
    def excused(**changed: str) -> bool | None:
        return one("absences", "attendance_observation", GEOORLOOFD="False", **changed).excused

    assert excused(TYPE="1", CODE="AB") is None
    assert excused(TYPE="1", CODE="SP") is False
    assert excused(TYPE="2", CODE="AB") is False
    assert one("absences", "attendance_observation", TYPE="3", GEOORLOOFD="True").excused is True
    assert one("reasons", "absence_reason", TYPE="1", CODE="AB", GEOORLOOFD="False").excused is None
    assert one("absences", "attendance_observation", TYPE="1", GEOORLOOFD="").excused is None


def test_an_absence_without_a_lesson_is_a_notice() -> None:
    """R31. Its interval is Dutch time: in July two hours ahead of UTC, in winter one."""
    notice = one("absences", "absence_notice", AFSPRAAK="", LESUUR="", TYPE="3", BEGIN="06-07-2026 08:30:00")
    assert (notice.begins, notice.ends) == (datetime(2026, 7, 6, 6, 30, tzinfo=UTC), None)
    assert notice.noted_at == datetime(2026, 11, 24, 9, 45, tzinfo=UTC)
    # Without an interval nothing is known but the day.
    assert one("absences", "attendance_observation", AFSPRAAK="", TYPE="3").day == date(2026, 11, 24)


def test_what_a_lesson_is_about_is_only_read_from_a_text_of_three_parts() -> None:
    lesson = one("lessons", "lesson")
    assert (lesson.subject, lesson.staff, lesson.group) == (("wi",), ("DVS",), ("4h2",))
    for title in ("Studiedag", "wi - DVS", "wi - DVS - 4h2 - x", "wi -  - 4h2", "", f"wi - {'D' * 300} - 4h2"):
        lesson = one("lessons", "lesson", OMSCHR=title)
        assert (lesson.subject, lesson.staff, lesson.group, lesson.title) == (None, None, None, title or None)
    assert mapped("lessons", TYPE="7") == []
    statuses = {one("lessons", "lesson", STATUS=status).status for status in ("4", "5")}
    assert statuses == {"cancelled"}
    assert one("lessons", "lesson", STATUS="99").status == "unknown"


def test_somebody_who_left_the_staff_is_none_of_it() -> None:
    assert mapped("GetActiveEmpoyees", Code="*DVS") == []
    assert one("GetActiveEmpoyees", "staff").local_id == "20007"


def test_a_relation_that_is_not_known_is_kept_in_its_own_words() -> None:
    guardianship = one("guardians", "guardianship", RELATIE="oma")
    assert (guardianship.relation, guardianship.relation_text) == ("unknown", "oma")
    assert one("guardians", "guardianship", GEZAG="").legal_authority is None
    assert one("guardians", "guardianship", BLOKKADE="True").court_block is True


ENROLMENT = ("enrolment", ("20001", "2627", "2026-08-01"))


@pytest.mark.parametrize(
    ("source", "changed", "problem", "covered"),
    [
        ("pupils", {"GEBDATUM": "31-02-2010"}, ("GEBDATUM", "date"), ENROLMENT),
        ("pupils", {"ACHTERNAAM": " "}, ("ACHTERNAAM", "missing"), ("student", ("20001",))),
        ("pupils", {"LEERJAAR": "4,5"}, ("LEERJAAR", "whole"), ENROLMENT),
        ("pupils", {"LEERJAAR": "99999999999"}, ("LEERJAAR", "whole"), ENROLMENT),
        ("guardians", {"GEZAG": "misschien"}, ("GEZAG", "boolean"), ("guardianship", ("20001", "501"))),
        ("guardians", {"VOLGNR": "1e"}, ("VOLGNR", "decimal"), ("guardian", ("501",))),
        ("columns", {"WEGING": "2,x"}, ("WEGING", "decimal"), ("assessment", ("700",))),
        ("columns", {"NAAM": ""}, ("NAAM", "missing"), ("assessment", ("700",))),
        ("grades", {"INGEVOERD": "gisteren"}, ("INGEVOERD", "time"), ("grade", ("20001", "700", "1"))),
        ("grades", {"POGING": "9" * 11}, ("POGING", "whole"), ("grade", ("20001", "700", "9" * 11))),
        ("reasons", {"CODE": ""}, ("CODE", "missing"), ("absence_reason", ("9",))),
        ("lessons", {"BEGIN": ""}, ("BEGIN", "missing"), ("lesson", ("88",))),
        ("absences", {"DATUM": "32-11-2026"}, ("DATUM", "date"), ("attendance_observation", ("3001",))),
        ("absences", {"TYPE": "8", "INVOER": "x"}, ("INVOER", "time"), ("lesson_remark", ("3001",))),
        ("absences", {"AFSPRAAK": "", "BEGIN": "x"}, ("BEGIN", "time"), ("absence_notice", ("3001",))),
        ("absences", {"KLAS": "", "REDEN": "9" * 65}, ("REDEN", "key"), ("attendance_observation", ("3001",))),
        ("GetActiveStudents", {"geb_datum_str": "x"}, ("geb_datum_str", "date"), ("student", ("20001",))),
        ("GetActiveEmpoyees", {"stamnr_str": "31-02"}, ("stamnr_str", "digits"), ("staff", ("DVS",))),
    ],
)  # fmt: skip
def test_a_bad_column_is_named_and_the_records_that_it_keeps_away_count_as_seen(
    source: str, changed: dict[str, str], problem: tuple[str, str], covered: tuple[str, tuple[str, ...]]
) -> None:
    error = bad(source, **changed)
    assert error.problems == (problem,)
    assert covered in error.covers
    good = [(record.kind, record.key) for record in mapped(source, **{**changed, problem[0]: GOOD[source][problem[0]]})]
    if problem[0] not in ("BEGIN", "POGING"):
        assert list(error.covers) == good


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("pupils", {"STAMNR": ""}), ("pupils", {"STAMNR": "2000l"}), ("pupils", {"BEGIN": "gisteren"}),
        ("pupils", {"BEGIN": ""}), ("pupils", {"LESPERIODE": ""}), ("grades", {"KOLOM": "9" * 65}),
        ("grades", {"STAMNR": "٣"}), ("guardians", {"OUDER": ""}), ("columns", {"VAK": ""}),
        ("absences", {"VERANTWOORDING": "x"}), ("lessons", {"AFSPRAAK": ""}), ("reasons", {"REDEN": ""}),
        ("GetActiveEmpoyees", {"Code": ""}), ("GetLeerlingGroepen", {"groep": ""}),
        ("GetLeerlingVakken", {"Stamnr": "x"}), ("GetPersoneelGroepVakken", {"Klas": ""}),
    ],
)  # fmt: skip
def test_a_row_whose_key_cannot_be_read_covers_nothing(source: str, changed: dict[str, str]) -> None:
    """Which record it stands for is not known; then nothing of the entity is deleted."""
    assert bad(source, **changed).covers == ()


def test_all_that_is_wrong_is_told_at_once() -> None:
    error = bad("pupils", GEBDATUM="x", LEERJAAR="x", ACHTERNAAM="")
    assert {problem.field for problem in error.problems} == {"GEBDATUM", "LEERJAAR", "ACHTERNAAM"}


def test_what_is_not_asked_for_is_not_kept() -> None:
    """R62, R68: national numbers, passwords and addresses are not read."""
    more = {"c_vrij2": "999999990", "c_vrij1": "Zangvogel77", "Straat": "Kooistraat", "Telefoon": "06-99999990"}
    told = "".join(record.model_dump_json() for record in mapped("GetActiveStudents", **more))
    assert "Berg" in told
    assert not [value for value in more.values() if value in told]


TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30),
    st.sampled_from(
        ["", " ", "0", "-1", "1e9", "9" * 25, "9" * 80, "x" * 300, "True", "01-01-0001", "31-12-9999",
         "01-01-0001 00:00:00", "31-12-9999 23:59:59", "25-10-2026 02:30:00", "29-03-2026 02:30:00", "a - b - c",
         "*", "Inh", "\u00a0", "\u2003", "\u0301", "1", "2", "13", "10,0"]
    ),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_any_text_in_any_column_gives_records_or_a_bad_row_without_its_value(source: str, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(GOOD[source])), min_size=1, max_size=4, unique=True))
    changed = {name: data.draw(TEXTS) for name in names}
    found = outcome(raw(source, {**GOOD[source], **changed}))
    if isinstance(found, BadRow):
        assert {part for problem in found.problems for part in problem} <= {*GOOD[source], *CODES}
        assert found.__cause__ is found.__context__ is None
        return
    for record in found:
        assert type(record).model_validate(record.model_dump()) == record
        assert all(abs(value) < 2**31 for _, value in record if isinstance(value, int))


CODES = {"missing", "key", "date", "time", "decimal", "boolean", "whole", "digits", "row", "xml", "nested"}


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(LISTS)), st.binary(max_size=60), st.integers(0, 5), st.sampled_from(["utf-8", "cp1252"]))
def test_any_bytes_in_a_csv_row_give_records_or_a_bad_row(source: str, junk: bytes, at: int, encoding: str) -> None:
    values = list(GOOD[source].values())
    values[at] = ""
    cells = [value.encode() for value in values]
    cells[at] = junk
    header = ";".join(GOOD[source]).encode()
    row = RawRecord("any", b";".join(cells), layout_of(source, "csv", encoding, header=header))
    found = outcome(row)
    if isinstance(found, BadRow):
        assert found.__cause__ is found.__context__ is None
    else:
        assert "\0" not in "".join(str(value) for value in chain.from_iterable(found))


def test_csv_and_xml_say_the_same() -> None:
    for source in LISTS:
        header, values = ";".join(GOOD[source]).encode(), ";".join(GOOD[source].values())
        row = RawRecord("any", values.encode("cp1252"), layout_of(source, "csv", "cp1252", header=header))
        assert list(map_row(row, FORMATS, {})) == mapped(source)


def test_columns_under_other_names() -> None:
    values = {"Loginaccount.Naam": "x", "A": "1", "B_1": "2"}
    assert renamed(values, {}) == values
    assert renamed(values, {"B": "B_1"}) == {"Loginaccount.Naam": "x", "A": "1", "B": "2"}
    # Two names that change places, and a column that the source does not send although something of its name comes.
    assert renamed({"A": "1", "B": "2"}, {"A": "B", "B": "A"}) == {"B": "1", "A": "2"}
    assert renamed({"A": "1", "B": "2"}, {"A": ""}) == {"B": "2"}
    assert missing_columns(("A", "B", "C"), {"B": "B_1", "C": ""}, {"A", "B_1"}) == []
    assert missing_columns(("A", "B"), {"B": "B_1"}, {"A", "B"}) == ["B_1"]
    grade = map_row(raw("grades", {**GOOD["grades"], "CIJFER": "1,0", "Cijfer_": "8,0"}), FORMATS,
                    {"grades": {"CIJFER": "Cijfer_"}})  # fmt: skip
    assert [record.score for record in grade] == [Decimal(8)]  # type: ignore[attr-defined]


def test_a_header_is_read_with_its_quotes() -> None:
    assert csv_names('"A";"B ""x""";D', "utf-8") == ["A", 'B "x"', "D"]


def test_a_layout_that_is_none_is_a_bad_row() -> None:
    for data in (b"", b"{}", b'["grades"', b"\xff"):
        with pytest.raises(BadRow) as caught:
            layout(data)
        assert caught.value.__context__ is None


def test_a_row_with_a_zero_byte_is_a_bad_row() -> None:
    """No database keeps one in a text: it would stop the rows beside it."""
    with pytest.raises(BadRow, match="nul"):
        reader("csv", "utf-8", "A;B")(b"1;x\0y")


def test_when_the_clock_is_put_back_the_first_of_the_two_hours_is_meant() -> None:
    notice = one("absences", "absence_notice", AFSPRAAK="", TYPE="3", BEGIN="25-10-2026 02:30:00")
    assert notice.begins == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
