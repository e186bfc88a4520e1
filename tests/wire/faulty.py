"""Stands between a connector and a school, and does to one answer or another what networks and servers do to answers.

=================== =================================================================================================
refused             the connection is ended before an answer, and for a moment nobody listens
reset               so many bytes of the answer, and a reset
stall               so many bytes of the answer, and then silence
drip body           the body comes a byte at a time
drip head           so does the head
truncated length    the length of the whole is declared, a part is sent, the connection is closed
truncated chunk     the same, within a chunk
no length           neither length nor chunks: a part is sent, the connection is closed
gzip bomb           a small answer that unpacks to much
login page          200, and an HTML page to sign in
wrong charset       the body is in another character set than the head says
byte order mark     one before the body
busy                429 with ``Retry-After`` in seconds, as a date, absurd, or without
storm               503, and so the next calls
redirect elsewhere  to another server
redirect loop       to itself, again and again
redirect to http    to the same host without TLS
expired             401, as when a token expires in the middle
duplicate page      every row twice, or the page before this one again
shuffled page       the rows in another order
page cycle          the first page again and again, whatever is asked for
changed total       a row comes or goes before what this page begins with, so that it begins one row sooner or later
=================== =================================================================================================
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree

FAST = (
    "refused", "reset", "truncated length", "truncated chunk", "no length", "gzip bomb", "login page", "wrong charset",
    "byte order mark", "busy", "storm", "redirect elsewhere", "redirect loop", "redirect to http", "expired",
    "duplicate page", "shuffled page", "page cycle", "changed total",
)  # fmt: skip
CONTENT = ("duplicate page", "shuffled page", "page cycle", "changed total")
SLOW = ("stall", "drip body", "drip head")
"""These take as long as the client bears them: one in five of the others' share."""
PAGED = ("page cycle", "changed total")
"""These are of listings in pages."""
REFUSED = 0.05
"""Seconds for which nobody listens."""
DRIP = 0.02
"""Seconds between two bytes."""
STORM = 3
BOMB = gzip.compress(bytes(80 << 20))
LATER = ("Wed, 21 Oct 2099 07:28:00 GMT", "90", "9" * 40, "soon", "-1", None)
"""What ``Retry-After`` says: a date, seconds, and what makes no sense."""
_OFFSET = re.compile(r"([?&]offset=)(\d+)")
LOOP = "/again"
LOGIN = b"<html><body><form>Inloggen <input name=wachtwoord></form></body></html>"


class Answer(NamedTuple):
    """What the school has answered."""

    status: int
    reason: str
    kind: str
    body: bytes

    def raw(self, *, length: int | None = None, kind: str | None = None, more: str = "") -> bytes:
        size = len(self.body) if length is None else length
        return _head(self.status, self.reason, kind or self.kind, f"Content-Length: {size}\r\n{more}") + self.body


