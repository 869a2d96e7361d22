"""`hushflake check --history`: what the history holds, asked for and told."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hushflake.lint_plugin.history.model import History
    from hushflake.lint_plugin.history.run import Look
    from hushflake.lint_plugin.settings import Settings

FORMATS = ("text", "json", "sarif", "rotation", "rotation-json")


def run(values: dict[str, Any]) -> int:
    """Look through the history as the values say, print the report, return the exit code.

    Raises:
        LintError: What is asked for cannot be.
    """
    from importlib import import_module

    from hushflake.lint_plugin.errors import LintError
    from hushflake.terminal.write import put_json, say_lines

    if values["format"] not in FORMATS:
        raise LintError(
            f"--history and --format {values['format']} do not go together: a history has no "
            f"lines that change; its formats are {', '.join(FORMATS)}"
        )
    from .check_known import collected

    found = collected(values)
    asked = _asked(values)._replace(known=found and found.known)
    history = _looked(asked)._replace(sought=found and found.sought)
    name = values["format"].replace("-", "_")
    reporter = import_module(f"hushflake.lint_plugin.history.told_{name}")
    lines = reporter.report(history, notes=bool(values["notes"]))
    if getattr(reporter, "IS_JSON", True):
        put_json("\n".join(lines))
    else:
        say_lines(lines)
    say_lines((f"{each.path}: not checked: {each.message}" for each in history.skipped), err=True)
    return history.exit_code()


def _asked(values: dict[str, Any]) -> "Look":
    import os

    from hushflake.lint_plugin.git.staged import top_of
    from hushflake.lint_plugin.history.run import Look
    from hushflake.lint_plugin.kinds.table import Kinds
    from hushflake.lint_plugin.session import selected
    from hushflake.lint_plugin.settings import load

    settings: Settings = load([top_of(os.curdir)])
    return Look(
        settings,
        selected(settings, values["select"], values["extend_select"], values["ignore"]),
        Kinds(settings.files, ("markdown",) if values["markdown"] else ()),
        values["history"],
        tuple(values["paths"]),
        int(values["jobs"]),
        not values["no_cache"],
    )


def _looked(asked: "Look") -> "History":
    from hushflake.lint_plugin.history.run import look

    if not sys.stderr.isatty():
        return look(asked)
    from hushflake.terminal.progress import progress

    with progress("Looking through history") as bar:
        return look(asked, bar.update)
