"""A diff that `git apply` takes, in the bytes of the files, without their secrets."""

import os
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from hushflake.lint_plugin.analysis import ParseFailure
from hushflake.lint_plugin.analysis.source import try_decode
from hushflake.lint_plugin.masking import masked_versions
from hushflake.lint_plugin.settings import Settings

from .rewrite import Outcome

_CONTEXT = 3


class Diff:
    """The diff of a run.

    Attributes:
        masked: Paths of files of which a line is shown masked; their part does not apply.
    """

    def __init__(self, settings: Settings, *, show_secrets: bool = False) -> None:
        self.settings = settings
        self.show_secrets = show_secrets
        self.masked: list[str] = []
        self._base = _repository_above(os.getcwd()) or os.getcwd()

    def lines(self, outcomes: Iterable[Outcome]) -> Iterator[bytes]:
        """Yield the lines of the diff of all changed files."""
        for outcome in outcomes:
            if outcome.old is not None and outcome.new is not None:
                yield from self._file(outcome.path, outcome.old, outcome.new)

    def _file(self, path: str, old: bytes, new: bytes) -> Iterator[bytes]:
        before, after = _lines(old), _lines(new)
        shown_before, shown_after = before, after
        if not self.show_secrets:
            texts = masked_versions([old, new], path, self.settings)
            shown_before, shown_after = map(_shown, (old, new), texts)
        a, b = (_quoted(side + self._name(path)) for side in (b"a/", b"b/"))
        # As git does: a tab tells where a name with spaces ends.
        tab = b"\t" if b" " in a else b""
        yield b"diff --git %s %s\n--- %s%s\n+++ %s%s\n" % (a, b, a, tab, b, tab)
        is_masked = False
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for group in matcher.get_grouped_opcodes(_CONTEXT):
            first, last = group[0], group[-1]
            yield b"@@ -%s +%s @@\n" % (_range(first[1], last[2]), _range(first[3], last[4]))
            for tag, i1, i2, j1, j2 in group:
                for sign, shown, real, low, high in (
                    (b" " if tag == "equal" else b"-", shown_before, before, i1, i2),
                    (b"+", shown_after, after, j1, j1 if tag == "equal" else j2),
                ):
                    for line, true in zip(shown[low:high], real[low:high], strict=True):
                        is_masked |= line != true
                        yield sign + line
                        if not line.endswith(b"\n"):
                            yield b"\n\\ No newline at end of file\n"
        if is_masked:
            self.masked.append(path)

    def _name(self, path: str) -> bytes:
        if os.path.islink(path):
            # git applies to files, not through links.
            path = os.path.realpath(path)
        name = os.path.relpath(os.path.realpath(os.path.dirname(path) or "."), self._base)
        full = os.path.normpath(os.path.join(name, os.path.basename(path)))
        if full.startswith(".."):
            full = os.path.abspath(path).lstrip(os.sep)
        return os.fsencode(full)


def _shown(data: bytes, text: str) -> list[bytes]:
    """Return the lines of a file whose masked text is `text`, in the bytes of the file."""
    decoded = try_decode(data)
    if isinstance(decoded, ParseFailure) or text.encode("utf-8", "surrogatepass") == decoded.utf8:
        return _lines(data)
    return _lines(decoded.bom + text.encode(decoded.encoding, "replace"))


def _repository_above(folder: str) -> str:
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder


def _lines(data: bytes) -> list[bytes]:
    """Split as git does: at line feeds alone."""
    *whole, last = data.split(b"\n")
    return [line + b"\n" for line in whole] + ([last] if last else [])


def _range(start: int, stop: int) -> bytes:
    """Spell the lines from `start` (from 0) to before `stop` as a unified diff does."""
    length = stop - start
    if length == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + 1 if length else start, length)


def _quoted(name: bytes) -> bytes:
    """Spell a path as git does: in quotes, if it holds what would end or bend a line."""
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in name):
        return name
    special = {0x22: b'\\"', 0x5C: b"\\\\", 0x0A: b"\\n", 0x09: b"\\t", 0x0D: b"\\r"}
    spelt = (
        special.get(byte) or (b"%c" % byte if 0x20 <= byte < 0x7F else b"\\%03o" % byte)
        for byte in name
    )
    return b'"' + b"".join(spelt) + b'"'
