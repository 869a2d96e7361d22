"""`hushflake related`: what a row is connected to, as a table or as a picture."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import put, say, say_table

from ..completing import entities
from ..deploy_options import stack_options
from ..errors import OK
from ..knowledge_options import format_option, opened_base
from ..output import print_json

if TYPE_CHECKING:
    from hushflake.knowledge.related import Node, Related


@click.command()
@click.argument("entity", shell_complete=entities)
@click.argument("key")
@stack_options
@click.option(
    "--depth",
    type=click.IntRange(1, 6),
    default=2,
    show_default=True,
    help="How many steps to follow.",
)
@format_option("text", "json", "svg", "mermaid", "dot")
def related(
    entity: str, key: str, stack: str, project: str | None, verbose: bool, depth: int, form: str
) -> int:
    """Show what the row KEY of ENTITY is connected to.

    It follows references, recorded relationships, and ids in other systems that rows share.
    """
    from hushflake.knowledge.access import left_out_note
    from hushflake.knowledge.pictures import PICTURES
    from hushflake.knowledge.related import related as follow

    with opened_base(stack, project, verbose) as base:
        found = follow(base, entity, key, depth)
    if found.left_out:
        say(f"note: {left_out_note(found.left_out)}", err=True)
    if form in PICTURES:
        put(PICTURES[form](found))
    elif form == "json":
        _print_json(found)
    else:
        _print_text(found)
    return OK


def _print_text(found: "Related") -> None:
    say(styled(_named(found, found.origin), bold=True))
    rows = [
        (_named(found, link.start), link.relation, _named(found, link.end), link.depth)
        for link in found.links
    ]
    if not rows:
        say("It is connected to no other row.")
        return
    say_table(("from", "relation", "to", "step"), rows, right=(3,))
    say(f"{_counted(len(found.titles) - 1, 'row')}, {_counted(len(found.links), 'connection')}")
    if not found.complete:
        say("Not all connected rows are shown: use a smaller --depth.", err=True)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


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
