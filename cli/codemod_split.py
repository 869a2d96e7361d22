"""`hushflake codemod --split`: the branches that a rewrite comes to, shown or made."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_table

if TYPE_CHECKING:
    from hushflake.codemods.run import Result
    from hushflake.remediation.split.plan import Plan

# More names than these are no reading matter; `--format json` has them all.
_NAMES = 10


def split(
    result: "Result", by: Literal["codeowners", "package"], prefix: str, *, write: bool
) -> "Plan":
    """Plan the branches of a run that wrote nothing, and make them if `write` says so."""
    from hushflake.remediation.git import Repository
    from hushflake.remediation.split.make import make
    from hushflake.remediation.split.plan import plan

    repository = Repository.of(Path(result.settings.root or "."))
    planned = plan(repository, result, by, prefix)
    return make(repository, planned) if write and planned.branches else planned


def fields(plan: "Plan") -> dict[str, Any]:
    """Return what a JSON document says of a plan."""
    branches = [
        {
            "owner": branch.owner,
            "branch": branch.name,
            "files": list(branch.files),
            "commit": branch.commit or None,
        }
        for branch in plan.branches
    ]
    return {"branches": branches, "untracked": list(plan.untracked)}


def print_split(plan: "Plan") -> None:
    """Print the branches with their owners, and what is in none of them."""
    if not plan.branches:
        say("Nothing to rewrite: there is no branch to make.")
    else:
        rows = [
            (branch.owner, len(branch.files), branch.name, branch.commit[:12])
            for branch in plan.branches
        ]
        say_table(("owner", "files", "branch", "commit"), rows, right=[1])
        say()
        if plan.shared is not None:
            names = ", ".join(plan.shared.files)
            say(f"{plan.shared.name} holds what the others build on: {names}")
        _print_end(plan)
    if plan.untracked:
        shown = ", ".join(plan.untracked[:_NAMES])
        more = len(plan.untracked) - _NAMES
        rest = f" and {more:,} more" if more > 0 else ""
        say(f"In no branch, as git does not track them: {shown}{rest}")


def _print_end(plan: "Plan") -> None:
    number = len(plan.branches)
    noun = "branch" if number == 1 else "branches"
    if plan.branches[0].commit:
        say(
            styled(
                f"Made {number:,} {noun}; work tree, index and HEAD are as they were.", bold=True
            )
        )
    else:
        say("Nothing was made: add --write to make them.")
