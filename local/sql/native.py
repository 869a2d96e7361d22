"""Calls of the engine's functions in Python, and the forms that their arguments take."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from ..language.errors import SqlError, compilation, unsupported
from .context import Context, as_element, as_text, as_variant, call, cast, text

# `v` a VARIANT, `e` an element of an array (null is undefined), `t` a text, `i` a whole number, `b` a
# truth value, `f` a float.
FORMS: dict[str, Callable[[exp.Expr], exp.Expr]] = {
    "v": lambda node: cast(as_variant(node), "VARCHAR"),
    "e": lambda node: cast(as_element(node), "VARCHAR"),
    "t": lambda node: cast(as_text(node), "VARCHAR"),
    "i": lambda node: cast(node, "BIGINT"),
    "b": lambda node: cast(node, "BOOLEAN"),
    "f": lambda node: cast(node, "DOUBLE"),
}


def native(name: str, arguments: list[exp.Expr], forms: str, result: str = "") -> exp.Expr:
    """Return a call of one of the engine's functions in Python."""
    given = [FORMS[form](argument) for form, argument in zip(forms, arguments, strict=True)]
    made = call(f"hush_{name}", *given)
    return cast(made, result) if result else made


def listed(arguments: list[exp.Expr], form: str) -> exp.Expr:
    """Return a list of texts: arguments of a function that takes any number of them."""
    return call("list_value", *(FORMS[form](argument) for argument in arguments))


def by_table(table: dict[str, tuple[str, str, tuple[str, ...], str]]) -> dict[str, Any]:
    """Return the rewritings of calls that a table describes.

    A line: name in Snowflake -> name in the engine, the form of each argument, what stands in SQL for
    last arguments that are left out, and the type of the engine to which the answer is cast, or "".
    """
    return {name: _rewriting(name, *line) for name, line in table.items()}


def _rewriting(name: str, function: str, forms: str, defaults: tuple[str, ...], result: str) -> Any:
    least = len(forms) - len(defaults)

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if not least <= len(arguments) <= len(forms):
            raise count_wrong(name, least, len(forms), len(arguments))
        missing = len(forms) - len(arguments)
        filled = [*arguments, *(constant(default) for default in defaults[-missing:] if missing)]
        return native(function, filled, forms, result)

    return rewrite


def of_count(name: str, count: int, make: Callable[..., exp.Expr]) -> Any:
    """Return the rewriting of a call that takes so many arguments and no other number."""

    def rewrite(arguments: list[exp.Expr], context: Context) -> exp.Expr:
        if len(arguments) != count:
            raise count_wrong(name, count, count, len(arguments))
        return make(*arguments)

    return rewrite


def constant(sql: str) -> exp.Expr:
    """Return a literal: a truth value, a number, or the text in quotes."""
    if sql in {"true", "false"}:
        return exp.Boolean(this=sql == "true")
    return text(sql[1:-1]) if sql.startswith("'") else exp.Literal.number(sql)


def count_wrong(name: str, least: int, most: int, given: int) -> SqlError:
    """Return the error for too few or too many arguments (000938, 000939)."""
    many = "not enough" if given < least else "too many"
    expected = least if given < least else most
    return compilation(
        f"{many} arguments for function [{name}(…)], expected {expected}, got {given}",
        938 if given < least else 939,
        "22023",
    )


def array_of(arguments: list[exp.Expr]) -> exp.Expr:
    """Return an array of these elements; a null is undefined."""
    if not arguments:
        return cast(text("[]"), "JSON")
    return call("json_array", *(as_element(argument) for argument in arguments))


def path_of(node: exp.Expr) -> str:
    """Return the engine's path for one of GET_PATH, which must be a literal."""
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise unsupported("a path that is not a literal")
    path = str(node.this)
    return "$" + path if path.startswith("[") else "$." + path
