"""`hushflake evaluate`: how well the search answers labelled questions."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hushflake.terminal.write import say, say_block, say_table

from ..deploy_options import stack_options
from ..errors import FINDINGS, OK
from ..knowledge_options import entity_option, format_option, opened_base, progress_bar
from ..output import print_json

if TYPE_CHECKING:
    from hushflake.knowledge.base import Base
    from hushflake.knowledge.evaluation.questions import Question
    from hushflake.knowledge.evaluation.report import Report

_SHARES = ("recall@10", "ndcg@10", "mrr", "first", "in_three", "hidden", "nothing")


@click.command()
@stack_options
@entity_option
@click.option(
    "--questions",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of questions. [default: evaluation/*.yaml of the project]",
)
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An earlier evaluation in JSON: exit with 1 if a measure was better there.",
)
@click.option(
    "--by",
    type=click.Choice(["auto", "services", "sql"]),
    default="auto",
    show_default=True,
    help="How to search, as hushflake search has it.",
)
@click.option(
    "--worst",
    type=click.IntRange(0, 1000),
    default=10,
    show_default=True,
    help="How many of the worst answers to show.",
)
@click.option(
    "--suggest",
    is_flag=True,
    help="Ask nothing: print questions made of rows, for a person to edit.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write an HTML page with plots to this file.",
)
@format_option("text", "json")
def evaluate(
    stack: str,
    project: str | None,
    verbose: bool,
    entities: tuple[str, ...],
    path: Path | None,
    baseline: Path | None,
    by: str,
    worst: int,
    suggest: bool,
    output: Path | None,
    form: str,
) -> int:
    """Ask the labelled questions of the project, and run its verified queries.

    Exit code 1: a measure is below its target in hushflake.yaml, or below the baseline; a verified
    query does not run, or returns no row.
    """
    from hushflake.knowledge.evaluation.questions import has_questions
    from hushflake.knowledge.evaluation.report import report_of
    from hushflake.knowledge.evaluation.run import evaluate as ask_all
    from hushflake.knowledge.evaluation.suggest import suggested
    from hushflake.knowledge.evaluation.verdict import read_baseline, targets_of
    from hushflake.knowledge.verified import check_verified

    before = read_baseline(baseline) if baseline is not None else {}
    with opened_base(stack, project, verbose) as base:
        if suggest:
            say_block(suggested(base, base.chosen(entities)).splitlines())
            return OK
        targets = targets_of(base.project)
        checked = [] if path or entities else list(check_verified(base))
        asked = [] if checked and not has_questions(base.project) else _chosen(base, path, entities)
        with progress_bar("Asking") as tell:
            outcomes, missing = ask_all(base, asked, by=by, tell=tell)
        report = report_of(base, outcomes, missing, targets, before, worst, checked)
    if output is not None:
        from hushflake.templates.reporting import render_report

        page = render_report("evaluation", report.page())
        output.write_text(page, encoding="utf-8")
    if form == "json":
        print_json("evaluate", **report.to_plain())
    else:
        _print(report)
        if output is not None:
            say(f"Wrote {output}.", err=True)
    return FINDINGS if report.failures else OK


def _chosen(base: "Base", path: Path | None, entities: tuple[str, ...]) -> "list[Question]":
    from dataclasses import replace

    from hushflake.knowledge.evaluation.questions import questions_of, read_questions

    if path is None:
        found = questions_of(base.project)
    else:
        found = read_questions(path, str(path), path.resolve().parent)
    names = tuple(entity.name for entity in base.chosen(entities)) if entities else ()
    return [replace(item, entities=item.entities or names) for item in found]


def _print(report: "Report") -> None:
    names = [name for name in _SHARES if name in report.figures]
    groups = [("all", report.figures), *report.kinds.items(), *report.entities.items()]
    rows = [
        (
            label,
            int(figures["questions"]),
            *(f"{figures[name]:.3f}" if name in figures else "" for name in names),
            f"{figures['p95_ms']:.0f}",
        )
        for label, figures in groups
    ]
    say_table(("", "questions", *names, "p95 ms"), rows, right=range(1, len(names) + 3))
    for item in report.worst:
        say(f"{item['ask']}  ({item['kind']}, nDCG@10 {item['ndcg@10']:.2f})")
        say(f"    wanted {', '.join(item['wanted']) or 'nothing'}")
        for hit in item["instead"]:
            say(f"    came   {hit['entity']}/{hit['key']}  {hit['title']}")
    if report.left_out:
        from hushflake.knowledge.access import left_out_note

        say(f"Note: {left_out_note(report.left_out)}", err=True)
    if report.verified:
        passed = sum(not item["failure"] for item in report.verified)
        say(f"{passed} of {len(report.verified)} verified queries return rows.")
    if report.missing:
        say(f"No row has these keys: {', '.join(report.missing)}", err=True)
    for failure in report.failures:
        say(failure, err=True)
