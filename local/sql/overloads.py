"""Which of several functions of one name a call means.

https://docs.snowflake.com/en/developer-guide/udf-stored-procedure-naming-conventions (overloading)
"""

from sqlglot import exp

from ..engine.catalogue import Object
from ..language.errors import compilation, unsupported
from ..language.types import DataType, from_json
from .expression_types import kind_of

# What a type becomes by itself, the nearest first.
# https://docs.snowflake.com/en/sql-reference/data-type-conversion
_BECOMES = {
    "NUMBER": ("FLOAT", "VARCHAR", "BOOLEAN", "VARIANT"),
    "FLOAT": ("NUMBER", "VARCHAR", "BOOLEAN", "VARIANT"),
    "VARCHAR": ("NUMBER", "FLOAT", "DATE", "TIMESTAMP_NTZ", "TIME", "BOOLEAN", "VARIANT"),
    "BOOLEAN": ("VARCHAR", "VARIANT"),
    "DATE": ("TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "VARCHAR", "VARIANT"),
    "TIMESTAMP_NTZ": ("TIMESTAMP_LTZ", "TIMESTAMP_TZ", "DATE", "VARCHAR", "VARIANT"),
    "ARRAY": ("VARIANT",),
    "OBJECT": ("VARIANT",),
}


def chosen(found: list[Object], arguments: list[exp.Expr]) -> Object:
    """Return the function among several with so many arguments that fits best.

    Raises:
        SqlError: None fits, or it cannot be told without the type of an argument.
    """
    if len(found) == 1:
        return found[0]
    name = found[0].name.partition("(")[0]
    kinds = [kind_of(argument) for argument in arguments]
    for number, (argument, kind) in enumerate(zip(arguments, kinds, strict=True), 1):
        if kind is None and not isinstance(argument, exp.Null):
            raise unsupported(
                f"calling {name}, of which there are several: the type of argument {number} is not "
                "known here; cast it"
            )
    # Of equals the first: a session's own come before the others.
    ranked = sorted(
        (cost, place)
        for place, function in enumerate(found)
        if (cost := _cost(function, kinds)) is not None
    )
    if not ranked:
        raise compilation(f"Invalid argument types for function '{name}'", 1044, "42P13")
    return found[ranked[0][1]]


def _cost(function: Object, kinds: list[DataType | None]) -> int | None:
    total = 0
    for argument, kind in zip(function.body["arguments"], kinds, strict=True):
        wanted = from_json(argument["type"]).base
        if kind is None or kind.base == wanted:
            continue
        if wanted not in _BECOMES.get(kind.base, ()):
            return None
        total += 1 + _BECOMES[kind.base].index(wanted)
    return total
