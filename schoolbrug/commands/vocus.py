"""``schoolbrug vocus``: what only a school whose administration exports files needs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from canonical.errors import UserError
from schoolbrug.config import load
from schoolbrug.opening import opened, source_named
from schoolbrug.options import DEFAULT_FILE, AsJson, ConfigFile
from schoolbrug.output import print_json, say, waiting
from schoolbrug.tenants import with_tenants
from vocus.guess import LEFT, UNDECIDED
from vocus.inspect import Inspection, Looked, Part, inspect
from vocus.inspect_check import MOST_LINES, Checked, check, data_sets, proposed, settings_of
from vocus.settings import VocusSettings

_WIDTH = 80
"""Columns: what is printed fits a small window, and a mail."""

app = typer.Typer(no_args_is_help=True)

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="The files as the administration exports them.", dir_okay=False)
]
Rehearse = Annotated[
    bool, typer.Option("--check", help="Also read and map every row, and tell which ones would be refused.")
]
Source = Annotated[
    str | None,
    typer.Option("--source", metavar="NAME", help="Check with this source's settings and not with the proposal."),
]


@app.callback()
def _group() -> None:
    """Find out how the exports of your administration can be read."""


@app.command("inspect")
def inspect_(
    files: Files,
    rehearse: Rehearse = False,
    source: Source = None,
    config: ConfigFile = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Tell what the columns of exported files seem to hold, and propose the settings that read them.

    What cannot be decided from a file is said, and stands in the proposal as a comment: you decide. Give the files of
    one delivery together. Nothing that is printed is a value of a record, so you may send it to somebody.

    With --check every row is read as the connector would read it. Exit code 1: a file or a row would be refused.
    """
    settings = _settings(config, source) if source is not None else None
    with waiting("reading"):
        found = _inspected(files)
        checked = [
            list(_checked(path, one, settings)) if rehearse or source is not None else []
            for path, one in zip(files, found, strict=True)
        ]
    if as_json:
        print_json({"files": [_json(one, told) for one, told in zip(found, checked, strict=True)]})
    else:
        for one, told in zip(found, checked, strict=True):
            _show(one)
            _show_checked(told)
    if any(one.refused for one in found) or not all(told.ok for each in checked for told in each):
        raise typer.Exit(1)


def _inspected(files: Sequence[Path]) -> list[Inspection]:
    try:
        return inspect(files)
    except OSError as error:
        raise UserError(f"{error.filename}: it cannot be read ({error.strerror}).") from None


def _settings(config: Path, name: str) -> VocusSettings:
    settings = load(config)
    if all(source.name != name for source in settings.source):
        with opened(settings) as store:
            settings = with_tenants(settings, store)
    source = source_named(settings, name)
    if source.system != "vocus":
        raise UserError(f"The source {name} is of {source.system}; this command is for sources of vocus.")
    return settings_of(name, source.options)


def _checked(path: Path, found: Inspection, settings: VocusSettings | None) -> Iterator[Checked]:
    """A rehearsal with a source's settings, or with what is proposed for each part of the file."""
    if settings is not None:
        names = data_sets(path.name, settings)
        if not names:
            yield Checked("", refused="no data set of this source has a pattern that fits its name", code="files")
        yield from (check(path, name, settings) for name in names)
        return
    if not found.refused and not any(part.toml for part in found.parts):
        yield Checked("", refused="nothing was checked, because nothing is known of it", code="undecided")
    for part in found.parts:
        if part.toml:
            try:
                proposal = proposed(part.toml)
            except UserError as error:
                yield Checked(part.guess.data_set, refused=f"decide first: {error}", code="undecided")
            else:
                yield check(path, part.guess.data_set, proposal)


def _show(found: Inspection) -> None:
    say("", f"[bold]{escape(found.file)}[/]")
    for word, sentence in found.facts:
        _say(sentence, f"  {word:<10} ", 13)
    if found.refused:
        _say(f"It would be refused: {found.refused}.", "  ", 2)
    for part in found.parts:
        _show_part(part)


