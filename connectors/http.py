"""The HTTP session of every connector: bounded in time, in bytes and in pace, and silent about credentials.

    with session.get("doc", params={...}, accept=XML, operation="GetActiveStudents") as answer:
        for chunk in answer.chunks(): ...
        answer.framed      # did the transport itself prove that the body is whole?

    session.fetch("doc", params={...}, accept=XML, operation="GetLeerlingGroepen").body

What comes of an answer:

    200 of an accepted type       the answer
    other 2xx, 4xx                Broken   http.status, http.not_found, http.content_type, http.too_large, http.encoding
    3xx                           Broken   http.redirect: not followed, it decides where the password goes
    401, 403                      Denied   http.denied
    429, 503                      tried again after Retry-After, then Retry http.busy
    other 5xx, no connection      tried again with a growing wait, then Retry http.server_error, http.connection
    certificate not trusted       Broken   http.certificate
    too slow                      Retry    http.timeout (one read), http.deadline (the whole call)
    body cut off                  Retry    http.cut; ``get`` and ``post`` never repeat it, bytes were handed out

Statuses that a call names as ``also`` are answers, for the caller to judge: a SOAP fault is a 500, and what a 403 means
is a matter of the interface. This is the only layer that retries. No message, and no exception behind it, holds a URL.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, NamedTuple
from urllib.parse import SplitResult, quote, urlencode, urlsplit

import requests
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from connectors.answer import CHUNK, Answer, Fetched
from connectors.deadline import Call, DeadlineAdapter
from connectors.errors import Retry, SourceError
from connectors.failures import TRANSPORT_ERRORS, Failed, judge, judge_exception
from connectors.pace import Gate, Pace
from connectors.redaction import guard_urllib3_logs, redact

__all__ = ["CHUNK", "Answer", "Fetched", "HttpSession", "HttpSettings"]

_HOLD = 1.0
"""Seconds that all threads wait when a source says 429 and not how long."""


def _base_url(url: str) -> str:
    """Check a base URL: https unless it stays on this machine, and nothing in it but host, port and path."""
    parts = urlsplit(url)
    if not parts.hostname or not _has_sane_port(parts) or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be https://host[:port][/path], without user, query or fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("must begin with https://")
    return url


def _has_sane_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:  # its text quotes what may be a password that lacks its @host
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HttpSettings(BaseModel):
    """How to reach a source and how much of it to bear. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: Annotated[str, AfterValidator(_base_url)]
    connect_timeout: float = Field(10, gt=0)
    read_timeout: float = Field(60, gt=0)
    """The longest silence."""
    deadline: float = Field(600, gt=0)
    """The longest call, from its first attempt until its last byte is handed out."""
    max_bytes: int = Field(1 << 30, gt=0)
    """Of one body, after decompression."""
    attempts: int = Field(4, ge=1)
    max_wait: float = Field(120, ge=0)
    """The longest wait within a call; a source that asks for more gets a ``Retry``."""
    rate: float | None = Field(None, gt=0)
    """Calls a second, over all threads."""
    burst: int = Field(1, ge=1)
    connections: int = Field(8, ge=1)
    """Connections kept open: as many as there are threads."""
    ca_bundle: FilePath | None = None
    """The authorities to trust instead of the usual ones, in PEM."""
    client_cert: FilePath | None = None
    """Our own certificate in PEM, and its key in the same file unless it is in ``client_key``."""
    client_key: FilePath | None = None


