"""Earlier deployments, as the journal tells them."""

from hushflake.schema.graph import sorted_by_dependency
from hushflake.schema.state import Desired, State

from .errors import MistakeError
from .journal import Deployment, Journal, Outcome
from .planning import Planner
from .session import Session


def read_history(planner: Planner, session: Session, limit: int) -> list[Deployment]:
    """Return the newest deployments of a stack, newest first; none when there is no journal."""
    journal = Journal(session, planner.settings.place)
    if not journal.exists():
        return []
    journal.use_warehouse()
    return journal.deployments(planner.project.name, planner.stack.name, limit)


def find_deployment(planner: Planner, session: Session, word: str) -> Deployment:
    """Return the deployment whose id is, or starts or ends with, `word`.

    Raises:
        MistakeError: None, or several.
    """
    entries = read_history(planner, session, 10_000)
    found = [entry for entry in entries if entry.id == word] or [
        entry for entry in entries if entry.id.startswith(word) or entry.id.endswith(word)
    ]
    if len(found) == 1:
        return found[0]
    some = ", ".join(entry.id for entry in (found or entries)[:5]) or "none"
    what = "several deployments are" if found else "no deployment is"
    raise MistakeError(f"{what} called {word!r}; `hushflake history` lists them: {some}")


def outcomes_of(planner: Planner, session: Session, deployment: Deployment) -> list[Outcome]:
    """Return what came of each operation of a deployment, as far as it was written."""
    return Journal(session, planner.settings.place).outcomes(deployment.id)


def definition_of(deployment: Deployment) -> Desired:
    """Return what a deployment declared, ready to be planned again."""
    state = State.from_plain(deployment.definition)
    resources = sorted_by_dependency(state.resources.values())
    return Desired(deployment.project, deployment.stack, resources)
