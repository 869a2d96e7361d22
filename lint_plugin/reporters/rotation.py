"""The credentials among the findings as a list of what to rotate, in Markdown."""

from collections.abc import Iterator

from ..outcome import Outcome

IS_JSON = False
FINGERPRINTS = True


def report(outcome: Outcome, *, notes: bool = False, **_: bool) -> Iterator[str]:
    """Yield the lines; foreign text in them is escaped."""
    from hushflake.terminal.escape import visible

    from ..rotation import markdown
    from ..rotation.model import of_findings

    entries = of_findings(outcome.findings)
    yield from map(visible, markdown.lines(entries, notes=notes, has_history=False))
