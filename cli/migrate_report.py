"""What `hushflake migrate` prints at its end: what was done, what remains, the way back."""

from typing import TYPE_CHECKING

from hushflake.terminal.text import styled
from hushflake.terminal.write import say

from .output import print_json

if TYPE_CHECKING:
    from hushflake.remediation.errors import WorseError
    from hushflake.remediation.migrate.migration import Migration


def print_worse(migration: "Migration", error: "WorseError") -> None:
    """Print what is no longer as before, and how to take everything back."""
    say(styled(f"Worse than before: {len(error.places)}", fg="red", bold=True))
    for place in error.places:
        say(f"  {place}")
    say("Correct it on this branch and run the same command again, or undo everything:")
    _print_commands(migration.undo())


def print_end(migration: "Migration") -> None:
    """Print what came of a migration that is done."""
    from hushflake.remediation.migrate.next_steps import next_steps, to_try
    from hushflake.remediation.wording import counted

    state = migration.state
    commits = [record for record in state.records if record.commit]
    say()
    say(styled(f"Done: {counted(len(commits), 'commit')} on {state.branch}.", bold=True))
    if state.excluded:
        say(f"Not committed, because you had changed them: {', '.join(state.excluded)}")
    if state.changed and not migration.tried:
        say(styled("Rewritten, not tried.", fg="yellow"), " To try it:")
        _print_commands(to_try(migration.context))
    remaining = next_steps(migration.context)
    if remaining:
        say("What remains:")
    for one in remaining:
        say(f"  - {one}")
    say("To undo everything:")
    _print_commands(migration.undo())


def _print_commands(commands: list[str]) -> None:
    for command in commands:
        say(f"  {command}", fit=False)


def print_document(
    migration: "Migration", dry_run: bool, error: "WorseError | None" = None
) -> None:
    """Print the JSON document of a migration."""
    from hushflake.remediation.migrate.next_steps import next_steps

    state = migration.state
    print_json(
        "migrate",
        branch=state.branch,
        start={"branch": state.start_branch or None, "commit": state.start_commit},
        dry_run=dry_run,
        finished=state.finished,
        steps=[
            {"step": record.step, "outcome": record.outcome, "commit": record.commit or None}
            for record in state.records
        ],
        not_committed=state.excluded,
        tried=migration.tried,
        worse=list(error.places) if error else [],
        next_steps=[one._asdict() for one in next_steps(migration.context)],
        undo=migration.undo(),
    )
