"""One file under check: what rules ask of it, each worked out at the first question."""

import ast
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate

from .analysis import Access, Index, ParseFailure, Source, accesses, prefilter
from .analysis.source import parse_utf8
from .bindings import literals
from .credentials.candidates import LOOSE, bound_literals, hits, random_literals
from .credentials.names import Names
from .credentials.places import placed_literals
from .documentation import Documented
from .settings import Policy
from .silent import Silent, may_be_silent, silent
from .statements import Owners, blocks, spanning

# A wider line is data, and no comment of a person.
_WIDEST = 1000
# A file that is asked about more lines or literals gets a table of them all.
_MANY_LINES = 64
_MANY_LITERALS = 8


class Module:
    """A decoded file.

    Attributes:
        path: As the user named it.
        relative: As seen from the root of the settings, with `/`.
        utf8: The source; offsets and columns are those of `analysis.source`.
        policy: What the repository says about keys and files.
        names: Which names look secret here.
        enabled: The codes that are reported here.
    """

    def __init__(
        self,
        path: str,
        utf8: bytes,
        policy: Policy,
        names: Names,
        source: Source | None = None,
        enabled: frozenset[str] = frozenset(),
    ) -> None:
        self.path = path
        self.relative = policy.settings.relative(path)
        self.utf8 = utf8
        self.policy = policy
        self.names = names
        self.enabled = enabled
        self._asked = 0  # how often `path_to` was
        self._sought = 0  # how often `is_in_literal` was asked
        self._documented: dict[int, Documented] = {}  # by the identity of the statement
        if source is not None:
            self.parsed = source

    @cached_property
    def text(self) -> str:
        """The source with one character a byte, so that offsets agree. For searching only."""
        return self.utf8.decode("latin-1")

    @cached_property
    def lower(self) -> str:
        """`text` with ASCII letters in lower case."""
        return self.utf8.lower().decode("latin-1")

    @cached_property
    def parsed(self) -> Source | ParseFailure:
        """The source with its tree, or why there is none."""
        return parse_utf8(self.utf8, self.path)

    @cached_property
    def source(self) -> Source:
        """The source; with an empty tree if it does not parse. Positions hold either way."""
        return self.parsed if isinstance(self.parsed, Source) else self._unparsed

    @property
    def tree(self) -> ast.Module:
        """The tree, empty if the file does not parse."""
        return self.source.tree

    @property
    def has_outputs(self) -> bool:
        """Whether what the code has printed stands in its file, as in a notebook."""
        return False

    @cached_property
    def index(self) -> Index:
        """Names, scopes and what they stand for."""
        return Index(self.source)

    def release(self) -> None:
        """Let the memory of the index go at once, if there is one: see `Index.release`."""
        index = self.__dict__.get("index")
        if isinstance(index, Index):
            index.release()

    @cached_property
    def names_environment(self) -> bool:
        """Whether a word such as `environ` or `getenv` occurs at all."""
        return prefilter(self.utf8)

    @cached_property
    def accesses(self) -> Sequence[Access]:
        """Each environment access, in source order."""
        return accesses(self.index) if self.names_environment else ()

    @cached_property
    def may_be_silent(self) -> bool:
        """Whether the text can reach the environment without naming it."""
        return self.names_environment or may_be_silent(self.utf8)

    @cached_property
    def silent(self) -> Sequence[Silent]:
        """Each place that reaches the environment without naming it, in source order."""
        is_source = self.may_be_silent and isinstance(self.parsed, Source)
        return silent(self.index) if is_source else ()

    @cached_property
    def may_write_store(self) -> bool:
        """Whether it may put something into a secret store."""
        from .store_writers import may_write

        return may_write(self.utf8)

    @cached_property
    def secret_words(self) -> list[tuple[int, str]]:
        """Where words are that make a name secret-looking."""
        return hits(self.lower, self.names.searched)

    @cached_property
    def bound_offsets(self) -> list[int]:
        """Offsets of secret-looking names to which a credible literal may be bound."""
        found = bound_literals(self.text, self.secret_words, self.names, in_tests=self.is_test)
        return [*found, *placed_literals(self.text, self.lower)]

    @cached_property
    def bound_lines(self) -> list[int]:
        """Lines, in order, where a credible literal may be bound to a secret-looking name."""
        return self._lines(self.bound_offsets)

    @cached_property
    def random_lines(self) -> list[int]:
        """Lines, in order, with random text beside a secret word."""
        found = [(at, word) for at, word in self.secret_words if word not in LOOSE]
        return self._lines(random_literals(self.text, found))

    def _lines(self, offsets: Iterable[int]) -> list[int]:
        return sorted(set(map(self.line_of, offsets)))

    def line_of(self, offset: int) -> int:
        """Return the line of an offset, without parsing."""
        return self._unparsed.line_of(offset)

    @cached_property
    def _unparsed(self) -> Source:
        return Source(self.utf8, ast.Module([], []))

    @cached_property
    def is_test(self) -> bool:
        """Whether findings of made-up credentials weigh less here."""
        return self.policy.is_test(self.relative)

    def value_at(self, start: int, end: int) -> str:
        """Return the characters between two offsets."""
        return self.utf8[start:end].decode("utf-8", "replace")

    def is_prose(self, offset: int) -> bool:
        """Say whether a place stands in a comment or in documentation."""
        if self.is_documentation(offset):
            return True
        line = self.line_of(offset)
        start = self._unparsed.line_starts[line - 1]
        before = self.utf8[start : min(offset, start + _WIDEST)]
        if b"#" not in before or offset - start > _WIDEST:
            return False
        # Not the `#` in a literal: with quotes before it somebody may be clever, and is reported.
        comment = before[: before.index(b"#")]
        return not (comment.count(b"'") % 2 or comment.count(b'"') % 2)

    def is_documentation(self, offset: int) -> bool:
        """Say whether a place stands in a docstring, or in what a name calls documentation."""
        line = self.line_of(offset)
        around = self.path_to(line)
        if not around:
            return False
        known = self._documented.get(id(around[-1]))
        if known is None:
            known = self._documented[id(around[-1])] = Documented(around[-1])
        return line in known

    def is_in_literal(self, start: int, end: int) -> bool:
        """Say whether one literal of text holds all between two offsets, and its quotes more."""
        self._sought += 1
        if self._sought > _MANY_LITERALS:
            starts, ends = self._literals
            at = bisect_left(starts, start) - 1
            return at >= 0 and end < ends[at]
        for literal in literals(self.tree, [self.line_of(start)]):
            first, last = self.source.range(literal)
            if first < start and end < last:
                return True
        return False

    @cached_property
    def _literals(self) -> tuple[list[int], list[int]]:
        """Where literals begin, in order, and the last end of all that begin up to there."""
        every = range(1, len(self._unparsed.line_starts) + 1)
        ranges = sorted(map(self.source.range, literals(self.tree, every)))
        return [start for start, _ in ranges], list(accumulate((end for _, end in ranges), max))

    def path_to(self, line: int) -> list[ast.stmt]:
        """Return the statements around a line, outermost first.

        The last one is the innermost statement that spans the line.
        """
        self._asked += 1
        if self._asked > _MANY_LINES:
            return self._owners.path_to(line)
        found: list[ast.stmt] = []
        body: list[ast.stmt] = self.tree.body
        while body:
            inner = spanning(body, line)
            if inner is None:
                break
            found.append(inner)
            body = blocks(inner)
        return found

    @cached_property
    def _owners(self) -> Owners:
        return Owners(self.tree, len(self._unparsed.line_starts))

    def qualified_name(self, line: int) -> str:
        """Return the dotted names of the classes and functions around a line."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return ".".join(node.name for node in self.path_to(line) if isinstance(node, kinds))
