"""`hushflake schema`: compile definitions without a database."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.write import put, put_json, say, say_block

from ..errors import MISTAKE, OK
from ..groups import Group
from ..output import print_json
from ..renamed import Renamed, output_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hushflake.schema.errors import SchemaError
    from hushflake.schema.project import Project
    from hushflake.schema.state import Desired

project_option = click.option(
    "--project", metavar="DIR", help="The schema project: a folder, or `foundation`."
)
stack_option = click.option(
    "--stack", metavar="NAME", default="local", show_default=True, help="The stack to compile for."
)


@click.group(cls=Group)
def schema() -> None:
    """Compile definitions to SQL, graphs and documentation, without a database."""


@schema.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Name of the project. [default: that of the folder]")
@click.option(
    "--minimal", is_flag=True, help="One entity, one stack and five rows, to be replaced by yours."
)
def init(directory: Path, name: str | None, minimal: bool) -> None:
    """Create a schema project in DIR: a copy of the shipped example, or a minimal one."""
    if minimal:
        from ..first_steps import start_project

        start_project(directory, name)
        return
    from hushflake.schema.scaffold import copy_foundation

    files = copy_foundation(directory, name)
    say(f"{directory}: {files} files. Next: cd {directory}, hushflake schema validate")


@schema.command()
@project_option
@click.option(
    "--stack",
    "stacks",
    multiple=True,
    metavar="NAME",
    help="Check for this stack only. [default: all]",
)
@click.option("--quiet", "-q", is_flag=True, help="Print mistakes only.")
@click.option("--strict", is_flag=True, help="Treat warnings as mistakes.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: for editors and CI.",
)
def validate(
    project: str | None, stacks: tuple[str, ...], quiet: bool, strict: bool, form: str
) -> int:
    """Check every definition for every stack; all mistakes of all files are reported in one run.

    A project without a stack file is checked for its stack local.
    """
    from hushflake.schema.compile import validate_stacks
    from hushflake.schema.errors import DefinitionError, SchemaError

    found = _project(project, quiet=quiet or form == "json", tolerant=True)
    compiled: dict[str, Desired] = {}
    mistakes: tuple[SchemaError, ...] = ()
    try:
        compiled = validate_stacks(found, stacks)
    except DefinitionError as error:
        mistakes = error.errors
    warnings = {str(item): item for desired in compiled.values() for item in desired.warnings}
    if strict and warnings:
        mistakes = DefinitionError(warnings.values()).errors
        warnings = {}
    if form == "text":
        # Bare, so that editors and CI find the place at the beginning of each line.
        if mistakes:
            say_block(str(DefinitionError(mistakes)), err=True, fit=True)
        for item in () if quiet else warnings.values():
            say_block(_warning(item), err=True, fit=True)
    else:
        document = _validated(found.name, {} if mistakes else compiled, mistakes)
        print_json("schema-validate", **document, warnings=_places(warnings.values()))
    if form == "text" and compiled and not mistakes and not quiet:
        for stack, desired in compiled.items():
            say(f"{stack}: {_counted(desired)}")
            for note in desired.notes:
                say(f"    {note}")
        say(_summary(compiled))
    return MISTAKE if mistakes else OK


@schema.command()
@project_option
@stack_option
@output_option("Write one file.")
@click.option(
    "--output-dir",
    "out_dir",
    cls=Renamed,
    former=("--out-dir",),
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write one file per object.",
)
@click.option(
    "--bootstrap",
    metavar="ROLE",
    help="Print what an administrator runs once instead, so that ROLE can deploy the stack.",
)
def render(
    project: str | None, stack: str, out: Path | None, out_dir: Path | None, bootstrap: str | None
) -> None:
    """Print the statements that build everything on an empty account."""
    import gc

    if bootstrap is not None:
        from hushflake.deploy.readiness import bootstrap_script
        from hushflake.schema.names import Identifier

        if out_dir is not None:
            raise click.UsageError("--bootstrap makes one script: leave out --output-dir")
        desired = _compile(_project(project, quiet=True), stack)
        _put(bootstrap_script(desired, str(Identifier.parse(bootstrap))), out)
        return
    from hushflake.deploy.script import object_files, script
    from hushflake.schema.compile import without_collector

    found = _project(project, quiet=True)
    with without_collector():
        desired = _compile(found, stack)
        files = object_files(desired, found.templates) if out_dir is not None else {}
        text = script(desired, found.templates) if out_dir is None else ""
        # The process ends here: the last collection need not walk through what was compiled.
        gc.freeze()
    if out_dir is not None:
        for path, statements in files.items():
            target = out_dir / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(statements, encoding="utf-8")
        say(f"{out_dir}: {len(files)} files")
        return
    _put(text, out)


@schema.command()
@project_option
@stack_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "svg"]),
    default="mermaid",
    show_default=True,
)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Show these kinds only.")
@click.option("--full", is_flag=True, help="Show every object of an entity, not one node for all.")
@output_option("Write to this file instead of standard output.")
def graph(
    project: str | None,
    stack: str,
    form: str,
    kinds: tuple[str, ...],
    full: bool,
    out: Path | None,
) -> None:
    """Draw the dependency graph as Mermaid, DOT or SVG.

    An entity is one node. With --kind or --full each object is. Grants and foreign keys are
    shown only if --kind names them.
    """
    from hushflake.schema.diagram import draw, graph_of
    from hushflake.schema.kinds import all_kinds
    from hushflake.schema.suggest import one_of

    for kind in kinds:
        if kind not in all_kinds():
            raise click.BadParameter(f"unknown kind {kind!r}; {one_of(kind, all_kinds())}")
    desired = _compile(_project(project, quiet=True), stack)
    text = draw(graph_of(desired, kinds, unfolded=full or bool(kinds)), form)  # type: ignore[arg-type]
    _put(text, out)


@schema.command()
@project_option
@stack_option
@output_option("The page to write.", default=Path("schema.html"), shown=True)
def docs(project: str | None, stack: str, out: Path) -> None:
    """Write one HTML page: entities, fields, diagrams, lineage, roles.

    The page loads nothing from the network.
    """
    from hushflake.schema.documentation import documentation
    from hushflake.templates.reporting import render_report

    desired = _compile(_project(project, quiet=True), stack)
    out.write_text(render_report("schema", documentation(desired)), encoding="utf-8")
    say(f"{out}: {len(desired.entities)} entities, {len(desired.resources)} objects")


@schema.command("json-schema")
@click.argument("of", type=click.Choice(["definitions", "stack", "project"]), default="definitions")
def json_schema(of: str) -> None:
    """Print the JSON Schema of definitions, stacks or hushflake.yaml, for editors."""
    import json

    from hushflake.schema import jsonschema

    made = {
        "definitions": jsonschema.definitions_schema,
        "stack": jsonschema.stack_schema,
        "project": jsonschema.project_schema,
    }[of]()
    put_json(json.dumps(made, indent=2))


@schema.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True))
@output_option("Write to this file instead of standard output.")
@click.option("--database", metavar="NAME", help="Remove this database from the names.")
def import_(file: Path, out: Path | None, database: str | None) -> None:
    """Convert SQL, such as the output of GET_DDL, to definitions; list what cannot be converted.

    USE and SET are followed. A CREATE, ALTER or GRANT that no kind describes becomes a `statement`.
    """
    from hushflake.schema.files import read_text
    from hushflake.schema.importer import import_sql

    found = import_sql(read_text(file), database)
    _put(found.yaml, out)
    kept = f", {_plural(found.kept, 'statement')} of them kept as text" if found.kept else ""
    say(f"{_plural(found.count, 'definition')} from {file}{kept}", err=True)
    if found.external:
        say(f"add to hushflake.yaml: external: [{', '.join(found.external)}]", err=True)
    if found.variables:
        say(f"give values in the stack, variables: {', '.join(found.variables)}", err=True)
    if found.owners:
        owners = ", ".join(f"{name}: {role}" for name, role in found.owners.items())
        say(f"add to the stack: owners: {{{owners}}}", err=True)
    for item in found.left:
        say(f"{file}:{item.line}:1: not read: {item.reason}: {item.text}", err=True)


def _put(text: str, out: Path | None) -> None:
    if out is None:
        put(text)
    else:
        out.write_text(text, encoding="utf-8")
        say(f"wrote {out}")


def _summary(compiled: "Mapping[str, Desired]") -> str:
    """What was checked: entities, other objects as they are declared, stacks."""
    first = next(iter(compiled.values()))
    declared = {r.at for r in first.resources.values() if r.entity is None and r.at is not None}
    counts = (_plural(len(first.entities), "entity", "entities"), _plural(len(declared), "object"))
    return f"{', '.join(counts)}, stacks: {', '.join(compiled)}. No mistakes."


def _plural(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"


def _validated(
    project: str, compiled: "Mapping[str, Desired]", mistakes: "Sequence[SchemaError]"
) -> dict[str, Any]:
    return {
        "project": project,
        "mistakes": _places(mistakes),
        "stacks": {
            name: {
                "entities": len(desired.entities),
                "objects": len(desired.resources),
                "notes": list(desired.notes),
            }
            for name, desired in compiled.items()
        },
    }


def _places(found: "Iterable[SchemaError]") -> list[dict[str, Any]]:
    return [
        {
            "path": item.at.path if item.at else None,
            "line": item.at.line if item.at else None,
            "column": item.at.column if item.at else None,
            "message": item.message,
            "remedy": item.remedy,
        }
        for item in found
    ]


def _warning(item: "SchemaError") -> str:
    place = f"{item.at}: " if item.at else ""
    return f"{place}warning: {item.message}; {item.remedy}"


def _project(explicit: str | None, *, quiet: bool, tolerant: bool = False) -> "Project":
    from hushflake.schema.project import find_project

    found = find_project(Path.cwd(), explicit, tolerant=tolerant)
    if found.is_shipped and not found.was_named and not quiet:
        say("no hushflake.yaml here or above: using the shipped project foundation")
    return found


def _compile(project: "Project", stack: str) -> "Desired":
    from hushflake.schema.compile import compile_stack, load_stack

    return compile_stack(project, load_stack(project, stack))


def _counted(desired: "Desired") -> str:
    counts: dict[str, int] = {}
    for key in desired.resources:
        counts[key.kind] = counts.get(key.kind, 0) + 1
    words = [f"{count} {kind}{'s' * (count != 1)}" for kind, count in sorted(counts.items())]
    return f"{len(desired.resources)} objects: " + ", ".join(w.replace("_", " ") for w in words)
