"""The report of a first contact: read by people as Markdown, and by the tests as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from hushflake.terminal.escape import visible

from .kit import Answer, Assumption

WORDS = {
    "holds": "holds",
    "differs": "DIFFERS",
    "refused": "could not be asked",
    "open": "open",
}


def document(
    stack: str, outcomes: Sequence[Mapping[str, Any]], answers: Sequence[Answer]
) -> dict[str, Any]:
    """Return the fields of `hushflake.conformance/1`."""
    return {
        "stack": stack,
        "statements": len(outcomes),
        "different": [dict(outcome) for outcome in outcomes if not outcome["ok"]],
        "assumptions": [
            {"id": a.assumption.id, "verdict": a.verdict, "detail": a.detail} for a in answers
        ],
    }


def markdown(stack: str, outcomes: Sequence[Mapping[str, Any]], answers: Sequence[Answer]) -> str:
    """Return the report for a person."""
    different = [outcome for outcome in outcomes if not outcome["ok"]]
    as_expected = len(outcomes) - len(different)
    lines = [
        f"# Conformance of stack {stack}",
        "",
        f"{len(outcomes)} statements, {as_expected} as expected, {len(different)} different.",
        "",
        "## Assumptions",
        "",
    ]
    for answer in answers:
        detail = f": {_line(answer.detail)}" if answer.detail else ""
        says = answer.assumption.says
        lines.append(f"- {answer.assumption.id} {WORDS[answer.verdict]}: {says}{detail}")
    lines += ["", "## Different"] if different else []
    for outcome in different:
        lines += [
            "",
            f"### {outcome['id']} ({outcome['mark']}, {outcome['page']})",
            "",
            *(f"    {line}" for line in visible(outcome["sql"], keep="\n").splitlines()),
            "",
            _line(str(outcome["difference"])),
        ]
    return "\n".join(lines) + "\n"


def page(found: Sequence[Assumption]) -> str:
    """Return the page of the documentation that lists the assumptions."""
    lines = [
        "# Assumptions about Snowflake",
        "",
        "What hushflake takes for granted and only an account can settle.",
        "`hushflake conformance --stack NAME` asks an account, and says of each whether it holds.",
        "Each names the code to change where it does not.",
        "",
        "| | assumption | decides | asked by |",
        "|---|---|---|---|",
    ]
    for item in found:
        code = ", ".join(f"`{path}`" for path in item.decides)
        how = f"{len(item.content['cases'])} statements" if item.content else f"open: {item.open}"
        how = how.replace("1 statements", "1 statement")
        lines.append(f"| {item.id} | {item.says} ([page]({item.page})) | {code} | {how} |")
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return visible(text.replace("\n", " "))[:400]
