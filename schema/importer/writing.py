"""Definitions as YAML text."""

from collections.abc import Sequence

import yaml

from hushflake.terminal.escape import visible

from ..sql.variables import VARIABLE
from .head import Definition
from .where import with_variables


class _Dumper(yaml.SafeDumper):
    """Queries as block text."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    text = with_variables(VARIABLE.sub(lambda match: f"${match[0]}", text))
    style = "|" if "\n" in text else None
    if visible(text, keep="\n") != text:
        style = '"'  # where escapes are read
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_multi_representer(str, _represent_text)


def dump(definitions: Sequence[Definition]) -> str:
    """Definitions as YAML: queries as block text, variables of the stack as `${name}`."""
    if not definitions:
        return "[]\n"
    text: str = yaml.dump(
        list(definitions), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110
    )
    return "".join(map(_escaped, text)) if visible(text, keep="\n") != text else text


def _escaped(character: str) -> str:
    """Spell a character that does not show, all of which stand in double quotes, as YAML does."""
    if visible(character, keep="\n") == character:
        return character
    return f"\\U{ord(character):08x}"
