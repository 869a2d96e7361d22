"""What was dropped by hand and can come back, with its data: UNDROP before anything is made anew.

https://docs.snowflake.com/en/sql-reference/sql/undrop. What comes back is taken to be what was
applied last; the plan after it sees what it really is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from .resource import Change
from .state import Desired, State
from .values import Key

REASON = "was dropped by hand: UNDROP brings it back with what it held"


def undropped(desired: Desired, actual: State, last: State) -> dict[Key, Change]:
    """The objects that were applied, are wanted, gone, and can be brought back.

    What is in a database or schema that comes back comes with it.
    """
    gone = {
        key
        for key in actual.dropped
        if key in desired.resources and key in last.resources and key not in actual.resources
    }
    return {key: Change("undrop", REASON) for key in sorted(gone) if not _is_inside(key, gone)}


def with_undropped(actual: State, last: State, back: Iterable[Key]) -> State:
    """The account as it will be once `back` is undropped.

    What is in a container, and what refers to an object (a stream, whose offset survives), is as
    it was applied. Grants are read anew: whether they come back is not documented.
    """
    found = set(back)
    if not found:
        return actual
    resources = dict(actual.resources)
    for key, resource in last.resources.items():
        refers = key in resources and not found.isdisjoint(resource.references)
        if key in found or (key.kind != "grant" and (refers or _is_inside(key, found))):
            resources[key] = resource
    return replace(actual, resources=resources)


def notes(back: Mapping[Key, Change]) -> Iterator[str]:
    """What the reader should know of objects that come back."""
    if back:
        some = ", ".join(str(key) for key in list(back)[:3])
        yield (
            f"{some}{' and more' if len(back) > 3 else ''}: plan again after this apply; what "
            "comes back, and what reads it, is taken to be as it was applied last"
        )


def _is_inside(key: Key, containers: Iterable[Key]) -> bool:
    """Whether an object goes and comes with one of these: in a container, or a table's key."""
    return any(is_inside(key, container) for container in containers if container != key)


def is_inside(key: Key, container: Key) -> bool:
    """Whether an object is in a database or schema, or is a key of a table."""
    return key.name.startswith(_start_inside(container))


def _start_inside(container: Key) -> str:
    """How the names begin of what is in a database or schema, and of a table's foreign keys."""
    return f"{container.name}{'(' if container.kind == 'table' else '.'}"
