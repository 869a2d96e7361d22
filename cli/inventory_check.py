"""`hushflake inventory --check`: the comparison with the declared keys, printed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hushflake.terminal.progress import progress
from hushflake.terminal.text import Text, styled
from hushflake.terminal.write import put_json, say, say_lines

from .errors import FAILURE, FINDINGS, OK
from .output import json_text

if TYPE_CHECKING:
    from hushflake.remediation.inventory.gate import Checked
    from hushflake.remediation.inventory.model import Inventory
    from hushflake.terminal.progress import Progress

# Notes of one kind may be as many as there are reads.
_NOTES = 20


def run(
    paths: Sequence[Path], form: str, *, ignored: bool, output: Path | None, strict: bool
) -> int:
    """Compare the keys of some folders with those that are declared; return the exit code.

    Raises:
        RemediationError: Nothing declares a key.
        SettingsError: `[tool.hushflake]` cannot be used.
    """
    if form not in ("text", "json"):
        raise click.UsageError("--check prints text or json; choose one of them with --format")
    if output is not None:
        raise click.UsageError("--check prints its result; -o is for the documents of --format")
    from hushflake.lint_plugin.settings import load
    from hushflake.remediation.inventory import gate
    from hushflake.remediation.inventory.collect import Options, collect

    with progress("Reading files", quiet=form == "json") as shown:
        found = collect(paths, Options(ignored=ignored), Counted(shown).tick)
    checked = gate.check(found, load([str(path) for path in paths]), paths)
    if form == "json":
        from hushflake.remediation.inventory.document import check_fields

        put_json(json_text("inventory-check", **check_fields(found, checked)))
    else:
        say_lines(_lines(found, checked))
    if told_skipped(found, strict=strict):
        return FAILURE
    return FINDINGS if checked.problems else OK


def _lines(found: "Inventory", checked: "Checked") -> list[str | Text]:
    from hushflake.remediation.wording import counted

    lines: list[str | Text] = [
        Text(f"{one.path}:{one.line}:{one.column}: ")
        + styled(one.code, fg="red")
        + f" {one.message}"
        for one in checked.problems
    ]
    lines += [f"note: {note}" for note in checked.notes[:_NOTES]]
    if len(checked.notes) > _NOTES:
        lines.append(f"note: {len(checked.notes) - _NOTES} more; --format json lists them")
    problems = counted(len(checked.problems), "problem") if checked.problems else "No problem"
    read, declared = len(found.read_keys), checked.declared
    lines.append(
        styled(
            f"{problems}: {counted(read, 'key')} read, "
            f"{len(declared.keys.declarations):,} declared in {declared.title}",
            bold=True,
        )
    )
    return lines


def told_skipped(found: "Inventory", *, strict: bool) -> bool:
    """Name the files that were not taken in; say whether that makes the run a failure."""
    for skipped in found.skipped:
        place = f"{skipped.path}:{skipped.line}:{skipped.column}"
        say(f"hushflake: {place}: {skipped.reason}", err=True)
    return any(skipped.failed or strict for skipped in found.skipped)


class Counted:
    """Counts the files that are read, one by one."""

    def __init__(self, shown: "Progress") -> None:
        self._shown = shown
        self._done = 0

    def tick(self, total: int) -> None:
        """Note one more file of `total`."""
        self._done += 1
        self._shown.update(self._done, total)
