"""What guardians read: letters and messages, in Dutch and English."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """The languages that there are texts in."""

    DUTCH = "nl"
    ENGLISH = "en"


class LetterText(NamedTuple):
    """The parts of a letter. ``{school}``, ``{number}`` and the like are filled in; ``carer`` and ``student`` are for
    names that cannot be printed."""

    dear: str
    carer: str
    student: str
    subject: str
    opening: str
    about: str
    steps: tuple[str, ...]
    code: str
    valid: str
    own: str
    nobody: str
    greeting: str


LETTERS: Mapping[Language, LetterText] = {
    Language.DUTCH: LetterText(
        dear="Beste {name},",
        carer="Aan de ouder of verzorger van leerling {number}",
        student="leerling {number}",
        subject="Uw account voor het ouderportaal van {school}",
        opening="Met dit account volgt u hoe het op school gaat met:",
        about="Met deze brief maakt u het aan:",
        steps=(
            "Ga naar {origin} en kies voor een account met een brief.",
            "Vul de code hieronder in, uw e-mailadres en een wachtwoord van ten minste tien tekens.",
            "U krijgt een tweede code op het e-mailadres of telefoonnummer dat de school van u heeft. Vul die ook in. "
            "Heeft de school geen adres van u, vraag de tweede code dan bij de school.",
        ),
        code="Uw code",
        valid="De code werkt één keer, tot en met {until}. Een nieuwe brief maakt deze brief ongeldig.",
        own="Het account is van u alleen. Een andere ouder of verzorger krijgt een eigen brief en een eigen account.",
        nobody="De school vraagt u nooit om uw wachtwoord. Geef de code aan niemand door.",
        greeting="Met vriendelijke groet,",
    ),
    Language.ENGLISH: LetterText(
        dear="Dear {name},",
        carer="To the parent or carer of student {number}",
        student="student {number}",
        subject="Your account for the parents' portal of {school}",
        opening="With this account you can follow how things go at school for:",
        about="This is how you make it with this letter:",
        steps=(
            "Go to {origin} and choose to make an account with a letter.",
            "Enter the code below, your e-mail address and a password of at least ten characters.",
            "You receive a second code at the e-mail address or telephone number that the school has on record for "
            "you. Enter that one too. If the school has neither, ask the school for the second code.",
        ),
        code="Your code",
        valid="The code works once, up to and including {until}. A new letter makes this one worthless.",
        own="The account is yours alone. Another parent or carer gets a letter and an account of their own.",
        nobody="The school never asks for your password. Give the code to nobody.",
        greeting="Kind regards,",
    ),
}

MONTHS: Mapping[Language, tuple[str, ...]] = {
    Language.DUTCH: (
        "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
        "november", "december",
    ),
    Language.ENGLISH: (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
}  # fmt: skip


class MessageText(NamedTuple):
    """A message with, or without, a code."""

    subject: str
    text: str


SECOND_CODE: Mapping[Language, MessageText] = {
    Language.DUTCH: MessageText(
        "Uw code voor het ouderportaal",
        "Uw code is {code}. Deze geldt een kwartier. Vroeg u hier niet om, laat het dan de school weten.",
    ),
    Language.ENGLISH: MessageText(
        "Your code for the parents' portal",
        "Your code is {code}. It holds for a quarter of an hour. If you did not ask for it, tell the school.",
    ),
}

PASSWORD_CODE: Mapping[Language, MessageText] = {
    Language.DUTCH: MessageText(
        "Een nieuw wachtwoord voor het ouderportaal",
        "Uw code voor een nieuw wachtwoord is {code}. Deze geldt een kwartier. Vroeg u hier niet om, doe dan niets.",
    ),
    Language.ENGLISH: MessageText(
        "A new password for the parents' portal",
        "Your code for a new password is {code}. It holds for a quarter of an hour. If you did not ask for it, do"
        " nothing.",
    ),
}

CHANGED: Mapping[Language, MessageText] = {
    Language.DUTCH: MessageText(
        "Uw account voor het ouderportaal is gewijzigd",
        "Het wachtwoord of de tweede stap van uw account is gewijzigd. Deed u dat niet zelf, laat het dan de school"
        " weten.",
    ),
    Language.ENGLISH: MessageText(
        "Your account for the parents' portal has changed",
        "The password or the second step of your account was changed. If you did not do this, tell the school.",
    ),
}


def language(word: str) -> Language:
    """The language of an account; Dutch for one that there are no texts in."""
    return Language(word) if word in set(Language) else Language.DUTCH
