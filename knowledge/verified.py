"""Verified queries: questions of which somebody has found the SQL that answers them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from hushflake.deploy.errors import StatementError
from hushflake.schema.kinds.semantic_view_spec import SemanticView, VerifiedQuery

from .base import Base
from .statement import Rows, run_reading

# Cosine of two questions by the local stack's model: of 26 paraphrases of 8 questions, 18 are at or
# above, all with the right question nearest; of 29 other questions none is (the nearest: 0.731).
ENOUGH: Final = 0.75
_MODEL: Final = "e5-base-v2"
_SIMILAR: Final = (
    "SELECT INDEX AS PLACE, VECTOR_COSINE_SIMILARITY(\n"
    f"  AI_EMBED('{_MODEL}', 'query: ' || ?), AI_EMBED('{_MODEL}', 'query: ' || VALUE::VARCHAR)\n"
    ") AS SIMILARITY\n"
    "FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))\n"
    "ORDER BY SIMILARITY DESC NULLS LAST, PLACE LIMIT 1"
)


@dataclass(frozen=True)
class Verified:
    """A verified query and the full name of its view."""

    view: str
    query: VerifiedQuery


@dataclass(frozen=True)
class Checked:
    """What came of running a verified query; `failure` is "" when it returned rows."""

    verified: Verified
    rows: int
    failure: str

    def to_plain(self) -> dict[str, Any]:
        """The outcome as JSON values; docs/formats.md has the format."""
        return {
            "view": self.verified.view,
            "name": self.verified.query.name.text,
            "question": self.verified.query.question,
            "rows": self.rows,
            "failure": self.failure,
        }


def verified_queries(base: Base) -> tuple[Verified, ...]:
    """Return the verified queries of the stack's semantic views."""
    return tuple(
        Verified(key.name, query)
        for key, resource in base.desired.resources.items()
        if resource is not None and isinstance(resource.spec, SemanticView)
        for query in resource.spec.verified_queries
    )


def covering(base: Base, question: str) -> Verified | None:
    """Return the verified query that answers a question, if one does.

    The same words do everywhere. On a local stack a similar question does as well: `ENOUGH` is
    measured with its model, and with no other.
    """
    known = verified_queries(base)
    for item in known:
        if _words(item.query.question) == _words(question):
            return item
    if not known or not base.stack.is_local:
        return None
    listed = json.dumps([item.query.question for item in known])
    rows = base.session.query(_SIMILAR, (question, listed))
    best = rows[0] if rows else None
    if best is None or best["SIMILARITY"] is None or float(best["SIMILARITY"]) < ENOUGH:
        return None
    return known[int(best["PLACE"])]


def run_verified(base: Base, item: Verified, limit: int) -> Rows:
    """Run a verified query.

    Raises:
        KnowledgeError: It does more than read.
        StatementError: The account refused it.
    """
    return run_reading(base.session, item.query.sql, limit, "the verified query")


def check_verified(base: Base) -> Iterator[Checked]:
    """Run every verified query of the stack: each must run, and return a row."""
    for item in verified_queries(base):
        try:
            _, rows = run_verified(base, item, 1000)
        except StatementError as error:
            yield Checked(item, 0, str(error))
        else:
            yield Checked(item, len(rows), "" if rows else "it returns no row")


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()