def _show_part(part: Part) -> None:
    found = part.guess
    which = f"The {part.rows} rows of type {part.record_type}" if part.record_type else "It"
    say("")
    if not found.data_set:
        _say(f"{which} cannot be read as any data set: {found.why}.", "", 0)
        return
    _say(f"{which} can be read as {found.data_set}: {found.why}.", "", 0)
    if part.columns:
        say("")
    for looked in part.columns:
        _show_column(looked)
    for number, question in enumerate(found.questions, 1):
        if number == 1:
            say("", "[bold yellow]For you to decide[/]")
        _say(f"{question}.", f"  {number}. ", 5)
    for note in found.notes:
        _say(f"Note: {note}.", "\n  " if note == found.notes[0] else "  ", 2)
    say("", "[bold]To paste into the configuration[/]", "")
    for line in part.toml.splitlines():
        say(escape(line))


def _show_column(looked: Looked) -> None:
    """Two lines: what it is called, what it is and what its values look like; then the evidence."""
    column = looked.column
    field = {LEFT: "not read", UNDECIDED: f"{column.field}?"}.get(column.state, column.field)
    style = {LEFT: "dim", UNDECIDED: "yellow"}.get(column.state, "bold")
    shapes = ", ".join(shape if percent == 100 else f"{shape} {percent} %" for shape, percent in looked.shapes)
    name = f"  {column.place:>3}  {looked.header:<20} "
    say(f"{escape(name)}[{style}]{escape(f'{field:<14}')}[/] {escape(shapes)}".rstrip())
    _say(column.evidence, "       ", 7)


def _show_checked(checked: Sequence[Checked]) -> None:
    for told in checked:
        say("", f"[bold]Check{f' as {told.data_set}' if told.data_set else ''}[/]")
        if told.refused:
            _say(f"The file would be refused: {told.refused.rstrip('.')}. [{told.code}]", "  ", 2)
            continue
        if told.ok:
            say(f"  All {told.rows} rows can be read.")
            continue
        say(f"  {told.bad} of {told.rows} rows would be refused:", "")
        for fault in told.first:
            say(f"  line {fault.line:>7}  {escape(fault.field)}: {escape(fault.code)}")
        if sum(count for *_, count in told.counts) > MOST_LINES:
            say(f"  and more: these are the first {MOST_LINES}.")
        say("")
        for field, code, count in told.counts:
            say(f"  {count:>12} times  {escape(field)}: {escape(code)}")


def _say(text: str, first: str, indent: int) -> None:
    """A sentence in lines that fit."""
    wrapped = textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=" " * indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    say(*(escape(line) for line in wrapped.split("\n")))


def _json(found: Inspection, checked: Sequence[Checked]) -> dict[str, Any]:
    return {
        "file": found.file, "kind": found.kind, "refused": found.refused or None,
        "facts": [{"what": word, "sentence": sentence} for word, sentence in found.facts],
        "parts": [_part_json(part) for part in found.parts], "checks": [_checked_json(told) for told in checked],
    }  # fmt: skip


def _part_json(part: Part) -> dict[str, Any]:
    found = part.guess
    return {
        "record_type": part.record_type or None, "rows": part.rows, "data_set": found.data_set or None,
        "why": found.why, "columns": [_column_json(looked) for looked in part.columns],
        "questions": list(found.questions), "notes": list(found.notes), "toml": part.toml or None,
    }  # fmt: skip


def _column_json(looked: Looked) -> dict[str, Any]:
    column = looked.column
    return {
        "place": column.place, "header": looked.header or None, "field": column.field or None, "state": column.state,
        "evidence": column.evidence, "filled": looked.filled, "blank": looked.blank,
        "shapes": [{"shape": shape, "percent": percent} for shape, percent in looked.shapes],
    }  # fmt: skip


def _checked_json(told: Checked) -> dict[str, Any]:
    return {
        "data_set": told.data_set or None, "rows": told.rows, "refused_rows": told.bad, "ok": told.ok,
        "refused": told.refused or None, "code": told.code or None,
        "first": [{"line": fault.line, "field": fault.field, "code": fault.code} for fault in told.first],
        "counts": [{"field": field, "code": code, "count": count} for field, code, count in told.counts],
    }  # fmt: skip
