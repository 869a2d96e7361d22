"""The command line of `check`, read without click.

A commit hook runs `check` on a file or two, and importing click would take longer than that.
`OPTIONS` is the one declaration: the command in `commands/check.py` is made of it, help and
messages are click's. What is not plain and right here is left to click as well.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hushflake.lint_plugin.outcome import Outcome
    from hushflake.lint_plugin.session import Request
    from hushflake.remediation.known.collect import Collected

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "rotation", "rotation-json")


class Option(NamedTuple):
    """An option. Without `metavar` and `choices` it is a flag; `many` may be given repeatedly."""

    flag: str
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    many: bool = False
    default: Any = None
    # Whether its value may be left out: it is "" then.
    optional: bool = False

    @property
    def field(self) -> str:
        """The name of its value."""
        return self.flag.lstrip("-").replace("-", "_")


OPTIONS = (
    Option("--select", "Report these and no others.", "CODES", many=True),
    Option("--extend-select", "Also report these.", "CODES", many=True),
    Option("--ignore", "Do not report these.", "CODES", many=True),
    Option("--format", "How to print the findings.", choices=FORMATS, default="text"),
    Option("--show-source", "Show the line of each finding, secrets masked."),
    Option("--notes", "Also show low-severity findings: made-up credentials in test files."),
    Option("--statistics", "Show how often each code was found."),
    Option("--baseline", "Leave out the findings recorded in FILE.", "FILE"),
    Option("--update-baseline", "Record the current findings in the baseline."),
    Option("--stdin-filename", "The file name to report for standard input.", "NAME"),
    Option("--files-from", "Check the files named in FILE, each ended by NUL; - is stdin.", "FILE"),
    Option("--staged", "Check what is staged, as git has it, and report what the change adds."),
    Option("--whole-files", "With --staged, also report what the committed files hold already."),
    Option(
        "--history",
        "Check what history holds: RANGE (main..HEAD), or all that references reach.",
        "RANGE",
        optional=True,
    ),
    Option("--known", "Also look for the values that your configured sources hold; asks first."),
    Option("--yes", "With --known: do not ask."),
    Option("--markdown", "Also check the blocks of Python in Markdown files."),
    Option("--strict", "Exit 3 if a file cannot be parsed."),
    Option("--no-ignore", "Also check files that git ignores."),
    Option("--no-cache", "Neither use nor write the cache."),
    Option("--jobs", "How many processes; 0 means one per processor.", "N", default="0"),
)


def parse(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Return the values of a plain command line; None leaves it to click."""
    by_flag = {option.flag: option for option in OPTIONS}
    values: dict[str, Any] = {
        option.field: [] if option.many else option.default for option in OPTIONS
    }
    paths: list[str] = []
    pending = iter(arguments)
    for argument in pending:
        if argument == "--":
            paths.extend(pending)
        elif argument == "-" or not argument.startswith("-"):
            paths.append(argument)
        else:
            flag, equals, value = argument.partition("=")
            option = by_flag.get(flag)
            if option is None or not _take(option, value if equals else None, pending, values):
                return None
    return {**values, "paths": paths}


def _take(
    option: Option, value: str | None, pending: Iterator[str], values: dict[str, Any]
) -> bool:
    """Store the value of an option; say whether it is a plain one."""
    if not option.metavar and not option.choices:
        values[option.field] = True
        return value is None
    if value is None and not option.optional:
        value = next(pending, None)
    if value is None or (option.choices and value not in option.choices):
        return False
    if option.field == "jobs" and not value.isdecimal():
        return False
    if option.many:
        values[option.field].append(value)
    else:
        values[option.field] = value
    return True


# Option -> those that say something else, and what to do.
_DISAGREE = {
    "staged": (
        ("files_from", "update_baseline", "no_ignore", "stdin_filename", "history"),
        "it checks what is staged and nothing else",
    ),
    "history": (
        (
            *("files_from", "stdin_filename", "no_ignore", "baseline", "update_baseline"),
            *("show_source", "statistics", "strict"),
        ),
        "it reports which credentials history holds, and nothing of the files here",
    ),
}


