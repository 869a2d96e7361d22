"""Statements: what no kind describes yet, as text that creates it, drops it and finds it.

The name is a label within the stack's database. `check` reads alone, and its first row means that
the object is there; without it an applied statement counts as done.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, ClassVar, Final

from ..names import Sql
from ..sql.compare import same_sql
from ..sql.tokens import tokens
from ..stack import Stack
from ..values import Key, OperationClass, Payload
from .annotations import SqlText
from .base import Change, Kind, Mistake, Resource, Spec
from .reading import Answer, Query, Scope

_UNREADABLE: Final = {"readable": False}
# What each text may begin with.
_FIRST: Final = {
    "create": ("CREATE", "ALTER", "GRANT", "COMMENT"),
    "drop": ("DROP", "ALTER", "REVOKE"),
    "check": ("SHOW", "DESCRIBE", "DESC", "SELECT", "WITH"),
}
# Options that hold a secret: https://docs.snowflake.com/en/sql-reference/sql/create-secret,
# create-user, create-stage, create-security-integration-oauth-snowflake.
_SECRET: Final = frozenset(
    (
        "PASSWORD", "SECRET_STRING", "CREDENTIALS", "AWS_SECRET_KEY", "AWS_TOKEN", "API_KEY",
        "AZURE_SAS_TOKEN", "OAUTH_CLIENT_SECRET", "OAUTH_REFRESH_TOKEN", "MASTER_KEY",
        "PRIVATE_KEY", "CLIENT_SECRET",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Spec):
    """`create` brings it about; `drop` takes it back, and nothing does when it is absent; `check`
    returns a row while it is there."""

    comment: str = field(default="", compare=False)
    create: Annotated[str, SqlText("statement")] = field(default="", metadata=_UNREADABLE)
    drop: Annotated[str, SqlText("statement")] = field(default="", metadata=_UNREADABLE)
    check: Annotated[str, SqlText("query")] = field(default="", metadata=_UNREADABLE)


class StatementKind(Kind[Statement]):
    name = "statement"
    level = "database"
    spec_type = Statement
    order = 80
    drop_class: ClassVar[OperationClass] = "loss"
    gone_by_hand = "is not found any more"
    has_owner = False
    query_fields = ("create",)
    checks_apart = True

    def check(self, name: str, spec: Statement, stack: Stack) -> Iterator[Mistake]:
        if not spec.create:
            yield Mistake("create", "a statement needs create", "add create: CREATE …")
        for item, first in _FIRST.items():
            words = [text.upper() for _, text in tokens(getattr(spec, item))]
            if words and words[0] not in first:
                remedy = f"begin with {', '.join(first[:-1])} or {first[-1]}"
                yield Mistake(item, f"{item} begins with {words[0]}", remedy)
            if item == "check" and any(word.startswith("SYSTEM$") for word in words):
                yield Mistake(item, "check calls a SYSTEM$ function", "let it only read: SHOW …")
            secret = holds_secret(getattr(spec, item))
            if secret:
                yield Mistake(
                    item, f"{secret} would stand in plans and in the journal",
                    "create what holds a secret by hand, and list it under external:",
                )  # fmt: skip

    def queries(self, scope: Scope) -> Iterable[Query]:
        for text, names in scope.checks.items():
            yield Query(text, optional=True, about=names)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        for answer in answers:
            for name in answer.query.about if answer.rows else ():
                yield Resource(Key(self.name, name), Statement())

    def create(self, name: str, spec: Statement) -> Payload:
        return {"create": Sql(spec.create)}

    def drop(self, name: str, spec: Statement) -> Payload:
        return {"drop": Sql(spec.drop) if spec.drop else None}

    def difference(self, name: str, desired: Statement, actual: Statement) -> Iterator[Change]:
        # One that was found and never applied tells nothing of itself: it is taken as it is.
        if not actual.create or same_sql(desired.create, actual.create):
            return
        again = " ".join(text.upper() for _, text in list(tokens(desired.create))[:3])
        changes = again.startswith(("ALTER", "GRANT", "COMMENT", "CREATE OR ALTER"))
        dropped = actual.drop if actual.drop and not again.startswith("CREATE OR") else ""
        payload = {**self.create(name, desired), "drop": None}
        if dropped and not changes:
            payload["drop"] = Sql(dropped)
        yield Change("replace", "its text changes", payload, "safe" if changes else "loss")


def holds_secret(text: str) -> str:
    """The option of a statement that holds a secret, such as PASSWORD; "" when none does."""
    words = [word.upper() for _, word in tokens(text)]
    pairs = pairwise(words)
    return next((word for word, after in pairs if word in _SECRET and after == "="), "")


def checks_of(
    desired: Iterable[tuple[str, Statement]], applied: Iterable[tuple[str, Statement]]
) -> dict[str, tuple[str, ...]]:
    """The questions whether statements are there, each with the names that it answers for.

    Args:
        desired: Names and specs; what they say counts.
        applied: Those that ran: without a question they count as done.
    """
    known = dict(applied)
    found: dict[str, list[str]] = {}
    for name, spec in {**known, **dict(desired)}.items():
        text = spec.check or ("SELECT CURRENT_ACCOUNT() AS ACCOUNT" if name in known else "")
        if text:
            found.setdefault(text, []).append(name)
    return {text: tuple(sorted(names)) for text, names in sorted(found.items())}
