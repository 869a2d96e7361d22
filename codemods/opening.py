"""Which kind of file is opened by what. The kinds that are rare are imported when one is there."""

from collections.abc import Callable

from hushflake.lint_plugin.analysis import ParseFailure, parse
from hushflake.lint_plugin.kinds.base import Kind

from .opened import Opened


def open_file(kind: Kind, data: bytes, path: str) -> Opened | ParseFailure:
    """Return a file as transforms see it, or why it cannot be read."""
    other = _OTHERS.get(kind.name)
    if other is not None:
        return other(data)
    source = parse(data, path)
    return source if isinstance(source, ParseFailure) else Opened(source)


def _notebook(data: bytes) -> Opened | ParseFailure:
    from .notebook import opened

    return opened(data)


# Name -> what opens it, for the kinds that are more than Python.
_OTHERS: dict[str, Callable[[bytes], Opened | ParseFailure]] = {"notebook": _notebook}
