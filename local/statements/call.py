"""CALL: a procedure in SQL, with the rights of its owner or of its caller.

https://docs.snowflake.com/en/sql-reference/sql/call
"""

from ..language.errors import compilation
from ..language.parser import Parser
from ..language.results import Result
from ..sessions.call import Call
from .running.runner import run_one
from .scripting.procedures import Given, evaluated, fits, run_procedure, same_types

STARTS = ("CALL",)


def run(call: Call) -> Result:
    """Run CALL."""
    parser, session = call.parser, call.session
    parser.expect("CALL")
    name = parser.name()
    given = read_given(parser)
    parser.end()
    if name.last.startswith("SYSTEM$"):
        texts = ", ".join(each.text for each in given)
        return run_one(session, f"SELECT {name.last}({texts})", call.bindings)
    schema = session.names.find_schema(name.database, name.schema)
    found = session.names.visible(
        item
        for item in session.temporary.with_own(schema, "PROCEDURE")
        if item.name.partition("(")[0] == name.last and fits(item.body["arguments"], given)
    )
    if not found:
        raise compilation(f"Unknown user-defined procedure {name}", 2140, "42601")
    values = evaluated(session, given, call.bindings)
    if len(found) > 1:
        found.sort(key=lambda item: not same_types(item.body["arguments"], values))
    item = found[0]
    session.identity.require("USAGE", item)
    by_owner = item.body.get("execute_as", "OWNER") == "OWNER"
    owned = item if by_owner else None
    return run_procedure(session, name.last, item.body, given, values, owned)


def read_given(parser: Parser) -> list[Given]:
    """Consume the arguments of a CALL, `(value, name => value, …)`."""
    inner = Parser(parser.bracketed_text() or ")")
    found: list[Given] = []
    while not inner.at_end() and not inner.looking_at(")"):
        named = inner.here.kind in {"word", "quoted"} and inner.ahead().text == "=>"
        name = inner.identifier() if named else ""
        inner.accept("=>")
        if found and found[-1].name and not name:
            raise compilation("A named argument comes before one without a name", 1003, "42000")
        found.append(Given(name, inner.text_until(",")))
        inner.accept(",")
    return found
