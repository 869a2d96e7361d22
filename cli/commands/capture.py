"""`hushflake capture`: writes what is in an account to a file."""

from pathlib import Path

import click

from ..deploy_options import opened, stack_options
from ..errors import OK


@click.command()
@stack_options
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def capture(stack: str, project: str | None, verbose: bool, file: Path) -> int:
    """Write what the account of a stack holds to FILE.

    `plan --against FILE` plans with it. The snapshot holds definitions and never rows, and what
    the journal says was applied, so a pull request can be planned without any credential.
    """
    from hushflake.deploy.files import write_document
    from hushflake.deploy.snapshot import take_snapshot

    with opened(stack, project, verbose) as target:
        document = take_snapshot(target.planner, target.session)
    write_document(file, document)
    click.echo(f"{file}: {len(document['objects'])} objects of stack {stack}")
    return OK
