"""`hushflake stack`: the local stack's server, its data and its log."""

import contextlib
import json
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..groups import Group
from ..knowledge_options import format_option
from ..output import print_json

if TYPE_CHECKING:
    from hushflake.deploy.local.lifecycle import Endpoint


@click.group(cls=Group)
def stack() -> None:
    """Start, stop and look at the local stack: a Snowflake on this machine.

    Every command with `--stack local` starts it when it does not run.
    """


_stack = click.option(
    "--stack", "name", metavar="NAME", default="local", show_default=True, help="A local stack."
)
_project = click.option(
    "--project",
    metavar="DIR",
    help="The schema project whose data it is. [default: the nearest folder upward with "
    "hushflake.yaml, else the working folder]",
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
    help="Look for due tasks so often; 0 turns it off. Kept for later starts. [default: off]",
)
@click.option(
    "--embedder",
    metavar="MODEL",
    help="default (packaged), minilm, snowflake-arctic-embed-m or e5-base-v2. Kept for later "
    "starts; vectors that are there stay as they are.",
)
@click.option(
    "--vectors",
    type=click.Choice(["exact", "index", "off"]),
    help="What answers ORDER BY VECTOR_*(…) LIMIT k: a matrix, an approximate index "
    "over it, or DuckDB alone. Kept for later starts. [default: exact]",
)
@click.option(
    "--fresh",
    is_flag=True,
    help="Start with an empty stack; the data folder that is there, whoever made it, is renamed.",
)
@format_option("text", "json")
def start(
    name: str,
    project: str | None,
    scheduler: float | None,
    embedder: str | None,
    vectors: str | None,
    fresh: bool,
    form: str,
) -> None:
    """Start the server, or tell that it runs."""
    from hushflake.deploy.local import lifecycle

    folder = _folder(project)
    if fresh:
        moved = lifecycle.fresh(folder, name)
        if moved is not None:
            click.echo(f"The data that was there is in {moved} now.", err=True)
    changed = {
        key: value
        for key, value in (("scheduler", scheduler), ("embedder", embedder), ("vectors", vectors))
        if value is not None
    }
    if changed and lifecycle.configure(folder, name, changed):
        lifecycle.stop(folder, name)
    endpoint = lifecycle.ensure_running(folder, name)
    if form == "json":
        print_json("stack", **_facts(endpoint))
    else:
        click.echo(
            f"Stack {name} runs on {endpoint.host}:{endpoint.port} (process {endpoint.pid}), data "
            f"in {endpoint.home}"
        )
        _tell_outdated(endpoint)
        _tell_earlier_vectors(lifecycle.status(folder, name).details)


def _tell_earlier_vectors(details: dict[str, Any]) -> None:
    for held in details.get("earlier_vectors", []):
        click.echo(
            f"  {held['rows']:,} vectors in {held['table']}.{held['column']} are of an earlier "
            "embedder and cannot be compared with new ones: embed these rows again."
        )


