"""Show source without its secrets: what a secret rule flags becomes `***`.

Every display goes through here: the line under a finding, SARIF snippets, diffs. All secret
rules run, selected or not, kept quiet by a comment or not: a display hides what any of them sees.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from .analysis.source import ParseFailure, Source, try_decode
from .credentials.display import MASK
from .credentials.names import Names
from .module import Module
from .registry import modules, rule
from .settings import Policy, Settings

Span = tuple[int, int]

# More distinct ones are too many for one expression: it would try each at every place.
_MOST = 500
_BORDER = re.compile(rb"(?<!\w)")
_WORD = re.compile(rb"\w")
_QUOTED = re.compile(rb"""\A[a-zA-Z]{0,2}('''|\"\"\"|'|\")(.*)\1\Z""", re.DOTALL)


def secret_spans(module: Module) -> list[Span]:
    """Return the offsets, in order and apart, of all that the secret rules flag in a module."""
    spans: list[Span] = []
    for code in modules():
        each = rule(code)
        if each.secret and each.applies(module):
            spans.extend(
                _inner(module.utf8, report.start, report.end) for report in each.check(module)
            )
    return _merged(spans)


def hidden_spans(module: Module) -> list[Span]:
    """Return the secret spans, and where else in the file the same text stands."""
    spans = secret_spans(module)
    secrets = {module.utf8[start:end] for start, end in spans}
    return _merged([*spans, *_occurrences(module.utf8, secrets)])


def masked_source(data: bytes, path: str, settings: Settings | None = None) -> str:
    """Return the text of a Python file with its secrets masked; lines stay where they are.

    Args:
        data: The bytes of the file.
        path: Its path, for the settings that depend on one.
        settings: Those of the repository; the defaults when absent.
    """
    return masked_versions([data], path, settings)[0]


def masked_versions(
    versions: Sequence[bytes], path: str, settings: Settings | None = None
) -> list[str]:
    """Return the texts of several versions of a Python file, each without the secrets of any.

    A change can turn a secret into what no rule knows any more: what is flagged in one version
    is hidden in all.

    Args:
        versions: The bytes of each.
        path: Its path, for the settings that depend on one.
        settings: Those of the repository; the defaults when absent.
    """
    settings = settings or Settings()
    names = Names(settings.secret_names, settings.public_names)
    found: list[tuple[Source, list[Span]] | str] = []
    for data in versions:
        decoded = try_decode(data)
        if isinstance(decoded, ParseFailure):
            found.append(data.decode("utf-8", "replace"))
        else:
            module = Module(path, decoded.utf8, Policy(settings), names)
            found.append((module.source, secret_spans(module)))
    secrets = {
        source.utf8[start:end]
        for source, spans in (each for each in found if not isinstance(each, str))
        for start, end in spans
    }
    texts = []
    for each in found:
        if isinstance(each, str):
            texts.append(each)
            continue
        source, spans = each
        if len(versions) > 1:
            spans = _merged([*spans, *_occurrences(source.utf8, secrets)])
        texts.append(Masked(source, spans).text())
    return texts


def _occurrences(data: bytes, secrets: Iterable[bytes]) -> Iterator[Span]:
    """Yield where any of `secrets` stands: a longer one first, none inside another word."""
    longest = sorted(filter(bytes.strip, secrets), key=len, reverse=True)
    if len(longest) > _MOST:
        yield from _occurrences_of_many(data, longest)
    elif longest:
        pattern = rb"(?<!\w)(?:%s)(?!\w)" % b"|".join(map(re.escape, longest))
        yield from (match.span() for match in re.finditer(pattern, data))


def _occurrences_of_many(data: bytes, longest: list[bytes]) -> Iterator[Span]:
    """Do the same in a time that does not grow with their number, only with their sizes."""
    sizes = list(dict.fromkeys(map(len, longest)))
    secrets, end = set(longest), 0
    for border in _BORDER.finditer(data):
        start = border.start()
        if start < end:
            continue
        for size in sizes:
            if data[start : start + size] in secrets and not _WORD.match(data, start + size):
                end = start + size
                yield start, end
                break


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


def _inner(utf8: bytes, start: int, end: int) -> Span:
    """Return the inside of a string literal's quotes; anything else as it is."""
    match = _QUOTED.match(utf8[start:end])
    return (start + match.start(2), start + match.end(2)) if match else (start, end)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
