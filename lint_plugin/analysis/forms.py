"""What an environment access is: its form, its key, and why it cannot be rewritten if so."""

import ast
from functools import cached_property

from .index import Index
from .scopes import Binding, Place
from .source import Span

# Form -> what it is. The first four can be rewritten.
FORMS = {
    "getenv": "os.getenv(…)",
    "environ.get": "os.environ.get(…)",
    "subscript": "os.environ[…], read",
    "membership": "… in os.environ",
    "store": "os.environ[…] = …",
    "delete": "del os.environ[…]",
    "pop": "os.environ.pop(…)",
    "setdefault": "os.environ.setdefault(…)",
    "update": "os.environ.update(…)",
    "clear": "os.environ.clear()",
    "replace": "os.environ = …, os.getenv = …",
    "copy": "os.environ.copy()",
    "iteration": "for … in os.environ, .items(), .keys(), .values()",
    "mapping": "os.environ as a whole, passed on",
    "method": "a method of os.environ as a value",
    "function": "os.getenv as a value",
    "rebinding": "name = os.environ",
    "environb": "os.environb, os.getenvb",
    "putenv": "os.putenv, os.unsetenv",
    "import": "from os import environ, getenv",
}
READS = ("getenv", "environ.get", "subscript", "membership")

# Uses of the whole environment, which hand it on.
AS_A_WHOLE = ("copy", "iteration", "mapping")
# The reason of a read that decides whether the environment gets its key.
FEEDING = "feeds-environment"
# Reason code -> why an access is not rewritten.
REASONS = {
    "write": "changes the environment",
    "whole-mapping": "uses the environment as a whole",
    "value": "uses the function or method as a value",
    "bytes": "reads bytes",
    "import": "imports the name for others, or where the import cannot be taken away",
    "process": "changes the environment of the process behind os.environ",
    "rebound": "goes through a name that is not only read",
    "disputed": "the name means os on one path and something else on another",
    "unbound": "the name may not be bound yet there, or no longer",
    "star-import": "the name comes from a star import",
    "unresolved": "the name is bound nowhere in the file",
    "arguments": "has arguments that the function does not take, or unpacks them",
    "key-type": "the key is not a string",
    "chained": "is part of a chained comparison",
    "f-string": "is in an f-string that cannot be split",
    "t-string": "is in a t-string, which keeps the source of what it formats",
    FEEDING: "decides whether the environment gets that key, for libraries to read",
    "patched": "the file puts something else in the place of os.getenv or os.environ",
}


class Access:
    """One environment access.

    Attributes:
        form: A key of `FORMS`.
        reason: A key of `REASONS`, or "" if the access can be rewritten.
        node: The whole access: call, subscript, comparison, statement's name or alias.
        name: The attribute chain or name that stands for `os.environ` or its like.
        key_node: The key, if the form has one.
        default: The default, if one is given; a written `None` is one.
        place: Where the first name of `name` stands, with its scope; of an import the statement.
        binding: What gave the first name its value; None if nothing in the file did.
    """

    __slots__ = (
        "__dict__", "binding", "default", "form", "index", "key_node", "name", "node", "place",
        "reason",
    )  # fmt: skip

    def __init__(
        self,
        index: Index,
        form: str,
        reason: str,
        node: ast.AST,
        name: ast.AST,
        place: Place,
        *,
        binding: Binding | None = None,
        key: ast.expr | None = None,
        default: ast.expr | None = None,
    ) -> None:
        self.index = index
        self.form = form
        self.reason = reason
        self.node = node
        self.name = name
        self.place = place
        self.binding = binding
        self.key_node = key
        self.default = default

    @property
    def key(self) -> str | None:
        """The key, if it is a string literal."""
        node = self.key_node
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return None

    @property
    def is_read(self) -> bool:
        """Whether it reads one key, rewritable or not."""
        return self.form in READS

    @cached_property
    def span(self) -> Span:
        """Where it stands."""
        return self.index.source.span(self.node)

    def __repr__(self) -> str:
        return f"<{self.form} {self.key!r} line {self.span.line} {self.reason or 'rewritable'}>"
