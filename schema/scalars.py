"""Scalars of YAML to values: each says what is wrong with it, and what would be right.

What a field takes decides what a scalar is: `no` is a name where a name is wanted.
"""

import math
import re
import types
from collections.abc import Callable, Mapping
from typing import Any, Final

import yaml

from hushflake.terminal.escape import visible

from .context import Context, FailedError
from .errors import SchemaError
from .kinds.annotations import Range, SqlText
from .names import Identifier, QualifiedName
from .nodes import Node
from .sql.gate import STEERING, mistake_in, without_last_comment
from .sql.variables import UnfitVariableError, put_in
from .suggest import one_of
from .types import normal_type

Convert = Callable[[Node, "Context"], Any]
MAX_TEXT: Final = 1_000_000
# A sign, and what 64 bits hold for sure.
MAX_DIGITS: Final = 19


def is_null(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("", "~", "null")


def text(node: Node, context: Context) -> str:
    return checked(context.text(node), node, context)


def checked(value: str, node: Node, context: Context) -> str:
    """Text without what no statement can hold, and not too long for one."""
    if not value.isprintable() and ("\0" in value or "\x1e" in value):
        raise context.fail(node, "text cannot hold a control character", "remove it")
    if len(value) > MAX_TEXT:
        # https://docs.snowflake.com/en/user-guide/query-size-limits
        raise context.fail(
            node, f"a text of {len(value)} characters", f"a statement takes {MAX_TEXT}; shorten it"
        )
    return value


# CREDENTIALS = (…) of COPY and CREATE STAGE, and what stands in it.
_CREDENTIAL: Final = re.compile(
    r"\bCREDENTIALS\s*=\s*\("
    r"|\b(?:PASSWORD|AWS_KEY_ID|AWS_SECRET_KEY|AWS_TOKEN|AZURE_SAS_TOKEN|MASTER_KEY|"
    r"OAUTH_CLIENT_SECRET|SECRET_STRING|PRIVATE_KEY)\s*=\s*'",
    re.IGNORECASE,
)


def sql_text(marker: SqlText) -> Convert:
    """SQL of the sort that a field takes, one of it, with its variables put in."""
    sort = marker.sort

    def convert(node: Node, context: Context) -> str:
        written = text(node, context) if sort == "body" else _with_variables(node, context)
        value = written.strip().rstrip(";").rstrip()
        if not value.isprintable() and (steering := STEERING.search(value)):
            raise context.fail(
                node,
                f"SQL cannot hold the character {visible(steering[0])}",
                "in a string, write it as that escape",
            )
        if "=" in value and (found := _CREDENTIAL.search(value)):
            word = found[0].partition("=")[0].strip().upper()
            raise context.fail(
                node,
                f"{word} would put a credential into a definition",
                "use a storage or external access integration",
            )
        value = "\n".join(line.rstrip() for line in value.splitlines())
        mistake = mistake_in(value, sort)
        if mistake is not None:
            skipped = len(written) - len(written.lstrip())
            at = context.within(node, written[:skipped] + value[: mistake.at])
            context.errors.append(SchemaError(mistake.message, mistake.remedy, at))
            raise FailedError
        return without_last_comment(value) if sort == "expression" else value

    return convert


def _with_variables(node: Node, context: Context) -> str:
    """The text with its variables put in where SQL can take each."""
    if not isinstance(node, yaml.ScalarNode) or "${" not in node.value:
        return text(node, context)
    try:
        value = put_in(node.value, lambda name: context.value_of(name, node))
    except UnfitVariableError as unfit:
        at = context.within(node, node.value[: unfit.at])
        context.errors.append(
            SchemaError(
                f"the variable ${{{unfit.name}}} is more than one name, number or string here",
                "write the SQL in the definition, and what differs by stack in the variable",
                at,
            )
        )
        raise FailedError from None
    return checked(value, node, context)


def boolean(node: Node, context: Context) -> bool:
    text = context.text(node)
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    raise context.fail(node, f"{text!r} is neither true nor false", "write true or false")


def integer(node: Node, context: Context) -> int:
    text = context.text(node).replace("_", "")
    if not re.fullmatch(r"-?(?:0|[1-9][0-9]*)", text):
        raise context.fail(node, f"{text[:80]!r} is not a whole number", "write digits only")
    if len(text) > MAX_DIGITS:
        raise context.fail(
            node, f"a number of {len(text)} digits", f"write at most {MAX_DIGITS - 1}"
        )
    return int(text)


def number(node: Node, context: Context) -> float:
    text = context.text(node)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise context.fail(node, f"{text[:80]!r} is not a number", "write digits")
    return value


def ranged(marker: Range, read: Convert) -> Convert:
    def convert(node: Node, context: Context) -> Any:
        value = read(node, context)
        if not marker.least <= value <= marker.most:
            limits = f"{marker.least} to {marker.most}"
            raise context.fail(node, f"{value} is out of range", f"write a number from {limits}")
        return value

    return convert


def keyword(
    words: tuple[Any, ...], aliases: Mapping[str, str] = types.MappingProxyType({})
) -> Convert:
    """A word of a closed list, in any case, with - and blanks like in Snowflake's spellings."""
    by_folded = {_folded(word): word for word in words}
    by_folded.update({_folded(alias): word for alias, word in aliases.items()})

    def convert(node: Node, context: Context) -> Any:
        text = context.text(node)
        word = by_folded.get(_folded(text))
        if word is None:
            raise context.fail(node, f"{text!r} is not known here", one_of(text, map(str, words)))
        return word

    return convert


def _folded(word: str) -> str:
    return word.strip("'\"").replace("-", "").replace("_", "").replace(" ", "").casefold()


def name_text(node: Node, context: Context) -> str:
    """The text of a name, all of which shows."""
    written = context.text(node)
    if visible(written) != written:
        raise context.fail(
            node, f"the name {visible(written)} holds a character that does not show", "remove it"
        )
    return written


def identifier(node: Node, context: Context) -> Identifier:
    try:
        return Identifier.parse(name_text(node, context))
    except SchemaError as error:
        raise context.fail(node, error.message, error.remedy) from None


def name(node: Node, context: Context) -> QualifiedName:
    try:
        return QualifiedName.parse(name_text(node, context))
    except SchemaError as error:
        raise context.fail(node, error.message, error.remedy) from None


def sql_type(node: Node, context: Context) -> str:
    try:
        return normal_type(context.text(node))
    except SchemaError as error:
        raise context.fail(node, error.message, error.remedy) from None