def require_agreement(values: dict[str, Any]) -> None:
    """Refuse options that do not go together.

    Raises:
        LintError: There are some.
    """
    from hushflake.lint_plugin.errors import LintError

    for field, (others, why) in _DISAGREE.items():
        other = next((name for name in others if _is_given(values, name)), "")
        if other and _is_given(values, field):
            raise LintError(f"{_flag(field)} and {_flag(other)} do not go together: {why}")
    for field in ("staged", "history"):
        if _is_given(values, field) and "-" in values["paths"]:
            raise LintError(f"{_flag(field)} and - do not go together: it reads no source")
    if values["whole_files"] and not values["staged"]:
        raise LintError("--whole-files needs --staged; files are always checked as a whole")


def _is_given(values: dict[str, Any], field: str) -> bool:
    """Say whether an option was given; its value may be left out."""
    return values[field] is not None and values[field] is not False


def _flag(field: str) -> str:
    return "--" + field.replace("_", "-")


def run(values: dict[str, Any]) -> int:
    """Check what the values say, print the report and return the exit code."""
    from importlib import import_module

    from hushflake.lint_plugin.session import Request
    from hushflake.terminal.write import put, put_json, say_lines

    require_agreement(values)
    if values["history"] is not None:
        from .check_history import run as run_history

        return run_history(values)
    paths = _paths(values["paths"], values["files_from"])
    if values["staged"] and not values["paths"]:
        paths = ()
    request = Request(
        paths=paths,
        stdin=sys.stdin.buffer.read() if paths == ("-",) else None,
        stdin_filename=values["stdin_filename"] or "<stdin>",
        select=_codes(values["select"]),
        extend_select=_codes(values["extend_select"]),
        ignore=_codes(values["ignore"]),
        show_source=bool(values["show_source"]) or values["format"] == "sarif",
        respect_gitignore=not values["no_ignore"],
        kinds=("markdown",) if values["markdown"] else (),
        jobs=int(values["jobs"]),
        use_cache=not values["no_cache"],
        baseline=values["baseline"] or "",
        update_baseline=bool(values["update_baseline"]),
        staged=bool(values["staged"]),
        whole_files=bool(values["whole_files"]),
    )
    name = values["format"].replace("-", "_")
    reporter = import_module(f"hushflake.lint_plugin.reporters.{name}")
    found = _collected(values)
    request = request._replace(
        fingerprints=getattr(reporter, "FINGERPRINTS", False), known=found and found.known
    )
    outcome = _checked(request)._replace(sought=found and found.sought)
    options = {"notes": bool(values["notes"]), "statistics": bool(values["statistics"])}
    if values["format"] == "text":
        from hushflake.terminal.stream import is_terminal

        say_lines(reporter.report(outcome, grouped=is_terminal(sys.stdout), **options))
        if any(finding.fix == "hardcoded_secrets" for finding in outcome.findings):
            from .repair_hint import lines

            say_lines(lines(outcome.findings, paths), fit=False)
    elif getattr(reporter, "IS_JSON", True):
        put_json("\n".join(reporter.report(outcome, **options)))
    else:
        put("".join(f"{line}\n" for line in reporter.report(outcome, **options)))
    if outcome.skipped:
        say_lines(
            (
                f"{each.path}:{each.line}:{each.column}: not checked: {each.message}"
                for each in outcome.skipped
            ),
            err=True,
        )
    return outcome.exit_code(strict=bool(values["strict"]))


def _collected(values: dict[str, Any]) -> "Collected | None":
    """Return the values to look for, if the user wants that; most runs do not even import it."""
    if not values["known"] and not values["yes"]:
        return None
    from .check_known import collected

    return collected(values)


def _checked(request: "Request") -> "Outcome":
    from hushflake.lint_plugin.session import check

    if not sys.stderr.isatty():
        return check(request)
    from hushflake.terminal.progress import progress

    with progress("Checking files") as bar:
        return check(request, bar.update)


def _codes(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(code for value in values for code in value.split(",") if code.strip())


def _paths(paths: Sequence[str], files_from: str | None) -> tuple[str, ...]:
    if files_from is None:
        return tuple(paths) or (".",)
    if files_from == "-":
        data = sys.stdin.buffer.read()
    else:
        from hushflake.lint_plugin.errors import LintError

        try:
            with open(files_from, "rb") as stream:  # noqa: PTH123 (a commit hook pays for pathlib)
                data = stream.read()
        except OSError as error:
            raise LintError(f"{files_from}: cannot be read: {error.strerror}") from None
    return (*paths, *(os.fsdecode(name) for name in data.split(b"\0") if name))
