"""Refused rows, written down with every reason, so that they can be corrected and loaded again."""

import json
from collections.abc import Sequence
from pathlib import Path

from .rows import Reject


class RejectFile:
    """JSON lines `{line, reasons, row}`; the file is made with its first row.

    Rows reach the file by `flush`, after the batch around them is in the table: a resumed load
    reads them again, and must not write them twice.

    Attributes:
        count: Rows in the file, those of an interrupted run that goes on included.
        first: The first of them as one line of text.
    """

    def __init__(self, path: Path, *, append: bool) -> None:
        self.path = path
        self.count = 0
        self.first = ""
        self._waiting: list[Reject] = []
        if append:
            self._recall()
        else:
            path.unlink(missing_ok=True)

    def _recall(self) -> None:
        try:
            lines = self.path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return
        self.count = len(lines)
        if lines:
            first = json.loads(lines[0])
            self.first = _told(first["line"], first["reasons"])

    def write(self, reject: Reject) -> None:
        """Take one refused row."""
        self.first = self.first or _told(reject.record.line, reject.reasons)
        self.count += 1
        self._waiting.append(reject)

    def flush(self) -> None:
        """Append the rows taken since the last time to the file."""
        if not self._waiting:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            for reject in self._waiting:
                row = {
                    "line": reject.record.line,
                    "reasons": list(reject.reasons),
                    "row": dict(reject.record.values),
                }
                file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        self._waiting.clear()


def _told(line: int, reasons: Sequence[str]) -> str:
    return f"line {line}: {'; '.join(reasons)}"
