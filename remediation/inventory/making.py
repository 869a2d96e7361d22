"""Makes a `Read` of what was found: where it stands, what may be shown of its default."""

import ast
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import itemgetter

from hushflake.lint_plugin.credentials.display import carries_password, holds_credential
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.spans import secret_spans

from .defaults import Defaults
from .model import CREDENTIAL_KEY, Read, Via

ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Found:
    """A read with its key.

    Attributes:
        key: None for a key that is worked out when the program runs.
        read: The read.
        steps: See `following.things.Way`.
        presumed: Whether it counts only where no call is found that says more.
    """

    key: str | None
    read: Read
    steps: tuple[str, ...] = ()
    presumed: bool = False


@dataclass(frozen=True)
class How:
    """What all reads of one kind have in common; the fields are those of `model.Read`."""

    reader: str
    form: str
    via: Via = "environment"
    reason: str = ""
    sources: tuple[str, ...] = (ENVIRONMENT,)
    wrapper: str = ""
    any_case: bool = False


@dataclass(frozen=True)
class What:
    """What one read says of its key."""

    default: ast.expr | None = None
    required: bool = False
    type: str = ""
    secret: bool = False
    # The default stands in another file: `elsewhere` asks the rules about it.
    foreign: bool = False


def at_place(read: Read, place: str) -> Read:
    """Return a read as one that stands elsewhere. `place`: `path:line:column`."""
    path, line, column = place.rsplit(":", 2)
    return replace(read, path=path, line=int(line), column=int(column))


class Maker:
    """Makes the reads of one file."""

    def __init__(
        self, module: Module, defaults: Defaults, is_secret: Callable[[str], bool]
    ) -> None:
        self.module = module
        self.defaults = defaults
        self.is_secret = is_secret
        self._spans: list[tuple[int, int]] | None = None

    def read(self, name: str, node: ast.AST, how: How, what: What = What()) -> Found:
        """Return a read. `name`: the key, a pattern with `*`, or "" where nothing is known."""
        key, pattern, reason = (None, name, how.reason) if "*" in name else (name, "", how.reason)
        if holds_credential(name):
            # It names nothing, and is shown to nobody.
            key, pattern, reason = None, "", CREDENTIAL_KEY
        key, pattern = key or None, pattern if pattern.strip("*") else ""
        span = self.module.source.span(node)
        # Without a name to judge by, a default is shown to nobody.
        hidden = (
            key is None
            or what.secret
            or self.is_secret(key)
            or self.is_flagged(what.default, foreign=what.foreign)
        )
        read = Read(
            path=self.module.relative,
            line=span.line,
            column=span.column,
            form=how.form,
            via=how.via,
            default=self.defaults.of(what.default, hidden=hidden),
            required=what.required,
            type=what.type,
            reason=reason,
            in_test=self.module.is_test,
            pattern=pattern,
            reader=how.reader,
            sources=how.sources,
            wrapper=how.wrapper,
            secret=what.secret,
            any_case=how.any_case,
        )
        return Found(key, read)

    def place(self, node: ast.AST) -> str:
        """Return where a node stands, as `path:line:column`."""
        span = self.module.source.span(node)
        return f"{self.module.relative}:{span.line}:{span.column}"

    def is_flagged(self, default: ast.expr | None, *, foreign: bool = False) -> bool:
        """Say whether a secret rule flags something in a default, whatever its key is called."""
        if default is None or (isinstance(default, ast.Constant) and not default.value):
            return False
        if foreign or getattr(default, "lineno", None) is None:
            return isinstance(default, ast.Constant) and carries_password(str(default.value))
        start, end = self.module.source.range(default)
        if carries_password(self.module.source.text(start, end)):
            return True
        if self._spans is None:
            self._spans = secret_spans(self.module)
        at = bisect_right(self._spans, start, key=itemgetter(1))
        return at < len(self._spans) and self._spans[at][0] < end
