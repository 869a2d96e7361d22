"""`hushflake ask`: a question in plain words, answered by SQL or by the search."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_block, say_lines, say_table

from ..deploy_options import stack_options
from ..errors import OK
from ..hits import hit_lines
from ..knowledge_options import format_option, opened_base
from ..output import print_json

if TYPE_CHECKING:
    from hushflake.knowledge.ask import Answer

_SHOWN_HITS = 5


@click.command()
@click.argument("question", nargs=-1, required=True)
@stack_options
@format_option("text", "json")
def ask(
    question: tuple[str, ...], stack: str, project: str | None, verbose: bool, form: str
) -> int:
    """Answer QUESTION with figures: Cortex Analyst writes the SQL, which is shown and run.

    A stack without Cortex Analyst, such as a local one, cannot turn a question into SQL. It
    runs the verified query that covers the question, or shows what the search finds, and says so.
    """
    from hushflake.knowledge.ask import ask as put

    with opened_base(stack, project, verbose) as base:
        answer = put(base, " ".join(question))
    if form == "json":
        _print_json(answer)
        return OK
    _print_text(answer)
    if answer.by_search:
        say(styled(f"For figures, write the SQL: hushflake sql --stack {stack}", dim=True))
    return OK


def _print_text(answer: "Answer") -> None:
    from hushflake.knowledge.cutoff import clear_hits

    if answer.note:
        say(f"note: {answer.note}", err=True)
    if answer.text:
        for line in answer.text.splitlines():
            say(line)
    if answer.sql:
        say()
        say_block(answer.sql, dim=True)
        say()
        if answer.rows:
            say_table(answer.columns, answer.rows)
        count = len(answer.rows)
        say(f"{count} row{'s' * (count != 1)}")
    for suggestion in answer.suggestions:
        say(f"Ask instead: {suggestion}")
    for rank, hit in enumerate(clear_hits(answer.hits)[:_SHOWN_HITS], 1):
        say_lines(hit_lines(rank, hit), indent=4)


def _print_json(answer: "Answer") -> None:
    print_json(
        "ask",
        question=answer.question,
        by=answer.by,
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
