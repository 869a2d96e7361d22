"""The findings in SARIF 2.1.0, for code scanning services.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ..finding import ERROR, Finding, Skipped
from ..outcome import Outcome

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def report(outcome: Outcome, **_: bool) -> Iterator[str]:
    """Yield the log."""
    codes = sorted({finding.code for finding in outcome.findings})
    results = [_result(finding, codes.index(finding.code), outcome) for finding in outcome.findings]
    yield log(codes, results, outcome.skipped)


def log(codes: Sequence[str], results: list[dict[str, Any]], skipped: Iterable[Skipped]) -> str:
    """Return a log with one run.

    Args:
        codes: The rules of the results, which name them by their index.
        results: As SARIF has them.
        skipped: What was not checked.
    """
    from importlib.metadata import version

    told = list(skipped)
    run = {
        "tool": {
            "driver": {
                "name": "hushflake",
                "version": version("hushflake"),
                "rules": [_rule(code) for code in codes],
            }
        },
        # Columns count characters, not UTF-16 units.
        "columnKind": "unicodeCodePoints",
        "results": results,
        "invocations": [
            {
                "executionSuccessful": not any(each.failed for each in told),
                "toolExecutionNotifications": [_notification(each) for each in told],
            }
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> dict[str, Any]:
    from ..explain import rule_url
    from ..registry import documentation, title

    text = _plain(documentation(code))
    return {
        "id": code,
        "shortDescription": {"text": _plain(title(code))},
        "fullDescription": {"text": text},
        "help": {"text": text},
        "helpUri": rule_url(code),
    }


def _plain(text: str) -> str:
    return re.sub(r"[ \n]+", " ", text.replace("`", ""))


def _result(finding: Finding, index: int, outcome: Outcome) -> dict[str, Any]:
    line, column, end_line, end_column = finding.in_file
    region: dict[str, Any] = {
        "startLine": line,
        "startColumn": column,
        "endLine": max(end_line, line),
        "endColumn": end_column or column + 1,
    }
    excerpt = outcome.excerpts.get(finding.spot)
    if excerpt:
        region["snippet"] = {"text": excerpt[0]}
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": "error" if finding.severity == ERROR else "note",
        "message": {"text": finding.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(finding.path)},
                    "region": region,
                },
                **_logical(finding),
            }
        ],
    }


def _logical(finding: Finding) -> dict[str, Any]:
    names = [f"cell {finding.cell}"] * bool(finding.cell) + [finding.scope] * bool(finding.scope)
    return {"logicalLocations": [{"fullyQualifiedName": name} for name in names]} if names else {}


def _notification(skipped: Skipped) -> dict[str, Any]:
    return {
        "level": "error" if skipped.failed else "warning",
        "message": {"text": f"not checked: {skipped.message}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(skipped.path)},
                    "region": {"startLine": skipped.line, "startColumn": skipped.column},
                }
            }
        ],
    }


def uri(path: str) -> str:
    """Return a path as a URI reference, absolute ones with the scheme `file`."""
    # A name need not be text: its bytes are quoted.
    text = quote(os.fsencode(path.replace("\\", "/")), safe="/!$&'()*+,;=@~-._")
    return f"file://{text}" if text.startswith("/") else text
