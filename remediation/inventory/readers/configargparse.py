"""ConfigArgParse: https://github.com/bw2/ConfigArgParse."""

import ast
from collections.abc import Iterator

from hushflake.lint_plugin.module import Module

from ..types import type_of_cast
from .base import FileUse, KeyUse, word_of

NAME = "configargparse"
FORM = "cli-option"
WORDS = (b"configargparse",)


def keys(module: Module) -> Iterator[KeyUse]:
    """Yield the variables of options with `env_var=`, and the pattern of `auto_env_var_prefix=`."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        named = getattr(word_of(node, "env_var"), "value", None)
        if isinstance(named, str) and named:
            kind, _ = type_of_cast(word_of(node, "type"))
            required = getattr(word_of(node, "required"), "value", False) is True
            yield KeyUse(named, node, word_of(node, "default"), required, kind)
        prefix = getattr(word_of(node, "auto_env_var_prefix"), "value", None)
        if isinstance(prefix, str) and prefix:
            yield KeyUse(f"{prefix}*".upper(), node)


def files(_module: Module) -> Iterator[FileUse]:
    """It reads no .env file by itself."""
    return iter(())
