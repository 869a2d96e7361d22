"""`hushflake conformance`: whether an account answers as hushflake expects."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say

from ..deploy_options import agreed, stack_options, trace
from ..errors import FINDINGS, OK
from ..knowledge_options import format_option, progress_bar
from ..output import print_json
from ..renamed import output_option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hushflake.deploy.conformance.kit import Answer

_COLOURS = {"holds": "green", "differs": "red", "refused": "yellow", "open": "blue"}


@click.command()
@stack_options
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="Only this part of the list, or this assumption (A07). Repeatable.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option("Also save the report: Markdown, or JSON if the name ends in .json.", former=())
@format_option("text", "json")
def conformance(
    stack: str,
    project: str | None,
    verbose: bool,
    only: tuple[str, ...],
    yes: bool,
    out: Path | None,
    form: str,
) -> int:
    """Ask an account what only an account can answer.

    Runs some 1,300 statements with known answers in throw-away databases, drops them, and reports
    what differs and which assumptions hold (docs/assumptions.md). It asks first and names the cost.
    Nothing of the stack is touched. Exits with 1 if something differs.
    """
    from hushflake.deploy.conformance import kit, report
    from hushflake.deploy.stacks import arguments_of, place_of
    from hushflake.schema.project import find_project

    assumed = kit.assumptions()
    files = {**kit.cases(), **kit.asked(assumed)}
    if unknown := [name for name in only if name not in files]:
        raise click.UsageError(f"--only {unknown[0]}: unknown; known: {', '.join(files)}")
    files = {name: content for name, content in files.items() if not only or name in only}
    found = find_project(Path.cwd(), project)
    if not _agreed(place_of(found, stack), files, yes):
        return OK
    outcomes = _run(arguments_of(found, stack), files, verbose=verbose)
    answers = kit.answers(assumed, outcomes)
    if out is not None:
        _save(out, stack, outcomes, answers)
    if form == "json":
        print_json("conformance", **report.document(stack, outcomes, answers))
    else:
        _print(outcomes, answers)
    differs = any(not outcome["ok"] for outcome in outcomes)
    return FINDINGS if differs else OK


def _agreed(place: str | None, files: "Mapping[str, Any]", yes: bool) -> bool:
    """Say what will be run, where and for how much, and ask."""
    from hushflake.deploy.conformance.kit import credits_for, statements
    from hushflake.schema.prices import prices

    number = statements(files)
    if place is None:
        say(f"{number:,} statements on the local stack, in databases that are dropped.", err=True)
        return True
    spent = credits_for(files)
    dollars = spent * prices().credit_usd["enterprise"]
    say(
        f"{number:,} statements on {place}, in databases CONFORM_… that are dropped at the end, "
        f"with roles and warehouses X…: about {spent:.1f} credits of an XSMALL warehouse "
        f"(${dollars:.2f}), and some words for AI functions.",
        err=True,
    )
    return agreed("Run them?", yes=yes, local=False)


def _run(
    connection: dict[str, Any], files: "Mapping[str, Any]", *, verbose: bool
) -> list[dict[str, Any]]:
    from hushflake.deploy.conformance.kit import run
    from hushflake.deploy.errors import ConnectError

    done = 0
    with progress_bar("conformance") as told:

        def began(name: str) -> None:
            nonlocal done
            if verbose:
                for case in files[name]["cases"]:
                    trace(case["sql"])
            told(done, len(files))
            done += 1

        try:
            return run(connection, files, began)
        except ImportError:
            raise
        except Exception as error:
            # The connector's text may quote what it was given.
            raise ConnectError(f"the account does not answer: {type(error).__name__}") from None


def _save(
    path: Path, stack: str, outcomes: "Sequence[Mapping[str, Any]]", answers: "Sequence[Answer]"
) -> None:
    from hushflake.deploy.conformance import report
    from hushflake.deploy.files import write_document, write_text

    if path.suffix == ".json":
        fields = report.document(stack, outcomes, answers)
        write_document(path, {"format": "hushflake.conformance/1", **fields})
    else:
        write_text(path, report.markdown(stack, outcomes, answers))


def _print(outcomes: "Sequence[Mapping[str, Any]]", answers: "Sequence[Answer]") -> None:
    from hushflake.deploy.conformance.report import WORDS

    different = [outcome for outcome in outcomes if not outcome["ok"]]
    say(f"{len(outcomes):,} statements, {len(different):,} different")
    for outcome in different:
        say("  ", styled(outcome["id"], fg="red"), f" {outcome['sql']}", indent=4)
        say(f"    {outcome['difference']}", indent=4)
    say()
    for answer in answers:
        word = styled(WORDS[answer.verdict], fg=_COLOURS[answer.verdict])
        say(f"{answer.assumption.id} ", word, f": {answer.assumption.says}", indent=4)
        if answer.verdict in ("differs", "refused"):
            say(f"    {answer.detail}", indent=4)
            say(f"    decides: {', '.join(answer.assumption.decides)}", indent=4)
