"""The findings as workflow commands, which GitHub shows beside the changed lines.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Iterator

from hushflake.terminal.escape import visible

from ..finding import ERROR
from ..outcome import Outcome

IS_JSON = False


def report(outcome: Outcome, *, notes: bool = False, **_: bool) -> Iterator[str]:
    """Yield a command per finding; foreign text in it is escaped, then spelled as GitHub wants."""
    for finding in outcome.findings:
        if finding.severity != ERROR and not notes:
            continue
        level = "error" if finding.severity == ERROR else "notice"
        line, column, end_line, end_column = finding.in_file
        cell = f" in cell {finding.cell}" if finding.cell else ""
        properties = {
            "file": finding.path,
            "line": str(line),
            "endLine": str(max(end_line, line)),
            "col": str(column),
            "title": finding.code + cell,
        }
        # A range over several lines has no columns there.
        if end_line == line:
            properties["endColumn"] = str(end_column)
        told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        yield f"::{level} {told}::{_message(f'{finding.code} {finding.message}')}"


def _message(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
