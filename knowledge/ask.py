"""Questions in plain words answered by SQL: Cortex Analyst over the compiled semantic views.

Where a stack has no Analyst, a verified query that covers the question answers it, otherwise what
the search finds; the answer says so.
Source of the shapes: Snowflake documentation, "Cortex Analyst REST API".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Any, Final, Literal

from hushflake.deploy.errors import StatementError
from hushflake.deploy.rest import RestError, post
from hushflake.schema.names import Identifier, QualifiedName

from .access import left_out_note
from .base import Base
from .errors import KnowledgeError, require_text
from .search import Hit, Search
from .statement import run_reading
from .verified import covering, run_verified

_ANALYSTS: Final = "the statement of Cortex Analyst's answer"
_PATH: Final = "/api/v2/cortex/analyst/message"
MOST_ROWS: Final = 1000
_EXPIRED: Final = 401
# Too many requests, and a service that is away for a moment.
_PASSING: Final = (_EXPIRED, 429, 503)
_PAUSES: Final = (0.5, 2.0)  # seconds
# The documented answers of an account or role without Analyst.
_WITHOUT: Final = {
    403: "this role may not use Cortex Analyst, or the account has none",
    404: "this account has no Cortex Analyst",
}


@dataclass(frozen=True)
class Answer:
    """What came of a question.

    Attributes:
        text: Analyst's words; "" when it gave none.
        sql: The statement that was run; "" when there is none.
        columns, rows: Its result, at most `MOST_ROWS` rows.
        suggestions: Questions that Analyst could answer instead.
        hits: What the search found, when there is no Analyst.
        note: Why it is not Analyst's answer, or a warning of Analyst's.
        verified: The question of the verified query that was run; "" when none was.
    """

    question: str
    text: str = ""
    sql: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    suggestions: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    note: str = ""
    verified: str = ""

    @property
    def by(self) -> Literal["analyst", "verified", "search"]:
        """What answered."""
        return "search" if self.by_search else "verified" if self.verified else "analyst"

    @property
    def by_search(self) -> bool:
        return bool(self.hits)


def semantic_views(base: Base) -> tuple[str, ...]:
    """Return the full names of the stack's semantic views."""
    return tuple(key.name for key in base.desired.resources if key.kind == "semantic_view")


def ask(base: Base, question: str, *, limit: int = MOST_ROWS) -> Answer:
    """Answer a question.

    Raises:
        RestError: Analyst refused, or did not answer.
        KnowledgeError: Analyst answered with a statement that does more than read.
        StatementError: The account refused the statement.
    """
    require_text(question, "the question")
    if base.stack.is_local:
        return _without(base, question, limit, "a local stack has no Cortex Analyst")
    every = semantic_views(base)
    if not every:
        return _without(base, question, limit, f"stack {base.stack.name} has no semantic view")
    views = _usable(base, every)
    if not views:
        return _without(base, question, limit, "this role may use no semantic view")
    left_out = [QualifiedName.parse(name).last.text for name in every if name not in views]
    try:
        message = _message(base, question, views)
    except RestError as error:
        if error.status not in _WITHOUT:
            raise
        return _without(base, question, limit, _WITHOUT[error.status])
    blocks = list(_blocks(message))
    sql = next((str(b["statement"]) for b in blocks if b["type"] == "sql"), "")
    columns, rows = run_reading(base.session, sql, limit, _ANALYSTS) if sql else ((), ())
    return Answer(
        question,
        text="\n".join(str(b["text"]) for b in blocks if b["type"] == "text"),
        sql=sql,
        columns=columns,
        rows=rows,
        suggestions=tuple(
            str(s) for b in blocks if b["type"] == "suggestions" for s in b["suggestions"]
        ),
        note="; ".join(
            [
                *([left_out_note(left_out)] if left_out else []),
                *(str(w.get("message", "")) for w in message.get("warnings") or ()),
            ]
        ),
    )


def _usable(base: Base, views: tuple[str, ...]) -> tuple[str, ...]:
    """Return the views that the role sees: Analyst refuses a question over one that it may not use.

    SHOW lists what a role has a privilege on (Snowflake documentation, "SHOW SEMANTIC VIEWS").
    """
    try:
        rows = base.session.query(
            f"SHOW SEMANTIC VIEWS IN DATABASE {Identifier.parse(base.stack.database).sql}"
        )
    except StatementError:
        return views
    names = ("database_name", "schema_name", "name")
    seen = {QualifiedName.of(*(row[name] for name in names)).sql for row in rows}
    return tuple(name for name in views if name in seen)


def _without(base: Base, question: str, limit: int, why: str) -> Answer:
    """The answer without Analyst: of a verified query if one covers the question."""
    found = covering(base, question)
    if found is not None:
        try:
            columns, rows = run_verified(base, found, limit)
        except StatementError as error:
            why = f"{why}, and the verified query {found.query.name.text} failed ({error})"
        else:
            name = f"{found.query.name.text} of {found.view}"
            return Answer(
                question,
                sql=found.query.sql,
                columns=columns,
                rows=rows,
                note=f"{why}; this is the verified query {name}: {found.query.question}",
                verified=found.query.question,
            )
    return _by_search(base, question, why)


def _by_search(base: Base, question: str, why: str) -> Answer:
    found = Search(base).ask(question)
    what = "so no figures can be computed; these are the rows closest to the question"
    note = "; ".join((f"{why}, {what}", *found.notes))
    return Answer(question, hits=found.hits, note=note)


def _message(base: Base, question: str, views: tuple[str, ...]) -> Mapping[str, Any]:
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": question}]}],
        "stream": False,
    }
    if len(views) == 1:
        body["semantic_view"] = views[0]
    else:
        body["semantic_models"] = [{"semantic_view": view} for view in views]
    for pause in (*_PAUSES, None):
        try:
            return post(base.session, _PATH, body)
        except RestError as error:
            if pause is None or error.status not in _PASSING:
                raise
            if error.status == _EXPIRED:
                base.session.query("SELECT 1")  # the connector gets a new token
            else:
                sleep(pause)
    raise AssertionError("unreachable: the last try returns or raises")


def _blocks(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = message.get("message")
    content = inner.get("content") if isinstance(inner, Mapping) else None
    if not isinstance(content, list):
        raise KnowledgeError("Cortex Analyst's answer has no message content")
    yield from (block for block in content if isinstance(block, Mapping) and "type" in block)
