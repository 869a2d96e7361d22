"""`hushflake load`: data files into entities, by key."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.layout import Column
from hushflake.terminal.write import say, say_table

from ..deploy_options import stack_options
from ..errors import FINDINGS, MISTAKE, OK
from ..knowledge_options import format_option, opened_base, progress_bar, tell_failures
from ..output import print_json

if TYPE_CHECKING:
    from hushflake.knowledge.base import Base
    from hushflake.knowledge.load import Loaded
    from hushflake.knowledge.missing import Deleted, Missing
    from hushflake.schema.model import Entity


@click.command()
@click.argument(
    "files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path, dir_okay=False)
)
@stack_options
@click.option(
    "--entity",
    metavar="NAME",
    help="The entity to load the files into. [default: the one that each file is named after]",
)
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where rejected rows go. [default: .hushflake/rejects/ENTITY.jsonl]",
)
@click.option(
    "--restart", is_flag=True, help="Start again at the first row after an interrupted load."
)
@click.option(
    "--delete-missing",
    is_flag=True,
    help="Delete the rows that the files no longer have; none where a row was rejected.",
)
@click.option(
    "--allow-deletes",
    is_flag=True,
    help="Delete more than 20 rows, or more than 5 percent of an entity, at once.",
)
@click.option(
    "--embed/--no-embed",
    default=None,
    help="Whether to embed the rows afterwards. [default: only on a local stack, which has no "
    "scheduler]",
)
@format_option("text", "json")
def load(
    files: tuple[Path, ...],
    stack: str,
    project: str | None,
    verbose: bool,
    entity: str | None,
    rejects: Path | None,
    restart: bool,
    delete_missing: bool,
    allow_deletes: bool,
    embed: bool | None,
    form: str,
) -> int:
    """Load CSV, JSON lines, Parquet or YAML files into entities.

    Rows are merged by key: new rows are inserted, changed ones updated, equal ones left alone.
    Without FILE the project's own data is loaded (its folder `data/`); a file there that is not
    named after an entity is reported and skipped. Rows that do not fit the entity go to a file with
    their reasons, the others are loaded, and the exit code is 2. An interrupted load resumes where
    it stopped. With --delete-missing, rows that no file of this run has are deleted.
    """
    from hushflake.knowledge.load import entity_of, load_file, order_of, seed_files, stray_files

    left_out: list[Path] = []
    with opened_base(stack, project, verbose) as base:
        if files:
            named = base.entity(entity) if entity else None
            pairs = order_of((named or entity_of(base, path), path) for path in files)
        else:
            pairs, left_out = seed_files(base), stray_files(base)
            for path in left_out:
                say(f"{path}: the project has no entity of this name; skipped", err=True)
        before = _before(base, [target for target, _ in pairs]) if delete_missing else {}
        done: list[Loaded] = []
        for target, path in pairs:
            with progress_bar(f"Loading {target.name}") as tell:
                done.append(
                    load_file(
                        base,
                        target,
                        path,
                        reject_file=rejects,
                        beside=[other for _, other in pairs],
                        restart=restart,
                        tell=tell,
                    )
                )
        deleted = _delete_missing(before, done, allow_deletes)
        embedded = _embed(base, done) if _wanted(embed, base) else 0
    _print(done, left_out, embedded, deleted, form)
    if any(item.rejected for item in done):
        return MISTAKE
    return FINDINGS if any(item.held for item in deleted) else OK


def _before(base: "Base", entities: "list[Entity]") -> "dict[str, Missing]":
    from hushflake.knowledge.missing import Missing

    return {entity.name: Missing(base, entity) for entity in entities}


def _delete_missing(
    before: "dict[str, Missing]", done: "list[Loaded]", allow: bool
) -> "list[Deleted]":
    """Delete what no file of an entity has; a rejected row may be any of those that are there."""
    found = []
    for name, missing in before.items():
        files = [item for item in done if item.entity == name]
        if any(item.rejected for item in files):
            say(f"{name}: nothing is deleted, because rows were rejected", err=True)
            continue
        keys = [key for item in files for key in item.keys]
        found.append(missing.delete(keys, allow=allow))
    return found


def _wanted(embed: bool | None, base: "Base") -> bool:
    return base.stack.is_local if embed is None else embed


def _embed(base: "Base", done: "list[Loaded]") -> int:
    from hushflake.knowledge.coverage import coverage
    from hushflake.knowledge.embed import embed_pending

    chosen = base.chosen(sorted({item.entity for item in done}))
    with progress_bar("Embedding") as tell:
        embedded = embed_pending(base, chosen, tell=tell)
    tell_failures(coverage(base.session, chosen))
    return embedded


def _print(
    done: "list[Loaded]",
    left_out: list[Path],
    embedded: int,
    deleted: "list[Deleted]",
    form: str,
) -> None:
    if form == "json":
        files = [_plain(item) for item in done]
        gone = [
            {"entity": item.entity, "deleted": item.rows, "held": list(item.held)}
            for item in deleted
        ]
        print_json(
            "load", files=files, left_out=list(map(str, left_out)), embedded=embedded, missing=gone
        )
        return
    _print_table(done)
    for item in done:
        for name, count in sorted(item.unknown.items()):
            say(f"{item.path}: {item.entity} has no field {name.lower()}; skipped in {count} rows")
        if item.skipped:
            say(f"{item.path}: resumed after row {item.skipped}, where a load was interrupted")
        if item.reject_file is not None:
            say(
                f"{item.path}: {item.rejected} rejected. The first: {item.first_reject}. "
                f"All of them: {item.reject_file}",
                err=True,
            )
    _print_deleted(deleted)
    if embedded:
        say(f"Embedded {embedded:,} row{'s' * (embedded != 1)}.")


def _print_deleted(deleted: "list[Deleted]") -> None:
    for item in deleted:
        if item.rows:
            say(f"{item.entity}: deleted {item.rows:,} row{'s' * (item.rows != 1)}")
        if item.held:
            some = ", ".join(item.held[:5]) + (", …" if len(item.held) > 5 else "")
            say(
                f"{item.entity}: {len(item.held):,} rows are in no file ({some}). "
                "None was deleted. If they are meant to go, run again with --allow-deletes.",
                err=True,
            )


def _print_table(done: "list[Loaded]") -> None:
    """A row per file; a column of zeros alone is left out."""
    counts: dict[str, list[int]] = {
        "rows": [item.records for item in done],
        "new": [item.inserted for item in done],
        "changed": [item.updated for item in done],
        "same": [item.unchanged for item in done],
        "rejected": [item.rejected for item in done],
    }
    shown = [name for name, numbers in counts.items() if name == "rows" or any(numbers)]
    columns: tuple[str | Column, ...] = (
        "entity",
        Column("file", fit="cut"),
        *(Column(name, right=True) for name in (*shown, "seconds")),
    )
    rows = [
        (
            item.entity,
            item.path.name,
            *(f"{counts[name][number]:,}" for name in shown),
            f"{item.seconds:.1f}",
        )
        for number, item in enumerate(done)
    ]
    say_table(columns, rows)


def _plain(item: "Loaded") -> dict[str, Any]:
    return {
        "entity": item.entity,
        "path": str(item.path),
        "rows": item.records,
        "inserted": item.inserted,
        "updated": item.updated,
        "unchanged": item.unchanged,
        "skipped": item.skipped,
        "rejected": item.rejected,
        "reject_file": str(item.reject_file) if item.reject_file else None,
        "unknown": dict(item.unknown),
        "seconds": round(item.seconds, 3),
    }
