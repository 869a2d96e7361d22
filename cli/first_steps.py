"""A new knowledge project, and what comes next: shared by `init` and `schema init --minimal`."""

import shlex
from pathlib import Path

from hushflake.terminal.write import say


def start_project(directory: Path, name: str | None) -> None:
    """Make a minimal project and print the next commands."""
    from hushflake.schema.scaffold import copy_minimal

    files = copy_minimal(directory, name)
    say(f"{directory}: {files} files, one entity (entities/articles.yaml), five rows.")
    print_next(
        f"cd {shlex.quote(str(directory))} && hushflake apply",
        "hushflake load",
        'hushflake search "how do I send something back?"',
    )


def print_next(*commands: str) -> None:
    """Print the commands to run next, as they are typed."""
    say("Next:")
    for command in commands:
        say(f"    {command}", fit=False)
