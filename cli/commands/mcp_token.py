"""`hushflake mcp token`: a caller of the server over HTTP."""

import sys
from pathlib import Path

import click

from hushflake.terminal.write import put_json, say

from ..errors import OK


@click.command()
@click.option(
    "--name",
    default="assistant",
    show_default=True,
    help="The caller's name in the audit log; unique within a callers file.",
)
@click.option("--role", metavar="ROLE", help="The account role that the caller works with.")
@click.option(
    "--add",
    "callers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Add the caller to this callers file (see --callers); created if it is missing.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the token to this new file, readable only by its owner, instead of showing it.",
)
def token(name: str, role: str | None, callers: Path | None, token_file: Path | None) -> int:
    """Create a bearer token for a caller over HTTP, and its entry in the callers file.

    The server knows only the SHA-256 of a token. The token itself is shown once, on a terminal, or
    written to a file.
    """
    if token_file is None and not sys.stdout.isatty():
        raise click.UsageError(
            "standard output is not a terminal, and a token must not end up in a log: "
            "--token-file FILE writes it to a file that only you can read"
        )
    import json

    from hushflake.schema.project import find_project
    from hushflake.serve.tokens import add_caller, new_caller, write_token

    made = new_caller(name, role)
    if token_file is not None:
        write_token(token_file, made.token)
    if callers is not None:
        project = find_project(Path.cwd())
        try:
            add_caller(callers, made.caller, None if project.is_shipped else project.root)
        except Exception:
            if token_file is not None:
                token_file.unlink()  # it opens nothing
            raise
    if token_file is not None:
        say(f"The token of {name} is in {token_file}.", err=True)
    else:
        say(f"The token of {name}, shown this once: {made.token}", fit=False)
    if callers is not None:
        say(f"Added to {callers}; a running server reads it when it starts again.", err=True)
    else:
        say("Its entry in the file of callers:", err=True)
    put_json(json.dumps(made.entry, ensure_ascii=False))
    return OK
