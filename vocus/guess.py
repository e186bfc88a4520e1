"""Which data set a table of rows is, and which of its columns holds which field, with the evidence. Pure.

A header is strong evidence, and what the values look like may contradict it. A file's own name is weak: it decides
only between data sets that the columns fit equally well. What cannot be decided is a question, never a silent guess.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from vocus import presets
from vocus.fields import DATA_SETS, Field, Type
from vocus.guess_fits import Fit, Line, fit, quoted, scale
from vocus.guess_presets import WIDTHS, preset
from vocus.guess_shapes import is_phone, may_be, order, unread
from vocus.guess_values import Values
from vocus.guess_words import FILES, HEADERS, MAYBE, PHONES, RECORD_TYPES, UNREAD, UNREAD_PHONE, plain
from vocus.layout import fold

READ, UNDECIDED, LEFT = "read", "undecided", "not read"


_WEAK = frozenset({"phone"})
"""Fields of one data set that others have as well and do not read: they tell nothing."""


@dataclass(frozen=True, slots=True)
class Column:
    """What became of a column: ``read``, ``undecided`` or ``not read``; for the last, ``field`` is empty."""

    place: int
    field: str
    state: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Guess:
    """``data_set`` is empty when the table is none that is known. ``lines`` are what its table in the configuration
    needs; ``questions`` are what a person has to say, ``notes`` what is good to know."""

    data_set: str
    why: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...] = ()
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A guess in the making."""

    data_set: str
    header: Sequence[str] | None
    values: Sequence[Values]
    columns: dict[int, Column] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    """Field -> place, undecided ones included."""

    def name(self, place: int) -> str:
        """A column as people call it."""
        return f"column {place}" if self.header is None else f"column {place} ({self.header[place].strip()})"

    def address(self, place: int) -> str:
        """A column as the configuration calls it: by its header where that names only one."""
        if self.header is None:
            return str(place)
        folded = [fold(text) for text in self.header]
        alone = folded.count(folded[place]) == 1 and folded[place]
        return quoted(self.header[place].strip().removeprefix("\ufeff")) if alone else str(place)

    def leave(self, place: int, why: str) -> None:
        self.columns[place] = Column(place, "", LEFT, why)

    def ask(self, place: int, name: str, evidence: str, question: str) -> None:
        """Leave a column to a person."""
        self.columns[place] = Column(place, name, UNDECIDED, evidence)
        self.lines.append(Line("columns", name, self.address(place), decided=False))
        self.taken.setdefault(name, place)
        if question:
            self.questions.append(question)


def guess(file_name: str, header: Sequence[str] | None, values: Sequence[Values], record_type: str = "") -> Guess:
    """What a table is. ``record_type`` is the text of its first column when the file has record types."""
    known = "" if header is not None or record_type else preset(values)
    if known:
        return _as_preset(known, len(values))
    name, why, questions = _data_set(file_name, header, values, record_type)
    draft = _Draft(name, header, values, questions=questions)
    if record_type:
        draft.leave(0, "the record type")
        draft.lines.append(Line("", "record_type", f"{{ column = {draft.address(0)}, value = {quoted(record_type)} }}"))
    if not name:
        for place in range(len(values)):
            draft.leave(place, _never(draft, place) or "the data set is not known")
        return Guess("", why, tuple(draft.columns[place] for place in sorted(draft.columns)))
    for place in range(len(values)):
        if place not in draft.columns and (never := _never(draft, place)):
            draft.leave(place, never)
    if header is None:
        _by_values(draft)
    else:
        _by_header(draft)
    _ask_for_missing(draft)
    for place in range(len(values)):
        if place not in draft.columns:
            draft.leave(place, "nothing tells what it is" if header is None else f"{name} has no such field")
    lines, more = _one_format(draft.lines)
    return Guess(
        name, why, tuple(draft.columns[place] for place in sorted(draft.columns)), lines,
        tuple(dict.fromkeys((*draft.questions, *more))), tuple(_notes(draft)),
    )  # fmt: skip


def _as_preset(name: str, width: int) -> Guess:
    data_set, _ = WIDTHS[name]
    fields = {place: field for field, place in presets.tables()[name][data_set]["columns"].items()}
    columns = tuple(
        Column(place, fields[place], READ, "its place and its values are those of the layout")
        if place in fields
        else Column(place, "", LEFT, "free text is never read")
        for place in range(width)
    )
    lines = (Line("", "preset", quoted(name)),)
    return Guess(data_set, f"all its columns suit the layout {name}", columns, lines, notes=tuple(_reasons(data_set)))


