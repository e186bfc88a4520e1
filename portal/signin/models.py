"""What own accounts ask for and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from portal.access import Role
from portal.models import Model, examples
from portal.signin.texts import Language

_ID = "01997b5e-6c00-7000-8000-000000000001"
_TICKET = "kq0Zt0Fq3n4mT1m4xkqj2Yw0bq3v1y8c9d5e6f7g8h0"
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

Login = Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=_PRINTABLE)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Ticket = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=_PRINTABLE)]


class SignIn(Model):
    """A name and a password."""

    model_config = examples({"login": "ouder@example.nl", "password": "een lang eigen wachtwoord"})
    login: Login
    password: Password


class FactorCode(Model):
    """A second factor. Without ``ticket`` it makes the present session stronger."""

    model_config = examples({"ticket": _TICKET, "kind": "totp", "code": "123456"})
    ticket: Ticket | None = None
    kind: Literal["totp", "recovery"]
    code: Code


class SessionMade(Model):
    """A session; its token is in the cookie."""

    model_config = examples({
        "role": "guardian", "roles": ["guardian"], "second_factor_required": False, "ends_at": "2026-03-02T22:00:00Z",
    })  # fmt: skip
    role: Role = Field(description="The role that this session has (R60).")
    roles: list[Role] = Field(description="The roles that can be chosen.")
    second_factor_required: bool = Field(
        description="True: this role sees nothing until a second factor was given; set one up and use it."
    )
    ends_at: AwareDatetime = Field(description="At the latest; half an hour without use ends it too.")


class FactorNeeded(Model):
    """The password was right; now one of these. A passkey is used by itself, without the ticket."""

    model_config = examples({"second_factor": ["totp", "recovery"], "ticket": _TICKET})
    second_factor: list[Literal["totp", "passkey", "recovery"]]
    ticket: str = Field(description="For the next step, within five minutes.")


class RoleChoice(Model):
    """Another role of the same account."""

    model_config = examples({"role": "staff"})
    role: Role


class SessionItem(Model):
    """One session of the account."""

    id: UUID
    role: Role
    way: str = Field(description="How it began: `password`, `totp`, `passkey`, `recovery`, `oidc`, joined by `+`.")
    agent: str | None = Field(description="What the browser said it is.")
    created_at: AwareDatetime
    seen_at: AwareDatetime
    current: bool


class SessionList(Model):
    """The sessions that go on, the newest first."""

    model_config = examples({"sessions": [{
        "id": _ID, "role": "guardian", "way": "password+totp", "agent": "Firefox", "current": True,
        "created_at": "2026-03-02T10:00:00Z", "seen_at": "2026-03-02T10:05:00Z",
    }]})  # fmt: skip
    sessions: list[SessionItem]


class PasskeyOptions(Model):
    """What the browser's ``navigator.credentials`` is asked with; its answer comes with the ticket."""

    model_config = examples({"options": {"challenge": "c2Nob29sYnJ1Zw", "rpId": "portaal.example.nl"},
                             "ticket": _TICKET})  # fmt: skip
    options: dict[str, Any]
    ticket: str


class PasskeyAnswer(Model):
    """What the browser answered, in its JSON form."""

    model_config = examples({"ticket": _TICKET, "answer": {"id": "AAAA", "rawId": "AAAA", "type": "public-key"}})
    ticket: Ticket
    answer: dict[str, Any]


class NewPasskey(PasskeyAnswer):
    """A passkey to keep, under a name of one's own."""

    model_config = examples({"ticket": _TICKET, "label": "Telefoon", "answer": {"id": "AAAA", "type": "public-key"}})
    label: Label


class NewApp(Model):
    """An authenticator app to set up, under a name of one's own."""

    model_config = examples({"label": "Telefoon"})
    label: Label


class AppOffer(Model):
    """The secret for an app: shown once. It counts when its first code was given."""

    model_config = examples({"id": _ID, "secret": "JBSWY3DPEHPK3PXP", "address": "otpauth://totp/Schoolbrug:ouder"})
    id: UUID
    secret: str
    address: str = Field(description="What the app reads from a QR code.")


class AppCode(Model):
    """The first code of an app."""

    model_config = examples({"code": "123456"})
    code: Code


class RecoveryCodes(Model):
    """Codes for when the telephone is lost: shown once, each good for one sign-in. Those of before are worthless."""

    model_config = examples({"codes": ["ABCD-EFGH-JKMN"]})
    codes: list[str]


class FactorItem(Model):
    """A second factor that was set up."""

    id: UUID
    kind: Literal["totp", "passkey"]
    label: str | None
    created_at: AwareDatetime
    used_at: AwareDatetime | None


class Factors(Model):
    """Second factors, the oldest first, and how many recovery codes are left."""

    model_config = examples({"recovery_codes_left": 9, "factors": [{
        "id": _ID, "kind": "totp", "label": "Telefoon", "created_at": "2026-03-02T10:00:00Z", "used_at": None,
    }]})  # fmt: skip
    factors: list[FactorItem]
    recovery_codes_left: int


class Activation(Model):
    """The code of a letter, and the name and password that the account is to have."""

    model_config = examples({
        "code": "ABCD-EFGH-JKMN-PQRS", "login": "ouder@example.nl", "password": "een lang eigen wachtwoord",
        "language": "nl",
    })  # fmt: skip
    code: Code
    login: Login
    password: Password
    language: Language = Language.DUTCH


class ActivationAsked(Model):
    """Where the second code comes from: sent to what the school has on record, or from the school itself."""

    model_config = examples({"ticket": _TICKET, "sent": "email"})
    ticket: str
    sent: Literal["email", "phone", "school"]


class TicketCode(Model):
    """The second code."""

    model_config = examples({"ticket": _TICKET, "code": "12345678"})
    ticket: Ticket
    code: Code


class Forgotten(Model):
    """The name of an account."""

    model_config = examples({"login": "ouder@example.nl"})
    login: Login


class TicketGiven(Model):
    """For the code that is sent if there is such an account and the school has an address on record."""

    model_config = examples({"ticket": _TICKET})
    ticket: str


class PasswordRenewal(Model):
    """A new password with the code that was sent."""

    model_config = examples({"ticket": _TICKET, "code": "12345678", "password": "een ander lang wachtwoord"})
    ticket: Ticket
    code: Code
    password: Password


class PasswordChange(Model):
    """The present password and another."""

    model_config = examples({"current": "een lang eigen wachtwoord", "password": "een ander lang wachtwoord"})
    current: Password
    password: Password
