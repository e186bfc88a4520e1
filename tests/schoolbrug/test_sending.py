"""Codes on their way: over a real mail server and a real gateway, both made up."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.settings import Message
from schoolbrug.credentials import Secret
from schoolbrug.portalconfig import MailTable, SmsTable
from schoolbrug.sending import CannotSend, sender, ways

CODE = "48151623"
MAIL = Message("email", "kim@example.nl", "Uw code", f"Uw code is {CODE}. Één keer.")
CALL = Message("phone", "0612345678", "", f"Uw code is {CODE}.")


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Secret:
    monkeypatch.setenv("TEST_SENDING", "a secret of the gateway")
    return Secret("env", "TEST_SENDING", "schoolbrug.toml: field", tmp_path)


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs."""

    def handle(self) -> None:
        server: Any = self.server
        self.say("220 made-up")
        while line := self.rfile.readline().decode().strip():
            server.lines.append(line)
            verb = line.partition(" ")[0].upper()
            if verb == "EHLO":
                offered = ["made-up", *server.offers, "8BITMIME"]
                self.say(*[f"250-{one}" for one in offered[:-1]], f"250 {offered[-1]}")
            elif verb == "STARTTLS":
                self.say("220 go on")
                try:
                    self.request = server.tls.wrap_socket(self.request, server_side=True)
                except ssl.SSLError:
                    return
                self.setup()
            elif verb == "AUTH":
                self.say("235 welcome")
            elif verb == "RCPT" and server.full:
                self.say("552 mailbox of kim@example.nl is full")
            elif verb == "DATA":
                self.say("354 go on")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                server.messages.append(email.message_from_bytes(body, policy=email.policy.default))
                self.say("250 done")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@contextmanager
def mail_server(*offers: str, tls: ssl.SSLContext | None = None, full: bool = False) -> Iterator[Any]:
    """``lines`` are what was said to it, ``messages`` what it has taken."""
    made: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp)
    made.offers, made.tls, made.full, made.lines, made.messages = offers, tls, full, [], []
    with running(made):
        yield made


@contextmanager
def running(server: Any) -> Iterator[None]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def table(server: Any, **more: Any) -> MailTable:
    return MailTable(
        host="127.0.0.1", port=server.server_address[1], sender="portaal@school.example", **({"tls": False} | more)
    )


def give(mail: MailTable | None, sms: SmsTable | None, message: Message) -> None:
    send = sender(mail, sms)
    assert send is not None
    send(message)


def test_a_mail_has_one_receiver_and_the_code(secret: Secret) -> None:
    with mail_server("AUTH PLAIN") as server:
        give(table(server, user="portaal", password=secret), None, MAIL)
    (letter,) = server.messages
    assert (letter["From"], letter["To"], letter["Subject"]) == ("portaal@school.example", "kim@example.nl", "Uw code")
    assert letter.get_content().strip() == MAIL.text
    assert [line for line in server.lines if line.startswith("rcpt")] == ["rcpt TO:<kim@example.nl>"]
    assert any(line.startswith("AUTH PLAIN ") for line in server.lines)


def test_nothing_is_sent_in_clear_where_tls_is_asked_for(secret: Secret) -> None:
    with mail_server("AUTH PLAIN") as server, pytest.raises(CannotSend) as told:
        give(table(server, tls=True, user="portaal", password=secret), None, MAIL)
    assert [line.partition(" ")[0].upper() for line in server.lines] == ["EHLO", "QUIT"]
    assert "SMTPNotSupportedError" in str(told.value)


def test_a_mail_server_that_nobody_vouches_for_gets_nothing(secret: Secret, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with mail_server("STARTTLS", "AUTH PLAIN", tls=context) as server, pytest.raises(CannotSend) as told:
        give(table(server, tls=True, user="portaal", password=secret), None, MAIL)
    assert "SSLCertVerificationError" in str(told.value)
    assert server.messages == []
    assert not any("AUTH" in line for line in server.lines)


def self_signed(folder: Path) -> Path:
    """A certificate of 127.0.0.1 with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "certificate.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(pem) + private)
    return file


def test_whose_message_it_was_is_not_told() -> None:
    with mail_server(full=True) as server, pytest.raises(CannotSend) as told:
        give(table(server), None, MAIL)
    assert "127.0.0.1" in str(told.value)
    assert "kim" not in str(told.value)
    assert CODE not in str(told.value)


@contextmanager
def gateway(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[SmsTable, list[Any]]]:
    """A gateway's table, and what it was asked: (path, authorization, body)."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers["Authorization"], body))
            answer(self)

        def log_message(self, *_args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    place = Secret("env", "TEST_SENDING", "schoolbrug.toml: field", Path())
    with running(server):
        yield SmsTable(url=f"http://127.0.0.1:{server.server_address[1]}/send", token=place), asked


def answered(status: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.mark.usefixtures("secret")
def test_a_text_message() -> None:
    with gateway(answered(202)) as (sms, asked):
        give(None, sms, CALL)
    assert asked == [("/send", "Bearer a secret of the gateway", {"to": "0612345678", "text": CALL.text})]


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("answer", [answered(500), answered(401), answered(307, Location="/elsewhere")])
def test_a_gateway_that_does_not_take_it(answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    with gateway(answer) as (sms, asked), pytest.raises(CannotSend) as told:
        give(None, sms, CALL)
    assert [path for path, *_ in asked] == ["/send"]
    assert "0612345678" not in str(told.value)


def test_ways_are_those_that_are_configured(secret: Secret) -> None:
    mail = MailTable(host="mail.school.example", sender="portaal@school.example")
    sms = SmsTable(url="https://sms.example", token=secret)
    assert [ways(*both) for both in ((None, None), (mail, None), (None, sms), (mail, sms))] == [
        (), ("email",), ("phone",), ("email", "phone")
    ]  # fmt: skip
    assert sender(None, None) is None
    for one, message in (((mail, None), CALL), ((None, sms), MAIL)):
        with pytest.raises(CannotSend, match="not configured"):
            give(*one, message)
