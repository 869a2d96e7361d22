"""The graph of a task, from the catalogue alone."""

from ..engine.catalogue import Catalogue, Object


def root_of(catalogue: Catalogue, task: Object) -> list[Object]:
    """Return the roots of the graph that a task is part of."""
    seen: set[int] = set()
    roots: list[Object] = []
    queue = [task]
    while queue:
        item = queue.pop()
        if item.id in seen:
            continue
        seen.add(item.id)
        names = list(item.body.get("after") or [])
        if item.body.get("finalize"):
            names.append(item.body["finalize"])
        parents = [catalogue.find("TASK", item.parent, name) for name in names]
        found = [parent for parent in parents if parent is not None]
        if not found:
            roots.append(item)
        queue += found
    return roots
