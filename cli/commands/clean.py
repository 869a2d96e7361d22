"""`hushflake clean`: removes byte code, caches and, when asked by name, virtual environments."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_table

from ..errors import FAILURE, FINDINGS, OK
from ..output import confirmed, is_terminal, print_json

if TYPE_CHECKING:
    from hushflake.remediation.clean import Survey

SHOWN = 20


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Remove. Without it, only show what would be removed.")
@click.option("--check", is_flag=True, help="Exit 1 if there is something to remove.")
@click.option(
    "--keep-venv",
    "keep",
    multiple=True,
    metavar="NAME",
    help="Never touch this virtual environment: a name or a path, `*` allowed. Repeatable. "
    "[default: keep-venv of [tool.hushflake], else .venv]",
)
@click.option(
    "--remove-venv",
    "environments",
    multiple=True,
    metavar="NAME",
    help="Also remove this virtual environment: a name or a path, `*` allowed. Repeatable.",
)
@click.option(
    "--gitignore/--no-gitignore",
    default=None,
    help="Add what .gitignore lacks for what was found, or not. [default: ask, on a terminal]",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def clean(
    path: Path,
    write: bool,
    check: bool,
    keep: tuple[str, ...],
    environments: tuple[str, ...],
    gitignore: bool | None,
    form: str,
) -> int:
    """Remove byte code and the caches of pytest, mypy and ruff below PATH.

    Files that git tracks, anything behind a symbolic link, and the contents of virtual
    environments stay. Without --write it only shows what it would remove.
    """
    from hushflake.lint_plugin.settings import Policy, load
    from hushflake.remediation import clean as part

    settings = load([str(path)])
    found = part.survey(
        path, keep=keep or settings.keep_venv, environments=environments, policy=Policy(settings)
    )
    asks = gitignore is None and write and form != "json" and is_terminal()
    entries = [] if gitignore is False else _entries(path, found, write=write, asks=asks)
    failures = part.remove(found) if write else []
    if form == "json":
        _print_json(found, entries, failures, write)
    else:
        _print_text(found, entries, failures, write)
    if failures:
        return FAILURE
    return FINDINGS if check and found.items and not write else OK


def _entries(path: Path, found: "Survey", *, write: bool, asks: bool) -> list[str]:
    """Return what `.gitignore` lacks for what was found; add it when writing."""
    from hushflake.remediation.git import Repository, has_repository
    from hushflake.remediation.ignores import add_entries

    folder = path.resolve()
    if not has_repository(folder):
        return []
    repository = Repository.of(folder)
    entries = found.missing_entries(repository)
    if entries and asks and not confirmed(f"Add {', '.join(entries)} to .gitignore?"):
        return []
    return list(add_entries(repository, entries, "Byte code").added) if write else entries


def _print_json(
    found: "Survey", entries: list[str], failures: list[tuple[str, str]], write: bool
) -> None:
    print_json(
        "clean",
        root=found.root,
        written=write,
        files=found.files,
        bytes=found.size,
        items=[
            {"path": item.path, "kind": item.kind, "files": item.files, "bytes": item.size}
            for item in found.items
        ],
        left=[{"path": path, "reason": reason} for path, reason in found.left],
        gitignore=entries,
        failures=[{"path": path, "reason": reason} for path, reason in failures],
    )


def _print_text(
    found: "Survey", entries: list[str], failures: list[tuple[str, str]], write: bool
) -> None:
    from hushflake.remediation.wording import size_text

    if found.items:
        rows = [
            (kind, things, f"{files:,}", size_text(size))
            for kind, (things, files, size) in sorted(found.by_kind().items())
        ]
        say_table(["kind", "places", "files", "size"], rows, right=[1, 2, 3])
        say()
    for path, reason in found.left[:SHOWN]:
        say(f"left: {path}: {reason}")
    if len(found.left) > SHOWN:
        say(f"left: {len(found.left) - SHOWN} more (--format json lists them)")
    for entry in entries:
        say(f".gitignore: {'added' if write else 'would add'} {entry}")
    for path, reason in failures:
        say(styled(f"not removed: {path}: {reason}", fg="red"), err=True)
    say(_summary(found, failures, write))


def _summary(found: "Survey", failures: list[tuple[str, str]], write: bool) -> str:
    from hushflake.remediation.wording import counted, size_text

    if not found.items:
        return "Nothing to remove."
    what = f"{counted(found.files, 'file')}, {size_text(found.size)}"
    if not write:
        return f"Would remove {what}. --write removes them."
    return f"Removed {what}." if not failures else f"Removed what could be of {what}."
