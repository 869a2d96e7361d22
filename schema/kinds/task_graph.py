"""Task graphs in a plan: suspended before they change, resumed as they are declared.

Not a kind: what `task.py` arranges once all operations are known.
"""

from collections.abc import Iterable, Mapping

from ..plan import Cause, Operation, Operations, operation_of
from ..values import Key
from .base import Change, Resource
from .task_spec import task_of


def suspend_and_resume(
    operations: Operations,
    desired: Mapping[Key, Resource],
    actual: Mapping[Key, Resource],
) -> None:
    """Put a suspend before and a resume after the operations of each graph that changes."""
    touched = [key for key in operations if key.kind == "task"]
    graphs: dict[Key, list[Key]] = {}
    for key in touched:
        for root in _roots(key, desired, actual):
            graphs.setdefault(root, []).append(key)
    for root, members in sorted(graphs.items()):
        _wrap(root, members, operations, desired, actual)
    _resume_former_roots_first(graphs, operations, desired)


def _resume_former_roots_first(
    graphs: Iterable[Key],
    operations: Operations,
    desired: Mapping[Key, Resource],
) -> None:
    """A root that becomes a child resumes as one: before the root that it has now."""
    resumed = [key for key in graphs if key in operations and _resumes(operations[key])]
    for child in resumed:
        for root in _roots(child, desired, {}) - {child}:
            if root not in resumed:
                continue
            own, of_root = operations[child][-1], operations[root][-1]
            operations[child][-1] = own.after({*own.depends_on} - {of_root.id})
            operations[root][-1] = of_root.after({*of_root.depends_on, own.id})


def _resumes(group: list[Operation]) -> bool:
    return bool(group) and group[-1].action == "resume"


def _wrap(
    root: Key,
    members: Iterable[Key],
    operations: Operations,
    desired: Mapping[Key, Resource],
    actual: Mapping[Key, Resource],
) -> None:
    own = operations.setdefault(root, [])
    there = actual.get(root)
    running = there is not None and task_of(there).state == "started"
    going = any(op.action == "drop" for op in own)
    # A root of others is left as it was found.
    wanted = task_of(desired[root]).state == "started" if root in desired else running and not going
    # Whatever happens to a child needs its root suspended, its own suspend and resume included.
    changes = [
        op
        for key in members
        for op in operations[key]
        if key != root or op.action not in ("suspend", "resume")
    ]
    if not changes:
        if not own:
            del operations[root]
        return
    asked = next((op for op in own if op.action == "resume"), None)
    own[:] = [op for op in own if op.action not in ("suspend", "resume")]
    if running:
        suspend = operation_of(root, Change("suspend", "its graph changes"))
        for key in members:
            operations[key][:] = [op.after({*op.depends_on, suspend.id}) for op in operations[key]]
        own.insert(0, suspend)
    if wanted:
        waits = {op.id for key in {*members, root} for op in operations[key]}
        reason = "tasks are created suspended"
        cause: Cause = "ours"
        if running:
            reason = "its graph was suspended for the change"
        elif asked is not None:
            reason, cause = asked.reason, asked.cause
        resume = operation_of(
            root, Change("resume", reason, always=running), cause, tuple(sorted(waits))
        )
        own.append(resume)
        _let_children_wait_for_the_root_itself(resume, [*own[:-1]], members, operations)


def _let_children_wait_for_the_root_itself(
    resume: Operation,
    before: list[Operation],
    members: Iterable[Key],
    operations: Operations,
) -> None:
    """A child refers to its root, but the root resumes last: the child waits for its creation."""
    instead = [op.id for op in before if op.action != "suspend"][-1:]
    for key in members:
        operations[key][:] = [
            op.after({*op.depends_on, *instead} - {resume.id}) if resume.id in op.depends_on else op
            for op in operations[key]
        ]


def _roots(key: Key, desired: Mapping[Key, Resource], actual: Mapping[Key, Resource]) -> set[Key]:
    """The roots above a task, as declared and as they are."""
    found: set[Key] = set()
    for state in (desired, actual):
        open_keys, seen = [key], {key}
        while open_keys:
            current = open_keys.pop()
            resource = state.get(current)
            if resource is None:
                continue
            task = task_of(resource)
            parents = [*task.after, *([task.finalize] if task.finalize else [])]
            if not parents:
                found.add(current)
            for parent in parents:
                parent_key = Key("task", parent.sql)
                if parent_key not in seen:
                    seen.add(parent_key)
                    open_keys.append(parent_key)
    return found
