"""What `hushflake codemod` prints for people: places, figures and notes."""

import sys
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import put_diff, say, say_table

from .codemod_notes import Note

if TYPE_CHECKING:
    from hushflake.codemods.run import Result

# More places than these are no reading matter; `--format json` has them all.
_PLACES = 50


def print_diff(
    result: "Result",
    *,
    show_secrets: bool,
    hidden: Iterable[str] = (),
    command: str = "hushflake codemod --write",
) -> None:
    """Print a diff that `git apply` takes; say of which files it does not.

    Args:
        result: What was rewritten.
        show_secrets: Mask nothing.
        hidden: Texts that are masked wherever they stand.
        command: What makes the changes itself.
    """
    from hushflake.codemods.diffs import Diff

    # A pipe or a file keeps what a terminal only shows.
    if show_secrets and not sys.stdout.isatty():
        raise click.UsageError("--show-secrets works on a terminal only")
    diff = Diff(result.settings, show_secrets=show_secrets, hidden=hidden)
    put_diff(diff.lines(result.outcomes))
    for path in diff.masked:
        say(f"{path}: secrets are masked as ***; this part does not apply", err=True)
    for path in diff.by_cell:
        say(f"{path}: its cells are shown, not its lines; this part does not apply", err=True)
    if diff.masked or diff.by_cell:
        say(
            f"git applies none of a diff with such a part: `{command}` makes the "
            "changes themselves, and `git diff` then shows them",
            err=True,
        )


def print_left_alone(figures: dict[str, Any]) -> None:
    """Say beside an empty diff that there are places, so that it is not taken for a clean run."""
    if figures["left"] and not figures["changed"]:
        say(
            f"Nothing would change; places left: {figures['left']:,}. Run the command without "
            "--diff to see them, with the reasons.",
            err=True,
        )


def print_problems(result: "Result", *, err: bool) -> None:
    """Print the files that were left as a whole, and why."""
    for outcome in result.outcomes:
        if outcome.failure is not None:
            failure = outcome.failure
            place = f"{outcome.path}:{failure.line}:{failure.column}"
            say(f"{place}: {failure.message}; left as it is", err=err)
        elif outcome.message and outcome.status != "unparsed":
            say(f"{outcome.path}: {outcome.message}", err=err)


def print_summary(
    result: "Result", figures: dict[str, Any], mode: str | None, notes: Iterable[Note]
) -> None:
    """Print what was rewritten, every place that is left, and what it comes to."""
    from hushflake.codemods import report
    from hushflake.lint_plugin import passed_over

    rows = [(report.form_of(form), count) for form, count in figures["forms"].items()]
    if rows:
        say_table(("rewritten", "places"), rows, right=[1])
        say()
    if figures["left"]:
        _print_left(result, figures)
    verb = "changed" if figures["written"] else "would change"
    places = "place" if figures["rewritten"] == 1 else "places"
    line = (
        f"{figures['changed']:,} of {figures['scanned']:,} files {verb}: "
        f"{figures['rewritten']:,} {places} rewritten, {figures['left']:,} left"
    )
    if figures["excluded"]:
        line += f", {figures['excluded']:,} files excluded"
    if figures["unparsed"]:
        line += f", {figures['unparsed']:,} files do not parse"
    say(styled(line, bold=True), f" ({figures['seconds']:.1f} s)")
    if not_looked_at := passed_over.line(figures["passed_over"]):
        say(not_looked_at)
    for note in notes:
        _print_note(note)
    if mode is None and figures["changed"]:
        say()
        say("Nothing was written: add --write to do it, --diff to see it.")


def _print_note(note: Note) -> None:
    for line in note.text.splitlines():
        say(line)
    for command in note.commands:
        say(f"  {command}", fit=False)
    if note.about == "loaders":
        say("To remove the loaders in any case:")
        say("  hushflake codemod --only dotenv_loaders --write", fit=False)


def _print_left(result: "Result", figures: dict[str, Any]) -> None:
    from hushflake.codemods import report

    places = [
        (f"{edit.path}:{edit.place}", edit.reason)
        for outcome in result.outcomes
        for edit in outcome.edits
        if edit.action == "left"
    ]
    say(styled("left", bold=True))
    shown = _chosen([reason for _place, reason in places])
    for place, reason in (places[index] for index in shown):
        say(place, " ", styled(reason, fg="yellow"))
    if len(places) > _PLACES:
        hidden = set(range(len(places))).difference(shown)
        rest = Counter(places[index][1] for index in hidden)
        counts = ", ".join(f"{reason} {count:,}" for reason, count in rest.most_common())
        say(f"and {len(places) - _PLACES:,} more ({counts}); --format json lists every place")
    say()
    rows = [
        (reason, count, report.describe(reason)) for reason, count in figures["reasons"].items()
    ]
    say_table(("reason", "places", "the access"), rows, right=[1])
    say()


def _chosen(reasons: list[str]) -> list[int]:
    """Return which of the places to show, in their order: of every reason the first ones."""
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, int]] = []
    for index, reason in enumerate(reasons):
        ranked.append((seen[reason], index))
        seen[reason] += 1
    return sorted(index for _rank, index in sorted(ranked)[:_PLACES])


def print_stats(result: "Result", figures: dict[str, Any]) -> None:
    """Print which keys are read most, and where the time went."""
    keys = Counter(
        edit.key for outcome in result.outcomes for edit in outcome.edits if edit.key is not None
    )
    say()
    if keys:
        say_table(("key", "places"), keys.most_common(10), right=[1])
        say()
    speed = figures["scanned"] / figures["seconds"] if figures["seconds"] else 0
    times = [(name, f"{seconds:.2f} s") for name, seconds in figures["phases"].items()]
    times.append(("files per second", f"{speed:,.0f}"))
    say_table(("time", ""), times, right=[1])
