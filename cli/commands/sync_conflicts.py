"""`hushflake sync conflicts`: edits of both sides to the same field."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.write import say, say_block, say_table

from ..deploy_options import stack_options, tell_place
from ..errors import OK
from ..groups import Group
from ..knowledge_options import entity_option, format_option
from ..output import print_json

if TYPE_CHECKING:
    from hushflake.sync.conflicts import Recorded

_WIDTH = 40


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def conflicts(context: click.Context) -> int | None:
    """List edits in conflict, or decide which value to keep.

    Without a subcommand it lists those of the stack `local`.
    """
    if context.invoked_subcommand is None:
        return context.invoke(listing)  # type: ignore[no-any-return]
    return None


@conflicts.command("list")
@stack_options
@entity_option
@click.option("--all", "everything", is_flag=True, help="Also list resolved conflicts.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="List at most this many.",
)
@format_option("text", "json")
def listing(
    stack: str,
    project: str | None,
    verbose: bool,
    entities: tuple[str, ...],
    everything: bool,
    limit: int,
    form: str,
) -> int:
    """List conflicts, newest first: both values, which one was kept, and by which rule."""
    from hushflake.schema.project import find_project
    from hushflake.sync.conflicts import recorded
    from hushflake.sync.opening import open_store

    found_project = find_project(Path.cwd(), project)
    tell_place(found_project, stack)
    opened = open_store(found_project, stack, entities=entities, trace=tracer(verbose))
    with opened as (maps, store):
        store.tables.glance(maps)
        names = [of.entity for of in maps] if entities else []
        found = recorded(store, entities=names, resolved=everything, limit=limit + 1)
    found, more = found[:limit], len(found) > limit
    if form == "json":
        plain = [_plain(item) for item in found]
        print_json("sync-conflicts", stack=stack, conflicts=plain, more=more)
        return OK
    if not found:
        say("There are no conflicts.")
        return OK
    headings = ("id", "entity", "key", "field", "Notion", "Snowflake", "stands", "rule", "since")
    rows = [
        (
            item.id[:8],
            item.entity,
            item.key,
            item.field.lower(),
            _short(item.notion),
            _short(item.snowflake),
            item.winner if item.status == "open" else _resolved(item),
            item.rule[:_WIDTH],
            f"{item.detected_at:%Y-%m-%d %H:%M}",
        )
        for item in found
    ]
    say_table(headings, rows)
    if more:
        say(f"There are more than these {limit}: use --limit or --entity")
    return OK


@conflicts.command()
@click.argument("identities", metavar="ID...", nargs=-1, required=True)
@stack_options
@click.option(
    "--take",
    type=click.Choice(["notion", "snowflake"]),
    required=True,
    help="Which side's value to keep.",
)
@click.option(
    "--over-newer",
    is_flag=True,
    help="Also replace edits made to the field after the conflict.",
)
@format_option("text", "json")
def resolve(
    identities: tuple[str, ...],
    stack: str,
    project: str | None,
    verbose: bool,
    take: Any,
    over_newer: bool,
    form: str,
) -> int:
    """Keep one side's value: it is written to the row, and to the page by the next cycle."""
    from hushflake.schema.project import find_project
    from hushflake.sync.conflicts import resolve as put_right
    from hushflake.sync.opening import lookup_for, open_store

    found_project = find_project(Path.cwd(), project)
    tell_place(found_project, stack)
    opened = open_store(found_project, stack, trace=tracer(verbose))
    with opened as (maps, store):
        done = put_right(
            store, maps, identities, take, lookup_for(maps, store), over_newer=over_newer
        )
    if form == "json":
        print_json("sync-resolve", stack=stack, taken=take, conflicts=[_plain(i) for i in done])
        return OK
    for item in done:
        say(f"{item.id[:8]} {item.entity} {item.key} {item.field.lower()}: {take} stands")
    return OK


def tracer(verbose: bool) -> Any:
    """Return what shows every statement on standard error, or None."""
    return (lambda sql: say_block(sql, dim=True, err=True)) if verbose else None


def _plain(item: "Recorded") -> dict[str, Any]:
    when = item.resolved_at.isoformat() if item.resolved_at is not None else None
    return {**vars(item), "detected_at": item.detected_at.isoformat(), "resolved_at": when}


def _resolved(item: "Recorded") -> str:
    by = f" by {item.resolved_by}" if item.resolved_by else ""
    return f"resolved: {item.resolution}{by}"


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = "(empty)" if value is None else " ".join(text.split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
