"""What the words of the records are called on a page. In English here, as all texts; ``locale/nl.po`` has the Dutch."""

from __future__ import annotations

from collections.abc import Mapping


def _(text: str) -> str:
    """Marks a text that is translated where it is shown."""
    return text


KINDS: Mapping[str, str] = {
    "absent": _("absent"), "late": _("late"), "sick": _("sick"), "removed": _("sent out"), "exempt": _("exempt"),
    "present": _("present"), "not_applicable": _("not applicable"), "unknown": _("not known"),
    "materials": _("no books"), "homework": _("no homework"), "phone": _("telephone"), "remark": _("remark"),
}  # fmt: skip
NEWS: Mapping[str, str] = {
    "grade": _("New grade"), "absence": _("Absent"), "late": _("Late"), "removed": _("Sent out of class"),
    "notice": _("Absence reported"), "remark": _("Remark"),
}  # fmt: skip
STANDINGS: Mapping[str, str] = {
    "present": _("was there"), "excused": _("excused"), "unexcused": _("unexcused"),
    "unresolved": _("not yet known whether it is excused"), "not_applicable": _("does not count"),
    "unknown": _("not known"),
}  # fmt: skip
STATUSES: Mapping[str, str] = {
    "scored": _("mark"), "labelled": _("in words"), "to_be_made_up": _("to be made up"), "exempt": _("exempt"),
    "not_taken": _("not taken"), "out_of_range": _("not between 1 and 10"), "unreadable": _("cannot be read"),
}  # fmt: skip
NO_AVERAGE: Mapping[str, str] = {
    "no_results": _("nothing counts yet"), "weights_unknown": _("not all weights are known"),
    "weights_zero": _("nothing weighs"), "resit_policy_unknown": _("it is not known which attempt counts"),
    "kind_unknown": _("it is not known what a column is"), "column_missing": _("a column has not come in yet"),
    "school_year_unknown": _("the school year is not known"), "exempt": _("exempt"),
}  # fmt: skip
ASSESSMENTS: Mapping[str, str] = {
    "test": _("test"), "component": _("part"), "composite": _("composite"), "average": _("average"),
    "report": _("report"), "exam": _("exam"), "calculated": _("calculated"), "text": _("text"),
    "unknown": _("not known"),
}  # fmt: skip
WRONG: Mapping[str, str] = {
    "too_short": _("The password is too short: take at least 10 characters."),
    "too_long": _("The password is too long."),
    "is_login": _("The password may not be the name."),
    "too_common": _("This password is too easy to guess."),
    "login_taken": _("This name is taken; choose another one, the letter stays valid."),
    "not_valid": _("This code is not right, or not any more."),
    "no_role": _("This account has no role today; ask the school."),
    "label": _("Give it a name, of at most 60 characters."),
    "401": _("This is not right, or not now. After several tries in a row you have to wait a while."),
}  # fmt: skip
OTHERWISE = _("This is not filled in completely, or not right.")
CLOSED: Mapping[str, str] = {
    "switched_off": _("The school does not show this in the portal."),
    "not_needed": _("Your role does not need this."),
    "restricted": _("The school has closed this."),
    "sixteen": _("The student is 16 or older and decides about this."),
    "under_sixteen": _("This is for students of 16 and older; until then it is for the parents."),
    "second_factor": _("This is only open after a second step in signing in."),
    "sign_in_again": _("You have signed in more than 15 minutes ago; changes here need a fresh sign-in."),
    "no_factor": _("Set up an app or a passkey first: there is nothing to recover yet."),
    "other_origin": _("This form did not come from this portal."),
    "role": _("This page is for another role."),
}  # fmt: skip
CLOSED_OTHERWISE = _("The school decides who sees what; ask the school.")
ROLES: Mapping[str, str] = {
    "student": _("student"), "guardian": _("parent or guardian"), "staff": _("teacher or mentor"),
    "team_leader": _("team leader"), "attendance_officer": _("attendance officer"),
    "administrator": _("portal administrator"), "manager": _("application manager"), "client": _("a program"),
}  # fmt: skip
TIES: Mapping[str, str] = {"mentor": _("mentor"), "teacher": _("teacher")}
AREAS: Mapping[str, str] = {
    "card": _("name and class"), "grades": _("grades"), "absences": _("absences"), "reasons": _("reasons of absence"),
    "file": _("the whole file"), "readers": _("who has looked"),
}  # fmt: skip
SLIPS: Mapping[str, str] = {"insufficient": _("insufficient"), "falling": _("falling")}
SICK: Mapping[str, str] = {
    "often": _("ill for the fourth time in twelve school weeks"), "long": _("ill for seven school days in a row"),
}  # fmt: skip
STATES: Mapping[str, str] = {"fresh": _("fresh"), "stale": _("stale"), "never": _("never read")}
ONLY: Mapping[str, str] = {
    "": _("all results"), "insufficient": _("insufficient ones"), "changed": _("what was changed"),
    "counting": _("what counts"),
}  # fmt: skip
SORTS: Mapping[str, str] = {
    "newest": _("newest first"), "oldest": _("oldest first"), "lowest": _("lowest first"),
    "highest": _("highest first"), "subject": _("by subject"),
}  # fmt: skip
WAYS: Mapping[str, str] = {
    "password": _("with a password"), "oidc": _("by the school's own sign-in"), "mfa": _("with a second step there"),
    "totp": _("with an app"), "passkey": _("with a passkey"), "recovery": _("with a recovery code"),
}  # fmt: skip
"""How somebody has signed in."""
NO_LOCATION = _("a location that is not there any more")
MISTAKES: Mapping[str, str] = {
    "after_to": _("This is after the last one."), "too_many_months": _("That is more than 24 months."),
    "day": _("Give a day between 2000 and 2099."), "first": _("Give a day between 2000 and 2099."),
    "last": _("Give a day between 2000 and 2099."), "last_before_first": _("This is before the first day."),
    "too_long": _("That is longer than a year."), "weekdays": _("Choose at least one day."),
    "begins": _("Give a time, such as 16:30."), "ends": _("Give a time, such as 16:30, or leave it empty."),
    "ends_before_begins": _("This is before the time at which it begins."),
    "parent_delay_hours": _("Give whole hours, from 0 to 336."), "many": _("There are more of these than can be kept."),
    "entered": _("Give a day and a time, between 2000 and 2099."), "open": _("Choose open or closed."),
    "area": _("Choose what it is about."), "role": _("Choose for whom it is."),
    "location": _("There is no such location; choose one."), "study": _("Give at most 200 characters, on one line."),
    "grade_level": _("Give a grade level from 1 to 8, or leave it empty."),
}  # fmt: skip
"""What is wrong with what was filled in, said beside the field."""
