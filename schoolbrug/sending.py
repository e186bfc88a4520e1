"""Messages on their way: codes to guardians, by e-mail over SMTP with TLS and by telephone through the school's SMS
gateway, and alerts to the application manager."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage

import requests

from canonical.errors import SchoolbrugError
from portal.settings import WAYS, Message
from schoolbrug.credentials import Secret
from schoolbrug.portalconfig import MailTable, SmsTable

DEADLINE = 20
"""Seconds."""


class CannotSend(SchoolbrugError):
    """A message did not leave; whose it is stays unsaid."""


def ways(mail: MailTable | None, sms: SmsTable | None) -> tuple[str, ...]:
    """How a code can leave, with this configuration."""
    there = {"email": mail, "phone": sms}
    return tuple(way for way in WAYS if there[way] is not None)


def sender(mail: MailTable | None, sms: SmsTable | None) -> Callable[[Message], None] | None:
    """What sends a message its way; None when the configuration knows of no way at all."""
    if mail is None and sms is None:
        return None

    def send(message: Message) -> None:
        if message.way == "email" and mail is not None:
            by_mail(mail, message.to, message.subject, message.text)
        elif message.way == "phone" and sms is not None:
            by_post(sms.url, sms.token, {"to": message.to, "text": message.text}, "portal.sms: the gateway")
        else:
            raise CannotSend(f"portal.{'mail' if message.way == 'email' else 'sms'}: not configured; nothing was sent")

    return send


def by_mail(mail: MailTable, to: str, subject: str, text: str) -> None:
    """Give a letter to the mail server. Raises ``CannotSend``."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = mail.sender, to, subject
    letter.set_content(text)
    try:
        with smtplib.SMTP(mail.host, mail.port, timeout=DEADLINE) as server:
            if mail.tls:
                server.starttls(context=ssl.create_default_context())
            if mail.user is not None and mail.password is not None:
                server.login(mail.user, mail.password.reveal())
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        raise CannotSend(f"portal.mail: {mail.host} did not take the message ({type(error).__name__})") from None


def by_post(url: str, token: Secret, body: object, whose: str) -> None:
    """Post ``body`` as JSON with a bearer token. Raises ``CannotSend``, with ``whose`` address did not take it."""
    try:
        answer = requests.post(
            url, json=body, timeout=DEADLINE, allow_redirects=False,
            headers={"Authorization": f"Bearer {token.reveal()}"},
        )  # fmt: skip
    except requests.RequestException as error:
        raise CannotSend(f"{whose} cannot be reached ({type(error).__name__})") from None
    if answer.status_code // 100 != 2:  # nor is a message sent that should have gone elsewhere
        raise CannotSend(f"{whose} answered {answer.status_code}")