def _data_set(
    file_name: str, header: Sequence[str] | None, values: Sequence[Values], record_type: str
) -> tuple[str, str, list[str]]:
    """The data set, why, and a question when two fit equally."""
    if record_type:
        name = RECORD_TYPES[plain(record_type)]
        return name, f"the record type is {record_type}" if name else f"no data set is known for {record_type}", []
    covered = {name: _covered(name, header, values) for name in DATA_SETS}
    scores = {
        name: 2 * len(found - _WEAK) - len(_missing(name, found)) + (0.5 if _named(name, file_name) else 0)
        for name, found in covered.items()
    }
    best = max(scores, key=lambda name: scores[name])
    unsaid = header is None and _missing(best, covered[best]) and not _named(best, file_name)
    if len(covered[best]) < 2 or scores[best] < 1 or unsaid:
        return "", "too little of it is known", []
    by = "headers" if header is not None else "columns, by their values alone,"
    why = f"{len(covered[best])} of its {len(values)} {by} are those of {best}"
    rivals = [name for name, score in scores.items() if score == scores[best] and name != best]
    if _named(best, file_name):
        why += "; so says the file's name"
    question = f"it may be {best}, but {' and '.join(rivals)} as well: which is it?"
    return best, why, [question] if rivals else []


def _covered(name: str, header: Sequence[str] | None, values: Sequence[Values]) -> set[str]:
    """The fields of a data set for which there is a column."""
    if header is not None:
        return {fields[0] for text in header if (fields := HEADERS[name].get(plain(text)))}
    free = list(range(len(values)))
    found = set()
    for each in order(name):
        place = next((place for place in free if may_be(name, each, values[place])), None)
        if place is not None:
            free.remove(place)
            found.add(each)
    return found


def _named(name: str, file_name: str) -> bool:
    """Whether a file's name says the data set, and no longer word says another."""
    hits = {word: each for each, words in FILES.items() for word in words if word in plain(file_name)}
    return bool(hits) and hits[max(hits, key=len)] == name


def _missing(name: str, found: set[str]) -> list[str]:
    """What a data set cannot do without: needed fields, and the least of its choices."""
    wanted = DATA_SETS[name]
    needed = [each.name for each in wanted.fields.values() if each.needed and each.name not in found]
    choices = [[each for each in choice if each not in found] for choice in wanted.one_of]
    return needed + min(choices, key=len, default=[])


def _never(draft: _Draft, place: int) -> str:
    """Why a column is never read, whatever the data set."""
    word = plain(draft.header[place]) if draft.header is not None else ""
    if word in HEADERS.get(draft.data_set, {}):
        return ""  # its values are looked at by what it is for
    if word in UNREAD:
        return UNREAD[word]
    if draft.data_set != "guardians" and (word in PHONES or is_phone(draft.values[place])):
        return UNREAD_PHONE
    return unread(draft.values[place])


def _by_header(draft: _Draft) -> None:
    assert draft.header is not None
    claims: dict[str, list[int]] = {}
    words = HEADERS[draft.data_set]
    for place, text in enumerate(draft.header):
        if place in draft.columns:
            continue
        options = _likeliest(words.get(plain(text), ()), draft.values[place])
        name = next((each for each in options if each not in claims), options[0] if options else "")
        if name:
            claims.setdefault(name, []).append(place)
    for place, text in enumerate(draft.header):
        for name in MAYBE.get(plain(text), ()):
            if name in DATA_SETS[draft.data_set].fields and name not in claims and place not in draft.columns:
                claims[name] = [place]
    if draft.data_set == "grades" and {"subject", "period", "column"} <= claims.keys() and "code" not in claims:
        # What stands beside its subject and period is the name of a column, and not its number.
        claims["code"] = claims.pop("column")
    for name, places in claims.items():
        _claim(draft, name, places, "header says so")


def _likeliest(options: Sequence[str], values: Values) -> Sequence[str]:
    """The fields that a header may say. A reason goes by its number or by its code: letters are a code."""
    lettered = values.filled > values.digits and tuple(options) == ("reason", "code")
    return options[::-1] if lettered else options


def _by_values(draft: _Draft) -> None:
    """Each field goes to the only column that looks like it; with more than one, a person says which."""
    for name in order(draft.data_set):
        free = [place for place in range(len(draft.values)) if place not in draft.columns]
        found = [place for place in free if may_be(draft.data_set, name, draft.values[place])]
        if name in ("first_name", "last_name") and found:
            _ask_names(draft, found)
        elif found:
            _claim(draft, name, found, "its values look like it")


def _ask_names(draft: _Draft, places: Sequence[int]) -> None:
    """Names cannot be told apart by their values."""
    which = " and ".join(map(draft.name, places))
    names = ["first_name", "last_name"] if len(places) > 1 else ["last_name"]
    for place, name in zip_longest(places, names, fillvalue="last_name"):
        draft.ask(int(place), name, "its values are names", "")
    if len(places) > 1:
        draft.questions.append(f"{which} hold names: say which is first_name and which is last_name")
    else:
        draft.questions.append(f"{which} holds names: is it last_name?")


