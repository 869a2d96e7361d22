"""`hushflake capture`: writes what is in an account to a file."""

from pathlib import Path

import click

from hushflake.terminal.write import say

from ..deploy_options import opened, stack_options
from ..errors import OK


@click.command()
@stack_options
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def capture(stack: str, project: str | None, verbose: bool, file: Path) -> int:
    """Save a snapshot of a stack's objects to FILE.

    `plan --against FILE` plans against it. The snapshot holds definitions, never rows, and what
    was applied last, so a pull request can be planned without credentials.
    """
    from hushflake.deploy.files import write_document
    from hushflake.deploy.snapshot import take_snapshot

    with opened(stack, project, verbose) as target:
        document = take_snapshot(target.planner, target.session)
    write_document(file, document)
    say(f"{file}: {len(document['objects'])} objects of stack {stack}")
    return OK
