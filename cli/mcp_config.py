"""What `hushflake mcp --print-config` prints: the program that runs now, as a client starts it."""

import os
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from hushflake.config import get_config_value
from hushflake.terminal.write import put_json, say

if TYPE_CHECKING:
    from hushflake.schema.project import Project
    from hushflake.serve.client_config import Start

CLIENTS = ("claude", "claude-code", "cursor", "vscode")
# Folders that a program looks into and that a client started from a desktop does not pass on.
_FOLDERS = (
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "SNOWFLAKE_HOME",
)


@dataclass(frozen=True)
class Asked:
    """What the server is to serve, and where."""

    project: "Project"
    stack: str
    audit: Path | None
    host: str
    port: int
    public_url: str | None


def print_config(client: str, asked: Asked, *, http: bool) -> None:
    """Print a client's configuration on standard output, and where it goes on standard error."""
    import json

    from hushflake.knowledge.base import read_definitions
    from hushflake.serve.client_config import VARIABLE, name_of, place_of, reached, started

    definitions = read_definitions(asked.project, asked.stack)  # a configuration of what works
    name = name_of(asked.project.name)
    notes = [place_of(client)]
    if http:
        document = reached(client, name, asked.public_url or _own_url(asked))
        if client == "vscode":
            notes.append("VS Code asks for the token once and keeps it encrypted.")
        else:
            notes.append(f"The client takes the token from the environment variable {VARIABLE}.")
        notes.append("Make one: hushflake mcp token --name NAME --add FILE of --callers.")
    else:
        document = started(client, name, start_of(asked))
        if not definitions.stack.is_local:
            notes.append(
                "The client must start the server with what signs in to the account: a connection "
                "of connections.toml, or variables that its own environment has."
            )
    put_json(json.dumps(document, indent=2, ensure_ascii=False))
    for note in notes:
        say(note, err=True)


def start_of(asked: Asked) -> "Start":
    """Return how to start the server from any folder, with next to no environment."""
    from hushflake.serve.client_config import Start

    command, *first = program()
    where = ["--project", str(asked.project.root.resolve())]
    if asked.project.is_shipped:
        # It lies in the package; its local data does not.
        folder = asked.project.local_data.resolve().parent
        where = ["--project", "foundation", "--folder", str(folder)]
    arguments = [*first, "mcp", "--stack", asked.stack, *where]
    if asked.audit is not None:
        arguments += ["--audit", str(asked.audit.resolve())]
    # These name folders; a secret would not be printed.
    environment = {name: value for name in _FOLDERS if (value := get_config_value(name))}
    return Start(command, arguments, environment)


def program() -> list[str]:
    """Return the command line of this very program, from an absolute path on.

    The script beside the running interpreter, if it is this distribution's; else the interpreter
    with the module, without the working folder in its path: a client starts it in any folder.
    """
    script = _script()
    if script is not None:
        return [str(script)]
    return [str(Path(sys.executable).absolute()), "-P", "-m", "hushflake.cli.start"]


def _script() -> Path | None:
    try:
        installed = distribution("hushflake")
    except PackageNotFoundError:
        return None
    folder = Path(sys.executable).absolute().parent
    for file in installed.files or ():
        if file.name in ("hushflake", "hushflake.exe"):
            path = Path(os.path.normpath(str(installed.locate_file(file))))
            if path.parent == folder and os.access(path, os.X_OK):
                return path
    return None


def _own_url(asked: Asked) -> str:
    from hushflake.serve.client_config import url_of

    return url_of(asked.host, asked.port)
