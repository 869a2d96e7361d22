"""CALL: a procedure in SQL."""

from ..dispatch import Call
from ..errors import compilation, unsupported
from ..parser import Parser
from ..scripting import Script
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
    variables = {
        argument["name"]: run_one(session, f"SELECT ({text})::{from_json(argument['type'])}").rows[
            0
        ][0]
        for argument, text in zip(item.body["arguments"], texts, strict=False)
    }
    for argument in item.body["arguments"][count:]:
        default = argument.get("default", "NULL")
        variables[argument["name"]] = run_one(session, f"SELECT {default}").rows[0][0]
    value = Script(session, str(item.body["body"]), variables).run()
    kind = from_json(item.body["returns"]) if "returns" in item.body else TEXT
    return Result([Column(name.last, kind)], [[value]])
