"""References become edges: order, and cycles."""

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush

from .errors import SchemaError
from .kinds import all_kinds
from .resource import Resource
from .values import Key


def sorted_by_dependency(resources: Iterable[Resource]) -> dict[Key, Resource]:
    """Resources in an order in which each comes after what it refers to.

    Among those that do not depend on each other the order is that of kinds, then of names, so
    the result does not depend on the order of the input. References to what is not among the
    resources are not edges.

    Raises:
        SchemaError: a cycle, named in full.
    """
    by_key = {resource.key: resource for resource in resources}
    rank = {name: index for index, name in enumerate(all_kinds())}
    waiting: dict[Key, int] = {}
    dependents: dict[Key, list[Key]] = {}
    for key, resource in by_key.items():
        needed = {r for r in resource.references if r in by_key and r != key}
        waiting[key] = len(needed)
        for other in needed:
            dependents.setdefault(other, []).append(key)
    ready = [(rank[key.kind], key) for key, count in waiting.items() if count == 0]
    heapify(ready)
    ordered: dict[Key, Resource] = {}
    while ready:
        _, key = heappop(ready)
        ordered[key] = by_key[key]
        for dependent in dependents.get(key, ()):
            waiting[dependent] -= 1
            if waiting[dependent] == 0:
                heappush(ready, (rank[dependent.kind], dependent))
    if len(ordered) < len(by_key):
        raise _cycle_error({k: r for k, r in by_key.items() if k not in ordered})
    return ordered


def _cycle_error(rest: Mapping[Key, Resource]) -> SchemaError:
    """Walk along references that stay in `rest` until one comes twice."""
    key = min(k for k, r in rest.items() if any(ref in rest for ref in r.references))
    path: list[Key] = []
    while key not in path:
        path.append(key)
        key = min(ref for ref in rest[key].references if ref in rest)
    cycle = [*path[path.index(key) :], key]
    return SchemaError(
        "these objects refer to each other in a cycle: " + " -> ".join(str(k) for k in cycle),
        "remove one of these references",
        rest[cycle[0]].at,
    )