def _tell_outdated(endpoint: "Endpoint") -> None:
    if endpoint.outdated:
        click.echo(
            "  Its server runs the code of an earlier version: "
            f"`hushflake stack stop --stack {endpoint.stack}` ends it."
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
    """Stop the server; its data stays."""
    from hushflake.deploy.local import lifecycle

    stopped = lifecycle.stop(_folder(project), name)
    click.echo(f"Stack {name} stopped." if stopped else f"Stack {name} did not run.")


@stack.command()
@_stack
@_project
@format_option("text", "json")
def status(name: str, project: str | None, form: str) -> None:
    """Tell whether it runs, and what it holds."""
    from hushflake.deploy.local import lifecycle

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
        click.echo(f"Stack {name} does not run.")
    else:
        click.echo(
            f"Stack {name} runs on {endpoint.host}:{endpoint.port} (process {endpoint.pid})."
        )
        _tell_outdated(endpoint)
        for kind, count in found.details.get("objects", {}).items():
            click.echo(f"  {kind.lower():<10} {count}")
        click.echo(f"  sessions   {found.details.get('sessions', 0)}")
        click.echo(f"  embedder   {found.details.get('embedder', '')}")
        _tell_earlier_vectors(found.details)
        click.echo(f"  vectors    {found.details.get('vectors', '')}")
    click.echo(f"  data       {found.home} ({found.bytes_on_disk / 1_000_000:.1f} MB)")
    others = [other for other in lifecycle.stacks(folder) if other != name]
    if others:
        click.echo(f"  others     {', '.join(others)}")


@stack.command()
@_stack
@_project
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(name: str, project: str | None, yes: bool) -> None:
    """Stop the server and delete all data of the stack."""
    from hushflake.deploy.local import lifecycle

    folder = _folder(project)
    home = lifecycle.home_of(folder, name)
    if home.exists() and not yes:
        click.confirm(f"Delete everything in {home}?", abort=True)
    gone = lifecycle.reset(folder, name)
    if gone is None:
        click.echo(f"Stack {name} held nothing.")
    elif gone == home:
        click.echo(f"Stack {name} is empty again.")
    else:
        click.echo(f"Stack {name} is empty again; data that hushflake did not make is in {gone}.")


@stack.command()
@_stack
@_project
@click.option("--yes", is_flag=True, help="Do not ask.")
def adopt(name: str, project: str | None, yes: bool) -> None:
    """Take over a data folder of your own that hushflake has no record of.

    Such is a folder that an earlier version made, that was moved, or that came back from a
    backup. Do not adopt one that came with a checkout: its rows are what its author put there.
    """
    from hushflake.deploy.local import lifecycle

    folder = _folder(project)
    home = lifecycle.home_of(folder, name)
    if not yes:
        click.confirm(f"Use the data in {home} as your own?", abort=True)
    lifecycle.adopt(folder, name)
    click.echo(f"Stack {name} uses the data in {home}.")


@stack.command()
@_stack
@_project
@click.option("--lines", type=click.IntRange(min=1), default=20, show_default=True, metavar="N")
@click.option("--errors", is_flag=True, help="Only statements that failed, with their message.")
@click.option("--server", is_flag=True, help="What the server process itself printed.")
def logs(name: str, project: str | None, lines: int, errors: bool, server: bool) -> None:
    """Show the latest statements: when, how long, with what outcome."""
    from hushflake.deploy.local import data_folder, lifecycle
    from hushflake.deploy.local.log_lines import line_of
    from hushflake.terminal.escape import visible

    home = lifecycle.home_of(_folder(project), name)
    data_folder.require_ours(home)
    path = home / ("server.log" if server else "log.jsonl")
    if not path.exists():
        click.echo(f"Stack {name} has no log yet.")
        return
    latest: deque[str] = deque(maxlen=lines)
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if server:
                latest.append(visible(line.rstrip()))
                continue
            # A folder of the project: what is no record of ours is passed over.
            with contextlib.suppress(ValueError, KeyError, TypeError):
                record = json.loads(line)
                if not errors or record["status"] != "SUCCESS":
                    latest.append(visible(line_of(record, with_message=errors), "\n"))
    for text in latest:
        click.echo(text)


@stack.command(name="run-due")
@_stack
@_project
@format_option("text", "json")
def run_due(name: str, project: str | None, form: str) -> int:
    """Run the tasks that are due, with everything that follows them; exit 3 when one failed."""
    from hushflake.deploy.local import lifecycle
    from hushflake.terminal.escape import visible

    endpoint = lifecycle.ensure_running(_folder(project), name)
    runs = lifecycle.run_due(endpoint)
    failed = [run for run in runs if run["state"] == "FAILED"]
    if form == "json":
        print_json("stack-run-due", stack=name, runs=runs)
    else:
        for run in runs:
            message = f"  {run['message']}" if run["message"] else ""
            click.echo(visible(f"{run['state'].lower():<10} {run['task']}{message}"))
        if not runs:
            click.echo("No task is due.")
    return 3 if failed else 0
