"""`hushflake config audit`: what the audit trail says, and whether it is what was written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_table

from ..errors import FINDINGS, OK
from ..groups import Group
from ..output import print_json
from .config_options import configured, format_option

SHOWN = 40


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def audit(context: click.Context) -> int:
    """Show who read what from the audit trail, or verify it."""
    if context.invoked_subcommand is None:
        result = context.invoke(show)
        return result if isinstance(result, int) else OK
    return OK


@audit.command()
@configured
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--key", "only", metavar="KEY", help="Only reads of this key.")
@format_option
def show(paths: tuple[Path, ...] = (), only: str | None = None, form: str = "text") -> int:
    """Show the reads by key, source, outcome and caller, the most frequent first."""
    reads = _reads(_folders(paths), only)
    if form == "json":
        print_json("config-audit", reads=reads)
        return OK
    rows = [
        [read["count"], read["key"], read["source"], read["outcome"], _place(read)]
        for read in reads[:SHOWN]
    ]
    say_table(["reads", "key", "source", "outcome", "caller"], rows, right=[0])
    if len(reads) > SHOWN:
        say(f"… and {len(reads) - SHOWN} more; --format json shows all")
    return OK


def _place(read: dict[str, Any]) -> str:
    return f"{read['code.file.path']}:{read['code.line.number']} {read['code.function.name']}"


def _reads(paths: list[Path], only: str | None) -> list[dict[str, Any]]:
    from hushflake.config.audit.verify import files, records

    names = ("key", "source", "outcome", "code.function.name", "code.file.path", "code.line.number")
    totals: dict[tuple[Any, ...], int] = {}
    for path in files(paths):
        for _, record in records(path):
            if record and record.get("event") == "config.read" and only in (None, record["key"]):
                name = tuple(record.get(part, "") for part in names)
                totals[name] = totals.get(name, 0) + int(record["count"])
    reads = [
        {**dict(zip(names, name, strict=True)), "count": count} for name, count in totals.items()
    ]
    return sorted(reads, key=lambda read: (-read["count"], read["key"]))


def _folders(paths: tuple[Path, ...]) -> list[Path]:
    from hushflake.config.errors import ConfigError
    from hushflake.config.reading import process

    active = process.current()
    if paths:
        return list(paths)
    if active is None or active.settings.audit_dir is None:
        raise ConfigError("audit: give a PATH, or audit-dir in [tool.hushflake.config]")
    return [Path(active.settings.audit_dir)]


@audit.command()
@configured
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--mark", help="A mark that you kept elsewhere and that the trail must still contain."
)
@click.option("--no-key", is_flag=True, help="Expect chains without an HMAC key.")
@format_option
def verify(paths: tuple[Path, ...], mark: str | None, no_key: bool, form: str) -> int:
    """Check the chain of every audit file; name the first bad record of each. Exit 1 if any.

    Of a folder, its ledger is checked too: whether a file is missing, or ends too early.
    """
    verdicts = list(_verdicts(_folders(paths), mark, no_key))
    bad = [verdict for verdict in verdicts if verdict.problem]
    if form == "json":
        documents = [{**verdict._asdict(), "path": str(verdict.path)} for verdict in verdicts]
        print_json("config-audit-verify", files=documents)
        return FINDINGS if bad else OK
    for verdict in verdicts:
        if verdict.problem:
            say(styled("✗", fg="red"), f" {verdict.problem}")
        else:
            say(
                styled("✓", fg="green"),
                f" {verdict.path}: {verdict.records} records, last mark {verdict.head}",
            )
        for note in verdict.notes:
            say(f"    {note}")
    say(f"{len(verdicts) - len(bad)}/{len(verdicts)} files good")
    return FINDINGS if bad else OK


def _verdicts(paths: list[Path], mark: str | None, no_key: bool) -> Iterator[Any]:
    from hushflake.config.audit.trail import hmac_key
    from hushflake.config.audit.verify import files
    from hushflake.config.audit.verify import verify as check
    from hushflake.config.audit.verify_folder import verify_folder
    from hushflake.config.reading import process

    active = process.current()
    key = None
    if active is not None and not no_key:
        active.loaded_table()
        key = hmac_key(active)
    for path in paths:
        found = files([path])
        if not path.is_dir():
            yield from (check(file, key, mark) for file in found)
            continue
        yield verify_folder(path, key, found, mark)
        yield from (check(file, key) for file in found)
