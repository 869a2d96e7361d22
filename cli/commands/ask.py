"""`hushflake ask`: a question in plain words, answered by SQL or by the search."""

from typing import TYPE_CHECKING

import click

from ..deploy_options import stack_options
from ..errors import OK
from ..knowledge_options import format_option, opened_base
from ..output import print_json, styled, table

if TYPE_CHECKING:
    from hushflake.knowledge.ask import Answer


@click.command()
@click.argument("question", nargs=-1, required=True)
@stack_options
@format_option("text", "json")
def ask(
    question: tuple[str, ...], stack: str, project: str | None, verbose: bool, form: str
) -> int:
    """Answer QUESTION with figures: Cortex Analyst writes the SQL, which is shown and run.

    Where a stack has no Cortex Analyst, this is said, and the answer is what the search finds.
    """
    from hushflake.knowledge.ask import ask as put

    with opened_base(stack, project, verbose) as base:
        answer = put(base, " ".join(question))
    if form == "json":
        _print_json(answer)
    else:
        _print_text(answer)
    return OK


def _print_text(answer: "Answer") -> None:
    if answer.note:
        click.echo(f"note: {answer.note}", err=True)
    if answer.text:
        click.echo(answer.text)
    if answer.sql:
        click.echo(styled(f"\n{answer.sql}\n", dim=True))
        click.echo(table(answer.columns, answer.rows))
        click.echo(f"{len(answer.rows)} rows")
    for suggestion in answer.suggestions:
        click.echo(f"Ask instead: {suggestion}")
    for rank, hit in enumerate(answer.hits, 1):
        click.echo(f"{rank:>2}. {styled(hit.title, bold=True)}  {hit.entity} {hit.key}")
        click.echo(f"    {hit.snippet}")


def _print_json(answer: "Answer") -> None:
    print_json(
        "ask",
        question=answer.question,
        by="search" if answer.by_search else "analyst",
        note=answer.note,
        text=answer.text,
        sql=answer.sql,
        columns=list(answer.columns),
        rows=[[_plain(value) for value in row] for row in answer.rows],
        suggestions=list(answer.suggestions),
        hits=[hit.to_plain() for hit in answer.hits],
    )


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
