"""Comments that keep a finding quiet: `# noqa: HSF101` and `# hushflake: ignore[HSF101] why`.

`noqa` works on any line of the statement, as in flake8. The pragma stands on the line of the
finding or of its statement, or on the line before; one that silences nothing is a finding.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from .module import Module
from .statements import first_line

# As flake8 reads it: bare, or with codes separated by commas or spaces.
_NOQA = re.compile(
    rb"#\s*noqa(?::[\s]?(?P<codes>[A-Z][0-9]+(?:[,\s]+[A-Z][A-Z]*[0-9]+)*|[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?",
    re.IGNORECASE,
)
_PRAGMA = re.compile(r"#\s*hushflake:\s*(?P<rest>.*)")
_IGNORE = re.compile(r"ignore\[(?P<codes>\s*HSF\d{3}(?:\s*,\s*HSF\d{3})*\s*)\]")


class Pragma(NamedTuple):
    """A pragma comment. `codes` is empty if it is malformed."""

    line: int
    column: int
    codes: tuple[str, ...]
    # Whether nothing but the comment stands on its line.
    alone: bool


class Suppressions:
    """The comments of one file."""

    def __init__(self, module: Module, *, noqa: bool = True) -> None:
        self._module = module
        self._pragmas: dict[int, list[Pragma]] = {}
        self._used: set[Pragma] = set()
        self._has_noqa = noqa and b"noqa" in module.utf8.lower()
        if b"hushflake:" in module.utf8:
            for pragma in _pragmas(module):
                self._pragmas.setdefault(pragma.line, []).append(pragma)

    def hides(self, code: str, line: int, end_line: int) -> bool:
        """Say whether a comment keeps a finding quiet, and note a pragma as used."""
        if not self._has_noqa and not self._pragmas:
            return False
        first, last = statement_lines(self._module, line, end_line)
        for number in (line, line - 1, first, first - 1, end_line, last):
            for pragma in self._pragmas.get(number, ()):
                before = number in (line - 1, first - 1) and not first <= number <= last
                if code in pragma.codes and (pragma.alone or not before):
                    self._used.add(pragma)
                    return True
        return self._has_noqa and self._noqa(code, first, last)

    def _noqa(self, code: str, first: int, last: int) -> bool:
        starts = self._module.source.line_starts
        end = starts[last] if last < len(starts) else len(self._module.utf8)
        match = _NOQA.search(self._module.utf8, starts[first - 1], end)
        if match is None:
            return False
        codes = match["codes"]
        if codes is None:
            return True
        named = re.split(r"[,\s]+", codes.decode("ascii").upper())
        return any(code.startswith(name) for name in named if name)

    def malformed(self) -> Iterator[Pragma]:
        """Yield pragmas that name no code."""
        yield from (p for line in self._pragmas.values() for p in line if not p.codes)

    def unused(self, enabled: frozenset[str]) -> Iterator[tuple[Pragma, str]]:
        """Yield pragmas that kept nothing quiet though a rule that they name was enabled."""
        for line in self._pragmas.values():
            for pragma in line:
                if pragma not in self._used and enabled.issuperset(pragma.codes) and pragma.codes:
                    yield pragma, ", ".join(pragma.codes)


def statement_lines(module: Module, line: int, end_line: int) -> tuple[int, int]:
    """Return first and last line of the logical line around a place.

    Of a compound statement that is its header, down to the first statement of its body.
    """
    around = module.path_to(line)
    if not around:
        return line, end_line
    node = around[-1]
    first, last = first_line(node), getattr(node, "end_lineno", None) or end_line
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        last = max(first_line(body[0]) - 1, end_line)
        if line < getattr(node, "lineno", line):
            # A decorator is a logical line of its own.
            return line, end_line
        first = getattr(node, "lineno", first)
    return min(first, line), max(last, end_line)


def _pragmas(module: Module) -> Iterator[Pragma]:
    # Of a notebook the source without what is no Python: it can be taken apart.
    text = module.source.utf8.decode("utf-8", "replace")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text, newline="").readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
    for token in tokens:
        if token.type != tokenize.COMMENT:
            continue
        match = _PRAGMA.search(token.string)
        if match:
            ignore = _IGNORE.match(match["rest"])
            codes = tuple(re.findall(r"HSF\d{3}", ignore["codes"])) if ignore else ()
            line, column = token.start
            alone = not token.line[:column].strip()
            yield Pragma(line, column + match.start() + 1, codes, alone)
