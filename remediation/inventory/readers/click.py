"""Options of click and typer: https://click.palletsprojects.com/en/stable/options/."""

from collections.abc import Iterator

from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.silent.options import find

from .base import FileUse, KeyUse

NAME = "click"
FORM = "cli-option"
WORDS = (b"envvar",)


def keys(module: Module) -> Iterator[KeyUse]:
    """Yield the variables that options fall back to."""
    for found in find(module.index):
        for key in found.keys:
            yield KeyUse(key.name, key.node, key.default, key.required, key.type)


def files(_module: Module) -> Iterator[FileUse]:
    """It reads none."""
    return iter(())
