"""Show source without its secrets: what a secret rule flags becomes `***`.

Every display goes through here: the line under a finding, SARIF snippets, diffs. All secret
rules run, selected or not, kept quiet by a comment or not: a display hides what any of them sees.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from .analysis.source import Source
from .credentials.display import MASK
from .credentials.names import Names
from .kinds.table import of_file
from .settings import Policy, Settings
from .spans import Span, everywhere, merged


def masked_source(data: bytes, path: str, settings: Settings | None = None) -> str:
    """Return the text of a file with its secrets masked; lines stay where they are.

    Args:
        data: The bytes of the file.
        path: Its path, for the settings that depend on one.
        settings: Those of the repository; the defaults when absent.
    """
    return masked_versions([data], path, settings)[0]


def masked_versions(
    versions: Sequence[bytes],
    path: str,
    settings: Settings | None = None,
    also: Iterable[bytes] = (),
) -> list[str]:
    """Return the texts of several versions of a file, each without the secrets of any.

    A change can turn a secret into what no rule knows any more: what is flagged in one version
    is hidden in all.

    Args:
        versions: The bytes of each.
        path: Its path, for the settings that depend on one.
        settings: Those of the repository; the defaults when absent.
        also: Further texts, in UTF-8, that are hidden wherever they stand.
    """
    settings = settings or Settings()
    names, policy = Names(settings.secret_names, settings.public_names), Policy(settings)
    found = [
        of_file(path, data).secrets(data, path, policy, names) or data.decode("utf-8", "replace")
        for data in versions
    ]
    secrets = {
        source.utf8[start:end]
        for source, spans in (each for each in found if not isinstance(each, str))
        for start, end in spans
    }
    secrets.update(also)
    texts = []
    for each in found:
        if isinstance(each, str):
            texts.append(each)
            continue
        source, spans = each
        if len(versions) > 1 or also:
            spans = merged([*spans, *everywhere(source.utf8, secrets)])
        texts.append(Masked(source, spans).text())
    return texts


# Lines up to this length are shown whole, of longer ones so much on both sides. Bytes.
_LONGEST, _AROUND = 1000, 200


class Masked:
    """A source and the places in it that nobody may see."""

    def __init__(self, source: Source, spans: list[Span]) -> None:
        self._source = source
        # In order and apart, so that their ends are in order too.
        self._spans = spans
        self._ends = [last for _, last in spans]
        # Number of a long line -> whether it is ASCII.
        self._ascii: dict[int, bool] = {}

    def text(self) -> str:
        """Return the whole source, masked."""
        return "".join(self._pieces(0, len(self._source.utf8)))

    def line(self, number: int) -> str:
        """Return a line, masked, without its newline."""
        return "".join(self._pieces(*self._line_range(number)))

    def column(self, number: int, column: int) -> int:
        """Return the column (from 1, in characters) at which a position stands in `line`."""
        start, end = self._line_range(number)
        text = self._source.utf8[start:end].decode("utf-8", "replace")
        at = start + len(text[: column - 1].encode())
        return len("".join(self._pieces(start, at))) + 1

    def excerpt(self, number: int, column: int) -> tuple[str, int]:
        """Return a line, masked, and the column at which a position stands in it.

        Of a line that is longer than anybody writes it is the part around the position: a file of
        one line with thousands of findings is not shown thousands of times.
        """
        start, end = self._line_range(number)
        if end - start <= _LONGEST:
            return self.line(number), self.column(number, column)
        at = start + column - 1
        if number not in self._ascii:
            self._ascii[number] = self._source.utf8[start:end].isascii()
        if not self._ascii[number]:
            before = self._source.utf8[start:end].decode("utf-8", "replace")[: column - 1]
            at = start + len(before.encode())
        first, last = max(start, at - _AROUND), min(end, at + _AROUND)
        left = "".join(self._pieces(first, at)).lstrip("\ufffd")
        right = "".join(self._pieces(at, last)).rstrip("\ufffd")
        left = f"…{left}" if first > start else left
        return f"{left}{right}{'…' if last < end else ''}", len(left) + 1

    def _line_range(self, number: int) -> Span:
        starts = self._source.line_starts
        start = starts[number - 1]
        end = starts[number] if number < len(starts) else len(self._source.utf8)
        line = self._source.utf8[start:end]
        return start, start + len(line.rstrip(b"\r\n"))

    def _pieces(self, start: int, end: int) -> Iterator[str]:
        at = start
        for index in range(bisect_right(self._ends, start), len(self._spans)):
            first, last = self._spans[index]
            if first >= end:
                break
            yield self._plain(at, max(first, at))
            # Newlines inside a secret stay, so that lines keep their numbers.
            hidden = self._source.utf8[max(first, at) : min(last, end)]
            yield re.sub(r"[^\r\n]+", MASK, hidden.decode("utf-8", "replace"))
            at = min(last, end)
        yield self._plain(at, end)

    def _plain(self, start: int, end: int) -> str:
        return self._source.utf8[start:end].decode("utf-8", "replace")