def _claim(draft: _Draft, name: str, places: Sequence[int], by: str) -> None:
    """Give a field its column, or ask."""
    wanted = DATA_SETS[draft.data_set].fields[name]
    if len(places) > 1:
        which = " and ".join(map(draft.name, places))
        for place in places:
            draft.ask(place, name, "another column may be this field as well", "")
        draft.questions.append(f"{which} may be {name}: which is it?")
        return
    place = places[0]
    found = _fit(draft, wanted, place)
    evidence = f"{by}; {found.evidence}"
    if not found.ok and not found.question:
        draft.leave(place, f"{evidence}, which is not what {name} wants")
    elif found.question and not found.stands:
        draft.ask(place, name, evidence, f"{draft.name(place)}: {found.question}")
        draft.lines += found.lines
    else:
        draft.columns[place] = Column(place, name, READ, evidence)
        draft.lines += (Line("columns", name, draft.address(place)), *found.lines)
        draft.taken[name] = place
        if found.question:
            draft.questions.append(f"{draft.name(place)}: {found.question}")


def _fit(draft: _Draft, wanted: Field, place: int) -> Fit:
    values = draft.values[place]
    if wanted.name == "result":
        return scale(values)
    full = wanted.name == "last_name" and "prefix" not in draft.taken and values.part("spaces") > 0.3
    if full and draft.header is not None and plain(draft.header[place]) == "naam":
        return Fit(True, "many values hold a space", question="are these whole names? last_name is one alone")
    found = fit(wanted, values)
    if wanted.type in (Type.DATE, Type.TIME) and found.question:
        days = _days(draft.values)
        decided = [json.loads(line.value)[0] for line in found.lines if _day(json.loads(line.value)[0]) in days]
        if len(decided) == 1:
            setting = "dates" if wanted.type is Type.DATE else "times"
            evidence = f"{found.evidence}; {decided[0]}, as the other dates of this file are written"
            return Fit(True, evidence, (Line("", setting, decided[0]),))
    return found


def _days(values: Sequence[Values]) -> set[str]:
    """How days are written in the columns of which it is certain."""
    best = [each.formats(moments=moments) for each in values for moments in (False, True)]
    return {_day(names[0]) for names in best if len(set(map(_day, names))) == 1}


def _day(pattern: str) -> str:
    """The part of a format that is the day."""
    return pattern.split("%H")[0].rstrip(" T")


def _ask_for_missing(draft: _Draft) -> None:
    """What is needed and has no column: the columns that may be it."""
    for name in _missing(draft.data_set, set(draft.taken)):
        free = [place for place in range(len(draft.values)) if place not in draft.columns]
        found = [place for place in free if may_be(draft.data_set, name, draft.values[place])]
        for place in found:
            draft.ask(place, name, "its values look like it", "")
        where = f"{', '.join(map(draft.name, found))} may be it" if found else "no column looks like it"
        meaning = DATA_SETS[draft.data_set].fields[name].meaning
        draft.questions.append(f"{draft.data_set} needs {name} ({meaning}): {where}")
        if not found:
            draft.lines.append(Line("columns", name, quoted(""), decided=False))


def _one_format(lines: Sequence[Line]) -> tuple[tuple[Line, ...], list[str]]:
    """The formats of all columns in one setting."""
    made: list[Line] = [line for line in lines if line.key not in ("dates", "times")]
    for key in ("dates", "times"):
        mine = [line for line in lines if line.key == key]
        certain = list(dict.fromkeys(line.value for line in mine if line.decided))
        if certain:
            made.append(Line("", key, f"[{', '.join(map(quoted, certain))}]"))
        made += [line for line in mine if not line.decided]
    separators = {line.value for line in made if line.key == "separator"}
    if len(separators) > 1:
        made = [replace(line, decided=False) if line.key == "separator" else line for line in made]
        return tuple(dict.fromkeys(made)), [f"several values in a cell have {' or '.join(sorted(separators))} between"]
    return tuple(dict.fromkeys(made)), []


def _notes(draft: _Draft) -> list[str]:
    """What a mapping leaves to other settings."""
    found = []
    if "kind" not in draft.taken and "code" in draft.taken:
        found += _reasons(draft.data_set)
    if draft.data_set == "grades" and "column" in draft.taken:
        found.append("the grade columns come from a file of their own: the data set assessments")
    return found


def _reasons(data_set: str) -> list[str]:
    if data_set not in ("absences", "notices"):
        return []
    return [
        "no column says what was seen (absent, late, sick): say it for each code in [source.vocus.reasons], or the"
        " kind stays unknown"
    ]
