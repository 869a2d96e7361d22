"""The findings as a GitLab Code Quality report, which merge requests show beside the changes.

A list of objects with `description`, `check_name`, `fingerprint`, `severity` and `location`.
https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from ..finding import ERROR, Finding
from ..identity import identified
from ..outcome import Outcome

# Of info, minor, major, critical, blocker: what leaks a secret weighs more than a direct read.
_LEAKS = ("HSF3", "HSF4")


def report(outcome: Outcome, **_: bool) -> Iterator[str]:
    """Yield the report."""
    yield json.dumps([_entry(*pair) for pair in identified(outcome.findings)], indent=2)


def _entry(finding: Finding, identity: tuple[str, ...]) -> dict[str, Any]:
    # NUL stands in no path and no name, so that no two identities read alike.
    data = "\0".join(identity).encode("utf-8", "surrogatepass")
    return {
        "description": f"{finding.code} {finding.message}",
        "check_name": finding.code,
        "fingerprint": hashlib.sha256(data).hexdigest(),
        "severity": _severity(finding),
        "location": {"path": identity[0], "lines": {"begin": finding.in_file[0]}},
    }


def _severity(finding: Finding) -> str:
    if finding.severity != ERROR:
        return "info"
    return "critical" if finding.code.startswith(_LEAKS) else "major"
