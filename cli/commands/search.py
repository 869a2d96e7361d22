"""`hushflake search`: ranked answers to a question."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.layout import Column
from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_lines, say_table

from ..deploy_options import stack_options
from ..errors import OK
from ..hits import SCORE, facts_of, hit_lines, parts_of
from ..knowledge_options import entity_option, format_option, opened_base, pairs_of
from ..output import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hushflake.knowledge.base import Base
    from hushflake.knowledge.search import Found, Hit


@click.command()
@click.argument("question", nargs=-1, required=True)
@stack_options
@entity_option
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Only rows with this value in this field. Repeatable.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 200),
    default=10,
    show_default=True,
    help="How many hits at most.",
)
@click.option(
    "--by",
    type=click.Choice(["auto", "services", "sql"]),
    default="auto",
    show_default=True,
    help="How to search: Cortex Search services, or SQL over the stored vectors. auto: services "
    "where the stack has them, SQL on a local stack.",
)
@click.option(
    "--warehouse",
    metavar="NAME",
    help="The warehouse that SQL runs on. [default: the connection's]",
)
@click.option(
    "--cursor", metavar="TEXT", help="Show the page after the one that printed this cursor."
)
@click.option("--all", "everything", is_flag=True, help="Show weak hits, too.")
@click.option(
    "--ids", is_flag=True, help="Show when each row changed and its ids in other systems."
)
@click.option("--explain", is_flag=True, help="Show what each score is made of.")
@format_option("text", "table", "json")
def search(
    question: tuple[str, ...],
    stack: str,
    project: str | None,
    verbose: bool,
    entities: tuple[str, ...],
    filters: tuple[str, ...],
    limit: int,
    by: str,
    warehouse: str | None,
    cursor: str | None,
    everything: bool,
    ids: bool,
    explain: bool,
    form: str,
) -> int:
    """Find the rows that answer QUESTION best, in one, several or all entities.

    Rows are found by meaning, by their words and by exact keys and ids, all at once. Text and
    tables leave out weak hits, and say when nothing answers the question; --all shows them, and
    JSON has them all.
    """
    from hushflake.knowledge.cutoff import clear_hits
    from hushflake.knowledge.search import Search

    with opened_base(stack, project, verbose) as base:
        if warehouse is not None:
            _use_warehouse(base, warehouse)
        found = Search(base).ask(
            " ".join(question),
            entities=entities,
            filters=pairs_of(filters, "--filter"),
            limit=limit,
            cursor=cursor,
            by=by,
        )
    for note in found.notes:
        say(f"note: {note}", err=True)
    if form == "json":
        _print_json(found, nothing=not clear_hits(found.hits) and cursor is None)
        return OK
    shown = found.hits if everything or cursor else clear_hits(found.hits)
    _PRINTERS[form](shown, ids, explain)
    _print_end(found, len(found.hits) - len(shown), stack)
    return OK


def _use_warehouse(base: "Base", name: str) -> None:
    """Work with a warehouse; the account says neither which one it refuses nor why."""
    from hushflake.deploy.errors import MistakeError, StatementError

    try:
        base.session.use_warehouse(name)
    except StatementError as error:
        if error.code not in (2003, 2043):
            raise
        raise MistakeError(
            f"there is no warehouse {name}, or your role may not use it; SHOW WAREHOUSES lists "
            "those that it may"
        ) from None


def _print_text(shown: "Sequence[Hit]", ids: bool, explain: bool) -> None:
    for rank, hit in enumerate(shown, 1):
        say_lines(hit_lines(rank, hit, ids=ids, explain=explain), indent=4)


def _print_table(shown: "Sequence[Hit]", ids: bool, explain: bool) -> None:
    columns: list[str | Column] = [
        "",
        "entity",
        "key",
        Column("title", fit="cut"),
        "score",
        *(["ids"] if ids else []),
        *(["parts"] if explain else []),
    ]
    rows = [
        (
            rank,
            hit.entity,
            hit.key,
            hit.title,
            f"{hit.score:.2f}",
            *([facts_of(hit)] if ids else []),
            *([parts_of(hit)] if explain else []),
        )
        for rank, hit in enumerate(shown, 1)
    ]
    if rows:
        say_table(columns, rows, right=(0, 4))


def _print_end(found: "Found", hidden: int, stack: str) -> None:
    if not found.hits:
        say(
            f"Nothing fits. hushflake status --stack {stack} shows whether the data is loaded "
            "and embedded.",
            err=True,
        )
        return
    if hidden == len(found.hits):
        say("Nothing answers this question.", err=True)
    else:
        say(styled(SCORE, dim=True), indent=0)
    if hidden:
        say(styled(f"{hidden} weak hits are not shown: --all", dim=True))
    elif found.cursor:
        say(styled(f"More: --cursor {found.cursor}", dim=True), fit=False)


def _print_json(found: "Found", *, nothing: bool) -> None:
    print_json(
        "search",
        question=found.question,
        hits=[hit.to_plain() for hit in found.hits],
        nothing=nothing,
        cursor=found.cursor,
        by=found.by,
        notes=list(found.notes),
        left_out=list(found.left_out),
        embedding_seconds=round(found.embedding_seconds, 6),
        seconds=round(found.seconds, 6),
    )


_PRINTERS = {"text": _print_text, "table": _print_table}
