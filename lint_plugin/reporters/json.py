"""The findings as one JSON document, `hushflake.check/1`."""

import json
from collections.abc import Iterator

from ..outcome import Outcome


def report(outcome: Outcome, **_: bool) -> Iterator[str]:
    """Yield the document."""
    from ..explain import rule_url

    document = {
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
                "severity": finding.severity,
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
    yield json.dumps(document, indent=2)
