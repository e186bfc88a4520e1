"""How often somebody may ask, and how much may be sent at once.

Every caller has a bucket of tokens that fills up again: a session, a key or token, and for who shows none of these
the network address. A token or session that has not been accepted yet costs the address as well, so that trying many
is no way around. Buckets are kept in the memory of one process: with several workers each counts by itself.

The address is that of the connection. What a header says of it is not believed here: behind a proxy it is the server
that must know the proxy.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import monotonic

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.problems import TooLarge, TooMany, told

LARGEST_BODY = 1_000_000
"""Bytes of a request's body."""

ACCEPTED = "accepted"
"""Of a request's state: somebody is known to be behind the token or session that it shows."""

MOST_BUCKETS = 50_000
"""Some 15 MB. Beyond it the bucket that was not used for the longest time goes, which has most likely filled up."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` requests at once, and ``per_second`` in the long run."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Rates:
    """For programs with a key or token, for people with a session, and for an address that shows neither.

    A school's people come from one address: all of them must be able to sign in before the first lesson.
    """

    token: Rate = Rate(200, 2_000)
    session: Rate = Rate(10, 150)
    address: Rate = Rate(10, 500)


class Buckets:
    """Buckets by name, at most ``most`` of them. One that is not there is full."""

    def __init__(self, most: int = MOST_BUCKETS) -> None:
        self._most = most
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, name: bytes, rate: Rate, now: float) -> float:
        """Seconds until the bucket has a token; 0 when it has one."""
        return max(0.0, 1 - self._filled(name, rate, now)) / rate.per_second

    def take(self, name: bytes, rate: Rate, now: float) -> None:
        """Take a token out of a bucket that has one."""
        self._buckets[name] = self._filled(name, rate, now) - 1, now
        self._buckets.move_to_end(name)
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)

    def _filled(self, name: bytes, rate: Rate, now: float) -> float:
        tokens, since = self._buckets.get(name, (float(rate.burst), now))
        return min(float(rate.burst), tokens + max(0.0, now - since) * rate.per_second)


class Limiter:
    """Answers 429 to who asks too often, and 413 to what is too large, before anything is read if it says so itself."""

    def __init__(self, app: ASGIApp, cookie: str, rates: Rates = Rates()) -> None:
        self.app = app
        self._cookie = cookie
        self._rates = rates
        self._buckets = Buckets()
        self._accepted: OrderedDict[bytes, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if _length(headers) > LARGEST_BODY:
            await told(TooLarge())(scope, receive, send)
            return
        shown = self._shown(headers)
        wait = self._take(scope, shown)
        if wait:
            await told(TooMany(ceil(wait)))(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            if shown is not None and message["type"] == "http.response.start":
                self._note(shown[0], _judged(scope, message["status"]))
            await send(message)

        await self.app(scope, _counted(receive), noted)

    def _shown(self, headers: Headers) -> tuple[bytes, Rate] | None:
        """The bucket of the token or session that a request shows. Neither is kept: only a digest."""
        authorization = headers.get("authorization")
        if authorization is not None:
            return _name("token", authorization), self._rates.token
        session = cookie_parser(headers.get("cookie", "")).get(self._cookie)
        return None if session is None else (_name("session", session), self._rates.session)

    def _take(self, scope: Scope, shown: tuple[bytes, Rate] | None) -> float:
        """Take what a request costs, from all its buckets or from none. The seconds to wait when one is empty."""
        costs = [] if shown is None else [shown]
        if shown is None or shown[0] not in self._accepted:
            costs.append((_name("address", _network(scope)), self._rates.address))
        now = monotonic()
        wait = max(self._buckets.wait(*cost, now) for cost in costs)
        if not wait:
            self._take_all(costs, now)
        return wait

    def _take_all(self, costs: Sequence[tuple[bytes, Rate]], now: float) -> None:
        for cost in costs:
            self._buckets.take(*cost, now)

    def _note(self, name: bytes, accepted: bool | None) -> None:
        """Remember whether a token or session was accepted, for as long as there is room; None says nothing of it."""
        if accepted is None:
            return
        if not accepted:
            self._accepted.pop(name, None)
            return
        self._accepted[name] = None
        self._accepted.move_to_end(name)
        while len(self._accepted) > MOST_BUCKETS:
            self._accepted.popitem(last=False)


def _judged(scope: Scope, status: int) -> bool | None:
    """Whether the token or session of a request was accepted; None where nobody looked at it, as of the front page."""
    if status == 401:
        return False
    return True if scope.get("state", {}).get(ACCEPTED) else None


def _counted(receive: Receive) -> Receive:
    """Reads no more than the largest body, of one that comes in pieces and does not say its length."""
    so_far = 0

    async def counted() -> Message:
        nonlocal so_far
        message = await receive()
        so_far += len(message.get("body", b""))
        if so_far > LARGEST_BODY:
            raise TooLarge
        return message

    return counted


def _length(headers: Headers) -> int:
    given = headers.get("content-length", "")
    return int(given[:20]) if given.isascii() and given.isdigit() else 0


def _name(kind: str, value: str) -> bytes:
    return blake2b(f"{kind} {value}".encode(errors="surrogateescape"), digest_size=16).digest()


def _network(scope: Scope) -> str:
    """The address of the connection; of IPv6 the network (/64), which one subscriber has for himself."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or address.packed[:8])
