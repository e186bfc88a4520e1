"""Letters: what is in them, and that no name breaks them."""

from __future__ import annotations

import logging
import re
from datetime import date
from typing import Any

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.signin import codes, letters
from portal.signin.letters import Child, Letter, can_print, printable, unnamed
from portal.signin.texts import CHANGED, LETTERS, PASSWORD_CODE, SECOND_CODE, Language, language

CODE = "ABCD-EFGH-JKMN-PQRS"
NOOR, BO = Child("Noor van Voorbeeld", "120045"), Child("Bo Łęcki", "120046")
LETTER = Letter("Fatma Şahin-Yıldız", (NOOR, BO), CODE, date(2026, 5, 1))


def pages(file: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", file))


def pdf(*found: Letter, school: str = "Het Lyceum", in_: Language = Language.DUTCH) -> bytes:
    return letters.pdf(found, school, "https://portaal.example.nl", in_, date(2026, 3, 2))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that is put on paper."""
    lines: list[str] = []
    for name in ("multi_cell", "cell"):
        original = getattr(FPDF, name)

        def noted(self: Any, w: Any, h: Any, text: str, *rest: Any, _original: Any = original, **more: Any) -> Any:
            lines.append(text)
            return _original(self, w, h, text, *rest, **more)

        monkeypatch.setattr(FPDF, name, noted)
    return lines


@pytest.mark.parametrize(
    ("in_", "dates"),
    [(Language.DUTCH, ("2 maart 2026", "1 mei 2026")), (Language.ENGLISH, ("2 March 2026", "1 May 2026"))],
)
def test_a_letter_says_who_and_how_and_until_when(written: list[str], in_: Language, dates: tuple[str, str]) -> None:
    file = pdf(LETTER, in_=in_)
    text = "\n".join(written)
    for part in ("Het Lyceum", "Fatma Şahin-Yıldız", "Noor van Voorbeeld", "Bo Łęcki", CODE,
                 "https://portaal.example.nl", *dates):  # fmt: skip
        assert part in text
    assert file.startswith(b"%PDF-")
    assert pages(file) == 1
    assert "{" not in text


def test_each_guardian_has_an_own_page_with_nothing_of_another(written: list[str]) -> None:
    other = Letter("Kim Ander", (NOOR,), "WXYZ-0123-4567-89AB", date(2026, 5, 1))
    assert pages(pdf(LETTER, other)) == 2
    second = "\n".join(written[written.index("Beste Kim Ander,") :])
    assert "Fatma" not in second
    assert CODE not in second


def test_a_name_is_text_and_nothing_else(written: list[str]) -> None:
    hostile = "<b>x</b> **y** {origin} %s \\ ) ] >> endobj"
    pdf(Letter(hostile, (Child(hostile, "1"),), CODE, date(2026, 5, 1)), school=hostile)
    assert f"Beste {hostile}," in written
    assert any(f"\u2013 {hostile}" in line for line in written)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Şahin Ğ İ ı Łęcki Đorđe Țepeș Ĳsbrand Ö", "Şahin Ğ İ ı Łęcki Đorđe Țepeș Ĳsbrand Ö"),
        ("Cafe\u0301", "Café"), ("Ж Ω", "Ж Ω"), ("محمد", "????"), ("日本🎉", "???"), ("a\u202eb\u200bc\x00d", "abcd"),
        ("a\tb\u00a0c\u2003d", "a b c d"), ("ﬁ ①", "fi 1"), ("\ud800", "?"),
    ],
)  # fmt: skip
def test_what_the_font_cannot_show_becomes_something_that_it_can(text: str, shown: str) -> None:
    assert printable(text).replace("\u00a0", " ").replace("\ufb01", "fi").replace("\u2003", " ") == shown


STRANGE = ("محمد العربي", "Kim 王", "שרה", "\u0915\u092e\u0932", "\U0001f600", "", " ", "\u200b", "\ud800")


def test_a_name_that_cannot_be_printed_is_not_mutilated(written: list[str]) -> None:
    """The number of the school stands for it, and whoever prints is told."""
    guardians = [Letter(name, (NOOR, BO), CODE, date(2026, 5, 1)) for name in STRANGE]
    students = [Letter("Kim Ander", (NOOR, Child(name, "120047")), CODE, date(2026, 5, 1)) for name in STRANGE]
    assert all(map(unnamed, [*guardians, *students]))
    assert not unnamed(LETTER)
    pdf(*guardians)
    assert written.count("Aan de ouder of verzorger van leerling 120045") == len(STRANGE)
    assert not any(line.startswith("Beste") for line in written)
    pdf(*students, in_=Language.ENGLISH)
    assert written.count("Dear Kim Ander,") == len(STRANGE)
    listed = [line for line in written if line.endswith("\n\u2013 Noor van Voorbeeld\n\u2013 student 120047")]
    assert len(listed) == len(STRANGE)
    assert "?" not in "".join(written)


@pytest.mark.parametrize("name", [
    "Şahin Ğ İ ı Łęcki Đorđe Țepeș Ĳsbrand Ö", "Cafe\u0301", "Николай Ёлкин", "Ελένη Παπαδοπούλου", "Nguyễn Thị Ánh",
    "D'Artagnan-O\u2019Neill", "?",
])  # fmt: skip
def test_a_name_in_these_scripts_is_printed(name: str) -> None:
    assert can_print(name)


@settings(max_examples=6, deadline=None)
@given(
    names=st.lists(st.tuples(st.text(max_size=300), st.text(max_size=300)), min_size=8, max_size=12),
    school=st.text(min_size=1, max_size=100),
)
def test_no_name_breaks_a_letter_or_reaches_the_log(names: list[tuple[str, str]], school: str) -> None:
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    logging.getLogger("fpdf").addHandler(handler)
    try:
        file = pdf(*(Letter(guardian, (Child(student, "1"),), CODE, date(2026, 5, 1)) for guardian, student in names),
                   school=school)  # fmt: skip
    finally:
        logging.getLogger("fpdf").removeHandler(handler)
    assert file.startswith(b"%PDF-")
    assert pages(file) == len(names)
    assert not records


def test_many_children_and_long_names_stay_on_the_page(written: list[str]) -> None:
    many = tuple(Child(f"Kind {n} " + "van " * 60, str(n)) for n in range(20))
    assert pages(pdf(Letter("Kim " + "van " * 60, many, CODE, date(2026, 5, 1)))) == 1
    text = "\n".join(written)
    assert "Kind 4" in text
    assert "Kind 5" not in text


def test_every_text_is_there_in_every_language() -> None:
    for texts in (LETTERS, SECOND_CODE, PASSWORD_CODE, CHANGED):
        assert set(texts) == set(Language)
    for texts in (SECOND_CODE, PASSWORD_CODE):
        assert all("12345678" in text.text.format(code="12345678") for text in texts.values())
    assert [language(word) for word in ("nl", "en", "fy", "")] == ["nl", "en", "nl", "nl"]


# Codes


def test_a_code_is_long_and_of_letters_that_are_not_mistaken() -> None:
    made = {codes.new(codes.LETTER_LENGTH) for _ in range(200)}
    assert len(made) == 200
    for code in made:
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}", code)


@pytest.mark.parametrize(
    "typed", ["abcd-efgh-1km0-pqrs", "ABCDEFGHIKMOPQRS", " abcd efgh lkmo\tpqrs ", "ABCD\u2013EFGH\u20111KM0-PQRS"]
)
def test_it_is_read_as_it_was_meant(typed: str) -> None:
    assert codes.plain(typed) == "ABCDEFGH1KM0PQRS"


def test_the_same_code_has_another_digest_elsewhere() -> None:
    key, code = b"k" * 32, "ABCD"
    made = {codes.digest(key, code, "letter"), codes.digest(key, code, "second", "1"), codes.digest(key, code),
            codes.digest(key, code, "second", "2"), codes.digest(b"l" * 32, code, "letter")}  # fmt: skip
    assert len(made) == 5
    assert all(re.fullmatch(r"\d{8}", codes.new_digits()) for _ in range(50))