@dataclass
class Faulty:
    """A server before ``upstream``. One call in ``1 / density`` is struck; ``struck`` counts what has truly happened.

    ``followed`` counts who came to where a redirect leads: nobody may.
    """

    upstream: int
    tls: ssl.SSLContext
    random: Random
    _listener: socket.socket
    url: str
    elsewhere_port: int
    kinds: Sequence[str]
    density: float = 0.0
    struck: Counter[str] = field(default_factory=Counter)
    followed: int = 0
    _storm: int = 0
    _cycles: set[str] = field(default_factory=set)
    _pages: dict[str, bytes] = field(default_factory=dict)
    _said: dict[tuple[str, str, bytes], Answer] = field(default_factory=dict)
    """What the school has answered: it is asked once, however often a call is struck."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def slow(self) -> Sequence[str]:
        return SLOW

    def begin(self, density: float) -> None:
        """From now on so much happens; nothing with 0. The school may have changed meanwhile, and changes no more."""
        with self._lock:
            self.density, self._storm = density, 0
            self._cycles.clear()
            self._said.clear()

    # What happens to a call.

    def _choose(self) -> str | None:
        with self._lock:
            if self._storm:
                self._storm -= 1
                return "storm"
            if self.random.random() >= self.density:
                return None
            # What has not happened yet comes first, as far as it can.
            new = [one for one in self.kinds if one not in self.struck]
            if new and self.random.random() < 0.5:
                fault = self.random.choice(new)
            else:
                fault = self.random.choices(self.kinds, [1 if one in SLOW else 5 for one in self.kinds])[0]
            if fault == "storm":
                self._storm = STORM - 1
            return fault

    def _toss(self) -> bool:
        with self._lock:
            return self.random.random() < 0.5

    def _count(self, fault: str) -> None:
        with self._lock:
            self.struck[fault] += 1

    def converse(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError, ssl.SSLError):
            connection.settimeout(30)
            peer = self.tls.wrap_socket(connection, server_side=True)
            with closing(peer):
                while not self._stopping.is_set() and (request := _receive(peer)):
                    if not self._answer(peer, *request):
                        return

    def _answer(self, peer: socket.socket, method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
        """Answer one call; whether the connection is still good."""
        fault = self._choose()
        if path.startswith(LOOP):
            self.followed += 1
            path = path.removeprefix(LOOP)
        page = _OFFSET.sub(r"\g<1>0", path)
        answer = self._ask(method, path, headers, body)
        if page in self._cycles and path != page:
            answer = self._counted("page cycle", answer, self._ask(method, page, headers, body).body)
        if fault is None or not answer.body:
            peer.sendall(answer.raw())
            self._remember(page, answer)
            return True
        if fault == "changed total" and path != page:
            by = -1 if self._toss() else 1
            shifted = _OFFSET.sub(lambda found: f"{found[1]}{int(found[2]) + by}", path)
            answer = self._counted(fault, answer, self._ask(method, shifted, headers, body).body)
        if fault in CONTENT:
            peer.sendall(self._another_content(fault, page, path, answer).raw())
            return True
        return self._on_the_wire(peer, fault, path, answer)

    def _counted(self, fault: str, answer: Answer, body: bytes) -> Answer:
        """The answer with another body, which is a fault if it is another one."""
        if body != answer.body:
            self._count(fault)
        return answer._replace(body=body)

    def _remember(self, page: str, answer: Answer) -> None:
        if "offset=" in page:
            with self._lock:
                self._pages[page] = answer.body

    def _another_content(self, fault: str, page: str, path: str, answer: Answer) -> Answer:
        if fault == "page cycle" and "offset=" in page:
            with self._lock:
                self._cycles.add(page)
        elif fault == "duplicate page" and path != page and page in self._pages:
            return self._counted(fault, answer, self._pages[page])
        elif fault in ("duplicate page", "shuffled page"):
            with self._lock:
                body = rewritten(fault, answer.body, self.random)
            return self._counted(fault, answer, body)
        return answer

    def _on_the_wire(self, peer: socket.socket, fault: str, path: str, answer: Answer) -> bool:
        body, whole = answer.body, answer.raw()
        with self._lock:
            part = self.random.randrange(len(body))
            byte = self.random.randrange(len(whole))
            pick = self.random.random()
        if fault == "wrong charset":
            other = _other_charset(answer, pick)
            if other != answer:
                self._count(fault)
            peer.sendall(other.raw())
            return True
        self._count(fault)
        if fault == "byte order mark":
            peer.sendall(answer._replace(body=b"\xef\xbb\xbf" + body).raw())
            return True
        if fault == "login page":
            peer.sendall(Answer(200, "OK", "text/html; charset=utf-8", LOGIN).raw())
            return True
        if fault == "gzip bomb":
            peer.sendall(Answer(200, "OK", answer.kind, BOMB).raw(more="Content-Encoding: gzip\r\n"))
            return True
        if fault in ("busy", "storm", "expired") or fault.startswith("redirect"):
            peer.sendall(self._refusal(fault, path, pick))
            return True
        if fault == "truncated length":
            peer.sendall(_head(answer.status, answer.reason, answer.kind, f"Content-Length: {len(body)}\r\n"))
            peer.sendall(body[:part])
        elif fault == "truncated chunk":
            peer.sendall(_head(answer.status, answer.reason, answer.kind, "Transfer-Encoding: chunked\r\n"))
            peer.sendall(b"%x\r\n" % len(body) + body[:part])
        elif fault == "no length":
            peer.sendall(_head(answer.status, answer.reason, answer.kind, "Connection: close\r\n") + body[:part])
        elif fault == "reset":
            peer.sendall(whole[:byte])
            _reset(peer)
        elif fault == "refused":
            self._refuse()
            _reset(peer)
        elif fault == "stall":
            peer.sendall(whole[:byte])
            self._wait_until_it_leaves(peer)
        else:
            begins = 0 if fault == "drip head" else len(whole) - len(body)
            peer.sendall(whole[:begins])
            for n in range(begins, len(whole)):
                if self._stopping.wait(DRIP):
                    break
                peer.sendall(whole[n : n + 1])
            else:
                return True
        return False

    def _refusal(self, fault: str, path: str, pick: float) -> bytes:
        if fault == "busy":
            says = LATER[int(pick * len(LATER))]
            more = f"Retry-After: {says}\r\n" if says is not None else ""
            return _head(429, "Too Many Requests", "text/plain", f"Content-Length: 0\r\n{more}")
        if fault == "storm":
            return _head(503, "Service Unavailable", "text/plain", "Content-Length: 0\r\n")
        if fault == "expired":
            return _head(401, "Unauthorized", "text/plain", "Content-Length: 0\r\n")
        base = {
            "redirect elsewhere": f"https://127.0.0.1:{self.elsewhere_port}",
            "redirect to http": f"http://127.0.0.1:{self.elsewhere_port}", "redirect loop": f"{self.url}{LOOP}",
        }[fault]  # fmt: skip
        return _head(302, "Found", "text/plain", f"Content-Length: 0\r\nLocation: {base}{path}\r\n")

    def _refuse(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)

    def listen(self) -> None:
        """Take calls until the end; who is refused finds nobody who listens for a moment."""
        port = self._listener.getsockname()[1]
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                self._listener.close()
                while not self._stopping.wait(REFUSED):
                    with suppress(OSError):  # an outgoing connection may have taken the port meanwhile
                        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
                        break
                continue
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._refuse()

    def _wait_until_it_leaves(self, peer: socket.socket) -> None:
        peer.settimeout(0.1)
        until = time.monotonic() + 30
        while not self._stopping.is_set() and time.monotonic() < until:
            with suppress(TimeoutError):
                if not peer.recv(1):
                    return

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        asked = method, path, body
        said = self._said.get(asked) or self._answer_of_the_school(method, path, headers, body)
        self._said[asked] = said
        return said

    def _answer_of_the_school(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        school = HTTPConnection("127.0.0.1", self.upstream, timeout=30)
        with closing(school):
            passed = {k: v for k, v in headers.items() if k.lower() not in ("host", "connection", "accept-encoding")}
            school.request(method, path, body or None, passed)
            got = school.getresponse()
            return Answer(got.status, got.reason, got.headers.get("Content-Type", "text/plain"), got.read())


def rewritten(fault: str, body: bytes, random: Random) -> bytes:
    """The same rows twice or in another order, in JSON or XML; else the body as it is."""
    if body[:1] in (b"{", b"["):
        return _other_json(fault, body, random)
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError:
        return body
    rows = max(root.iter(), key=_likeness)
    children = list(rows)
    if len(children) < 2 or len({child.tag for child in children}) > 1:
        return body
    if fault == "duplicate page":
        rows.extend([etree.fromstring(etree.tostring(child)) for child in children])
    else:
        random.shuffle(children)
        rows[:] = children
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _likeness(element: etree._Element) -> int:
    """How much an element looks like a list: so many children of one name."""
    children = list(element)
    return len(children) if len({child.tag for child in children}) == 1 else 0


def _other_json(fault: str, body: bytes, random: Random) -> bytes:
    whole = json.loads(body)
    lists = [whole] if isinstance(whole, list) else [value for value in whole.values() if isinstance(value, list)]
    for rows in lists:
        if fault == "duplicate page":
            rows.extend(list(rows))
        else:
            random.shuffle(rows)
    return json.dumps(whole).encode()


def _other_charset(answer: Answer, pick: float) -> Answer:
    """Said to be UTF-16 or what nobody knows, and is neither; or is Latin-1 and said to be UTF-8."""
    plain = answer.kind.split(";")[0]
    if pick < 0.6:
        return answer._replace(kind=f"{plain}; charset={'utf-16' if pick < 0.3 else 'x-nothing'}")
    letters = answer.body.decode("utf-8", "replace")
    # What Latin-1 has not stays as it is: a question mark instead could be anybody's name.
    return answer._replace(
        body=b"".join(letter.encode("latin-1" if letter < "\u0100" else "utf-8") for letter in letters)
    )


def _head(status: int, reason: str, kind: str, more: str) -> bytes:
    return f"HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\n{more}\r\n".encode("latin-1")


def _reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _receive(peer: socket.socket) -> tuple[str, str, dict[str, str], bytes] | None:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := peer.recv(65536)):
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("Content-Length", 0))
    while len(body) < length:
        body += peer.recv(65536)
    return method, path, headers, body


@contextmanager
def faulty(upstream: str, tls: ssl.SSLContext, random: Random, *, paged: bool) -> Iterator[Faulty]:
    """A fault server on loopback, with TLS, before the school at ``upstream``, whose listings may be in pages."""
    kinds = [one for one in (*FAST, *SLOW) if paged or one not in PAGED]
    port = urlsplit(upstream).port
    assert port is not None
    listener, elsewhere = (socket.create_server(("127.0.0.1", 0), backlog=128) for _ in range(2))
    made = Faulty(
        port, tls, random, listener, f"https://127.0.0.1:{listener.getsockname()[1]}", elsewhere.getsockname()[1],
        kinds,
    )  # fmt: skip
    for serve in (made.listen, lambda: _count_visitors(elsewhere, made)):
        threading.Thread(target=serve, daemon=True).start()
    try:
        yield made
    finally:
        made.stop()
        with suppress(OSError):
            elsewhere.shutdown(socket.SHUT_RDWR)
        elsewhere.close()


def _count_visitors(listener: socket.socket, made: Faulty) -> None:
    with suppress(OSError):
        while True:
            listener.accept()[0].close()
            made.followed += 1
