"""`hushflake related`: what a row is connected to, as a table or as a picture."""

from typing import TYPE_CHECKING

import click

from ..completing import entities
from ..deploy_options import stack_options
from ..errors import OK
from ..knowledge_options import format_option, opened_base
from ..output import print_json, styled, table

if TYPE_CHECKING:
    from hushflake.knowledge.related import Node, Related


@click.command()
@click.argument("entity", shell_complete=entities)
@click.argument("key")
@stack_options
@click.option(
    "--depth", type=click.IntRange(1, 6), default=2, show_default=True, help="Steps to follow."
)
@format_option("text", "json", "svg", "mermaid", "dot")
def related(
    entity: str, key: str, stack: str, project: str | None, verbose: bool, depth: int, form: str
) -> int:
    """Show what the row KEY of ENTITY is connected to.

    Followed are references, recorded relationships and ids of other systems that rows share.
    """
    from hushflake.knowledge.access import left_out_note
    from hushflake.knowledge.pictures import PICTURES
    from hushflake.knowledge.related import related as follow

    with opened_base(stack, project, verbose) as base:
        found = follow(base, entity, key, depth)
    if found.left_out:
        click.echo(f"note: {left_out_note(found.left_out)}", err=True)
    if form in PICTURES:
        click.echo(PICTURES[form](found), nl=False)
    elif form == "json":
        _print_json(found)
    else:
        _print_text(found)
    return OK


def _print_text(found: "Related") -> None:
    click.echo(styled(_named(found, found.origin), bold=True))
    rows = [
        (link.depth, _named(found, link.start), link.relation, _named(found, link.end))
        for link in found.links
    ]
    click.echo(table(("step", "from", "relation", "to"), rows, right=(0,)))
    click.echo(f"{len(found.titles) - 1} rows, {len(found.links)} connections")
    if not found.complete:
        click.echo("More rows are connected than are shown; ask with a smaller --depth.", err=True)


def _named(found: "Related", node: "Node") -> str:
    title = found.titles[node]
    return f"{node.entity} {node.key} {title if len(title) <= 40 else title[:39] + '…'}"


def _print_json(found: "Related") -> None:
    print_json(
        "related",
        origin=found.origin._asdict(),
        rows=[
            {**node._asdict(), "title": title, "depth": found.depth_of[node]}
            for node, title in found.titles.items()
        ],
        links=[
            {
                "from": link.start._asdict(),
                "relation": link.relation,
                "to": link.end._asdict(),
                "depth": link.depth,
            }
            for link in found.links
        ],
        complete=found.complete,
        left_out=list(found.left_out),
    )