class HttpSession:
    """Calls to one source; threads may share it. ``secrets`` never appear in a message of ours."""

    def __init__(
        self,
        settings: HttpSettings,
        secrets: Iterable[str] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        guard_urllib3_logs()
        self._settings = settings
        self._secrets = list(secrets)
        self._clock = clock
        self._host = urlsplit(settings.base_url).netloc
        self._pace = Pace(settings.rate, settings.burst, clock=clock, sleep=sleep)
        self._retrying = Retrying(
            retry=retry_if_exception(self._is_worth_another),
            wait=_Wait(settings.max_wait),
            stop=_Stop(settings.attempts),
            sleep=sleep,
            reraise=True,
        )
        self._session = _Session(settings.connections)

    def close(self) -> None:
        self._session.close()

    def share(self, gate: Gate) -> None:
        """Keep the pace together with workers on other machines."""
        self._pace.share(gate)

    def hide(self, secret: str) -> None:
        """Keep one more secret out of messages: a token that a login gave."""
        self._secrets.append(secret)

    def redact(self, text: str) -> str:
        """Mask this session's secrets in a text, such as an error that the source wrote."""
        return redact(text, self._secrets)

    def get(
        self, path: str, *, params: Mapping[str, str] | None = None, accept: Sequence[str], operation: str
    ) -> Answer:
        """Ask for ``path``, below the base URL; it may be empty or begin with ``?``. Raises ``SourceError``.

        ``accept`` lists the media types that are right; ``operation`` is what messages call this call.
        """
        return self._answer(_Request("GET", path, params or {}, None, {}, tuple(accept), operation, frozenset()))

    def post(
        self,
        path: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        accept: Sequence[str],
        operation: str,
        also: Collection[int] = (),
    ) -> Answer:
        """As ``get``, with a body. It is repeated after a failure just so: only for what reads.

        ``also`` are statuses that the caller judges itself: they are answers, whatever their type.
        """
        request = _Request("POST", path, params or {}, body, headers, tuple(accept), operation, frozenset(also))
        return self._answer(request)

    def fetch(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Sequence[str],
        operation: str,
        also: Collection[int] = (),
    ) -> Fetched:
        """As ``get``, or with a body as ``post``, for a small answer: read at once and whole, and asked for again when
        it was cut off."""
        method = "GET" if body is None else "POST"
        request = _Request(
            method, path, params or {}, body, headers or {}, tuple(accept), operation, frozenset(also)
        )
        return self._retrying(self._attempt_whole, self._call(), self._prepare(request), request)

    def _answer(self, request: _Request) -> Answer:
        return self._retrying(self._attempt, self._call(), self._prepare(request), request)

    def _call(self) -> Call:
        return Call(self._clock() + self._settings.deadline, self._settings.read_timeout, self._clock)

    def _attempt_whole(self, call: Call, prepared: requests.PreparedRequest, request: _Request) -> Fetched:
        with self._attempt(call, prepared, request) as answer:
            body = answer.read()
            return Fetched(body, answer.headers, answer.framed, answer.status)

    def _attempt(self, call: Call, prepared: requests.PreparedRequest, request: _Request) -> Answer:
        failed = self._failed(request)
        wait = self._pace.take(min(call.left(), self._settings.max_wait))
        if wait:
            raise failed.retry("http.busy", after=wait)
        response = self._send(call, prepared, failed)
        failure = None
        if response.status_code not in request.also:
            failure = judge(response.status_code, response.headers, request.accept, datetime.now(UTC), failed)
        if failure is None:
            return Answer(response, call, self._settings.max_bytes, failed)
        response.close()
        after = failure.after if isinstance(failure, Retry) else None
        if after or response.status_code == 429:
            self._pace.hold(after or _HOLD)
        raise failure

    def _prepare(self, request: _Request) -> requests.PreparedRequest:
        url = _join(self._settings.base_url, request.path)
        headers = {"User-Agent": "schoolbrug", "Accept": ", ".join(request.accept), "Accept-Encoding": "gzip"}
        # Prepared without the session, so that no cookie is ever sent back: threads share nothing but connections.
        prepared = requests.PreparedRequest()
        try:
            # %20 for a blank, not the + of forms: every server reads that.
            query = urlencode(request.params, quote_via=quote)
            url = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
            prepared.prepare(request.method, url, headers={**headers, **request.headers}, data=request.body)
        except TRANSPORT_ERRORS:
            failure = self._failed(request).broken("http.request")
        else:
            return prepared
        raise failure

    def _send(self, call: Call, prepared: requests.PreparedRequest, failed: Failed) -> requests.Response:
        settings = self._settings
        failure: SourceError
        if not (left := call.left()):
            raise failed.retry("http.deadline")
        try:
            with call.running():
                return self._session.send(
                    prepared,
                    stream=True,
                    timeout=(min(settings.connect_timeout, left), min(settings.read_timeout, left)),
                    verify=str(settings.ca_bundle) if settings.ca_bundle else True,
                    cert=_own_certificate(settings),
                    allow_redirects=False,
                )
        except TRANSPORT_ERRORS as error:
            failure = judge_exception(error, call, failed)
        # Not within the ``except``, so that the library's exception does not hang on ours as its context.
        raise failure

    def _failed(self, request: _Request) -> Failed:
        return Failed(request.operation, self._host, self.redact)

    def _is_worth_another(self, error: BaseException) -> bool:
        return isinstance(error, Retry) and (error.after or 0) <= self._settings.max_wait


class _Request(NamedTuple):
    method: str
    path: str
    params: Mapping[str, str]
    body: bytes | None
    headers: Mapping[str, str]
    accept: tuple[str, ...]
    operation: str
    also: frozenset[int]


class _Session(requests.Session):
    """Nothing from the environment: no proxy, no password, no authority."""

    def __init__(self, connections: int) -> None:
        super().__init__()
        self.trust_env = False
        adapter = DeadlineAdapter(connections)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        # Without this, requests reads the whole body of a redirect even when it is not to be followed.
        return None


class _Wait(wait_exponential_jitter):
    """Grows from half a second; never less than what the source asked for."""

    def __init__(self, max_wait: float) -> None:
        super().__init__(multiplier=0.5, max=max_wait, jitter=0.5)

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = error.after if isinstance(error, Retry) else None
        return max(super().__call__(retry_state), asked or 0.0)


class _Stop(stop_after_attempt):
    """After so many attempts, or when the next would come after the call's deadline."""

    def __call__(self, retry_state: RetryCallState) -> bool:
        call: Call = retry_state.args[0]
        return super().__call__(retry_state) or retry_state.upcoming_sleep >= call.left()


def _own_certificate(settings: HttpSettings) -> str | tuple[str, str] | None:
    if settings.client_cert is None:
        return None
    own = str(settings.client_cert)
    return own if settings.client_key is None else (own, str(settings.client_key))


def _join(base_url: str, path: str) -> str:
    # Glued as text: no path can lead to another host, as urljoin would let it.
    if not path or path.startswith("?"):
        return base_url + path
    return f"{base_url.rstrip('/')}/{path.lstrip('/')}"
