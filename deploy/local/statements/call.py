"""CALL: a procedure in SQL, statement by statement."""

import itertools
from typing import Any

from ..dispatch import Call
from ..errors import compilation, unsupported
from ..lexer import split
from ..parser import Parser
from ..types import TEXT, from_json
from ..wire import Column, Result

STARTS = ("CALL",)


def run(call: Call) -> Result:
    """Run CALL."""
    from ..runner import run_one

    parser, session = call.parser, call.session
    parser.expect("CALL")
    name = parser.name()
    inner = Parser(parser.bracketed_text() or ")")
    parser.end()
    count = 0
    texts: list[str] = []
    while not inner.at_end() and not inner.looking_at(")"):
        texts.append(inner.text_until(","))
        count += 1
        inner.accept(",")
    if name.last == "SYSTEM$TASK_DEPENDENTS_ENABLE" or name.last.startswith("SYSTEM$"):
        return run_one(session, f"SELECT {name.last}({', '.join(texts)})")
    schema = session.find_schema(name.database, name.schema)
    found = [
        item
        for item in session.engine.catalogue.children(schema.id, "PROCEDURE")
        if item.name.partition("(")[0] == name.last and len(item.body["arguments"]) >= count
    ]
    if not found:
        raise compilation(f"Unknown user-defined procedure {name}", 2140, "42601")
    item = found[0]
    session.require("USAGE", item)
    if item.body["language"] != "SQL":
        raise unsupported(f"a procedure in {item.body['language']}")
    variables = dict(
        zip((argument["name"] for argument in item.body["arguments"]), texts, strict=False)
    )
    result: Any = run_script(call, str(item.body["body"]), variables)
    value = result.rows[0][0] if result is not None and result.rows else None
    kind = from_json(item.body["returns"]) if "returns" in item.body else TEXT
    return Result([Column(name.last, kind)], [[value]])


def run_script(call: Call, body: str, variables: dict[str, str]) -> Result | None:
    """Run the statements of a block `BEGIN … END` in order; RETURN ends it.

    Raises:
        SqlError: The block declares, branches or loops: that much of Snowflake Scripting is not run.
    """
    from ..runner import run_one

    text = body.strip().rstrip(";").strip()
    parser = Parser(text)
    if parser.accept("BEGIN"):
        if not text.upper().endswith("END"):
            raise parser.unexpected()
        text = text[parser.here.start : -3]
    result: Result | None = None
    for statement in split(text):
        inner = Parser(statement)
        if inner.here.upper in _CONTROL:
            raise unsupported(f"Snowflake Scripting: {inner.here.upper}")
        statement = _substituted(statement, variables)
        if Parser(statement).here.upper == "RETURN":
            return run_one(call.session, "SELECT " + statement.strip()[6:])
        result = run_one(call.session, statement)
        call.session.keep(call.session.query_id, result)
    return result


_CONTROL = {
    "DECLARE",
    "LET",
    "IF",
    "FOR",
    "WHILE",
    "LOOP",
    "REPEAT",
    "CASE",
    "EXCEPTION",
    "OPEN",
    "FETCH",
    "RAISE",
}


def _substituted(statement: str, variables: dict[str, str]) -> str:
    """Replace `:name` by the text of the argument."""
    tokens = Parser(statement).tokens
    pieces, place = [], 0
    for token, following in itertools.pairwise(tokens):
        if token.text == ":" and following.kind == "word" and following.upper in variables:
            before = statement[token.start - 1 : token.start]
            if before and (before.isalnum() or before in '_")]'):
                continue
            pieces += [statement[place : token.start], f"({variables[following.upper]})"]
            place = following.end
    return "".join(pieces) + statement[place:]
