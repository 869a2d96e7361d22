"""What is known of one hard-coded secret, and what a run decides about all of them.

Values never print themselves: every field that holds one is left out of `repr`.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hushflake.lint_plugin.analysis import Access

Place = tuple[str, int, int]


@dataclass
class Spot:
    """One flagged place in one source.

    Attributes:
        code: The rule that flags it.
        start: Offset of the bytes that are the secret; of a whole literal those of the literal.
        end: Their end.
        line: From 1.
        column: From 1, in characters.
        value: The secret as a store keeps it: decoded, and of a URL without percent-encoding.
        names: What the key may be called, the best first.
        node: The expression in whose place something else comes.
        around: What `node` stands in, outermost first.
        is_whole: Whether the secret is all of the literal.
        safe: Of a part of a URL, the characters that it leaves as they are; None elsewhere.
        encoding: How the bytes of a bytes literal are kept as text; "" for text.
        read: The read whose default it is, where the whole read is rewritten.
        key: The key of a read that it is the default of, "" for others.
        reason: Why it is left, "" if it is not.
        at: Offset of what the rule flags: the place of reports.
    """

    code: str
    start: int
    end: int
    line: int
    column: int
    value: str = field(default="", repr=False)
    names: tuple[str, ...] = ()
    node: ast.expr | None = field(default=None, repr=False)
    around: Sequence[ast.AST] = field(default=(), repr=False)
    is_whole: bool = True
    safe: str | None = None
    encoding: str = ""
    read: Access | None = field(default=None, repr=False)
    key: str = ""
    reason: str = ""
    at: int = 0


@dataclass(frozen=True)
class Found:
    """A spot as other processes and the planning see it.

    Line and column are those of the source, of a notebook of all its cells together; `told` are
    line, column and cell as reports have them.
    """

    path: str
    line: int
    column: int
    code: str
    value: str = field(repr=False)
    names: tuple[str, ...]
    key: str
    in_test: bool
    reason: str = ""
    told: tuple[int, int, int] = (0, 0, 0)

    @property
    def place(self) -> Place:
        return self.path, self.line, self.column


@dataclass(frozen=True)
class Choices:
    """What a run decided. Pickles, for worker processes.

    Attributes:
        keys: Value -> key, outside of tests.
        fakes: Value -> what stands for it in tests.
        left: Places that are left, each with its reason.
    """

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    fakes: Mapping[str, str] = field(default_factory=dict, repr=False)
    left: Mapping[Place, str] = field(default_factory=dict, repr=False)
