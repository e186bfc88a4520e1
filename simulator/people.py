"""Families and staff: who they are, where they live, who has a say over whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from simulator import names
from simulator.dice import Dice
from simulator.model import Address, Gender, Guardian, Guardianship, Relation, School, Staff, Student

FIRST_STUDENT = 20_001
FIRST_STAFF = 20_001
"""The same as for students on purpose: the two series overlap in real schools."""

LEAST_STUDENTS = 40
"""Below this there is no room for everyone in the cast."""

CAST: tuple[tuple[str, str], ...] = (
    ("canary", "single_mother"),
    ("court_block", "court_block"),
    ("no_authority", "no_authority"),
    ("institution", "institution"),
    ("legal_guardian", "legal_guardian"),
    ("foster", "foster"),
    ("secret_address", "secret"),
    ("divorced", "divorced"),
    ("single_mother", "single_mother"),
    ("single_father", "single_father"),
    ("step_parent", "step_parent"),
    ("leap_day", "together"),
    ("turns_18_tomorrow", "together"),
    ("long_name", "together"),
    ("diacritics_zoe", "together"),
    ("diacritics_simic", "together"),
    ("diacritics_celik", "together"),
    ("diacritics_garcia", "together"),
    ("prefix", "together"),
    ("apostrophe", "together"),
    ("changed_class", "together"),
    ("left", "divorced"),
    ("no_grades", "together"),
    ("other_gender", "together"),
)
"""The parts that some students play, each with the kind of family they come from."""

FAMILIES = ("together",) * 70 + ("divorced",) * 17 + ("single_mother",) * 7 + ("single_father",) * 3 + (
    "step_parent", "legal_guardian", "secret",
)  # fmt: skip

OFFICE = ("rector", "conciërge", "administratie", "roostermaker", "docent")
"""Who does not teach. The last one left the school in September."""


def address(dice: Dice) -> Address:
    postcode = f"{dice.between(1000, 9899)} {chr(65 + dice.below(26))}{chr(65 + dice.below(26))}"
    addition = "A" if dice.chance(0.05) else ""
    return Address(dice.pick(names.STREETS), dice.between(1, 240), addition, postcode, dice.pick(names.TOWNS))


def phone(dice: Dice) -> str:
    return f"06-{dice.between(10_000_000, 99_999_998)}"


def pick_first_name(dice: Dice, gender: Gender) -> str:
    return dice.pick(names.GIRLS if gender == "female" else names.BOYS)


def initials(dice: Dice, first: str) -> str:
    second = f"{chr(65 + dice.below(26))}." if dice.chance(0.4) else ""
    return f"{first[:1].upper()}.{second}"


def make_families(school: School, dice: Dice, count: int) -> None:
    """Fill the school with ``count`` students and their guardians. Birth dates follow when classes are made."""
    for part, family in CAST:
        school.cast[part] = _family(school, dice, family, 1)[0].number
    sisters = _family(school, dice, "together", 2)
    school.cast["sibling_1"], school.cast["sibling_2"] = (child.number for child in sisters)
    _give_parts(school)
    while len(school.students) < count:
        roll = dice.random()
        children = 1 if roll < 0.75 else 2 if roll < 0.97 else 3
        _family(school, dice, dice.pick(FAMILIES), min(children, count - len(school.students)))


def _family(school: School, dice: Dice, family: str, children: int) -> list[Student]:
    prefix, last = dice.pick(names.LAST)
    home = address(dice)
    ties = _guardians(school, dice, family, prefix, last, home)
    born: list[Student] = []
    for _ in range(children):
        child = _child(school, dice, prefix, last, home, family == "secret")
        school.students[child.number] = child
        school.guardianships[child.number] = tuple(replace(tie, student=child.number) for tie in ties)
        born.append(child)
    return born


def _child(school: School, dice: Dice, prefix: str, last: str, home: Address, secret: bool) -> Student:
    index = school.new_id()
    number = free_number(school)
    gender: Gender = "female" if dice.chance(0.5) else "male"
    first = pick_first_name(dice, gender)
    return Student(
        number, f"9999{index % 90_000:05d}", first, initials(dice, first), prefix, last, gender, school.year.begins,
        f"{number}@leerling.{school.domain}", f"{number}", f"Welkom{dice.between(1000, 9999)}", home, phone(dice),
        secret,
    )  # fmt: skip


def free_number(school: School) -> int:
    """The student number after the last one given out."""
    return next(reversed(school.students)) + 1 if school.students else FIRST_STUDENT


def _guardians(school: School, dice: Dice, family: str, prefix: str, last: str, home: Address) -> list[Guardianship]:
    """One tie for each guardian; the student is filled in by the caller."""
    ties: list[Guardianship] = []

    def add(relation: Relation, *, elsewhere: bool = False, authority: bool = True, blocked: bool = False) -> None:
        gender: Gender = "female" if relation in ("mother", "foster_parent") else "male"
        lives = address(dice) if elsewhere else home
        own = (prefix, last) if relation == "father" or not dice.chance(0.6) else dice.pick(names.LAST)
        guardian = _guardian(school, dice, gender, own, lives, family == "secret")
        if relation == "institution":
            guardian = replace(
                guardian, title="", first_name="", initials="", prefix="", last_name="Stichting Jeugdhulp De Brug",
                email=f"voogdij{guardian.id}@jeugdhulp-de-brug.example",
            )  # fmt: skip
        school.guardians[guardian.id] = guardian
        order = len(ties) + 1
        mail = not blocked and (order == 1 or elsewhere)
        ties.append(Guardianship(0, guardian.id, order, relation, authority, blocked, mail))

    match family:
        case "single_mother":
            add("mother")
        case "single_father":
            add("father")
        case "divorced":
            add("mother")
            add("father", elsewhere=True)
        case "step_parent":
            add("mother")
            add("step_parent", authority=False)
            add("father", elsewhere=True)
        case "court_block":
            add("mother")
            add("father", elsewhere=True, authority=False, blocked=True)
        case "no_authority":
            add("father")
            add("mother", elsewhere=True, authority=False)
        case "institution":
            add("institution", elsewhere=True)
            add("mother", elsewhere=True, authority=False)
        case "legal_guardian":
            add("legal_guardian")
        case "foster":
            add("foster_parent", authority=False)
            add("legal_guardian", elsewhere=True)
        case _:
            add("mother")
            add("father")
    return ties


def _guardian(
    school: School, dice: Dice, gender: Gender, own: tuple[str, str], lives: Address, secret: bool
) -> Guardian:
    ident = school.new_id()
    first = pick_first_name(dice, gender)
    email = f"ouder{ident}@post.example" if dice.chance(0.97) else ""
    title = "mevr." if gender == "female" else "dhr."
    return Guardian(ident, title, first, initials(dice, first), *own, email, phone(dice), secret, lives)


def _give_parts(school: School) -> None:
    """Give the cast the names that their parts ask for."""

    def dress(part: str, first: str, prefix: str, last: str) -> None:
        student = school.students[school.cast[part]]
        school.students[student.number] = replace(
            student, first_name=first, initials=f"{first[0]}.", prefix=prefix, last_name=last
        )

    dress("diacritics_zoe", "Zoë", "", "Bakker")
    dress("diacritics_simic", "Luka", "", "Šimić")
    dress("diacritics_celik", "Deniz", "", "Çelik")
    dress("diacritics_garcia", "Inés", "", "García")
    dress("prefix", "Noor", "van den", "Berg")
    dress("apostrophe", "D'Angelo", "in 't", "Veld")
    dress("long_name", names.LONG_FIRST, "van der", names.LONG_LAST)
    dress("canary", names.CANARY_FIRST_NAME, "", names.CANARY_LAST_NAME)
    other = school.cast["other_gender"]
    school.students[other] = replace(school.students[other], gender="other")
    _dress_canary(school)


def _dress_canary(school: School) -> None:
    number = school.cast["canary"]
    home = Address(names.CANARY_STREET, 99, "", names.CANARY_POSTCODE, "CANARY-Stad")
    school.students[number] = replace(
        school.students[number], bsn=names.CANARY_BSN, password=names.CANARY_PASSWORD, address=home,
        email=names.CANARY_EMAIL, phone=names.CANARY_PHONE, phone_secret=True,
    )  # fmt: skip
    guardian = school.guardians[school.guardianships[number][0].guardian]
    school.guardians[guardian.id] = replace(
        guardian, first_name=names.CANARY_GUARDIAN_FIRST_NAME, prefix="", last_name=names.CANARY_GUARDIAN_LAST_NAME,
        email=names.CANARY_GUARDIAN_EMAIL, phone=names.CANARY_GUARDIAN_PHONE, secret=True, address=home,
    )  # fmt: skip


def make_staff(school: School, dice: Dice) -> None:
    """About one to nine students: teachers of each subject, some office staff, one who left."""
    taught = [subject.code for subject in school.subjects.values() if subject.marks in ("numbers", "letters")]
    count = max(len(taught) + 8, len(school.students) // 9)
    for index in range(count):
        if index < count - len(OFFICE):
            _colleague(school, dice, "docent", taught[index % len(taught)])
        else:
            _colleague(school, dice, OFFICE[index - count], "")
    people = list(school.staff.values())
    twice, gone = people[1], people[-1]
    school.staff[twice.code] = replace(twice, logins=(*twice.logins, f"{twice.code.lower()}-beheer"))
    school.staff[gone.code] = replace(gone, left_on=date(school.year.begins.year, 9, 30))


def _colleague(school: School, dice: Dice, function: str, subject: str) -> None:
    number = FIRST_STAFF + len(school.staff)
    gender: Gender = "female" if dice.chance(0.5) else "male"
    first, (prefix, last) = pick_first_name(dice, gender), dice.pick(names.LAST)
    code = _code(school, dice)
    begins = school.year.begins - timedelta(days=dice.between(0, 9000))
    school.staff[code] = Staff(
        number, code, (code.lower(),), first, initials(dice, first), prefix, last, gender, function, subject, begins,
        None, address(dice), phone(dice),
    )  # fmt: skip


def _code(school: School, dice: Dice) -> str:
    while True:
        code = "".join(chr(65 + dice.below(26)) for _ in range(3))
        if code not in school.staff:
            return code
