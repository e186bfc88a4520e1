"""Settings that cannot be are told by their field, never by their value."""

from datetime import date

import pytest

from atvo.connector import connect
from atvo.soap_settings import load
from atvo.wis import assumed
from canonical.errors import UserError
from canonical.terms import AssessmentKind, AttendanceKind, Relation
from connectors.contract import Settings

GOOD: dict[str, object] = {
    "url_um": "https://oop.somtoday.nl/services/umService", "url_wis": "https://oop.somtoday.nl/services/WISService",
    "brin": "99ZZ", "user": "brug", "password": "Geheim-77",
}  # fmt: skip


def refused(**changed: object) -> str:
    options = {name: value for name, value in {**GOOD, **changed}.items() if value is not ...}
    with pytest.raises(UserError) as caught:
        connect(Settings("linde", options))
    assert caught.value.__context__ is None or "Geheim" not in repr(caught.value.__context__)
    return str(caught.value)



def test_addresses_the_school_and_an_account_are_enough() -> None:
    loaded, um, wis = load(Settings("linde", GOOD))
    assert (loaded.night.begins.hour, loaded.night.ends.hour, loaded.parallel) == (22, 6, 8)
    assert um.base_url == GOOD["url_um"]
    assert wis is not None
    assert wis.base_url == GOOD["url_wis"]
    assert loaded.wis_account() == ("brug", "Geheim-77")
    assert "Geheim" not in repr(loaded) + str(loaded) + repr(um)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url_um", ...), ("url_um", "http://oop.somtoday.nl/um"), ("url_um", "https://a:Geheim-77@oop.somtoday.nl/um"),
        ("url_wis", "ftp://Geheim-77"), ("url_wis", "https://x/y?wsdl"), ("brin", ...), ("brin", "Geheim-77"),
        ("user", ...), ("password", ...), ("password", 7), ("wis_password", 7), ("school_year", "2026-2027"),
        ("school_year", "2026/2028"), ("locations", "HP"), ("night", {"from": "Geheim-77", "to": "06:00"}),
        ("night", {"from": "22:00"}), ("parallel", 0), ("parallel", 41), ("rate", 0), ("deadline", "Geheim-77"),
        ("read_timeout", 0), ("attempts", 0), ("ca_bundle", "/Geheim-77"), ("subject_separator", ""),
        ("relations", {"Oma": "Geheim-77"}), ("absence_kinds", {"ZK": "Geheim-77"}), ("unresolved_codes", 7),
        ("Geheim", "Geheim-77"), ("wis", 7), ("wis", {"column_kinds": {"X": "Geheim-77"}}),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named_without_its_value(field: str, value: object) -> None:
    message = refused(**{field: value})
    assert message.startswith("source linde, table atvo: ")
    assert field in message
    assert "Geheim-77" not in message


@pytest.mark.parametrize(
    ("own", "key"),
    [
        ({"fields": {"result": {"cijfer": "x"}}}, "fields.result.cijfer"),
        ({"fields": {"results": {"score": "x"}}}, "fields.results"),
        ({"operations": {"getCijfers": "x"}}, "operations.getCijfers"),
        ({"veld": "x"}, "veld"),
        ({"fields": {"result": "x"}}, "fields.result"),
        ({"faults": {"wachtwoord": ["x"]}}, "faults.wachtwoord"),
        ({"fields": {"result": {"column": ""}}}, "fields.result.column"),
        ({"operations": {"homerooms": ""}}, "operations.homerooms"),
    ],
)
def test_a_key_of_wis_that_there_is_not_is_named(own: object, key: str) -> None:
    assert key in refused(wis=own)


def test_what_is_assumed_of_wis_can_be_corrected() -> None:
    own = {
        "operations": {"grades": "getCijfers"}, "fields": {"result": {"score": "resultaat", "label": ""}},
        "column_kinds": {"Eigenkolom": "text"},
    }  # fmt: skip
    loaded, _, _ = load(Settings("linde", {**GOOD, "wis": own}))
    assert loaded.wis.operations["grades"] == "getCijfers"
    assert loaded.wis.operations["notices"] == "getLeerlingAbsentieMeldingen"
    assert (loaded.wis.fields["result"]["score"], loaded.wis.fields["result"]["label"]) == ("resultaat", "")
    assert loaded.wis.column_kinds["Eigenkolom"] is AssessmentKind.TEXT
    assert loaded.wis.column_kinds["Toetskolom"] is AssessmentKind.TEST
    assert "Eigenkolom" not in str(assumed())


def test_own_words_come_over_those_that_are_known() -> None:
    loaded, _, _ = load(Settings("linde", {**GOOD, "relations": {" Opa": "other"}, "absence_kinds": {"GRIEP": "sick"}}))
    assert (loaded.relations["opa"], loaded.relations["moeder"]) == (Relation.OTHER, Relation.MOTHER)
    assert loaded.absence_kinds["GRIEP"] is loaded.absence_kinds["ZK"] is AttendanceKind.SICK


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 7, 31), "2025/2026"), (date(2026, 8, 1), "2026/2027"), (date(2027, 1, 1), "2026/2027"),
        (date(2027, 7, 31), "2026/2027"),
    ],
)  # fmt: skip
def test_a_school_year_begins_on_the_first_of_august(day: date, year: str) -> None:
    loaded, _, _ = load(Settings("linde", GOOD))
    assert loaded.year(day) == year
    assert load(Settings("linde", {**GOOD, "school_year": "2024/2025"}))[0].year(day) == "2024/2025"


def test_what_decides_a_mapping_changes_its_version_and_nothing_else_does() -> None:
    plain = connect(Settings("linde", GOOD))
    hours = {"from": "01:00", "to": "02:00"}
    same: list[dict[str, object]] = [{"password": "x"}, {"parallel": 2}, {"locations": ["HP"]}, {"night": hours}]
    other: list[dict[str, object]] = [
        {"date_format": "%d-%m-%Y"}, {"subject_separator": ";"}, {"relations": {"oma": "other"}},
        {"absence_kinds": {"GR": "sick"}}, {"unresolved_codes": ["XX"]}, {"wis": {"seen_kinds": {"Weg": "absent"}}},
    ]  # fmt: skip
    assert {connect(Settings("linde", {**GOOD, **more})).mapping_version for more in same} == {plain.mapping_version}
    versions = {connect(Settings("linde", {**GOOD, **more})).mapping_version for more in other}
    assert len(versions | {plain.mapping_version}) == len(other) + 1


def test_the_scope_is_the_school_year_that_was_set() -> None:
    assert connect(Settings("linde", GOOD)).scope == ""
    assert connect(Settings("linde", {**GOOD, "school_year": "2026/2027"})).scope == "2026/2027"


def test_a_school_without_wisservice_offers_no_grades_and_no_absences() -> None:
    names = [entity.name for entity in connect(Settings("linde", {**GOOD, "url_wis": ""})).entities]
    assert names == ["locations", "staff", "subjects", "students", "groups", "guardians"]
    assert [entity.name for entity in connect(Settings("linde", GOOD)).entities] == [*names, "grades", "absences"]
    without = {"operations": {"grades": "", "exam_grades": ""}}
    assert "grades" not in [entity.name for entity in connect(Settings("linde", {**GOOD, "wis": without})).entities]
