"""What a history holds as a list of what to rotate, `hushflake.rotation/1`."""

from collections.abc import Iterator

from .model import History


def report(history: History, **_: bool) -> Iterator[str]:
    """Yield the document."""
    from ..rotation import document
    from ..rotation.model import of_history

    yield document.text(of_history(history.literals), has_history=True)
