"""Opens a staged file: unpacked, with bounds on what it may become."""

import bz2
import contextlib
import io
import zlib
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa

from ...engine import limits
from ...engine.stage_files import Area, StagedFile
from ...language.errors import SqlError
from .formats import Format

_CHUNK = 1 << 20
# A packed file may grow by so much: text shrinks to a tenth, a bomb to a thousandth.
_FREE_BYTES = 256 * 1024**2
_MOST_GROWTH = 250
_MAGIC = (
    (b"\x1f\x8b", "GZIP"),
    (b"BZh", "BZ2"),
    (b"\x28\xb5\x2f\xfd", "ZSTD"),
)
# What a broken file raises in the libraries that unpack it.
UNREADABLE = (OSError, EOFError, ValueError, zlib.error, pa.ArrowException)


class Unpacked(io.RawIOBase):
    """The content of a file, as long as it is no more than such a file may hold.

    Args:
        pieces: Unpacked pieces.
        most: The bytes that they may have together.
    """

    def __init__(self, pieces: Iterator[bytes], most: int) -> None:
        self._pieces, self._most = pieces, most
        self._rest = b""
        self._size = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer."""
        if not self._rest:
            limits.check()
            self._rest = next(self._pieces, b"")
            self._size += len(self._rest)
            if self._size > self._most:
                raise SqlError(
                    f"The staged file unpacks to more than {self._most:,} bytes, many times its "
                    "size: it was not read on.",
                    100_064,
                    "22000",
                )
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


@contextlib.contextmanager
def opened(area: Area, file: StagedFile, form: Format) -> Iterator[IO[bytes]]:
    """Open a file of a stage and unpack it as its format says, or as its first bytes say.

    Raises:
        SqlError: It is gone, cannot be unpacked, or unpacks to far more than its size.
    """
    with area.open(file.path) as raw:
        compression = str(form["COMPRESSION"])
        if compression == "AUTO" or form.type == "PARQUET":
            head = raw.read(4)
            raw.seek(0)
            compression = next((name for magic, name in _MAGIC if head.startswith(magic)), "NONE")
        most = file.size if compression == "NONE" else _FREE_BYTES + _MOST_GROWTH * file.size
        try:
            yield io.BufferedReader(Unpacked(_pieces(raw, compression), most), _CHUNK)
        except UNREADABLE as error:
            raise SqlError(
                f"The staged file cannot be read as {compression}-compressed {form.type}: "
                f"{str(error)[:120]}",
                100_071,
                "22000",
            ) from None


def _pieces(raw: IO[bytes], compression: str) -> Iterator[bytes]:
    if compression == "NONE":
        while piece := raw.read(_CHUNK):
            yield piece
    elif compression in {"GZIP", "DEFLATE", "RAW_DEFLATE"}:
        yield from _inflated(raw, {"GZIP": 31, "DEFLATE": 15, "RAW_DEFLATE": -15}[compression])
    elif compression == "BZ2":
        with bz2.BZ2File(raw) as unpacker:
            while piece := unpacker.read(_CHUNK):
                yield piece
    else:
        with pa.CompressedInputStream(
            pa.PythonFile(raw, mode="r"), compression.lower()
        ) as unpacker:
            while piece := unpacker.read(_CHUNK):
                yield piece


def _inflated(raw: IO[bytes], bits: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(bits)
    packed = raw.read(_CHUNK)
    while packed or unpacker.unconsumed_tail:
        yield unpacker.decompress(unpacker.unconsumed_tail or packed, _CHUNK)
        packed = b""
        if unpacker.eof:
            # Another member may follow: files that were put together.
            packed = unpacker.unused_data or raw.read(_CHUNK)
            if packed:
                unpacker = zlib.decompressobj(bits)
        elif not unpacker.unconsumed_tail:
            packed = raw.read(_CHUNK)
            if not packed:
                yield unpacker.flush()
                if not unpacker.eof:
                    raise EOFError("it ends within its compressed data")
