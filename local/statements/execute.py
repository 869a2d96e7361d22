"""EXECUTE IMMEDIATE runs a text; EXECUTE TASK runs a graph.

The graph runs at once, in this statement: on Snowflake it is only scheduled.
"""

from ..language.errors import compilation, unsupported
from ..language.results import Result
from ..objects.kinds.base import status
from ..objects.task_graph import root_of
from ..sessions.call import Call
from .running.tasks import run_graph

STARTS = ("EXECUTE",)


def run(call: Call) -> Result:
    """Run EXECUTE IMMEDIATE or EXECUTE TASK."""
    parser, session = call.parser, call.session
    parser.expect("EXECUTE")
    if parser.accept("IMMEDIATE"):
        return _immediate(call)
    if not parser.accept("TASK"):
        raise unsupported(f"EXECUTE {parser.here.upper}")
    name = parser.name()
    if parser.accept("RETRY", "LAST"):
        raise unsupported("EXECUTE TASK … RETRY LAST")
    parser.end()
    task = session.names.find("TASK", name)
    if not session.identity.allows("OPERATE", task):
        session.identity.require_ownership(task)
    if root_of(session.engine.catalogue, task)[0].id != task.id:
        raise compilation(
            f"task '{task.name}' is not the root of its graph: execute the root", 91088, "22023"
        )
    session.transaction.commit()
    engine = session.engine
    run_graph(engine, task, engine.time(), "MANUAL")
    return status(f"Task {task.name} is scheduled to run immediately.")


def _immediate(call: Call) -> Result:
    from .running.runner import run_one

    parser, session = call.parser, call.session
    if parser.here.kind == "variable":
        text = str(session.settings.variables.get(parser.take().text[1:].upper(), ""))
    else:
        text = parser.string()
    if parser.looking_at("USING"):
        raise unsupported("EXECUTE IMMEDIATE … USING outside of a block")
    parser.end()
    return run_one(session, text)
