"""Codes on their way to guardians: by e-mail over SMTP with TLS, and by telephone through the school's SMS gateway."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage

import requests

from canonical.errors import SchoolbrugError
from portal.settings import WAYS, Message
from schoolbrug.portalconfig import MailTable, SmsTable

DEADLINE = 20
"""Seconds."""


class CannotSend(SchoolbrugError):
    """A code did not leave; whose it is stays unsaid."""


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
            _mail(mail, message)
        elif message.way == "phone" and sms is not None:
            _sms(sms, message)
        else:
            raise CannotSend(f"portal.{'mail' if message.way == 'email' else 'sms'}: not configured; nothing was sent")

    return send


def _mail(mail: MailTable, message: Message) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = mail.sender, message.to, message.subject
    letter.set_content(message.text)
    try:
        with smtplib.SMTP(mail.host, mail.port, timeout=DEADLINE) as server:
            if mail.tls:
                server.starttls(context=ssl.create_default_context())
            if mail.user is not None and mail.password is not None:
                server.login(mail.user, mail.password.reveal())
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        raise CannotSend(f"portal.mail: {mail.host} did not take the message ({type(error).__name__})") from None


def _sms(sms: SmsTable, message: Message) -> None:
    try:
        answer = requests.post(
            sms.url, json={"to": message.to, "text": message.text}, timeout=DEADLINE, allow_redirects=False,
            headers={"Authorization": f"Bearer {sms.token.reveal()}"},
        )  # fmt: skip
    except requests.RequestException as error:
        raise CannotSend(f"portal.sms: the gateway cannot be reached ({type(error).__name__})") from None
    if answer.status_code // 100 != 2:  # nor is a message sent that should have gone elsewhere
        raise CannotSend(f"portal.sms: the gateway answered {answer.status_code}")
