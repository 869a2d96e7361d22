"""The door to LibCST: imported when the first span is rewritten, as most runs' files have none."""

from collections.abc import Collection

from .reshape_error import Name


def reshaped_read(
    text: str, function: str, *, key: str | None = None, drop_default: bool = False
) -> str:
    """Return the source of a reading expression as a call of `function`; see `reshape.as_call`."""
    from .reshape import as_call, expression

    return expression(text, as_call(function, key=key, drop_default=drop_default))


def without_names(statement: str, gone: Collection[Name]) -> str:
    """Return an import statement without some of its names; see `reshape.without_names`."""
    from . import reshape

    return reshape.without_names(statement, gone)


def with_names(statement: str, added: Collection[Name]) -> str:
    """Return a from-import with more names; see `reshape.with_names`."""
    from . import reshape

    return reshape.with_names(statement, added)
