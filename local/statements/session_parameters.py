"""ALTER SESSION, SET, UNSET and SHOW PARAMETERS."""

from typing import Any

from ..language.errors import SqlError
from ..language.parser import Parser
from ..language.results import Result
from ..objects.kinds.base import status
from ..sessions.call import Call
from ..sessions.owned import require_own_rights
from ..sessions.parameters import checked, is_known
from ..sessions.session import Session

STARTS = ("SET", "UNSET")


def run(call: Call) -> Result:
    """Set or forget session variables."""
    from ..sql.context import Context
    from ..sql.dialect import parse_expression, write
    from ..sql.query import translate_tree
    from ..sql.rows import first_value

    parser, session = call.parser, call.session
    if parser.take().upper == "UNSET":
        names = parser.names() if parser.looking_at("(") else [parser.identifier()]
        parser.end()
        for name in names:
            session.settings.variables.pop(name, None)
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
        session.settings.variables[name] = first_value(session, sql, context)
    return status("Statement executed successfully.")


def alter_session(call: Call) -> Result:
    """Run ALTER SESSION; the keywords are consumed."""
    parser, session = call.parser, call.session
    require_own_rights(session.identity, "ALTER SESSION")
    if parser.accept("UNSET"):
        while True:
            name = parser.identifier()
            if not is_known(name):
                raise _unknown(name)
            _change(session, name, None)
            if not parser.accept(","):
                break
    else:
        parser.expect("SET")
        while not parser.at_end():
            name = parser.identifier()
            parser.expect("=")
            _change(session, name, checked(name, parser.value()))
            parser.accept(",")
    parser.end()
    return status("Statement executed successfully.")


def _change(session: Session, name: str, value: Any) -> None:
    if name == "AUTOCOMMIT":
        # What is open is committed: https://docs.snowflake.com/en/sql-reference/transactions
        session.transaction.commit()
    session.transaction.change_parameters({name: value})


def _unknown(name: str) -> SqlError:
    return SqlError(f"SQL compilation error:\ninvalid parameter '{name}'", 1006, "22023")
