"""Refused rows, written down with every reason, so that they can be corrected and loaded again."""

import json
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from hushflake.deploy.files import replace_file

from .errors import KnowledgeMistakeError
from .rows import Reject

_KEYS = frozenset({"line", "reasons", "row"})
_START = b'{"file": "'


class RejectFile:
    """JSON lines `{file, line, reasons, row}`; the file is made with its first row.

    What an earlier load left in it goes, but for the rows of `beside`. A resumed load gives every
    refused row again, also those of the rows that it skips: nothing depends on what a load that
    died had written.

    Attributes:
        count: Refused rows of `source`.
        first: The first of them as one line of text.
    """

    def __init__(self, path: Path, source: Path, beside: Collection[Path] | None = ()) -> None:
        """Make room for the rows of a file.

        Args:
            source: The data file.
            beside: The other data files of the same run; their refused rows stay. None: those of
                all other files do.

        Raises:
            KnowledgeMistakeError: The path is a file of something else, which is left alone.
        """
        self.path = path
        self.count = 0
        self.first = ""
        self._source = _name_of(source)
        self._waiting: list[str] = []
        self._clear(source, None if beside is None else {_name_of(other) for other in beside})

    def _clear(self, source: Path, others: set[str] | None) -> None:
        if not self.path.exists():
            return
        if self.path.samefile(source):
            raise KnowledgeMistakeError(
                f"{self.path}: rejected rows would go to the file that is being loaded; name "
                "another one with --rejects, or put the corrected rows into a file of their own"
            )
        lines = self.path.read_bytes().splitlines()
        if lines and not (lines[0].startswith(_START) or _reject_of(lines[0])):
            raise KnowledgeMistakeError(
                f"{self.path}: holds something other than rejected rows and would be overwritten; "
                "name another file with --rejects"
            )
        kept = [line for line in lines if self._stays(_reject_of(line), others)]
        if not kept:
            self.path.unlink()
        elif len(kept) < len(lines):
            mode = stat.S_IMODE(self.path.stat().st_mode)
            replace_file(self.path, b"".join(line + b"\n" for line in kept), mode)

    def _stays(self, reject: Mapping[str, Any] | None, others: set[str] | None) -> bool:
        if reject is None or reject.get("file") in (None, self._source):
            return False  # a line that a killed load began, or one of this file
        return others is None or reject["file"] in others

    def write(self, reject: Reject) -> None:
        """Take one refused row."""
        record = reject.record
        self.first = self.first or f"line {record.line}: {'; '.join(reject.reasons)}"
        self.count += 1
        row = {
            "file": self._source,
            "line": record.line,
            "reasons": list(reject.reasons),
            "row": dict(record.values),
        }
        self._waiting.append(json.dumps(row, ensure_ascii=False, default=str))

    def flush(self) -> None:
        """Append the rows taken since the last time to the file."""
        if not self._waiting:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Half a surrogate pair is a reason to refuse a row; JSON spells it as an escape.
        with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(f"{line}\n" for line in self._waiting)
        self._waiting.clear()


def _name_of(path: Path) -> str:
    return str(path.resolve())


def _reject_of(line: bytes) -> Mapping[str, Any] | None:
    """Return a line as the refused row that it is, or None."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.keys() >= _KEYS else None
