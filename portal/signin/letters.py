"""Letters as a PDF file: one page for each guardian, with nothing on it but names and the code.

The font is embedded and knows the Latin, Greek and Cyrillic scripts. A name in another one is not mutilated: the letter
goes to the parent or carer of the student with such a number, and a student goes by the number (``unnamed``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from portal.reading import AnyRow
from portal.signin.texts import LETTERS, MONTHS, Language, LetterText

if TYPE_CHECKING:
    # Imported where a letter is made: every command would begin a good deal later for the sake of this one.
    from fpdf import FPDF

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "Roboto"
_UNKNOWN = "?"
_MOST = 60
"""Characters of a name; a longer one is cut, so that a letter stays one page."""
_MOST_STUDENTS = 6
_LINE = 6
"""Millimetres."""


@dataclass(frozen=True, slots=True)
class Child:
    """A student in a letter: the name, and the school's number."""

    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What is on one page: the guardian's name, at least one child, and the code. ``valid_until`` is the last day,
    local."""

    guardian: str
    students: tuple[Child, ...]
    code: str
    valid_until: date


def full_name(row: AnyRow) -> str:
    """A person's name as it stands in a letter: first name, or else initials, prefix, last name."""
    parts = (row.first_name or row.initials, row.prefix, row.last_name)
    return " ".join(part for part in parts if part)


def pdf(letters: Iterable[Letter], school: str, origin: str, language: Language, made_on: date) -> bytes:
    """The letters as one file, in their order. Names are text and nothing else, whatever is in them."""
    document = _document()
    document.set_title(printable(LETTERS[language].subject.format(school=school)))
    for letter in letters:
        _page(document, letter, school, origin, language, made_on)
    return bytes(document.output())


def unnamed(letter: Letter) -> bool:
    """Whether a name of the letter cannot be printed, so that there is a number in its place."""
    return not all(map(can_print, [letter.guardian, *(child.name for child in letter.students)]))


def _document() -> FPDF:
    from fpdf import FPDF

    document = FPDF(format="A4")
    document.set_margin(25)
    document.set_auto_page_break(True, 20)
    for style, file in (("", "Roboto-Regular.ttf"), ("B", "Roboto-Bold.ttf")):
        document.add_font(_FAMILY, style, _FONTS / file)
    return document


def _page(document: FPDF, letter: Letter, school: str, origin: str, language: Language, made_on: date) -> None:
    text = LETTERS[language]
    document.add_page()
    _write(document, school, bold=True, size=14)
    _write(document, _day(made_on, language), after=3)
    _write(document, text.subject.format(school=_cut(school)), bold=True, after=2)
    for line in _body(letter, text, school, origin, language):
        _write(document, line)
    _write(document, text.code, bold=True)
    document.set_font(_FAMILY, "B", 20)
    document.cell(0, 14, letter.code, border=1, align="C", new_x="LMARGIN", new_y="NEXT")
    document.ln(_LINE)
    for line in (text.valid.format(until=_day(letter.valid_until, language)), text.own, text.nobody, text.greeting):
        _write(document, line)
    _write(document, school)


def _body(letter: Letter, text: LetterText, school: str, origin: str, language: Language) -> Iterator[str]:
    first = letter.students[0]
    known = can_print(letter.guardian)
    yield text.dear.format(name=_cut(letter.guardian)) if known else text.carer.format(number=first.number)
    named = [
        _cut(child.name) if can_print(child.name) else text.student.format(number=child.number)
        for child in letter.students
    ]
    if len(named) > _MOST_STUDENTS:
        named = [*named[: _MOST_STUDENTS - 1], "\u2026"]
    shown = [f"\u2013 {name}" for name in named]
    yield "\n".join([text.opening, *shown])
    steps = [f"{n}. {step.format(origin=origin)}" for n, step in enumerate(text.steps, start=1)]
    yield "\n".join([text.about, *steps])


def _write(document: FPDF, text: str, *, bold: bool = False, size: int = 11, after: int = 1) -> None:
    document.set_font(_FAMILY, "B" if bold else "", size)
    document.multi_cell(0, _LINE, printable(text), align="L", new_x="LMARGIN", new_y="NEXT")
    document.ln(_LINE * after * 0.7)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else text[:_MOST] + "\u2026"


def _day(day: date, language: Language) -> str:
    return f"{day.day} {MONTHS[language][day.month - 1]} {day.year}"


def printable(text: str) -> str:
    """The text with what the font has no sign for replaced: by its parts where these will do, or by a question mark.

    The library would write such signs to the log, which is no place for a name.
    """
    return "".join(_UNKNOWN if sign is None else sign for sign in map(_sign, unicodedata.normalize("NFC", text)))


def can_print(name: str) -> bool:
    """Whether a name can be read when it is printed."""
    signs = [_sign(character) for character in unicodedata.normalize("NFC", name)]
    return None not in signs and any(sign and not sign.isspace() for sign in signs)


def _sign(character: str) -> str | None:
    """How a character is printed; None when it cannot be."""
    if character == "\n" or ord(character) in _signs():
        return character
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Mn"):
        return ""
    parts = [part for part in unicodedata.normalize("NFKD", character) if ord(part) in _signs()]
    return "".join(parts) or None


@cache
def _signs() -> frozenset[int]:
    """The characters that both fonts have a sign for."""
    from fpdf.fonts import TTFFont

    fonts = [set(font.cmap) for font in _document().fonts.values() if isinstance(font, TTFFont)]
    shared = set.intersection(*fonts)
    return frozenset(code for code in shared if unicodedata.category(chr(code)) not in ("Cc", "Cf", "Mn", "Co"))
