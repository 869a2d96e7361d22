"""`hushflake embed`: gives a vector to each row that lacks a current one."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.write import say, say_table

from ..deploy_options import stack_options
from ..errors import FAILURE, FINDINGS, OK
from ..knowledge_options import (
    entity_option,
    format_option,
    opened_base,
    progress_bar,
    tell_failures,
)
from ..output import print_json

if TYPE_CHECKING:
    from hushflake.knowledge.coverage import Coverage


@click.command()
@stack_options
@entity_option
@click.option(
    "--wait/--no-wait",
    default=True,
    show_default=True,
    help="Wait until every row has its vector, or start each task once and return.",
)
@click.option(
    "--timeout", type=float, metavar="SECONDS", help="How long to wait. [default: no limit]"
)
@click.option(
    "--check", is_flag=True, help="Embed nothing; exit with 1 if a row has no current vector."
)
@click.option("--retry", is_flag=True, help="Try again also rows whose text could not be embedded.")
@format_option("text", "json")
def embed(
    stack: str,
    project: str | None,
    verbose: bool,
    entities: tuple[str, ...],
    wait: bool,
    timeout: float | None,
    check: bool,
    retry: bool,
    form: str,
) -> int:
    """Embed the rows whose text, model or template changed, and show the coverage.

    A row whose vector is up to date is never embedded again. Interrupted work resumes where it
    stopped. A text that the model refuses is tried three times; the exit code is then 3. On a local
    stack with another embedder than before, all rows are embedded again.
    """
    from hushflake.knowledge.coverage import coverage
    from hushflake.knowledge.earlier import let_wait, rows_of_earlier
    from hushflake.knowledge.embed import embed_pending, forget_failures, start_tasks

    if check and retry:
        raise click.UsageError("--check embeds nothing: leave out --retry")

    embedded = 0
    with opened_base(stack, project, verbose) as base:
        chosen = base.chosen(entities)
        if retry:
            forget_failures(base.session, chosen)
        earlier = rows_of_earlier(base, chosen)
        for name, rows in earlier.items():
            say(f"{name}: {rows:,} vectors are of an earlier embedder.", err=True)
        if not check:
            let_wait(base, earlier)
        if wait and not check:
            with progress_bar("Embedding") as tell:
                embedded = embed_pending(base, chosen, timeout=timeout, tell=tell)
        elif not check:
            start_tasks(base.session, chosen)
        found = coverage(base.session, chosen)
    _print(found, embedded, form)
    if check:
        return FINDINGS if earlier or any(item.pending for item in found) else OK
    return FAILURE if any(item.given_up for item in found) else OK


def _print(found: "list[Coverage]", embedded: int, form: str) -> None:
    if form == "json":
        print_json(
            "embed",
            embedded=embedded,
            entities=[
                {
                    "entity": item.entity,
                    "rows": item.rows,
                    "current": item.current,
                    "pending": item.pending,
                    "failed": item.failed,
                    "given_up": item.given_up,
                    "error": item.error,
                    "vectors": item.vectors,
                    "percent": round(item.percent, 3),
                    "embedded_at": item.embedded_at.isoformat() if item.embedded_at else None,
                }
                for item in found
            ],
        )
        return
    rows = [
        (item.entity, item.rows, item.current, item.waiting, item.given_up, f"{item.percent:.1f} %")
        for item in found
    ]
    names = ("entity", "rows", "embedded", "waiting", "failed", "coverage")
    say_table(names, rows, right=range(1, 6))
    tell_failures(found)
    if embedded:
        say(f"Embedded {embedded:,} row{'s' * (embedded != 1)}.")
