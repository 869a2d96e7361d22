"""`hushflake config doctor`: does every key that the code reads get a value, and from where."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_table

from ..config_use import code_use
from ..errors import FINDINGS, OK
from ..output import print_json
from .config_options import configured, format_option

if TYPE_CHECKING:
    from hushflake.config.insight.doctor import KeyState, Report


@click.command()
@configured
@format_option
def doctor(form: str) -> int:
    """Check that every key of the code has a source; exit 1 when anything is missing or wrong.

    Looks at the keys and the service classes that the code of the repository uses, at the sources
    and their order, and at values that one source hides from another.
    """
    from hushflake.config.insight.doctor import examine
    from hushflake.config.project.section import load

    project = load()
    report = examine(project, code_use(project))
    if form == "json":
        _json(report)
    else:
        _text(report)
    return OK if report.healthy else FINDINGS


def _json(report: "Report") -> None:
    print_json(
        "config-doctor",
        healthy=report.healthy,
        **report.described,
        keys=[_plain(state) for state in report.keys or ()],
        secrets=[{"key": key, "problem": why} for key, why in report.secrets.items()],
        services=[
            {
                "name": service.name,
                "valid": service.valid,
                "missing": list(service.missing),
                "invalid": [{"key": key, "problem": why} for key, why in service.invalid],
            }
            for service in report.services
        ],
        declared=[{"key": state.name, "problem": state.problem} for state in report.declared],
        missing=report.missing,
        problems=report.problems,
        notes=report.notes,
    )


def _plain(state: "KeyState") -> dict[str, object]:
    use = state.use
    return {
        "key": use.name,
        "source": state.source or None,
        "place": use.place,
        "required": use.required,
        "secret": use.secret,
        "problem": state.problem,
    }


def _text(report: "Report") -> None:
    described = report.described
    say(f"mode {described['mode']}, process environment {described['environment']}")
    say_table(
        ["", "source", "state", "names"],
        [
            [number, source["name"], source["state"], source["names"]]
            for number, source in enumerate(described["sources"], start=1)
        ],
        right=[0, 3],
    )
    _keys(report.keys or [], computes=bool(report.dynamic))
    _declared(report)
    if report.secrets:
        held = sum(not why for why in report.secrets.values())
        _line(held == len(report.secrets), f"{held}/{len(report.secrets)} secrets accessible")
    for key, why in report.secrets.items():
        if why:
            say(f"    {key}: {why}" if why == "missing" else f"    {why}")
    if report.services:
        valid = sum(service.valid for service in report.services)
        _line(valid == len(report.services), f"{valid}/{len(report.services)} services valid")
    for service in report.services:
        for key in service.missing:
            say(f"    {service.name}: {key} is missing")
        for key, why in service.invalid:
            say(f"    {service.name}: {key} {why}".replace(":  ", ": "))
    for key in report.missing:
        _line(False, f"{key}: declared, and in no source")
    for problem in report.problems:
        _line(False, problem)
    for note in report.notes:
        say(f"  {note}")


def _keys(states: "list[KeyState]", *, computes: bool) -> None:
    if not states:
        does = "names" if computes else "reads"
        say(f"  the code here {does} no configuration key")
        return
    wrong = [state for state in states if state.problem]
    answered = len(states) - len(wrong)
    _line(not wrong, f"{answered}/{len(states)} keys of the code have a source or a default")
    for state in wrong:
        name = "" if state.problem.startswith(f"{state.use.name}:") else f"{state.use.name}: "
        say(f"    {state.use.place}: {name}{state.problem}")


def _declared(report: "Report") -> None:
    """The declared keys that are not as declared, but for those that the code misses anyway."""
    told = {state.use.name for state in report.keys or () if state.problem}
    wrong = [state for state in report.declared if state.problem]
    if report.declared:
        right = len(report.declared) - len(wrong)
        _line(not wrong, f"{right}/{len(report.declared)} declared keys are as declared")
    for state in wrong:
        if state.name not in told or state.problem != "is missing":
            say(f"    {state.name} {state.problem}")


def _line(good: bool, text: str) -> None:
    say(styled("✓", fg="green") if good else styled("✗", fg="red"), f" {text}")
