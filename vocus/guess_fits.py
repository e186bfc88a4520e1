"""Whether a column's values are what a field wants, in words, and which settings they need. Pure.

A ``Fit`` holds no value: words are told only when they are ours to begin with (``guess_words.VALUES``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vocus.fields import Field, Type
from vocus.guess_values import Values
from vocus.guess_words import FLAG_WORDS, FLAGS, VALUES, plain

CERTAIN = 0.9
"""The part of the values that must fit before a column is taken for a field."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a data set's table: ``section`` is empty, ``columns``, ``maps.gender``, ``pad``. A line that is left
    to a person is not ``decided``: it is written as a comment."""

    section: str
    key: str
    value: str
    decided: bool = True
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """``evidence`` is a sentence without a capital. ``question`` is what only a person can say; while it is there the
    column's own line waits as well, unless ``stands``."""

    ok: bool
    evidence: str
    lines: tuple[Line, ...] = ()
    question: str = ""
    stands: bool = False


def fit(field: Field, values: Values) -> Fit:
    """How well the values of a column suit a field."""
    if not values.filled:
        return Fit(True, "all its cells are empty")
    return _FITS[field.type](field, values)


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


def share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}".replace(",", " ")


def _key(field: Field, values: Values) -> Fit:
    longest = values.part("longest")
    if longest:
        return Fit(False, "its values are too long for a key")
    if field.needed and values.blank:
        return Fit(True, f"empty in {share(values.blank, values.blank + values.filled)} rows, which would be refused")
    if field.name in ("number", "student") and values.part("eleven") >= CERTAIN:
        return Fit(
            False, "nearly all its values pass the test of a national number (BSN)",
            question="they look like national numbers, which are never read: which column is the school's own number?",
        )  # fmt: skip
    if values.digits == values.filled:
        return _numbers(field, values)
    return Fit(True, "codes")


def _numbers(field: Field, values: Values) -> Fit:
    """Numbers that are names: shorter ones may have lost their zeros."""
    lengths = sorted(values.widths)
    if values.zeros:
        return Fit(True, f"numbers of {_to(lengths)}, some with leading zeros")
    if len(lengths) == 1:
        return Fit(True, f"numbers of {_to(lengths)}")
    shorter = values.filled - values.widths[lengths[-1]]
    evidence = f"numbers of {_to(lengths)}, {share(shorter, values.filled)} shorter than the longest"
    if field.name not in ("number", "student"):
        return Fit(True, evidence)
    return Fit(
        True, evidence, (Line("pad", field.name, str(lengths[-1]), decided=False),),
        "its numbers differ in length and none begins with 0: leading zeros may be lost. Where the school's numbers"
        f" have {lengths[-1]} digits, let pad restore them; where short ones are right, leave it out",
        stands=True,
    )  # fmt: skip


def _to(lengths: list[int]) -> str:
    if len(lengths) > 1:
        return f"{lengths[0]} to {lengths[-1]} digits"
    return "1 digit" if lengths == [1] else f"{lengths[0]} digits"


def _text(_: Field, values: Values) -> Fit:
    return Fit(True, f"text in {share(values.filled, values.filled + values.blank)} rows")


def _digits(_: Field, values: Values) -> Fit:
    return Fit(values.digits >= CERTAIN * values.filled, f"{share(values.digits, values.filled)} values are digits")


def _day(_: Field, values: Values) -> Fit:
    return _dated(values, "dates", moments=False)


def _moment(_: Field, values: Values) -> Fit:
    """A moment may be told by its day alone."""
    return _dated(values, "times", moments=bool(values.formats(moments=True)))


def _dated(values: Values, setting: str, *, moments: bool) -> Fit:
    best = values.formats(moments=moments)
    if not best:
        return Fit(
            False, "no known format reads half of its values",
            question=f"how are they written? Put it in {setting}, such as %d-%m-%Y",
        )  # fmt: skip
    count = values.read_as[best[0]]
    rest = "" if count == values.filled else f"; the other {values.filled - count} would be refused row by row"
    rivals = [name for name in best[1:] if frozenset((best[0], name)) in values.differ]
    evidence = f"{share(count, values.filled)} values read as {best[0]}"
    if rivals:
        lines = tuple(Line("", setting, f'["{name}"]', decided=False) for name in (best[0], *rivals))
        return Fit(
            True, f"{evidence}, and as {' and '.join(rivals)} as well{rest}", lines,
            f"{' and '.join((best[0], *rivals))} read all its values, as different days: which is it?",
        )  # fmt: skip
    only = "no other format reads " + ("them all" if count == values.filled else "as many")
    return Fit(True, f"{evidence}; {only}{rest}", (Line("", setting, best[0]),))


