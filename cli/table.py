"""The commands: where each stands and its one-line help.

`hushflake --help` prints this table and imports no command, so that it answers at once.
A test holds the lines against the commands themselves.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """A command: module below `hushflake.cli.commands`, attribute in it, one-line help."""

    module: str
    attribute: str
    help: str


# Order is the order of `hushflake --help`; a heading starts a group.
COMMANDS: dict[str, dict[str, Entry]] = {
    "Secret hygiene": {
        "clean": Entry(
            "clean", "clean", "Remove byte code and the caches of pytest, mypy and ruff below PATH."
        ),
    },
    "Knowledge schema": {},
    "Knowledge base": {},
}
