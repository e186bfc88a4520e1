"""What the school writes to files, read back with the csv module and compared with the school itself."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from lxml import etree

from simulator import edits
from simulator.exports import PRESETS, export
from simulator.exports_conventions import conventions
from simulator.exports_csv import TOPICUS, Variant, encoded
from simulator.magister_lists import LISTS
from simulator.school import CANARY_BSN, CANARY_POSTCODE, make_school

SCHOOL = make_school(7, 120)
HEADERS = {
    "leerlingen.csv": "Stamnr;Roepnaam;Voorletters;Tussenv;Achternaam;M/V;Geb.datum;E-mail;Schooljaar;Jaar begin;"
    "Jaar einde;Klas;Studie;Leerjaar;Profiel;Vestiging;Vestigingsnaam;Plaats;Mentoren;Begin;Einde;Vertrek;BSN;Adres;"
    "Postcode",
    "medewerkers.csv": "Code;Personeelsnr;Roepnaam;Voorletters;Tussenv;Achternaam;Functie",
    "ouders.csv": "Stamnr;Oudernr;Volgnr;Relatie;Aanhef;Voorletters;Roepnaam;Tussenv;Achternaam;E-mail;Telefoon;Geheim;"
    "Gezag;Blokkade;Post",
    "lesgroepen.csv": "Lesgroep;Stamnr",
    "vakkeuzes.csv": "Stamnr;Vak",
    "lesopdrachten.csv": "Lesgroep;Docent;Vak;Vaknaam",
    "cijferkolommen.csv": "Kolom;Schooljaar;Periode;Periodenaam;Periode begin;Periode einde;Vak;Vaknaam;Naam;Nummer;"
    "Omschrijving;Soort;Weging;PTA;Herkansing;Origineel;Vervallen",
    "cijfers.csv": "Stamnr;Kolom;Poging;Resultaat;Inhalen;Vrijstelling;Telt mee;Voldoende;Weging;Behaald;Ingevoerd",
    "absentieredenen.csv": "Reden;Code;Omschrijving;Soort;Geoorloofd;Luxe;Vervallen;Ouders",
    "lessen.csv": "Les;Begin;Einde;Lesuur van;Lesuur tm;Omschrijving;Vak;Docent;Lesgroep;Status",
    "absenties.csv": "Absentie;Stamnr;Datum;Lesuur;Les;Begin;Einde;Reden;Code;Soort;Geoorloofd;Ingevoerd",
}  # fmt: skip


def rows(data: bytes, encoding: str = "utf-8-sig", delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def by_name(data: bytes) -> list[dict[str, str]]:
    header, *body = rows(data)
    return [dict(zip(header, row, strict=True)) for row in body]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return export(SCHOOL, "vocus-example")


def test_the_example_has_its_columns_in_their_order(files):
    assert {name: ";".join(rows(data)[0]) for name, data in files.items()} == HEADERS


def test_the_example_is_utf8_with_a_mark_and_whole_lines(files):
    for data in files.values():
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.endswith(b"\r\n")
        assert data.count(b"\n") == data.count(b"\r\n")


def test_students_are_told_as_magister_tells_them(files):
    told = by_name(files["leerlingen.csv"])
    layout = LISTS["schoolbrug-leerlingen"]
    theirs = [dict(zip(layout.columns, row, strict=True)) for row in layout.rows(SCHOOL, {})]
    same = {
        "Stamnr": "STAMNR", "Roepnaam": "ROEPNAAM", "Tussenv": "TUSSENVOEGSEL", "Achternaam": "ACHTERNAAM",
        "M/V": "GESLACHT", "Geb.datum": "GEBDATUM", "E-mail": "EMAIL", "Schooljaar": "LESPERIODE", "Klas": "KLAS",
        "Leerjaar": "LEERJAAR", "Vestiging": "LOCATIE", "Begin": "BEGIN", "Einde": "EINDE", "Vertrek": "VERTREK",
    }  # fmt: skip
    assert [{ours: row[ours] for ours in same} for row in told] == [
        {ours: row[name] for ours, name in same.items()} for row in theirs
    ]
    assert [row["Mentoren"].split(",") for row in told] == [
        [code for code in (row["MENTOR1"], row["MENTOR2"]) if code] for row in theirs
    ]
    changed = str(SCHOOL.cast["changed_class"])
    assert [row["Stamnr"] for row in told].count(changed) == 2


def test_what_nobody_may_keep_is_there_to_be_dropped(files):
    (canary,) = [row for row in by_name(files["leerlingen.csv"]) if row["Stamnr"] == str(SCHOOL.cast["canary"])]
    assert (canary["BSN"], canary["Postcode"]) == (CANARY_BSN, CANARY_POSTCODE)


def test_who_left_the_staff_is_not_told(files):
    gone = {person.code for person in SCHOOL.staff.values() if person.left_on}
    told = {row["Code"] for row in by_name(files["medewerkers.csv"])}
    assert gone
    assert told == SCHOOL.staff.keys() - gone
    assert not gone & {row["Docent"] for row in by_name(files["lesopdrachten.csv"])}


@pytest.mark.parametrize(
    ("file", "column", "words"),
    [
        ("leerlingen.csv", "M/V", {"M", "V", "X"}),
        ("ouders.csv", "Gezag", {"J", "N"}),
        ("cijferkolommen.csv", "Soort", {"toets", "gemiddelde", "rapport", "berekend"}),
        ("cijfers.csv", "Telt mee", {"J", "N"}),
        ("absentieredenen.csv", "Soort",
         {"absent", "telaat", "ziek", "verwijderd", "aanwezig", "vrijstelling", "materiaal", "huiswerk", "telefoon"}),
        ("lessen.csv", "Status", {"gepland", "gewijzigd", "vervallen"}),
    ],
)  # fmt: skip
def test_kinds_are_words_of_the_layout(files, file, column, words):
    assert {row[column] for row in by_name(files[file])} == words


def test_every_row_of_the_school_is_there_once(files):
    told = {name: len(rows(data)) - 1 for name, data in files.items()}
    assert told["cijfers.csv"] == sum(1 for _ in SCHOOL.all_grades())
    assert told["lessen.csv"] == len(SCHOOL.lessons)
    assert told["absenties.csv"] == len(SCHOOL.observations) + len(SCHOOL.notices)
    assert told["cijferkolommen.csv"] == len(SCHOOL.assessments)
    assert told["ouders.csv"] == sum(map(len, SCHOOL.guardianships.values()))
    assert told["lesgroepen.csv"] == sum(len(section.members) for section in SCHOOL.sections.values())
    choices = [(row["Stamnr"], row["Vak"]) for row in by_name(files["vakkeuzes.csv"])]
    assert len(choices) == len(set(choices)) > 0


def test_a_grade_is_told_by_hand():
    school = make_school(7, 40)
    number = school.cast["prefix"]
    column = next(
        column for column, attempt in school.grades[number]
        if attempt == 1 and school.assessments[column].kind == "test" and not school.assessments[column].resit
        and (column, 2) not in school.grades[number]
    )  # fmt: skip
    at = datetime(2026, 11, 24, 9, 5)
    held = school.assessments[column].held_on
    edits.enter_grade(school, number, column, Decimal("5.4"), weight=Decimal("1.5"), at=at)
    told = export(school, "vocus-example")["cijfers.csv"].decode("utf-8-sig").splitlines()
    assert f"{number};{column};1;5,4;N;N;J;N;1,5;{held:%d-%m-%Y};24-11-2026 09:05:00" in told


def test_the_same_school_gives_the_same_bytes():
    assert all(export(make_school(7, 60), preset) == export(make_school(7, 60), preset) for preset in PRESETS)


def test_an_export_that_does_not_exist_has_no_files():
    with pytest.raises(KeyError):
        export(SCHOOL, "vocus")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_of_unicode_says_the_same(files, encoding):
    told = export(SCHOOL, "vocus-example", Variant(encoding=encoding))
    assert {name: data.decode(encoding) for name, data in told.items()} == {
        name: data.decode("utf-8-sig") for name, data in files.items()
    }


def test_for_a_letter_that_windows_lacks_stands_the_nearest():
    told = encoded("Şeyma Łukasz Yılmaz Šimić Zoë", Variant("cp1252"))
    assert told.decode("cp1252") == "Seyma Lukasz Yilmaz Šimic Zoë"
    data = export(SCHOOL, "vocus-example", Variant(encoding="cp1252"))["leerlingen.csv"]
    assert b"?" not in data
    assert "Zoë" in data.decode("cp1252")


def test_numbers_are_as_wide_as_is_asked_wherever_a_student_is_named():
    told = export(SCHOOL, "vocus-example", Variant(width=8))
    for name in ("leerlingen.csv", "ouders.csv", "lesgroepen.csv", "vakkeuzes.csv", "cijfers.csv", "absenties.csv"):
        numbers = {row["Stamnr"] for row in by_name(told[name])}
        assert {(len(number), int(number) in SCHOOL.students) for number in numbers} == {(8, True)}, name
    # The staff has numbers of its own, which stay as they are.
    assert {len(row["Personeelsnr"]) for row in by_name(told["medewerkers.csv"])} == {5}


def test_a_file_may_come_without_header_and_with_another_separator(files):
    told = export(SCHOOL, "vocus-example", Variant(delimiter="\t", header=False))
    for name, data in told.items():
        assert rows(data, delimiter="\t") == rows(files[name])[1:]


# The two layouts of Topicus (wire A.1)


def test_notices_in_nine_columns():
    school = make_school(7, 40)
    number, other = list(school.students)[:2]
    school.notices.clear()
    edits.give_notice(school, number, "ZK", datetime(2026, 11, 24, 8, 30), datetime(2026, 11, 25, 16, 5))
    edits.give_notice(school, other, "ME", datetime(2026, 11, 24, 9, 0), None)
    assert export(school, "topicus-absences") == {
        "absentiemeldingen.csv": (
            f"{number};20261124;0830;20261125;1605;;;ZK;Ziek\r\n{other};20261124;0900;;;;;ME;Medisch\r\n".encode()
        )
    }


def test_observations_in_ten_columns():
    school = make_school(7, 40)
    lesson = next(one for one in school.lessons.values() if one.first_hour == one.last_hour)
    students = school.members(lesson.group)[:4]
    school.observations.clear()
    for number, code in zip(students, ("AB", "ZK", "TL", "UG"), strict=True):
        edits.mark(school, number, code, lesson.id)
    when = f"{lesson.begins:%Y%m%d;%H%M};{lesson.ends:%Y%m%d;%H%M};{lesson.first_hour};{lesson.last_hour}"
    ends = ("Afwezig;N", "Afwezig;J", "Aanwezig;J", "Aanwezig;J")
    told = "".join(
        f"{number};{when};{lesson.subject};{end}\r\n" for number, end in zip(students, ends, strict=True)
    )  # fmt: skip
    assert export(school, "topicus-observations") == {"waarnemingen.csv": told.encode("cp1252")}


@pytest.mark.parametrize(("preset", "columns"), [("topicus-absences", 9), ("topicus-observations", 10)])
def test_nothing_of_topicus_is_quoted(preset, columns):
    (data,) = export(SCHOOL, preset).values()
    lines = data.decode(TOPICUS.encoding).split("\r\n")
    assert lines.pop() == ""
    assert lines
    assert {line.count(";") for line in lines} == {columns - 1}
    assert b'"' not in data


# The ten conventions


@pytest.mark.parametrize("convention", conventions(), ids=lambda convention: convention.name)
def test_a_convention_is_written_as_its_style_says_and_tells_the_truth(convention):
    style, truth = convention.style, convention.truth(SCHOOL)
    for name, data in convention.write(SCHOOL).items():
        data_set, columns, record = convention.files[name]
        found = rows(data, style.encoding, style.delimiter)
        if style.header:
            assert found.pop(0) == [header for header, _ in columns]
        assert truth[name][0] == data_set
        assert len(found) == len(truth[name][1]) > 0
        for row, told in zip(found, truth[name][1], strict=True):
            cells = row[1:] if record else row
            assert not record or row[0] == record
            assert told.keys() == {field for _, field in columns if not field.startswith("-")}
            read = dict(zip([field for _, field in columns], cells, strict=True))
            for field, value in told.items():
                assert value is not None or read[field] == "", "a blank"
                if isinstance(value, str) and field != "gender":
                    assert read[field] == value
                if isinstance(value, list):
                    assert read[field] == ",".join(value)
            if "result" in told:
                assert _mark(style.mark, read["result"]) == told["result"]


def _mark(way: str, text: str) -> Decimal:
    if way == "tenths":
        return Decimal(int(text)) / 10
    assert ("," in text) == (way == "comma")
    return Decimal(text.replace(",", "."))


def test_there_are_ten_conventions_and_no_two_alike():
    found = conventions()
    assert len({one.name for one in found}) == len(found) == 10
    assert len({tuple(one.write(SCHOOL).items()) for one in found}) == 10


@pytest.mark.parametrize(
    ("convention", "born"),
    [
        ("windows", "05-09-2010"), ("thin-dates", "5-9-2010"), ("record-types", "05092010"),
        ("quoted-commas", "2010-09-05"), ("utf-16-tabs", "05-09-2010"), ("pipes", "20100905"),
        ("lines-in-cells", "05-09-2010"), ("several-in-a-cell", "05/09/2010"), ("zermelo", "05-09-2010"),
        ("zeros", "05.09.2010"),
    ],
)  # fmt: skip
def test_a_birth_date_by_hand(convention, born):
    school = make_school(7, 40)
    number = school.cast["prefix"]
    school.students[number] = replace(school.students[number], birth_date=date(2010, 9, 5))
    (chosen,) = [one for one in conventions() if one.name == convention]
    style, (_, columns, record) = chosen.style, chosen.files["leerlingen.csv"]
    place = [field for _, field in columns].index("birth_date") + bool(record)
    told = rows(chosen.write(school)["leerlingen.csv"], style.encoding, style.delimiter)
    (row,) = [row for row in told if str(number) in (cell.lstrip("0") for cell in row)]
    assert row[place] == born


def test_zermelo_names_the_children_of_each_parent_in_one_cell():
    (zermelo,) = [one for one in conventions() if one.name == "zermelo"]
    header, *body = rows(zermelo.write(SCHOOL)["ouders.csv"], "utf-8")
    assert header == ["Code", "Achternaam", "Email", "Leerlingcodes"]
    sisters = f"{SCHOOL.cast['sibling_1']},{SCHOOL.cast['sibling_2']}"
    assert [row[3] for row in body].count(sisters) == 2


def test_classes_and_lesson_groups_stand_mixed() -> None:
    """A reader must not count on the classes coming first."""
    (data,) = export(make_school(5, 60), "edexml-2.1").values()
    groups = [node.tag for node in etree.fromstring(data).find("groepen")]
    classes = [place for place, tag in enumerate(groups) if tag == "groep"]
    assert set(groups) == {"groep", "samengestelde_groep"}
    assert classes != list(range(len(classes)))
    assert classes[-1] < len(groups) - 1
