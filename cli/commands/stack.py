"""`hushflake stack`: the local stack's server, its data and its log."""

import contextlib
import json
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.write import say, say_block

from ..groups import Group
from ..knowledge_options import format_option
from ..output import confirmed, print_json

if TYPE_CHECKING:
    from hushflake.local.server.process.lifecycle import Endpoint


@click.group(cls=Group)
def stack() -> None:
    """Start, stop and inspect the local stack: a Snowflake on this machine.

    Every command with `--stack local` starts it when it is not running.
    """


_stack = click.option(
    "--stack", "name", metavar="NAME", default="local", show_default=True, help="A local stack."
)
_project = click.option(
    "--project",
    metavar="DIR",
    help="The schema project that the data belongs to. [default: this folder or the nearest parent "
    "with hushflake.yaml, otherwise this folder]",
)


def _folder(project: str | None) -> Path:
    from hushflake.schema.project import find_project

    return find_project(Path.cwd(), project).make_local_data()


@stack.command()
@_stack
@_project
@click.option(
    "--scheduler",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How often to look for due tasks; 0 turns the scheduler off. Kept for later starts. "
    "[default: off]",
)
@click.option(
    "--embedder",
    metavar="MODEL",
    help="The model: default (packaged), minilm, snowflake-arctic-embed-m or e5-base-v2. Kept for "
    "later starts; existing vectors are not changed.",
)
@click.option(
    "--vectors",
    type=click.Choice(["exact", "index", "off"]),
    help="How ORDER BY VECTOR_*(…) LIMIT k is answered: exactly in memory, by an approximate "
    "index, or by DuckDB alone (off). Kept for later starts. [default: exact]",
)
@click.option(
    "--python-functions/--no-python-functions",
    "python_functions",
    default=None,
    help="Run functions in Python in a process of their own, as this user. Their code is not "
    "confined: turn it on for code that you trust. Kept for later starts. [default: off]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="The port, for clients that keep it; 0 takes a free one. Kept for later starts. "
    "[default: a free one]",
)
@click.option(
    "--print",
    "printed",
    type=click.Choice(["dbt", "sqlalchemy", "snowpark", "snow", "env"]),
    help="Print what a client needs to reach the stack, and nothing else.",
)
@click.option(
    "--write-connection",
    "connection",
    metavar="NAME",
    is_flag=False,
    flag_value="hushflake",
    help="Write the stack into the user's connections.toml under this name. [default: hushflake]",
)
@click.option(
    "--fresh",
    is_flag=True,
    help="Start with an empty stack; an existing data folder is renamed, not deleted.",
)
@format_option("text", "json")
def start(
    name: str,
    project: str | None,
    scheduler: float | None,
    embedder: str | None,
    vectors: str | None,
    python_functions: bool | None,
    port: int | None,
    printed: str | None,
    connection: str | None,
    fresh: bool,
    form: str,
) -> None:
    """Start the server if it is not running."""
    from hushflake.local.server.process import lifecycle

    from .. import stack_clients

    folder = _folder(project)
    if fresh:
        moved = lifecycle.fresh(folder, name)
        if moved is not None:
            say(f"The data that was there is in {moved} now.", err=True)
    changed = {
        key: value
        for key, value in (
            ("scheduler", scheduler),
            ("embedder", embedder),
            ("vectors", vectors),
            ("python_functions", python_functions),
            ("port", port),
        )
        if value is not None
    }
    if changed and lifecycle.configure(folder, name, changed):
        lifecycle.stop(folder, name)
    endpoint = lifecycle.ensure_running(folder, name)
    if connection is not None:
        path = stack_clients.connections_file()
        entry = stack_clients.connection_entry(endpoint, {}, connection)
        stack_clients.write_connection(path, connection, entry)
        say(f"Wrote the connection {connection} to {path}.", err=True)
    if printed is not None:
        from ..stack_print import FORMS

        say_block(FORMS[printed](endpoint, {}).splitlines())
    elif form == "json":
        print_json("stack", **_facts(endpoint))
    else:
        say(
            f"Stack {name} runs on {endpoint.host}:{endpoint.port} (process {endpoint.pid}), data "
            f"in {endpoint.home}"
        )
        _say_outdated(endpoint)
        _say_earlier_vectors(lifecycle.status(folder, name).details)


def _say_earlier_vectors(details: dict[str, Any]) -> None:
    for held in details.get("earlier_vectors", []):
        say(
            f"  {held['rows']:,} vectors in {held['table']}.{held['column']} are from an earlier "
            "embedder and cannot be compared with new ones. To embed them again: hushflake embed"
        )


def _say_outdated(endpoint: "Endpoint") -> None:
    if endpoint.outdated:
        say(
            "  Its server runs the code of an earlier version. To end it: "
            f"hushflake stack stop --stack {endpoint.stack}"
        )


def _facts(endpoint: "Endpoint") -> dict[str, object]:
    return {
        "stack": endpoint.stack,
        "running": True,
        "host": endpoint.host,
        "port": endpoint.port,
        "pid": endpoint.pid,
        "home": str(endpoint.home),
        "token_file": str(endpoint.token_file),
        "outdated": endpoint.outdated,
    }


@stack.command()
@_stack
@_project
def stop(name: str, project: str | None) -> None:
    """Stop the server; the data stays."""
    from hushflake.local.server.process import lifecycle

    stopped = lifecycle.stop(_folder(project), name)
    say(f"Stack {name} stopped." if stopped else f"Stack {name} was not running.")


