"""ALTER SESSION, SET, UNSET and SHOW PARAMETERS."""

from typing import Any

from ..dispatch import Call
from ..errors import SqlError
from ..kinds.base import status
from ..parser import Parser
from ..session import PARAMETERS
from ..wire import Result

STARTS = ("SET", "UNSET")
# Parameters that change what answers mean: known, but only with the value that is in force here.
_FIXED = {"QUOTED_IDENTIFIERS_IGNORE_CASE", "TIMEZONE", "TIMESTAMP_TYPE_MAPPING"}


def run(call: Call) -> Result:
    """Set or forget session variables."""
    from ..translate.context import Context
    from ..translate.dialect import parse_expression, write
    from ..translate.query import translate_tree, used_parameters

    parser, session = call.parser, call.session
    if parser.take().upper == "UNSET":
        names = parser.names() if parser.looking_at("(") else [parser.identifier()]
        parser.end()
        for name in names:
            session.variables.pop(name, None)
        return status("Statement executed successfully.")
    many = parser.looking_at("(")
    names = parser.names() if many else [parser.identifier()]
    parser.expect("=")
    texts = [parser.rest()]
    if many:
        inner = Parser(texts[0])
        texts = inner.listed(lambda: inner.text_until(",", ")"))
    if len(texts) != len(names):
        raise SqlError(
            "SQL compilation error:\nThe counts of names and values differ.", 1003, "42000"
        )
    context = Context(session, call.bindings)
    for name, text in zip(names, texts, strict=True):
        sql = "SELECT " + write(translate_tree(parse_expression(text), context))
        row = session.cursor.execute(sql, used_parameters(sql, context) or None).fetchone()
        session.variables[name] = row[0] if row else None
    return status("Statement executed successfully.")


def alter_session(call: Call) -> Result:
    """Run ALTER SESSION; the keywords are consumed."""
    parser, session = call.parser, call.session
    if parser.accept("UNSET"):
        while True:
            session.parameters.pop(_known(parser), None)
            if not parser.accept(","):
                break
    else:
        parser.expect("SET")
        while not parser.at_end():
            name = _known(parser)
            parser.expect("=")
            set_parameter(session.parameters, name, parser.value())
            parser.accept(",")
    parser.end()
    return status("Statement executed successfully.")


def set_parameter(parameters: dict[str, Any], name: str, value: Any) -> None:
    """Set a session parameter.

    Raises:
        SqlError: It is not known, or would change what the local stack cannot change.
    """
    if name not in PARAMETERS:
        raise _unknown(name)
    if isinstance(PARAMETERS[name], bool) and isinstance(value, str):
        value = value.upper() == "TRUE"
    if name in _FIXED and str(value).upper() not in {str(PARAMETERS[name]).upper(), "ETC/UTC"}:
        raise SqlError(
            f"SQL compilation error:\nUnsupported feature '{name} = {value}' (the local stack "
            f"always has {PARAMETERS[name]}).",
            2,
            "0A000",
        )
    parameters[name] = value


def _known(parser: Parser) -> str:
    name = parser.identifier()
    if name not in PARAMETERS:
        raise _unknown(name)
    return name


def _unknown(name: str) -> SqlError:
    return SqlError(f"SQL compilation error:\ninvalid parameter '{name}'", 1006, "22023")
