"""`hushflake codemod`: rewrite a repository to read its configuration through one accessor."""

import sys
from typing import TYPE_CHECKING, Any

import click

from ..errors import FAILURE, FINDINGS, OK
from ..output import print_json, styled, table

if TYPE_CHECKING:
    from hushflake.codemods.run import Result, Tick


@click.command(short_help="Rewrite environment reads to calls of one accessor.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--write", "mode", flag_value="write", help="Write the changes.")
@click.option("--diff", "mode", flag_value="diff", help="Print the changes as a diff.")
@click.option("--check", "mode", flag_value="check", help="Exit 1 if anything would change.")
@click.option("--only", multiple=True, metavar="TRANSFORM", help="Run these transforms alone.")
@click.option("--skip", multiple=True, metavar="TRANSFORM", help="Do not run these transforms.")
@click.option(
    "--with", "extra", multiple=True, metavar="TRANSFORM", help="Run these opt-in ones too."
)
@click.option("--list", "listing", is_flag=True, help="Tell the transforms and exit.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes; default: all cores.")
@click.option("--no-ignore", is_flag=True, help="Include what git ignores.")
@click.option(
    "--key-style", type=click.Choice(["keep", "snake", "path"]), help="How to spell keys."
)
@click.option("--key-mapping", type=click.Path(), help="TOML file: OLD_KEY = 'new key'.")
@click.option("--strict", is_flag=True, help="Exit 3 if a file does not parse.")
@click.option("--stats", is_flag=True, help="Add where the time went and which keys are read most.")
@click.option("--show-secrets", is_flag=True, help="Do not mask secrets in a diff on a terminal.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def codemod(paths: tuple[str, ...], mode: str | None, form: str, **options: Any) -> int:
    """Rewrite environment reads below PATHS (default: here) to calls of one accessor.

    Without --write, --diff or --check it reports what it would do.
    """
    if options["listing"]:
        return _list_transforms()
    from hushflake.codemods import report

    result = _run(paths or (".",), mode == "write", quiet=form == "json", **options)
    figures = report.summary(result)
    if form == "json":
        print_json("codemod", **report.document(result))
    elif mode == "diff":
        _print_diff(result, show_secrets=options["show_secrets"])
        _print_problems(result, err=True)
    else:
        _print_problems(result, err=False)
        _print_summary(figures, mode)
        if options["stats"]:
            _print_stats(result, figures)
    if figures["problems"] or (options["strict"] and figures["unparsed"]):
        return FAILURE
    return FINDINGS if mode == "check" and figures["changed"] else OK


def _list_transforms() -> int:
    from hushflake.codemods.transform import all_transforms

    rows = [(t.name, "opt-in" if t.opt_in else "", t.summary) for t in all_transforms()]
    click.echo(table(("transform", "", "what it does"), rows))
    return OK


def _run(paths: tuple[str, ...], write: bool, *, quiet: bool, **options: Any) -> "Result":
    import os
    from importlib.util import find_spec
    from pathlib import Path

    if find_spec("libcst") is None:
        # Told before any work; importing it here would cost every run that finds nothing.
        raise ModuleNotFoundError("No module named 'libcst'", name="libcst")
    from hushflake.codemods.cycle import before_accessor
    from hushflake.codemods.keys import KeyNames, read_mapping
    from hushflake.codemods.rewrite import Rewriter
    from hushflake.codemods.run import run
    from hushflake.codemods.transform import chosen
    from hushflake.lint_plugin.settings import Policy, load

    settings = load(paths)
    mapping = options["key_mapping"] or (
        settings.key_mapping and str(Path(settings.root, settings.key_mapping))
    )
    keys = KeyNames(
        options["key_style"] or settings.key_style, read_mapping(mapping) if mapping else {}
    )
    transforms = chosen(options["only"], options["skip"], options["extra"])
    before = before_accessor(settings.root, settings.accessor)
    rewriter = Rewriter(transforms, Policy(settings), keys, before)
    jobs = options["jobs"] or len(os.sched_getaffinity(0))
    with _Progress(quiet) as progress:
        return run(
            paths, rewriter, write=write, jobs=jobs, ignore=not options["no_ignore"],
            tick=progress.tick,
        )  # fmt: skip


def _print_diff(result: "Result", *, show_secrets: bool) -> None:
    from hushflake.codemods.diffs import Diff

    # A pipe or a file keeps what a terminal only shows.
    if show_secrets and not sys.stdout.isatty():
        raise click.UsageError("--show-secrets works on a terminal only")
    diff = Diff(result.settings, show_secrets=show_secrets)
    for line in diff.lines(result.outcomes):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    for path in diff.masked:
        click.echo(f"{path}: secrets are masked as ***; this part does not apply", err=True)


class _Progress:
    """A bar on a terminal; nothing elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self.bar: Any = None
        self.tick: Tick | None = None
        if not quiet and sys.stderr.isatty():
            self.tick = self._tick

    def _tick(self, done: int, total: int) -> None:
        if self.bar is None:
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task("rewriting", total=total)
        self.bar.update(self.task, completed=done)

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def _print_problems(result: "Result", *, err: bool) -> None:
    for outcome in result.outcomes:
        if outcome.failure is not None:
            failure = outcome.failure
            place = f"{outcome.path}:{failure.line}:{failure.column}"
            click.echo(f"{place}: {failure.message}; left as it is", err=err)
        elif outcome.message and outcome.status != "unparsed":
            click.echo(f"{outcome.path}: {outcome.message}", err=err)


def _print_summary(figures: dict[str, Any], mode: str | None) -> None:
    from hushflake.codemods import report

    rows = [(report.form_of(form), count, "") for form, count in figures["forms"].items()]
    if rows:
        click.echo(table(("rewritten", "reads", ""), rows, right=[1]))
        click.echo()
    rows = [
        (reason, count, report.describe(reason)) for reason, count in figures["reasons"].items()
    ]
    if rows:
        click.echo(table(("left", "places", "why"), rows, right=[1]))
        click.echo()
    verb = "changed" if figures["written"] else "would change"
    line = (
        f"{figures['changed']:,} of {figures['scanned']:,} files {verb}: "
        f"{figures['rewritten']:,} reads rewritten, {figures['left']:,} places left"
    )
    if figures["excluded"]:
        line += f", {figures['excluded']:,} files excluded"
    if figures["unparsed"]:
        line += f", {figures['unparsed']:,} files do not parse"
    click.echo(styled(line, bold=True) + f" ({figures['seconds']:.1f} s)")
    if mode is None and figures["changed"]:
        click.echo("Nothing was written: add --write to do it, --diff to see it.")


def _print_stats(result: "Result", figures: dict[str, Any]) -> None:
    from collections import Counter

    keys = Counter(
        edit.key for outcome in result.outcomes for edit in outcome.edits if edit.key is not None
    )
    click.echo()
    if keys:
        click.echo(table(("key", "places"), keys.most_common(10), right=[1]))
        click.echo()
    speed = figures["scanned"] / figures["seconds"] if figures["seconds"] else 0
    rows = [(name, f"{seconds:.2f} s") for name, seconds in figures["phases"].items()]
    rows.append(("files a second", f"{speed:,.0f}"))
    click.echo(table(("time", ""), rows, right=[1]))
