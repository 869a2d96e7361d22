"""`hushflake hook`: keep secrets away from assistants, and out of commits."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_block, say_table

from ..errors import OK
from ..groups import Group
from ..hook_line import read_input
from ..output import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hushflake.lint_plugin.hooks.settings_file import Change, Place

_GIT = "git"


def _checked(_ctx: click.Context, _param: click.Parameter, name: str) -> str:
    """Return the name of git or of an assistant.

    Raises:
        click.BadParameter: It is another one.
    """
    if name in _names():
        return name
    raise click.BadParameter(f"{name!r} is not one of {', '.join(_names())}.")


def _completed(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in _names() if name.startswith(incomplete)]


def _names() -> list[str]:
    from hushflake.lint_plugin.hooks.hosts import names

    return [_GIT, *names()]


@click.group(cls=Group)
def hook() -> None:
    """Keep secrets away from assistants and out of commits.

    NAME is git, claude-code, codex, cursor or copilot. The hook of an assistant refuses a tool call
    or a prompt that carries a secret, and the reading of .env and key files; the hook of git
    checks what is committed.
    """


@hook.command()
@click.argument("name", metavar="NAME", callback=_checked, shell_complete=_completed)
@click.option("--project", is_flag=True, help="In this project instead of for you everywhere.")
@click.option(
    "--known",
    is_flag=True,
    help="Also look for the values that configured sources hold: they are read at each call.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be written.")
def install(name: str, project: bool, known: bool, dry_run: bool) -> int:
    """Configure the hook of NAME; other hooks and settings stay.

    The hook of an assistant is installed for you in every project, or with --project in the
    settings that this project shares with its other users. The hook of git belongs to a repository.
    """
    change, command = _change(name, project=project, known=known, remove=False)
    where = change.place.path
    if not change.is_needed:
        say("The hook of ", styled(name, bold=True), " is installed already: ", where)
        return OK
    if dry_run:
        say("Would write to ", where, ":")
        say_block(_addition(name, command), indent="    ")
        return OK
    kept = _written(name, change)
    say("Installed the hook of ", styled(name, bold=True), ": ", where)
    if kept:
        role = "The hook that was there runs after it: " if name == _GIT else "The file as it was: "
        say(role, kept)
    _remark(name)
    return OK


@hook.command()
@click.argument("name", metavar="NAME", callback=_checked, shell_complete=_completed)
@click.option("--project", is_flag=True, help="In this project instead of for you everywhere.")
@click.option("--dry-run", is_flag=True, help="Only show what would be changed.")
def uninstall(name: str, project: bool, dry_run: bool) -> int:
    """Take the hook of NAME away; other hooks and settings stay."""
    change, _ = _change(name, project=project, known=False, remove=True)
    where = change.place.path
    if not change.is_needed:
        say("There is no hook of ours in ", where)
        return OK
    if dry_run:
        say("Would take the hook of ", styled(name, bold=True), " out of ", where)
        return OK
    _written(name, change)
    say("Took the hook of ", styled(name, bold=True), " out of ", where)
    return OK


@hook.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def list_(form: str) -> int:
    """Show which hooks are installed, and what turns them off."""
    rows = list(_rows())
    if form == "json":
        print_json("hook-list", hooks=rows)
        return OK
    shown = [(row["name"], row["scope"], row["state"], _short(row["path"])) for row in rows]
    say_table(("hook", "scope", "state", "file"), shown, titled=True)
    return OK


@hook.command()
@click.argument("name", metavar="NAME", callback=_checked, shell_complete=_completed)
@click.option(
    "--known", is_flag=True, help="Also look for the values that configured sources hold."
)
def run(name: str, known: bool) -> int:
    """Judge the event on standard input: what NAME itself calls.

    Exits with what the documentation of NAME asks for: for most, 2 refuses, and standard error says
    why. What cannot be judged is refused.
    """
    if name == _GIT:
        from ..hook_git import run as run_git

        return run_git(known=known)
    from ..hook_line import run as run_hook

    return run_hook(name, read_input(), known=known)


def _change(name: str, *, project: bool, known: bool, remove: bool) -> "tuple[Change, str]":
    """Return what installs or removes a hook, and the command that it runs."""
    from hushflake.lint_plugin.hooks import git_hook, settings_file

    if name == _GIT:
        at = git_hook.place_of(str(Path.cwd()))
        command = _command(name, shared=not _is_in_git_folder(at.path), known=known)
        return git_hook.without_hook(at) if remove else git_hook.with_hook(at, command), command
    from hushflake.lint_plugin.hooks.hosts import host

    assistant = host(name)
    at = settings_file.place_of(assistant, _root() if project else "")
    command = _command(name, shared=project, known=known)
    if remove:
        return settings_file.without_hook(assistant, at), command
    return settings_file.with_hook(assistant, at, command), command


def _command(name: str, *, shared: bool, known: bool) -> str:
    """Return the command that calls us. In a file that others use too it is found on their PATH."""
    from hushflake.lint_plugin.hooks.program import program

    return f"{'hushflake' if shared else program()} hook run {name}{' --known' * known}"


def _is_in_git_folder(path: str) -> bool:
    return ".git" in Path(path).parts


def _root() -> str:
    from hushflake.lint_plugin.git.folder import holder

    folder = str(Path.cwd())
    return holder(folder) or folder


def _addition(name: str, command: str) -> str:
    import json

    if name == _GIT:
        return f"{command} || exit $?"
    from hushflake.lint_plugin.hooks.hosts import host

    return json.dumps({"hooks": host(name).entries(command)}, indent=2)


def _written(name: str, change: "Change") -> str:
    from hushflake.lint_plugin.hooks import git_hook, settings_file

    return git_hook.write(change) if name == _GIT else settings_file.write(change)


def _remark(name: str) -> None:
    if name == _GIT:
        return
    from hushflake.lint_plugin.hooks.hosts import host

    assistant = host(name)
    if assistant.after:
        say(assistant.after)
    for path in _switches(name):
        say(f"{path} turns all hooks off (disableAllHooks).", err=True)


def _switches(name: str) -> list[str]:
    """Return the files that turn the hooks of an assistant off here."""
    from hushflake.lint_plugin.errors import LintError
    from hushflake.lint_plugin.hooks.hosts import host
    from hushflake.lint_plugin.hooks.settings_file import Place, place_of, turned_off

    assistant, root = host(name), _root()
    places = [Place(str(Path(root, each)), root) for each in assistant.switches]
    found = []
    for place in [place_of(assistant), *places]:
        try:
            if turned_off(place):
                found.append(place.path)
        except LintError:
            continue
    return found


def _rows() -> "Iterator[dict[str, Any]]":
    from hushflake.lint_plugin.errors import LintError
    from hushflake.lint_plugin.hooks import git_hook, settings_file
    from hushflake.lint_plugin.hooks.hosts import host, names

    try:
        at = git_hook.place_of(str(Path.cwd()))
        yield _row(_GIT, "repository", at, git_hook.installed(at), [])
    except LintError as error:
        yield {"name": _GIT, "scope": "repository", "path": "", "state": str(error)}
    for name in names():
        assistant, off = host(name), _switches(name)
        for scope, root in (("user", ""), ("project", _root())):
            at = settings_file.place_of(assistant, root)
            try:
                yield _row(name, scope, at, settings_file.installed(assistant, at), off)
            except LintError as error:
                yield {"name": name, "scope": scope, "path": at.path, "state": str(error)}


def _short(path: str) -> str:
    """Return a path for people: below this folder or the home folder, it is named from there."""
    for folder, start in ((Path.cwd(), ""), (Path.home(), "~/")):
        if path.startswith(f"{folder}/"):
            return start + path[len(f"{folder}/") :]
    return path


def _row(name: str, scope: str, at: "Place", installed: bool, off: list[str]) -> dict[str, Any]:
    state = "not installed"
    if installed:
        state = f"turned off by {off[0]}" if off else "installed"
    return {"name": name, "scope": scope, "path": at.path, "state": state}
