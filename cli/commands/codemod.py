"""`hushflake codemod`: rewrite a repository to read its configuration through one accessor."""

from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.progress import progress
from hushflake.terminal.write import say_table

from ..errors import FAILURE, FINDINGS, OK
from ..output import print_json
from ..targets import CREATE, TARGETS

if TYPE_CHECKING:
    from hushflake.codemods.run import Result


@click.command(short_help="Rewrite environment reads to calls of one accessor.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--write", "mode", flag_value="write", help="Write the changes.")
@click.option("--diff", "mode", flag_value="diff", help="Print the changes as a diff.")
@click.option("--check", "mode", flag_value="check", help="Exit 1 if anything would change.")
@click.option("--only", multiple=True, metavar="TRANSFORM", help="Run only these transforms.")
@click.option("--skip", multiple=True, metavar="TRANSFORM", help="Do not run these transforms.")
@click.option(
    "--with", "extra", multiple=True, metavar="TRANSFORM", help="Also run these opt-in transforms."
)
@click.option("--list", "listing", is_flag=True, help="List the transforms and exit.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes; default: all cores.")
@click.option("--no-ignore", is_flag=True, help="Include what git ignores.")
@click.option(
    "--key-style", type=click.Choice(["keep", "snake", "path"]), help="How to spell keys."
)
@click.option("--key-mapping", type=click.Path(), help="TOML file: OLD_KEY = 'new key'.")
@click.option("--strict", is_flag=True, help="Exit 3 if a file cannot be parsed.")
@click.option("--stats", is_flag=True, help="Add timings, and the keys that are read most.")
@click.option("--show-secrets", is_flag=True, help="Do not mask secrets in a diff on a terminal.")
@click.option(
    "--split",
    type=click.Choice(["codeowners", "package"]),
    help="Make a branch per owner or package; with --write, else show them.",
)
@click.option(
    "--branch-prefix",
    default="hushflake/",
    show_default=True,
    metavar="PREFIX",
    help="What the names of those branches begin with.",
)
@click.option(
    "--to",
    "target",
    default="",
    metavar="TARGET",
    help=f"Where hardcoded_secrets puts the secrets: {TARGETS}; env-file, or none to write the "
    "code alone.",
)
@click.option(
    "--key", "names", multiple=True, metavar="NAME=PATH:LINE", help="Name the secret at a place."
)
@click.option("--yes", is_flag=True, help="Move the secrets without asking.")
@click.option("--create", is_flag=True, help=CREATE)
@click.option(
    "--age-recipient",
    "recipients",
    multiple=True,
    metavar="RECIPIENT",
    help="Encrypt the backup of moved secrets for this age recipient or SSH key. Repeatable.",
)
@click.option("--backup-dir", type=click.Path(), help="Where to back up files with secrets.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def codemod(paths: tuple[str, ...], mode: str | None, form: str, **options: Any) -> int:
    """Rewrite environment reads below PATHS (default: here) to calls of one accessor.

    Without --write, --diff or --check it reports what it would do. Loaders of .env files stay
    as long as those files provide values; --only dotenv_loaders removes them anyway.
    --only hardcoded_secrets --to TARGET moves secrets out of the source.
    """
    if options["listing"]:
        return _list_transforms()
    from .. import repair

    if repair.is_wanted(options):
        return repair.run(paths or (".",), mode, form, options)
    if options["split"]:
        return _split(paths or (".",), mode, form, **options)
    from hushflake.codemods import report

    from ..codemod_notes import notes
    from ..codemod_report import (
        print_diff,
        print_left_alone,
        print_problems,
        print_stats,
        print_summary,
    )

    result = _run(paths or (".",), mode == "write", quiet=form == "json", **options)
    figures = report.summary(result)
    if form == "json":
        told = [note._asdict() for note in notes(result)]
        print_json("codemod", **report.document(result), notes=told)
    elif mode == "diff":
        print_diff(result, show_secrets=options["show_secrets"])
        print_problems(result, err=True)
        print_left_alone(figures)
    else:
        print_problems(result, err=False)
        print_summary(result, figures, mode, notes(result))
        if options["stats"]:
            print_stats(result, figures)
    if figures["problems"] or (options["strict"] and figures["unparsed"]):
        return FAILURE
    return FINDINGS if mode == "check" and figures["changed"] else OK


def _split(paths: tuple[str, ...], mode: str | None, form: str, **options: Any) -> int:
    if mode not in (None, "write"):
        raise click.UsageError(f"--split goes with --write or alone, not with --{mode}")
    from hushflake.codemods import report

    from ..codemod_report import print_problems
    from ..codemod_split import fields, print_split, split

    result = _run(paths, write=False, quiet=form == "json", **options)
    plan = split(result, options["split"], options["branch_prefix"], write=mode == "write")
    if form == "json":
        print_json("codemod", **report.document(result), split=fields(plan))
    else:
        print_problems(result, err=False)
        print_split(plan)
    return FAILURE if report.summary(result)["problems"] else OK


def _list_transforms() -> int:
    from hushflake.codemods.transforms import all_transforms

    rows = [(t.name, "opt-in" if t.opt_in else "", t.summary) for t in all_transforms()]
    say_table(("transform", "", "what it does"), rows)
    return OK


def _run(paths: tuple[str, ...], write: bool, *, quiet: bool, **options: Any) -> "Result":
    import os

    from hushflake.codemods.prepare import rewriter
    from hushflake.codemods.run import run
    from hushflake.lint_plugin.settings import load

    prepared = rewriter(
        load(paths),
        only=options["only"],
        skip=options["skip"],
        extra=options["extra"],
        key_style=options["key_style"] or "",
        key_mapping=options["key_mapping"] or "",
    )
    jobs = options["jobs"] or len(os.sched_getaffinity(0))
    with progress("rewriting", quiet=quiet) as shown:
        return run(
            paths, prepared, write=write, jobs=jobs, ignore=not options["no_ignore"],
            tick=shown.update,
        )  # fmt: skip
