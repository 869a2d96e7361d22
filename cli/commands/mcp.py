"""`hushflake mcp`: the knowledge base for assistants."""

import gc
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hushflake.terminal.write import say

from ..deploy_options import stack_options, tell_place
from ..errors import OK
from ..groups import Group
from ..knowledge_options import tracer
from ..mcp_config import CLIENTS, Asked, print_config
from .mcp_token import token

if TYPE_CHECKING:
    from hushflake.schema.project import Project
    from hushflake.serve.about import About

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WAITING = (
    "Waiting for an MCP client on standard input; Ctrl-C ends it. An assistant starts this command "
    "by itself. Its configuration: hushflake mcp --print-config " + "|".join(CLIENTS)
)


@dataclass(frozen=True)
class _Http:
    host: str
    port: int
    public_url: str | None
    callers: Path | None

    def require_protection(self) -> None:
        """Fail when anybody could call, or tokens would travel readable."""
        if self.callers is None:
            raise click.UsageError(
                "http needs --callers FILE: nobody may call without a token; "
                "hushflake mcp token --add FILE makes one"
            )
        if not self.public_url and self.host not in _LOOPBACK:
            raise click.UsageError(
                f"--host {self.host} can be reached from elsewhere, and tokens would travel "
                "unprotected: put TLS in front and say --public-url https://…/mcp"
            )


@click.group(cls=Group, invoke_without_command=True)
@stack_options
@click.option(
    "--transport",
    type=click.Choice(["stdio", "http"]),
    default="stdio",
    show_default=True,
    help="stdio: for a client that starts this command; http: streamable HTTP.",
)
@click.option("--http", "over_http", is_flag=True, help="The same as --transport http.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With http: where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option(
    "--public-url",
    metavar="URL",
    help="With http: the URL that clients use, such as that of the TLS proxy in front of the "
    "server.",
)
@click.option(
    "--callers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With http: who may call, as JSON with the SHA-256 of each bearer token.",
)
@click.option(
    "--audit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="One line per call. [default: .hushflake/mcp-audit.jsonl]",
)
@click.option(
    "--print-config",
    "client",
    type=click.Choice(CLIENTS),
    help="Print the configuration of a client as JSON, and exit.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Work in this folder: where the shipped project keeps its local data. "
    "[default: the current one]",
)
@click.pass_context
def mcp(
    context: click.Context,
    stack: str,
    project: str | None,
    verbose: bool,
    transport: str,
    over_http: bool,
    host: str,
    port: int,
    public_url: str | None,
    callers: Path | None,
    audit: Path | None,
    client: str | None,
    folder: Path | None,
) -> int | None:
    """Serve the knowledge base to assistants over the Model Context Protocol.

    The tools only read: search_knowledge, list_entities, get_entity, related, changes_since, ask,
    sync_status. Over HTTP every caller needs a bearer token and may have a role of its own.
    """
    if context.invoked_subcommand is not None:
        return None
    from hushflake.schema.project import find_project

    is_http = over_http or transport == "http"
    found = find_project((folder or Path.cwd()).resolve(), project)
    if client is not None:
        print_config(client, Asked(found, stack, audit, host, port, public_url), http=is_http)
        return OK
    http = _Http(host, port, public_url, callers)
    if is_http:
        http.require_protection()
    return _serve(found, stack, http if is_http else None, audit, verbose)


mcp.add_command(token)


def _serve(
    found: "Project", stack: str, http: _Http | None, audit: Path | None, verbose: bool
) -> int:
    if http is None and sys.stdin.isatty():
        # The SDK takes its time to load: who waits should know for what.
        say(_WAITING, err=True)
    # What is loaded from here on lives to the end; looking for garbage in it would cost a tenth of
    # the time that the client waits.
    gc.disable()
    about = _about(found, stack)
    from hushflake.serve.callers import read_callers
    from hushflake.serve.run import run_http, run_stdio
    from hushflake.serve.service import service_of

    known = read_callers(http.callers) if http is not None and http.callers is not None else ()
    file = audit or found.make_local_data() / "mcp-audit.jsonl"
    with service_of(about, file, known, tracer(verbose)) as service:
        if http is not None:
            run_http(service, http.host, http.port, http.public_url)
        else:
            run_stdio(service)
    return OK


def _about(found: "Project", stack: str) -> "About":
    from hushflake.knowledge.base import read_definitions
    from hushflake.serve.about import About

    is_example = found.is_shipped and not found.was_named
    if is_example:
        say(
            "No schema project here: serving the shipped example, foundation. "
            "Name yours with --project DIR.",
            err=True,
        )
    definitions = read_definitions(found, stack)
    tell_place(found, stack)
    return About(definitions, is_example)
