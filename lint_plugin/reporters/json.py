"""The findings as one JSON document, `hushflake.check/1`."""

import json
from collections.abc import Iterator
from typing import Any

from ..finding import Finding
from ..known import sought
from ..outcome import Outcome


def report(outcome: Outcome, **_: bool) -> Iterator[str]:
    """Yield the document."""
    from ..explain import rule_url

    document: dict[str, Any] = {
        "format": "hushflake.check/1",
        "findings": [
            {
                "path": finding.path,
                "line": finding.line,
                "column": finding.column,
                "end_line": finding.end_line,
                "end_column": finding.end_column,
                "code": finding.code,
                "message": finding.message,
                "fixable": finding.fixable,
                "fix": finding.fix or None,
                "severity": finding.severity,
                **_in_notebook(finding),
            }
            for finding in outcome.findings
        ],
        "rules": {
            code: {"url": rule_url(code)}
            for code in sorted({finding.code for finding in outcome.findings})
        },
        "skipped": [
            {
                "path": each.path,
                "line": each.line,
                "column": each.column,
                "reason": each.kind,
                "message": each.message,
            }
            for each in outcome.skipped
        ],
        "summary": {
            "files": outcome.files,
            "findings": len(outcome.findings),
            "fixable": sum(finding.fixable for finding in outcome.findings),
            "in_baseline": outcome.in_baseline,
            "passed_over": dict(outcome.passed_over),
        },
    }
    if outcome.sought is not None:
        document["known"] = sought.document(outcome.sought)
    yield json.dumps(document, indent=2)


def _in_notebook(finding: Finding) -> dict[str, Any]:
    """Return the cell that lines and columns count in, and the place in the file."""
    if not finding.cell:
        return {}
    names = ("line", "column", "end_line", "end_column")
    return {"cell": finding.cell, "file": dict(zip(names, finding.in_file, strict=True))}
