"""`hushflake mcp`: the knowledge base for chat clients."""

from pathlib import Path

import click

from ..deploy_options import stack_options
from ..errors import OK
from ..knowledge_options import opened_base

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command()
@stack_options
@click.option(
    "--transport",
    type=click.Choice(["stdio", "http"]),
    default="stdio",
    show_default=True,
    help="stdio: for a client that starts this command; http: streamable HTTP.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="With http: where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option(
    "--public-url",
    metavar="URL",
    help="With http: how clients reach it, through what speaks TLS in front of it.",
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
    help="One line a call. [default: .hushflake/mcp-audit.jsonl]",
)
def mcp(
    stack: str,
    project: str | None,
    verbose: bool,
    transport: str,
    host: str,
    port: int,
    public_url: str | None,
    callers: Path | None,
    audit: Path | None,
) -> int:
    """Serve the knowledge base to chat clients over the Model Context Protocol.

    Tools: search_knowledge, get_entity, related, changes_since, ask, sync_status; all of them
    only read. Over HTTP every caller needs a bearer token and may have a role of its own.
    """
    if transport == "http" and callers is None:
        raise click.UsageError("http needs --callers FILE: nobody may call without a token")
    if transport == "http" and not public_url and host not in _LOOPBACK:
        raise click.UsageError(
            f"--host {host} can be reached from elsewhere, and tokens would travel unprotected: "
            "put TLS in front and say --public-url https://…/mcp"
        )
    from hushflake.serve.callers import read_callers
    from hushflake.serve.run import run_http, run_stdio
    from hushflake.serve.server import service_of

    known = read_callers(callers) if callers is not None else ()
    with opened_base(stack, project, verbose) as base:
        file = audit or base.project.make_local_data() / "mcp-audit.jsonl"
        with service_of(base, file, known if transport == "http" else ()) as service:
            if transport == "http":
                run_http(service, host, port, public_url)
            else:
                run_stdio(service)
    return OK
