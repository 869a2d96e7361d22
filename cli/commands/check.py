"""`hushflake check`: the lint rules without flake8."""

import sys

import click


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--select", multiple=True, metavar="CODES", help="Report these and no others.")
@click.option("--extend-select", multiple=True, metavar="CODES", help="Report these as well.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Do not report these.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--show-source", is_flag=True, help="Show the line of each finding, masked.")
@click.option("--notes", is_flag=True, help="Show what weighs less: credentials in test files.")
@click.option("--statistics", is_flag=True, help="Show how often each code was found.")
@click.option("--stdin-filename", metavar="NAME", help="What source on standard input is called.")
@click.option(
    "--files-from", metavar="FILE", help="Check the files named in FILE, ended by NUL; - is stdin."
)
@click.option("--strict", is_flag=True, help="Exit 3 when a file does not parse.")
@click.option("--no-ignore", is_flag=True, help="Also check files that git ignores.")
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; 0: one a processor.")
def check(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    form: str,
    show_source: bool,
    notes: bool,
    statistics: bool,
    stdin_filename: str | None,
    files_from: str | None,
    strict: bool,
    no_ignore: bool,
    jobs: int,
) -> int:
    """Check Python files for direct environment access and hard-coded secrets.

    PATH is a file or a folder, the working folder when absent; - is source on standard input.
    CODES are rules or their beginnings, separated by commas: HSF301, HSF1, ALL.
    """
    from hushflake.lint_plugin.reporters import json, text
    from hushflake.lint_plugin.session import Request
    from hushflake.lint_plugin.session import check as run

    request = Request(
        paths=_paths(paths, files_from),
        stdin=sys.stdin.buffer.read() if paths == ("-",) else None,
        stdin_filename=stdin_filename or "<stdin>",
        select=_codes(select),
        extend_select=_codes(extend_select),
        ignore=_codes(ignore),
        show_source=show_source,
        respect_gitignore=not no_ignore,
        jobs=jobs,
    )
    outcome = run(request)
    report = {"text": text.report, "json": json.report}[form]
    for line in report(outcome, notes=notes, statistics=statistics):
        click.echo(line)
    for each in outcome.skipped:
        place = f"{each.path}:{each.line}:{each.column}"
        click.echo(f"{place}: not checked: {each.message}", err=True)
    return outcome.exit_code(strict=strict)


def _codes(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for value in values for code in value.split(",") if code.strip())


def _paths(paths: tuple[str, ...], files_from: str | None) -> tuple[str, ...]:
    if files_from is None:
        return paths or (".",)
    if files_from == "-":
        data = sys.stdin.buffer.read()
    else:
        with click.open_file(files_from, "rb") as stream:
            data = stream.read()
    import os

    return (*paths, *(os.fsdecode(name) for name in data.split(b"\0") if name))
