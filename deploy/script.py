"""A compiled stack as SQL text: one script, or one file an object; stable and diffable."""

import re
from pathlib import Path

from hushflake.schema.compile import without_collector
from hushflake.schema.plan import Operation
from hushflake.schema.planner import make_plan
from hushflake.schema.state import Desired, State
from hushflake.terminal.escape import visible

from .render import render


def script(desired: Desired, overrides: Path | None = None) -> str:
    """The statements that build everything on an empty account, in order."""
    head = f"-- {visible(desired.project)}, stack {visible(desired.stack)}\n"
    with without_collector():
        plan = make_plan(desired, State())
        return head + "".join(_block(operation, overrides) for operation in plan.operations)


def object_files(desired: Desired, overrides: Path | None = None) -> dict[str, str]:
    """The same statements as text by file name: `<kind>/<name>.sql`."""
    files: dict[str, str] = {}
    for operation in make_plan(desired, State()).operations:
        name = re.sub(r"[^A-Za-z0-9_.$-]+", "_", operation.name).strip("_")
        path = f"{operation.kind}/{name}.sql"
        files[path] = files.get(path, "") + _block(operation, overrides)
    return files


def _block(operation: Operation, overrides: Path | None) -> str:
    statements = "".join(f"{sql};\n" for sql in render(operation, overrides))
    # A quoted name may hold a line break, which would end the comment.
    return f"\n-- {visible(operation.id)}\n{statements}"