def _clock(_: Field, values: Values) -> Fit:
    return Fit(values.part("clock") >= CERTAIN, "times of the clock")


def _decimal(_: Field, values: Values) -> Fit:
    return Fit(values.numbers >= CERTAIN * values.filled, numbers(values))


def numbers(values: Values) -> str:
    """How a column writes its numbers."""
    marks = [name for name, count in (("comma", values.comma), ("point", values.pointed)) if count]
    how = f", with a decimal {' or a '.join(marks)}" if marks else ""
    return f"{share(values.numbers, values.filled)} values are numbers{how}"


def _whole(_: Field, values: Values) -> Fit:
    return Fit(
        values.whole >= CERTAIN * values.filled, f"{share(values.whole, values.filled)} values are whole numbers"
    )


def _flag(field: Field, values: Values) -> Fit:
    words = values.words
    if words is None:
        return Fit(False, "more different values than yes and no")
    if set(words) <= FLAGS:
        return Fit(True, "yes or no")
    return _mapped(field, words, FLAG_WORDS, "yes or no")


def _one_of(field: Field, values: Values) -> Fit:
    words = values.words
    if words is None:
        return Fit(False, f"too many different values for {field.name}")
    if field.name == "gender":
        if set(words) <= {"0", "1", "2", "9"}:
            return _numbered_gender()
        if "j" in words and "m" in words:
            return Fit(
                True, "J and M", (*(Line("maps.gender", key, value) for key, value in (
                    ("J", quoted("male")), ("M", quoted("female")))),),
            )  # fmt: skip
    return _mapped(field, words, VALUES.get(field.name, {}), f"words for {field.name}")


def _numbered_gender() -> Fit:
    lines = [
        Line("maps.gender", key, quoted(value), decided=False, comment=whose)
        for whose, one, two in (("as EDEXML", "male", "female"), ("as OSO", "female", "male"))
        for key, value in (("1", one), ("2", two))
    ]
    return Fit(
        True, "1 and 2", tuple(lines),
        "1 and 2: EDEXML says 1 is male, OSO says 1 is female: say which",
    )  # fmt: skip


def _mapped(field: Field, words: Mapping[str, int], known: Mapping[str, str], what: str) -> Fit:
    ours = {word: known[plain(word)] for word in sorted(words) if plain(word) in known}
    if field.values:
        ours = {word: value for word, value in ours.items() if value in field.values}
    strange = len(words) - len(ours)
    count = sum(words[word] for word in ours)
    total = sum(words.values())
    if not ours:
        return Fit(
            False, f"none of its {len(words)} different values is known",
            question=f"its {len(words)} different values are not known: give each its meaning in maps.{field.name}"
            + (f" ({', '.join(field.values)})" if field.values else " (true, false)"),
        )  # fmt: skip
    lines = tuple(
        Line(f"maps.{field.name}", word, value if value in ("true", "false") else quoted(value))
        for word, value in ours.items()
    )
    question = (
        f"{strange} of its {len(words)} different values {'is' if strange == 1 else 'are'} not known: give a meaning to"
        f" each in maps.{field.name}"
        if strange
        else ""
    )
    return Fit(True, f"{what} in {share(count, total)} values", lines, question, stands=True)


def _words(_: Field, values: Values) -> Fit:
    mark = values.separator()
    if mark is None:
        return Fit(True, "one value in a cell, as far as can be seen")
    return Fit(True, f"several values in a cell, with {quoted(mark)} between", (Line("", "separator", quoted(mark)),))


def scale(values: Values) -> Fit:
    """How results are written (wire D.2): 6,5 or 65."""
    marked = values.comma + values.pointed
    told = numbers(values)
    if not values.above:
        return Fit(True, told)
    if not marked and values.largest <= 100:
        return Fit(True, f"{told} up to 100: tenths, 65 is 6.5", (Line("", "scale", quoted("tenths")),))
    if marked > values.above:
        return Fit(True, f"{told}; {share(values.above, values.filled)} are above 10, which is no mark")
    return Fit(
        True, f"{told}, {share(values.above, values.filled)} above 10",
        (Line("", "scale", quoted("tenths"), decided=False),),
        "some results are above 10: if they are tenths (65 is 6.5), set scale", stands=True,
    )  # fmt: skip


_FITS: Mapping[Type, Callable[[Field, Values], Fit]] = {
    Type.KEY: _key, Type.TEXT: _text, Type.DIGITS: _digits, Type.DATE: _day, Type.TIME: _moment, Type.CLOCK: _clock,
    Type.DECIMAL: _decimal, Type.WHOLE: _whole, Type.FLAG: _flag, Type.WORDS: _words, Type.ONE_OF: _one_of,
}  # fmt: skip
