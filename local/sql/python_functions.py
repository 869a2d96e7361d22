"""Calls of functions in Python, where the stack runs them."""

from sqlglot import exp

from ..engine.catalogue import Object
from ..engine.python.functions import PythonFunctions
from ..language.errors import unsupported
from ..language.types import from_json
from ..sessions.session import Session
from .context import call, cast
from .functions.types import convert
from .native import FORMS

_NESTED = {"VARIANT", "OBJECT", "ARRAY"}


def python_call(session: Session, function: Object, arguments: list[exp.Expr]) -> exp.Expr:
    """Return the call of a function in Python: arguments go there, and the result comes, as texts.

    Raises:
        SqlError: The stack does not run functions in Python, or not one of this form.
    """
    name = function.name.partition("(")[0]
    if not session.engine.has(PythonFunctions):
        raise unsupported(
            f"calling {name}, a function in Python: off unless the stack is started with "
            "`hushflake stack start --python-functions`"
        )
    if "returns" not in function.body or function.body.get("imports"):
        raise unsupported(
            f"calling {name}: a function in Python with imports, or that gives a table"
        )
    given = []
    for argument, value in zip(function.body["arguments"], arguments, strict=True):
        kind = from_json(argument["type"])
        form = "v" if kind.base in _NESTED else "t"
        made = convert(value, kind)
        if kind.base.startswith("TIMESTAMP"):
            # As Python reads it, whatever the session shows.
            given.append(cast(call("hush.moment", made), "VARCHAR"))
        else:
            given.append(FORMS[form](made))
    key = cast(exp.Literal.number(function.id), "BIGINT")
    listed = cast(call("list_value", *given), "VARCHAR[]")
    made = call("hush_python", key, listed)
    returns = from_json(function.body["returns"])
    if returns.base in _NESTED:
        return cast(made, "JSON")
    if returns.base == "BINARY":
        return call("unhex", made)
    return convert(made, returns)
