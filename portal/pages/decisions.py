"""For the portal's administrator: what each school has decided about who sees what and when, and deciding anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args
from urllib.parse import quote

from fastapi import Form, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import Engine

from portal import deciding, ruleroutes
from portal.access import Role, Viewer
from portal.caller import Store, needs
from portal.clock import SCHOOL_TIME, local_day, now
from portal.deciding import Sections
from portal.decisionmodels import NewRules, Preview, SchoolRules
from portal.looking import Reads
from portal.pages import ruleforms
from portal.pages.page import Noted, Reader, pages, render
from portal.pages.ruleforms import Part, ScheduleForm, SwitchForm
from portal.pages.terms import AREAS, NO_LOCATION, ROLES
from portal.pages.use import schools_of
from portal.pages.words import Words, language_of, words
from portal.problems import Conflict, NotThere
from portal.reading import reading
from portal.ruleroutes import Source
from portal.rules import AreaWord, RoleWord, Rules

SWITCHES, SCHEDULE = "switches", "schedule"
"""The parts of the page that have forms."""

Number = Annotated[int, Form(ge=0)]

router = pages()


@router.get("/rules")
def rules_home(request: Request, viewer: Reader, engine: Store) -> Response:
    """The schools to decide for; of who has one, its page."""
    needs(viewer, Role.ADMINISTRATOR)
    with reading(engine, viewer) as connection:
        schools = schools_of(connection, viewer)
    if len(schools) == 1:
        return _page(request, viewer, engine, *schools)
    return render(request, "schools.html", viewer=viewer, schools=schools)


@router.get("/rules/{source}")
def rules_page(
    request: Request, viewer: Reader, engine: Store, source: Source, saved: str = "",
    change: Annotated[int | None, Query(ge=0)] = None,
) -> Response:  # fmt: skip
    """What holds, and the forms to decide anew; with ``change``, that of one of the switches."""
    return _page(request, viewer, engine, source, saved=saved, place=change)


@router.post("/rules/{source}/schedule")
def post_schedule(
    request: Request, viewer: Reader, engine: Store, noted: Noted, source: Source,
    form: Annotated[ScheduleForm, Form()],
) -> Response:  # fmt: skip
    """Who would see what when, or that it is to be so."""
    typed = ruleforms.typed_schedule(form)
    kept: dict[str, Any] = {"schedule": typed, "entered": form.entered}
    if form.do == "save":
        return _save(request, viewer, engine, noted, source, SCHEDULE, form.version,
                     lambda rules: ruleforms.with_schedule(rules, typed), **kept)  # fmt: skip
    held = ruleroutes.get_rules(viewer, engine, source)
    preview, wrong = proposed(held, typed, form.entered)
    return _page(
        request, viewer, engine, source, status=400 if wrong else 200, of=SCHEDULE, wrong=wrong, preview=preview,
        version=form.version, **kept,
    )  # fmt: skip


@router.post("/rules/{source}/switches")
def post_switch(
    request: Request, viewer: Reader, engine: Store, noted: Noted, source: Source, form: Annotated[SwitchForm, Form()]
) -> Response:
    """One more switch, or another one in the place of one."""
    typed = ruleforms.typed_switch(form)

    def changed(rules: Rules) -> Rules:
        _there(rules, form.place)
        return ruleforms.with_switch(rules, form.place, typed)

    return _save(
        request, viewer, engine, noted, source, SWITCHES, form.version, changed, switch=typed, place=form.place
    )


@router.post("/rules/{source}/switches/remove")
def remove_switch(
    request: Request, viewer: Reader, engine: Store, noted: Noted, source: Source, version: Number, place: Number
) -> Response:
    def changed(rules: Rules) -> Rules:
        _there(rules, place)
        return ruleforms.without_switch(rules, place)

    return _save(request, viewer, engine, noted, source, SWITCHES, version, changed)


@router.post("/rules/{source}/guardians")
def close_to_guardians(
    request: Request, viewer: Reader, engine: Store, noted: Noted, source: Source, version: Number,
    closed: Annotated[bool, Form()],
) -> Response:  # fmt: skip
    """The portal is for students alone, or for their guardians too."""
    return _save(request, viewer, engine, noted, source, SWITCHES, version,
                 lambda rules: rules.model_copy(update={"student_portal_only": closed}))  # fmt: skip


def proposed(held: SchoolRules, typed: Part, entered: str) -> tuple[Preview | None, Mapping[str, str]]:
    """Who would see when what is entered at a moment, and what is wrong with what was typed. Nothing is stored."""
    wrong, rules, at = {}, held.rules, ruleforms.moment(entered)
    try:
        rules = ruleforms.with_schedule(held.rules, typed)
    except ValidationError as error:
        wrong = ruleforms.mistakes(error.errors())
    try:
        preview = None if at is None else deciding.preview(held.model_copy(update={"rules": rules}), at)
    except RequestValidationError:
        preview = None
    if preview is None:
        wrong["entered"] = "entered"
    return (None if wrong else preview), wrong


def _there(rules: Rules, place: int | None) -> None:
    if place is not None and place >= len(rules.switches):
        raise NotThere("switch")


def _save(
    request: Request, viewer: Viewer, engine: Engine, noted: Reads, source: str, of: str, version: int,
    change: Callable[[Rules], Rules], **kept: Any,
) -> Response:  # fmt: skip
    """The rules of ``version`` with a change as the next version, or the page that says why not."""
    held = ruleroutes.get_rules(viewer, engine, source)
    try:
        if held.version != version:
            # Before anything is made of it: a place in a list may be another one by now.
            raise Conflict("version")
        new = NewRules(version=version, rules=change(held.rules))
        ruleroutes.put_rules(request, viewer, engine, noted, source, new)
    except Conflict:
        # What was typed is for the rules of before: a switch that it was to replace may not be there any more.
        kept["place"] = None
        return _page(request, viewer, engine, source, status=409, of=of, overtaken=True, **kept)
    except (ValidationError, RequestValidationError) as error:
        wrong = ruleforms.mistakes(error.errors())
        return _page(request, viewer, engine, source, status=400, of=of, wrong=wrong, **kept)
    return RedirectResponse(f"/rules/{quote(source, safe='')}?saved={of}#{of}", 303)


def _page(
    request: Request, viewer: Viewer, engine: Engine, source: str, *, status: int = 200, of: str = "",
    wrong: Mapping[str, str] | None = None, overtaken: bool = False, saved: str = "", version: int | None = None,
    schedule: Part | None = None, entered: str = "", preview: Preview | None = None, switch: Part | None = None,
    place: int | None = None,
) -> Response:  # fmt: skip
    """What holds now, with what was typed and what is wrong with it in the part ``of`` the page."""
    held = ruleroutes.get_rules(viewer, engine, source)
    _there(held.rules, place)
    with reading(engine, viewer) as connection:
        sections, schools = deciding.sections(connection, viewer, source), schools_of(connection, viewer)
    at = now().astimezone(SCHOOL_TIME).replace(second=0, microsecond=0)
    if switch is None and place is not None:
        switch = ruleforms.switch(held.rules, place)
    return render(
        request, "rules.html", viewer=viewer, status=status, held=held, rules=held.rules, sections=sections,
        school=schools[source], several=len(schools) > 1, local_day=local_day, of=of, wrong=wrong or {},
        overtaken=overtaken, saved=saved, version=held.version if version is None else version,
        schedule=schedule or ruleforms.schedule(held.rules), entered=entered or f"{at:%Y-%m-%dT%H:%M}",
        preview=preview or deciding.preview(held, at), tried=preview is not None, switch=switch, place=place,
        choices=choices(words(language_of(request)), sections, switch),
    )  # fmt: skip


def choices(spoken: Words, sections: Sections, switch: Part | None) -> Mapping[str, Mapping[str, str]]:
    """What there is to choose from in the form of a switch."""
    gone = {} if switch is None or switch["location"] is None else {switch["location"]: spoken.say(NO_LOCATION)}
    return {
        "open": {"false": spoken.say("closed"), "true": spoken.say("open")},
        "area": {area: spoken.say(AREAS[area]) for area in get_args(AreaWord)},
        "role": {"": spoken.say("everybody"), **{role: spoken.say(ROLES[role]) for role in get_args(RoleWord)}},
        "location": {"": spoken.say("all"), **gone, **sections.locations},
    }
