"""Takes the files out of a ZIP that nobody vouches for: plain files with plain names, and not too much of them."""

from __future__ import annotations

import errno
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from connectors.delivered import RefusedFile, is_plain

MOST_FILES = 200
MOST_BYTES = 2 << 30
"""Of all files together, inflated."""
RATIO = 200
"""Nothing that is worth sending gets so many times smaller."""
_FREE = 1 << 20
"""Bytes that a file may have whatever its ratio: short files of blanks do shrink a lot."""
_PIECE = 1 << 16

_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError, struct.error
)
"""What the library raises for one that is damaged."""


def is_zip(name: str) -> bool:
    return name.casefold().endswith(".zip")


def unpack(archive: Path, into: Path) -> list[str]:
    """Write the files into the folder ``into``; gives their names. A folder around all of them is dropped.

    Sizes are counted while inflating and not believed. Raises ``RefusedFile`` files.unsafe, or files.zip for one that
    cannot be read.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [info for info in opened.infolist() if not info.filename.endswith("/")]
            names = _names(members)
            left = MOST_BYTES
            for info, name in zip(members, names, strict=True):
                left -= _inflate(opened, info, into / name, left)
            return names
    except _UNREADABLE:
        pass
    except OSError as error:
        if error.errno != errno.EINVAL:  # it tells of a place before its own beginning; all else is about our disk
            raise
    raise RefusedFile("the ZIP cannot be read to its end; let it be sent again", "files.zip")


def _names(members: list[zipfile.ZipInfo]) -> list[str]:
    if len(members) > MOST_FILES:
        raise RefusedFile(f"the ZIP holds more than {MOST_FILES} files", "files.unsafe")
    for info in members:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise RefusedFile("the ZIP holds something else than plain files, such as a link", "files.unsafe")
        if info.flag_bits & 1:
            raise RefusedFile("the ZIP is encrypted; let it be sent without a password", "files.unsafe")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RefusedFile("the ZIP is packed in an unusual way; let it be made as any computer does", "files.zip")
    paths = [PurePosixPath(info.filename.replace("\\", "/")) for info in members]
    if any(path.is_absolute() or ".." in path.parts or len(path.parts) > 2 or ":" in str(path) for path in paths):
        raise RefusedFile("the ZIP holds files with a path; only plain names are taken", "files.unsafe")
    if len({path.parent for path in paths}) > 1:
        raise RefusedFile("the ZIP holds several folders; only one around all files is taken", "files.unsafe")
    names = [path.name for path in paths]
    if not all(is_plain(name) for name in names):
        raise RefusedFile("the ZIP holds a name that cannot be that of a file here", "files.unsafe")
    if len({name.casefold() for name in names}) < len(names):
        raise RefusedFile("the ZIP holds two files of one name", "files.unsafe")
    return names


def _inflate(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int) -> int:
    size = 0
    with opened.open(info) as source, target.open("wb") as made:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > left or size > max(_FREE, RATIO * info.compress_size):
                raise RefusedFile("the ZIP gets far too large when it is unpacked", "files.unsafe")
            made.write(piece)
        made.flush()
        os.fsync(made.fileno())  # the ZIP is removed later
    return size
