"""An HTTP answer of which the body is read with bounds: its time, its bytes after decompression, its proven end."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import NamedTuple, Self

import requests
import urllib3

from connectors.deadline import Call
from connectors.errors import SourceError
from connectors.failures import TRANSPORT_ERRORS, Failed

CHUNK = 128 * 1024
"""Bytes in each chunk of a body but the last."""

_BAD_GZIP = (gzip.BadGzipFile, zlib.error)


class Fetched(NamedTuple):
    """A whole answer. ``framed`` as in ``Answer``; ``status`` is 200, or one that the call named as ``also``."""

    body: bytes
    headers: Mapping[str, str]
    framed: bool
    status: int


class Answer:
    """An answer of which the body is still to be read, once. Leaving the ``with`` lets go of the connection."""

    def __init__(self, response: requests.Response, call: Call, max_bytes: int, failed: Failed) -> None:
        self._response = response
        self._call = call
        self._max_bytes = max_bytes
        self._failed = failed
        self._whole = False
        self._announced = bool(response.raw.chunked) or response.raw.length_remaining is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._response.close()

    @property
    def headers(self) -> Mapping[str, str]:
        """By name, in whatever case."""
        return self._response.headers

    @property
    def status(self) -> int:
        """200, or one that the call named as ``also``."""
        return int(self._response.status_code)

    @property
    def framed(self) -> bool:
        """The whole body was read and the transport proved its end: a Content-Length or a last chunk.

        False as long as the body is not read to its end, and for a body that ends where the connection does: there
        a cut looks like an end.
        """
        return self._whole and self._announced and not self._call.ended

    def read(self) -> bytes:
        """Give the rest of the body. Raises as ``chunks``."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """Give the body, decompressed, in chunks of ``CHUNK`` bytes.

        Raises ``Retry`` http.cut, http.timeout or http.deadline, ``Broken`` http.too_large or http.encoding.
        """
        read = self._reader()
        total = 0
        while piece := self._piece(read):
            total += len(piece)
            if total > self._max_bytes:
                raise self._failed.broken("http.too_large")
            yield piece
        self._whole = True

    def _reader(self) -> Callable[[int], bytes]:
        raw: urllib3.HTTPResponse = self._response.raw
        encoding = self._response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding == "identity":
            return raw.read
        if encoding in ("gzip", "x-gzip"):
            # Unlike the decoder of urllib3, this one notices that a compressed body lacks its end.
            return gzip.GzipFile(fileobj=raw).read
        raise self._failed.broken("http.encoding")

    def _piece(self, read: Callable[[int], bytes]) -> bytes:
        failure: SourceError
        try:
            return read(CHUNK)
        except _BAD_GZIP:
            failure = self._failed.broken("http.encoding")
        except (EOFError, *TRANSPORT_ERRORS) as error:
            code = "http.timeout" if isinstance(error, urllib3.exceptions.ReadTimeoutError) else "http.cut"
            failure = self._failed.retry(code if self._call.left() else "http.deadline")
        # Not within the ``except``, so that the library's exception does not hang on ours as its context.
        raise failure
