"""What CREATE TASK asks of the tasks of a graph together. Not a kind: a part of `task.py`.

https://docs.snowflake.com/en/user-guide/tasks-graphs: one schema, at most 100 children a task and
1,000 tasks a graph; one finalizer a root, without children of its own.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from ..values import Key
from .base import Mistake, Resource
from .task_spec import Task, task_of

MAX_CHILDREN: Final = 100
MAX_TASKS: Final = 1000
Found = Iterator[tuple[Resource, Mistake]]


def graph_mistakes(resources: Mapping[Key, Resource]) -> Found:
    """The mistakes of every task graph that is declared."""
    tasks = {key: task_of(resource) for key, resource in resources.items() if key.kind == "task"}
    children: dict[Key, list[Key]] = {}
    finalizers: dict[Key, list[Key]] = {}
    for key, task in tasks.items():
        for parent in task.after:
            children.setdefault(Key("task", parent.sql), []).append(key)
        if task.finalize is not None:
            finalizers.setdefault(Key("task", task.finalize.sql), []).append(key)
    yield from _parents(tasks, finalizers, resources)
    for key, found in children.items():
        if len(found) > MAX_CHILDREN and key in resources:
            message = f"it has {len(found)} children"
            yield resources[key], Mistake("name", message, f"use at most {MAX_CHILDREN}")
    for root, task in tasks.items():
        size = _size(root, children) if not task.after and task.finalize is None else 0
        if size > MAX_TASKS:
            message = f"its graph has {size} tasks"
            yield resources[root], Mistake("name", message, f"use at most {MAX_TASKS}")


def _parents(
    tasks: Mapping[Key, Task],
    finalizers: Mapping[Key, list[Key]],
    resources: Mapping[Key, Resource],
) -> Found:
    for key, task in tasks.items():
        schema = key.name.rpartition(".")[0]
        for parent in (*task.after, *((task.finalize,) if task.finalize else ())):
            field = "after" if parent in task.after else "finalize"
            if parent.parent.sql != schema:
                message = f"{parent} is in another schema"
                yield resources[key], Mistake(field, message, "keep a graph in one schema")
            other = tasks.get(Key("task", parent.sql))
            if other is None:
                continue
            if other.finalize is not None:
                message = f"{parent} is a finalizer, which has no children"
                yield resources[key], Mistake(field, message, "run it after another task")
            elif field == "finalize" and other.after:
                message = f"{parent} is not a root: it runs after {other.after[0].last}"
                yield resources[key], Mistake(field, message, "finalize the root of the graph")
    for found in finalizers.values():
        for key in found[1:]:
            message = f"{found[0]} is the finalizer already"
            yield resources[key], Mistake("finalize", message, "a root has one")


def _size(root: Key, children: Mapping[Key, list[Key]]) -> int:
    seen, open_keys = {root}, [root]
    while open_keys:
        for child in children.get(open_keys.pop(), ()):
            if child not in seen:
                seen.add(child)
                open_keys.append(child)
    return len(seen)
