"""The languages of the pages: every text in both, and days, moments and numbers as each writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest
from fastapi import Request

from portal.pages.words import DUTCH, ENGLISH, language_of, words
from tests.portal.pages.texts import in_use, translated
from tests.portal.school import NOW

PLACES = re.compile(r"%\(\w+\)s|</?\w+>")
DUTCH_WORDS, ENGLISH_WORDS = words(DUTCH), words(ENGLISH)


def forms(text: str | Sequence[str]) -> tuple[str, ...]:
    """Of one thing and of more, where they differ."""
    return (text,) if isinstance(text, str) else tuple(text)


def test_every_text_has_its_dutch() -> None:
    used, told = in_use(), translated()
    assert len(used) > 100
    assert [m.id for m in used if m.id and not ((there := told.get(m.id)) and all(forms(there.string)))] == []
    assert [m.id for m in told if m.id and used.get(m.id) is None] == []


def test_a_translation_keeps_what_is_filled_in() -> None:
    pairs = [pair for m in translated() if m.id for pair in zip(forms(m.id), forms(m.string), strict=True)]
    assert [told for told, dutch in pairs if sorted(PLACES.findall(told)) != sorted(PLACES.findall(dutch))] == []


def test_one_and_more() -> None:
    one, more = "%(n)s result", "%(n)s results"
    assert [DUTCH_WORDS.translations.ngettext(one, more, n) for n in (0, 1, 2)] == [
        "%(n)s resultaten", "%(n)s resultaat", "%(n)s resultaten"
    ]  # fmt: skip


@pytest.mark.parametrize(("moment", "dutch", "english"), [
    ("2026-03-02T09:42:00Z", "om 10:42", "at 10:42"),
    ("2026-03-01T22:59:00Z", "gisteren om 23:59", "yesterday at 23:59"),
    ("2026-02-28T22:59:00Z", "op 28 februari om 23:59", "on 28 February at 23:59"),
    ("2025-07-01T10:00:00Z", "op 1 juli 2025 om 12:00", "on 1 July 2025 at 12:00"),
])  # fmt: skip
def test_a_moment(moment: str, dutch: str, english: str) -> None:
    at = datetime.fromisoformat(moment)
    assert (DUTCH_WORDS.moment(at, NOW), ENGLISH_WORDS.moment(at, NOW)) == (dutch, english)


@pytest.mark.parametrize(("day", "dutch", "english"), [
    (date(2026, 3, 2), "vandaag", "today"),
    (date(2026, 3, 1), "gisteren", "yesterday"),
    (date(2026, 2, 27), "vrijdag 27 februari", "Friday 27 February"),
    (date(2025, 12, 31), "woensdag 31 december 2025", "Wednesday 31 December 2025"),
])  # fmt: skip
def test_a_day(day: date, dutch: str, english: str) -> None:
    today = date(2026, 3, 2)
    assert (DUTCH_WORDS.day(day, today), ENGLISH_WORDS.day(day, today)) == (dutch, english)


@pytest.mark.parametrize(("value", "dutch", "english"), [
    (Decimal("7.5"), "7,5", "7.5"), (Decimal("8.0"), "8,0", "8.0"), (Decimal(10), "10", "10"), (3, "3", "3"),
    (Decimal("1.25"), "1,25", "1.25"),
])  # fmt: skip
def test_a_number_with_the_decimals_that_it_has(value: Decimal, dutch: str, english: str) -> None:
    assert (DUTCH_WORDS.number(value), ENGLISH_WORDS.number(value)) == (dutch, english)


@pytest.mark.parametrize(("cookie", "accepted", "language"), [
    (None, None, "nl"), (None, "en-GB,en;q=0.9", "en"), (None, "de,fr", "nl"), (None, "nl-BE", "nl"),
    ("en", "nl", "en"), ("xx", "en", "en"), (None, ";;,*", "nl"),
])  # fmt: skip
def test_which_language(cookie: str | None, accepted: str | None, language: str) -> None:
    headers = [(b"accept-language", accepted.encode())] if accepted else []
    headers += [(b"cookie", f"language={cookie}".encode())] if cookie else []
    assert language_of(Request({"type": "http", "headers": headers})) == language
