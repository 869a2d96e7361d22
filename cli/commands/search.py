"""`hushflake search`: ranked answers to a question."""

from typing import TYPE_CHECKING

import click

from ..deploy_options import stack_options
from ..errors import OK
from ..knowledge_options import entity_option, format_option, opened_base, pairs_of
from ..output import print_json, styled, table

if TYPE_CHECKING:
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
    help="Only rows with this value. Repeatable.",
)
@click.option(
    "--limit", type=click.IntRange(1, 200), default=10, show_default=True, help="Most hits."
)
@click.option(
    "--by",
    type=click.Choice(["auto", "services", "sql"]),
    default="auto",
    show_default=True,
    help="Cortex Search services, or SQL over the stored vectors. auto: services where the stack "
    "has them, SQL on a local stack.",
)
@click.option(
    "--warehouse", metavar="NAME", help="Where SQL runs. [default: the connection's warehouse]"
)
@click.option("--cursor", metavar="TEXT", help="Go on after the page that named this cursor.")
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
    form: str,
) -> int:
    """Answer QUESTION with the rows that fit best, over one, several or all entities.

    Rows are found by meaning, by their words and by exact keys and ids, together.
    """
    from hushflake.knowledge.search import Search

    with opened_base(stack, project, verbose) as base:
        if warehouse is not None:
            base.session.use_warehouse(warehouse)
        found = Search(base).ask(
            " ".join(question),
            entities=entities,
            filters=pairs_of(filters, "--filter"),
            limit=limit,
            cursor=cursor,
            by=by,
        )
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    _PRINTERS[form](found)
    return OK


def _print_text(found: "Found") -> None:
    for rank, hit in enumerate(found.hits, 1):
        head = styled(hit.title, bold=True)
        click.echo(
            f"{rank:>2}. {head}  {styled(f'{hit.entity} {hit.key}', fg='cyan')}  {hit.score:.3f}"
        )
        click.echo(f"    {_marked(hit.snippet)}")
        click.echo(styled(f"    {_facts(hit)}", dim=True))
    _print_end(found)


def _marked(snippet: str) -> str:
    """Words between `**` in bold on a terminal; in a pipe the marks stay."""
    import sys

    if not sys.stdout.isatty():
        return snippet
    parts = snippet.split("**")
    return "".join(styled(part, bold=True) if n % 2 else part for n, part in enumerate(parts))


def _facts(hit: "Hit") -> str:
    ids = [f"{name.removesuffix('_id')} {value}" for name, value in hit.source_ids.items()]
    changed = f"changed {hit.updated_at:%Y-%m-%d %H:%M}" if hit.updated_at else "never changed"
    return ", ".join([changed, *ids])


def _print_table(found: "Found") -> None:
    rows = [
        (rank, hit.entity, hit.key, hit.title[:50], f"{hit.score:.3f}")
        for rank, hit in enumerate(found.hits, 1)
    ]
    click.echo(table(("", "entity", "key", "title", "score"), rows, right=(0, 4)))
    _print_end(found)


def _print_end(found: "Found") -> None:
    if not found.hits:
        click.echo(
            "Nothing fits. Is the data loaded and embedded? hushflake status tells.", err=True
        )
    if found.cursor:
        click.echo(styled(f"More: --cursor {found.cursor}", dim=True))


def _print_json(found: "Found") -> None:
    print_json(
        "search",
        question=found.question,
        hits=[hit.to_plain() for hit in found.hits],
        cursor=found.cursor,
        by=found.by,
        notes=list(found.notes),
        left_out=list(found.left_out),
        embedding_seconds=round(found.embedding_seconds, 6),
        seconds=round(found.seconds, 6),
    )


_PRINTERS = {"text": _print_text, "table": _print_table, "json": _print_json}
