"""WITH … AS PROCEDURE … CALL: a procedure that is not kept.

https://docs.snowflake.com/en/sql-reference/sql/call-with
"""

from ..language.errors import compilation
from ..language.parser import Parser
from ..language.results import Result
from ..objects.kinds.routines import read_definition
from ..sessions.call import Call
from .call import read_given
from .scripting.procedures import evaluated, fits, run_procedure


def begins(parser: Parser) -> bool:
    """Tell whether a statement is one of these."""
    return parser.looking_at("WITH") and any(
        parser.ahead(place).upper == "AS" and parser.ahead(place + 1).upper == "PROCEDURE"
        for place in (1, 2)
    )


def run(call: Call) -> Result:
    """Run the procedure with the rights of the caller."""
    parser, session = call.parser, call.session
    parser.expect("WITH")
    name = parser.identifier()
    parser.expect("AS", "PROCEDURE")
    body = read_definition(parser, last=False)
    parser.expect("CALL")
    if parser.identifier() != name:
        raise compilation(
            f"Unknown user-defined procedure: this statement calls {name}", 2140, "42601"
        )
    given = read_given(parser)
    parser.end()
    if not fits(body["arguments"], given):
        raise compilation(f"{name} does not take these arguments", 2140, "42601")
    values = evaluated(session, given, call.bindings)
    return run_procedure(session, name, body, given, values)
