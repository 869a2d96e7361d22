"""A process that runs `hushflake apply` in a fork of itself and lets it die at a statement.

Started as `python dying.py FOLDER`; reads one JSON line a run: `{"at", "mode", "wanted",
"unwanted", "words", "said"}`, and answers with the wait status of the fork. Forking saves the
imports, which would be most of the time of a run.
"""

import asyncio
import importlib
import importlib.util
import json
import os
import signal
import sys
from typing import Any

from hushflake.cli import deploy_carry_out, deploy_options, deploy_output, plan_output
from hushflake.cli.main import main
from hushflake.deploy import deployment, planning, selection, stacks
from hushflake.deploy.session import Session
from hushflake.local.server.process import lifecycle
from hushflake.schema import compile as compiling
from hushflake.schema import cost_change
from hushflake.schema.kinds import all_kinds

_CONNECTORS = ("numpy", "pyarrow", "google.protobuf.message")
# Imported before the fork, for their time alone. The connector itself hangs in a fork of a process
# that has loaded it; what it loads in turn does not.
LOADED = (
    *(
        deploy_carry_out,
        deploy_options,
        deploy_output,
        plan_output,
        deployment,
        planning,
        selection,
        stacks,
    ),
    *(lifecycle, compiling, cost_change, all_kinds(), asyncio),
    *(importlib.import_module(name) for name in _CONNECTORS if importlib.util.find_spec(name)),
)


def is_counted(sql: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> bool:
    """Whether a statement is one of those at which a fault is made."""
    return sql.lstrip().upper().startswith(wanted) and not any(word in sql for word in unwanted)


def die_at(
    at: int, mode: str, wanted: tuple[str, ...], unwanted: tuple[str, ...], words: list[str]
) -> int:
    """Run a command; end this process by SIGKILL before or after the statement number `at`."""
    seen = 0
    once = Session._once

    def dies(self: Session, sql: str, parameters: Any) -> Any:
        nonlocal seen
        counts = is_counted(sql, wanted, unwanted)
        seen += counts
        if counts and seen > at and mode == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = once(self, sql, parameters)
        if counts and seen > at:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    Session._once = dies  # type: ignore[method-assign]  # counts what the real one sends
    return main(words)


def serve(folder: str) -> None:
    os.chdir(folder)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            said = os.open(order["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(said, 1)
            os.dup2(said, 2)
            os._exit(
                die_at(
                    order["at"],
                    order["mode"],
                    tuple(order["wanted"]),
                    tuple(order["unwanted"]),
                    order["words"],
                )
            )
        _, status = os.waitpid(child, 0)
        print(json.dumps(os.waitstatus_to_exitcode(status)), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
