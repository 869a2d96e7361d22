"""`hushflake inventory`: every configuration key of a code base, in several formats."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hushflake.terminal.layout import Column, table
from hushflake.terminal.progress import progress
from hushflake.terminal.stream import width
from hushflake.terminal.text import Text, styled
from hushflake.terminal.write import put, put_json, say, say_lines

from ..errors import FAILURE, OK
from ..inventory_check import Counted, told_skipped
from ..output import json_text
from ..renamed import output_option

if TYPE_CHECKING:
    from hushflake.remediation.inventory.model import EnvFileReader, Inventory, Key

FORMATS = ["text", "json", "html", "esc", "services", "keys"]
# Of the declared keys: those of the table and of service classes, or else what the code reads.
DECLARED = ["env-example", "json-schema", "markdown"]


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice([*FORMATS, *DECLARED]), default="text", show_default=True
)
@output_option("Write to this file instead of standard output.", name="output", former=())
@click.option("--no-ignore", is_flag=True, help="Include files that git ignores.")
@click.option(
    "--before",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An earlier inventory as JSON: the HTML report shows the progress since then.",
)
@click.option(
    "--check",
    "gate",
    is_flag=True,
    help="Exit 1 unless code, declared keys, templates and workflows agree.",
)
@click.option("--strict", is_flag=True, help="Exit 3 if a file cannot be parsed.")
def inventory(
    paths: tuple[Path, ...],
    form: str,
    output: Path | None,
    no_ignore: bool,
    before: Path | None,
    gate: bool,
    strict: bool,
) -> int:
    """List every configuration key that code reads, and where else it is named.

    For each key it shows the type that the code converts the value to, the defaults, the
    service group, whether it is a secret, and the .env files, containers and pipelines that
    name it. The value of a secret is never shown. `esc` writes a Pulumi ESC environment to fill
    in, `services` typed classes, `keys` the table [tool.hushflake.keys], `html` a report in one
    file. `env-example`, `json-schema` and `markdown` are written of the declared keys, or of what
    the code reads where none are declared. `--check` compares the keys with the declared ones.
    """
    from hushflake.remediation.inventory.collect import Options, collect

    paths = paths or (Path(),)
    if gate:
        from ..inventory_check import run

        return run(paths, form, ignored=no_ignore, output=output, strict=strict)
    if form == "html":
        from hushflake.remediation import report

        built = report.build(paths, ignored=no_ignore, before=before)
        found, text = built.inventory, report.render(built)
    else:
        with progress("Reading files", quiet=form == "json") as shown:
            found = collect(paths, Options(ignored=no_ignore), Counted(shown).tick)
        if form in DECLARED:
            text = _declared(found, form, paths)
        else:
            text = "" if form == "text" else _DOCUMENTS[form](found)
    if output is not None:
        _write(output, text or "".join(f"{line}\n" for line in _lines(found, None)))
    elif form == "text":
        say_lines(_lines(found, width(sys.stdout)))
    elif form == "json":
        put_json(text.rstrip("\n"))
    else:
        put(text)
    return FAILURE if told_skipped(found, strict=strict) else OK


def _write(output: Path, text: str) -> None:
    from hushflake.remediation.files import write_atomically

    write_atomically(output, text.encode("utf-8"))
    say(f"Wrote {output}", err=True)


def _esc(found: "Inventory") -> str:
    from hushflake.remediation.inventory import esc

    return esc.render(found)


def _json(found: "Inventory") -> str:
    from hushflake.remediation.inventory import document

    return json_text("inventory", **document.fields(found)) + "\n"


def _services(found: "Inventory") -> str:
    from hushflake.remediation.inventory import services

    return services.render(found)


def _keys(found: "Inventory") -> str:
    from hushflake.remediation.inventory import keys_table

    return keys_table.render(found)


def _declared(found: "Inventory", form: str, paths: tuple[Path, ...]) -> str:
    from hushflake.lint_plugin.settings import load
    from hushflake.remediation.inventory.keys_table import first_table
    from hushflake.remediation.keys.documents import all_documents
    from hushflake.remediation.keys.generate import made
    from hushflake.remediation.keys.table import declared_table

    settings = load([str(path) for path in paths])
    fields = [field.key for field in found.declared]
    is_declared = bool(settings.keys or fields)
    table = declared_table(settings, fields) if is_declared else first_table(found, settings)
    return made(all_documents()[form], table, settings)


_DOCUMENTS = {"json": _json, "esc": _esc, "services": _services, "keys": _keys}


# -- text -----------------------------------------------------------------------------------


def _lines(found: "Inventory", columns: int | None) -> list[str | Text]:
    """Return the lines of the report for a terminal of so many columns, or for a file."""
    from hushflake.lint_plugin import passed_over

    lines: list[str | Text] = []
    if found.read_keys:
        # Who reads is of interest where it is not the code itself.
        by_library = any(key.readers for key in found.read_keys)
        rows = [
            (styled(key.name, bold=True), _type(key), key.group, len(key.reads), _defaults(key),
             *([", ".join(key.readers)] if by_library else []), _kinds(key))
            for key in found.read_keys
        ]  # fmt: skip
        headings: list[str | Column] = [
            "key", "type", Column("group", fit="cut"), Column("reads", right=True),
            Column("default", fit="cut"), *(["read by"] if by_library else []), "also named in",
        ]  # fmt: skip
        lines += [*table(headings, rows, width=columns), ""]
    for key in found.read_keys:
        lines += [styled("defaults differ: ", fg="yellow") + line for line in _conflict(key)]
    for read in found.dynamic:
        if read.followed:
            continue
        what = (
            "a credential is in the place of the key"
            if read.reason == "credential-key"
            else "key worked out at run time"
        )
        lines.append(f"{what}: {read.path}:{read.line}:{read.column}")
    for key in found.unread_keys:
        # A line may name a key twice: `TOKEN: ${{ secrets.TOKEN }}`.
        named = dict.fromkeys(f"{one.path}:{one.line}" for one in key.named)
        places = ", ".join([*named][:3])
        lines.append(f"named, but read nowhere: {key.name} ({places})")
    lines += [_file_reader(one) for one in found.env_file_readers if not one.in_test]
    for use in found.env_files:
        what = "a whole .env file" if use.keys is None else "keys of a .env file"
        lines.append(f"reads {what}: {use.path}:{use.line} ({use.kind}, {use.file})")
    lines.append(_totals(found))
    return [*lines, *filter(None, [passed_over.line(found.passed_over)])]


def _file_reader(one: "EnvFileReader") -> str:
    files = ", ".join(dict.fromkeys(each.shown for each in one.files))
    into = " into the environment" if one.into_environment else ""
    return f"loads a .env file{into}: {one.path}:{one.line} ({one.reader}, {files})"


def _type(key: "Key") -> Text:
    return Text(key.type) + (styled(" secret", fg="red") if key.secret else "")


def _defaults(key: "Key") -> str:
    if key.shown_default:
        text = key.shown_default
        return text if len(text) <= 32 else text[:31] + "…"
    return "required" if key.required else ""


def _kinds(key: "Key") -> str:
    return ", ".join(sorted({named.kind for named in key.named}))


def _conflict(key: "Key") -> list[str]:
    if not key.conflicting:
        return []
    places = [
        f"{read.default.text} at {read.path}:{read.line}"
        for read in key.reads
        if read.default is not None and read.default.identity and not read.in_test
    ]
    return [f"{key.name}: {'; '.join(places)}"]


def _totals(found: "Inventory") -> Text:
    from hushflake.remediation.wording import counted

    through, reads = found.progress()
    secret = sum(key.secret for key in found.read_keys)
    kept = sum(key.kept and bool(key.reads) for key in found.keys)
    parts = [
        (
            f"{counted(len(found.read_keys), 'key')} ({secret} secret) in {counted(reads, 'read')} "
            f"of {counted(found.files, 'file')}"
        ),
        f"{through:,} of {counted(reads, 'read')} through the accessor",
    ]
    if kept:
        parts.append(f"{counted(kept, 'platform key')} left out")
    return styled("; ".join(parts), bold=True)
