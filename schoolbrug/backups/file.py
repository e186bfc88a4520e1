"""The file: a ZIP with the store's bytes and ``manifest.json``. Only its owner can read it, and it replaces nothing."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from hashlib import sha256
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import ValidationError

from canonical.errors import UserError
from schoolbrug.backups.manifest import FORMAT, Manifest

MANIFEST, DATA = "manifest.json", "store"
_LARGEST_MANIFEST = 1 << 24
_PIECE = 1 << 20


def digest(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    found = sha256()
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


@contextmanager
def new(file: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner can read; gone when the block fails, else on disk. Raises ``UserError``."""
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror}).") from None
    try:
        with os.fdopen(number, "wb") as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        file.unlink(missing_ok=True)
        raise UserError(f"{file}: cannot be written ({error.strerror}).") from None
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def pack(to: IO[bytes], manifest: Manifest, data: Path, *, compress: bool) -> None:
    """Write ``data`` and the manifest; what is compressed already is only stored."""
    with ZipFile(to, "w") as packed:
        packed.write(data, DATA, ZIP_DEFLATED if compress else ZIP_STORED)
        packed.writestr(MANIFEST, manifest.model_dump_json(indent=2).encode(), ZIP_DEFLATED)


def told(file: Path) -> Manifest:
    """The manifest. Raises ``UserError`` for what is no whole backup, or one of a newer release."""
    with _opened(file) as packed:
        if _entry(packed, MANIFEST).file_size > _LARGEST_MANIFEST:
            raise BadZipFile
        raw = packed.read(MANIFEST)
    try:
        return Manifest.model_validate_json(raw)
    except ValidationError:
        raise UserError(f"{file}: its manifest is not one of format {FORMAT}; use the release that made it.") from None


def unpack(file: Path, manifest: Manifest, to: Path) -> None:
    """The store's bytes, as they were when the backup was made. Raises ``UserError`` when one of them is another."""
    with _opened(file) as packed, packed.open(_entry(packed, DATA)) as data, to.open("xb") as opened:
        shutil.copyfileobj(data, opened, _PIECE)
    if digest(to) != manifest.data.sha256:
        raise UserError(_damaged(file))


def _entry(packed: ZipFile, name: str) -> ZipInfo:
    try:
        return packed.getinfo(name)
    except KeyError:
        raise BadZipFile from None


@contextmanager
def _opened(file: Path) -> Iterator[ZipFile]:
    try:
        with ZipFile(file) as packed:
            yield packed
    except OSError as error:
        if error.errno == EINVAL:  # a place that is named in the ZIP, and is none
            raise UserError(_damaged(file)) from None
        raise UserError(f"{file}: cannot be read ({error.strerror}).") from None
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        # A ZIP that was changed may also seem to be encrypted, or packed in some other way.
        raise UserError(_damaged(file)) from None


def _damaged(file: Path) -> str:
    return f"{file}: this is no whole backup: cut off, changed, or another kind of file. Nothing was restored."
