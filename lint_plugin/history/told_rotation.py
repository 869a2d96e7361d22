"""What a history holds as a list of what to rotate, in Markdown."""

from collections.abc import Iterator

from .model import History

IS_JSON = False


def report(history: History, *, notes: bool = False) -> Iterator[str]:
    """Yield the lines."""
    from ..rotation import markdown
    from ..rotation.model import of_history

    yield from markdown.lines(of_history(history.literals), notes=notes, has_history=True)
