"""`hushflake init`: the first step, in a repository to be cleaned or in a new knowledge project."""

from pathlib import Path

import click

from ..errors import OK

SECRETS, KNOWLEDGE = "secrets", "knowledge"


@click.command()
@click.argument("what", required=False, type=click.Choice([SECRETS, KNOWLEDGE]))
@click.argument("directory", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option(
    "--name", metavar="NAME", help="Name of the knowledge project. [default: that of DIR]"
)
@click.option("--yes", is_flag=True, help="Write the configuration files without asking.")
def init(what: str | None, directory: Path | None, name: str | None, yes: bool) -> int:
    """Set up a repository for secret hygiene, or start a knowledge project.

    `secrets` looks at the repository in DIR (default: the current folder), and writes
    [tool.hushflake] and a pre-commit hook after confirmation. `knowledge` makes a small schema
    project in DIR, a new folder. Without a terminal one of the two must be named.
    """
    from ..extras import require
    from ..first_steps import start_project
    from ..output import asked, is_terminal

    if what is None:
        if not is_terminal():
            raise click.UsageError(
                "say what to set up: hushflake init secrets, or hushflake init knowledge DIR"
            )
        what = asked(
            "Clean the secrets of a repository, or start a knowledge project?",
            type=click.Choice([SECRETS, KNOWLEDGE]),
        )
    if what == SECRETS:
        from ..first_look import look_at

        look_at(directory or Path(), yes=yes)
        return OK
    require("init knowledge", ["schema"])
    if directory is None:
        if not is_terminal():
            raise click.UsageError("name the folder of the project: hushflake init knowledge DIR")
        directory = Path(asked("Folder of the new project", default="knowledge"))
    start_project(directory, name)
    return OK
