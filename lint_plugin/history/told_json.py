"""A look through a history as one JSON document, `hushflake.check-history/1`."""

import json
from collections.abc import Iterator
from typing import Any

from ..known import sought
from .model import Commit, History, Literal


def report(history: History, **_: bool) -> Iterator[str]:
    """Yield the document."""
    from ..explain import rule_url

    document: dict[str, Any] = {
        "format": "hushflake.check-history/1",
        "literals": [_literal(literal) for literal in history.literals],
        "rules": {
            code: {"url": rule_url(code)}
            for code in sorted({literal.code for literal in history.literals})
        },
        "skipped": [
            {"path": each.path, "reason": each.kind, "message": each.message}
            for each in history.skipped
        ],
        "notes": list(history.notes),
        "summary": {
            "commits": history.commits,
            "versions": history.versions,
            "known": history.known,
            "literals": len(history.literals),
            "secrets": len({literal.fingerprint for literal in history.literals}),
            "at_head": sum(literal.at_head for literal in history.literals),
            "before": history.before,
            "passed_over": dict(history.passed_over),
        },
    }
    if history.sought is not None:
        document["known"] = sought.document(history.sought)
    yield json.dumps(document, indent=2)


def _literal(literal: Literal) -> dict[str, Any]:
    told: dict[str, Any] = {
        "path": literal.path,
        "line": literal.line,
        "code": literal.code,
        "name": literal.name,
        "message": literal.message,
        "severity": literal.severity,
        "fingerprint": literal.fingerprint,
        "first": _commit(literal.first),
        "last": _commit(literal.last),
        "at_head": literal.at_head,
        "branches": list(literal.refs.branches),
        "tags": list(literal.refs.tags),
        "other_refs": list(literal.refs.others),
        "more_refs": literal.refs.more,
    }
    return {**told, "cell": literal.cell} if literal.cell else told


def _commit(commit: Commit) -> dict[str, str]:
    return {"id": commit.id, "authored": commit.date}
