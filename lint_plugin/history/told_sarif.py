"""A look through a history in SARIF 2.1.0: a result per place, with its commits as properties."""

from collections.abc import Iterator
from typing import Any

from ..finding import ERROR
from ..reporters.sarif import log, uri
from .model import History, Literal
from .told_text import when


def report(history: History, **_: bool) -> Iterator[str]:
    """Yield the log."""
    codes = sorted({literal.code for literal in history.literals})
    results = [_result(literal, codes.index(literal.code)) for literal in history.literals]
    yield log(codes, results, history.skipped)


def _result(literal: Literal, index: int) -> dict[str, Any]:
    return {
        "ruleId": literal.code,
        "ruleIndex": index,
        "level": "error" if literal.severity == ERROR else "note",
        "message": {"text": f"{literal.message} ({when(literal)})"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(literal.path)},
                    # Of a notebook the line counts in a cell, and is none of the file.
                    **({} if literal.cell else {"region": {"startLine": literal.line}}),
                }
            }
        ],
        "partialFingerprints": {"hushflakeSecret/v1": literal.fingerprint},
        "properties": {
            "firstCommit": literal.first.id,
            "firstAuthored": literal.first.date,
            "lastCommit": literal.last.id,
            "lastAuthored": literal.last.date,
            "atHead": literal.at_head,
            "branches": list(literal.refs.branches),
            "tags": list(literal.refs.tags),
        },
    }
