"""The credentials among the findings as a list of what to rotate, `hushflake.rotation/1`."""

from collections.abc import Iterator

from ..outcome import Outcome

FINGERPRINTS = True


def report(outcome: Outcome, **_: bool) -> Iterator[str]:
    """Yield the document."""
    from ..rotation import document
    from ..rotation.model import of_findings

    yield document.text(of_findings(outcome.findings), has_history=False)
