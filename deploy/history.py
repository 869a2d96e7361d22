"""Earlier deployments, as the journal tells them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from hushflake.schema.graph import sorted_by_dependency
from hushflake.schema.names import Identifier
from hushflake.schema.state import Desired, State

from .errors import MistakeError
from .journal import Deployment, Journal, Outcome
from .planning import Planner
from .session import Session

# Deployments that are looked through for one by its name.
_MOST = 10_000


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
    entries = read_history(planner, session, _MOST)
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


def deployments_after(
    planner: Planner, session: Session, deployment: Deployment
) -> list[Deployment]:
    """Return the deployments of the stack that came after one, oldest first."""
    entries = read_history(planner, session, _MOST)
    return sorted((e for e in entries if e.fence > deployment.fence), key=lambda e: e.fence)


def definition_of(deployment: Deployment, later: Iterable[Deployment] = ()) -> Desired:
    """Return what a deployment declared, ready to be planned again.

    Args:
        later: Those after it, oldest first: columns that they renamed keep their data on the way
            back.
    """
    state = State.from_plain(deployment.definition)
    names = _names_now(later)
    resources = [
        replace(resource, spec=_renamed_back(resource.spec, names[key.name]))
        if key.kind == "table" and key.name in names
        else resource
        for key, resource in state.resources.items()
    ]
    return Desired(deployment.project, deployment.stack, sorted_by_dependency(resources))


def _names_now(later: Iterable[Deployment]) -> dict[str, dict[str, str]]:
    """By table, the columns that were renamed: what they were called at first -> are called now."""
    found: dict[str, dict[str, str]] = {}
    for entry in later:
        for op in entry.plan.get("operations", ()):
            if op["action"] != "rename_column" or op["kind"] != "table":
                continue
            before, after = (op["payload"][name]["sql"] for name in ("column", "to"))
            names = found.setdefault(op["name"], {})
            first = next((first for first, now in names.items() if now == before), before)
            names[first] = after
    return found


def _renamed_back(spec: Any, names: Mapping[str, str]) -> Any:
    declared = {column.name.sql for column in spec.columns}
    return replace(
        spec,
        columns=tuple(
            replace(column, renamed_from=Identifier.parse(now))
            if (now := names.get(column.name.sql)) is not None and now not in declared
            else column
            for column in spec.columns
        ),
    )