@stack.command()
@_stack
@_project
@format_option("text", "json")
def status(name: str, project: str | None, form: str) -> None:
    """Show whether the server runs and what it holds."""
    from hushflake.local.server.process import lifecycle

    folder = _folder(project)
    found = lifecycle.status(folder, name)
    endpoint = found.endpoint
    if form == "json":
        facts: dict[str, object] = {"stack": name, "running": False, "home": str(found.home)}
        if endpoint is not None:
            facts = _facts(endpoint)
        print_json(
            "stack",
            **facts,
            bytes=found.bytes_on_disk,
            stacks=lifecycle.stacks(folder),
            **found.details,
        )
        return
    if endpoint is None:
        say(f"Stack {name} is not running.")
    else:
        say(f"Stack {name} runs on {endpoint.host}:{endpoint.port} (process {endpoint.pid}).")
        _say_outdated(endpoint)
        for kind, count in found.details.get("objects", {}).items():
            say(f"  {kind.lower():<10} {count}")
        say(f"  sessions   {found.details.get('sessions', 0)}")
        say(f"  embedder   {found.details.get('embedder', '')}")
        _say_earlier_vectors(found.details)
        say(f"  vectors    {found.details.get('vectors', '')}")
    say(f"  data       {found.home} ({found.bytes_on_disk / 1_000_000:.1f} MB)")
    others = [other for other in lifecycle.stacks(folder) if other != name]
    if others:
        say(f"  others     {', '.join(others)}")


@stack.command()
@_stack
@_project
@click.option("--yes", is_flag=True, help="Delete without asking.")
def reset(name: str, project: str | None, yes: bool) -> None:
    """Stop the server and delete all data of the stack."""
    from hushflake.local.server.process import lifecycle

    folder = _folder(project)
    home = lifecycle.home_of(folder, name)
    if home.exists() and not yes and not confirmed(f"Delete everything in {home}?"):
        say("Nothing was deleted.")
        return
    gone = lifecycle.reset(folder, name)
    if gone is None:
        say(f"Stack {name} had no data.")
    elif gone == home:
        say(f"Stack {name} is empty.")
    else:
        say(f"Stack {name} is empty; data that hushflake did not make is in {gone}.")


@stack.command()
@_stack
@_project
@click.option("--yes", is_flag=True, help="Adopt without asking.")
def adopt(name: str, project: str | None, yes: bool) -> None:
    """Take over a data folder of your own that hushflake has no record of.

    Such a folder was made by an earlier version, was moved, or came back from a backup. Do not
    adopt one that came with a checkout: its rows are what its author put there.
    """
    from hushflake.local.server.process import lifecycle

    folder = _folder(project)
    home = lifecycle.home_of(folder, name)
    if not yes and not confirmed(f"Use the data in {home} as your own?"):
        raise click.Abort
    lifecycle.adopt(folder, name)
    say(f"Stack {name} uses the data in {home}.")


@stack.command()
@_stack
@_project
@click.option(
    "--lines",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="How many.",
)
@click.option("--errors", is_flag=True, help="Show only failed statements, with their messages.")
@click.option("--server", is_flag=True, help="Show what the server process itself printed.")
def logs(name: str, project: str | None, lines: int, errors: bool, server: bool) -> None:
    """Show the latest statements: when, how long, and their outcome."""
    from hushflake.local.server.process import data_folder, lifecycle
    from hushflake.local.server.process.log_lines import line_of

    home = lifecycle.home_of(_folder(project), name)
    data_folder.require_ours(home)
    path = home / ("server.log" if server else "log.jsonl")
    if not path.exists():
        say(f"Stack {name} has no log yet.")
        return
    latest: deque[str] = deque(maxlen=lines)
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if server:
                latest.append(line.rstrip())
                continue
            # A folder of the project: what is no record of ours is passed over.
            with contextlib.suppress(ValueError, KeyError, TypeError):
                record = json.loads(line)
                if not errors or record["status"] != "SUCCESS":
                    latest.append(line_of(record, with_message=errors))
    for text in latest:
        say_block(text)


@stack.command(name="run-due")
@_stack
@_project
@format_option("text", "json")
def run_due(name: str, project: str | None, form: str) -> int:
    """Run the tasks that are due and the tasks after them; exit with 3 if one failed."""
    from hushflake.local.server.process import lifecycle

    endpoint = lifecycle.ensure_running(_folder(project), name)
    runs = lifecycle.run_due(endpoint)
    failed = [run for run in runs if run["state"] == "FAILED"]
    if form == "json":
        print_json("stack-run-due", stack=name, runs=runs)
    else:
        for run in runs:
            message = f"  {run['message']}" if run["message"] else ""
            say(f"{run['state'].lower():<10} {run['task']}{message}")
        if not runs:
            say("No task is due.")
    return 3 if failed else 0


@stack.command(
    name="exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@_stack
@_project
@click.option("--database", metavar="NAME", help="The database of connections.")
@click.option("--schema", metavar="NAME", help="The schema of connections.")
@click.option("--warehouse", metavar="NAME", help="The warehouse of connections.")
@click.option("--role", metavar="NAME", help="The role of connections.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(
    name: str,
    project: str | None,
    database: str | None,
    schema: str | None,
    warehouse: str | None,
    role: str | None,
    command: tuple[str, ...],
) -> int:
    """Run COMMAND so that it reaches the stack; returns its exit code.

    COMMAND gets the variables SNOWFLAKE_ACCOUNT, _USER, _PASSWORD, _HOST, _PORT and _PROTOCOL, and
    a connections.toml whose default connection is the stack. A Python program that has no option
    for a host reaches it as the account `local`.
    """
    from hushflake.config.exporting import child
    from hushflake.local.server.process import lifecycle

    from ..stack_clients import environment

    endpoint = lifecycle.ensure_running(_folder(project), name)
    given = {"database": database, "schema": schema, "warehouse": warehouse, "role": role}
    place = {key: value for key, value in given.items() if value is not None}
    with environment(endpoint, place) as variables:
        return child.run(command, variables, redacted=False)
