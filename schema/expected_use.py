"""What a stack is expected to be used for: what its cost is counted from."""

from dataclasses import dataclass, fields
from typing import Any

from .embedding import CHARACTERS_A_TOKEN
from .errors import Position, SchemaError
from .model import Entity
from .stack import Stack
from .values import Plain


@dataclass(frozen=True, slots=True)
class Use:
    """What a stack is expected to be used for: `expected_use` of the stack file.

    Attributes:
        days: Working days a month: changes, searches and analysts come on these.
        rows: Rows in all entities together.
        tokens_a_row: Tokens of a row's embedding text.
        chunked_rows: Rows in the entities with chunks; None: as many as in the others, on average.
        chunks_a_row: Chunks of such a row.
        changed_chunks: Of them, those whose text changes when the row does.
        changed_rows: Rows changed on a day.
        change_batches: In how many runs of the sync these changes arrive; the runs that find
            nothing ask for stream metadata only and wake no warehouse.
        entities_a_batch: How many entities a batch touches: so many tasks it starts.
        sync_minutes: Minutes between two runs of the sync.
        sync_warehouse: Where the sync writes; None: no sync.
        searches: Searches a day.
        search_warehouse: Where they run; None: a Cortex Search service answers them.
        analyst_hours: Hours a day in which people ask questions.
        analyst_queries: Queries in such an hour.
        analyst_warehouse: Where they run.
        analyst_messages: Questions to Cortex Analyst a day.
        pipe_gigabytes: What pipes load a day, all together; text files count uncompressed.
        query_seconds: How long a query or a sync run keeps a warehouse busy.
        task_seconds: How long a run of an embedding task works.
    """

    days: float = 21.7
    rows: int = 10_000
    tokens_a_row: int = 150
    chunked_rows: int | None = None
    chunks_a_row: float = 10
    changed_chunks: float = 2
    changed_rows: int = 100
    change_batches: int = 25
    entities_a_batch: int = 2
    sync_minutes: float = 5
    sync_warehouse: str | None = None
    searches: int = 200
    search_warehouse: str | None = None
    analyst_hours: float = 2
    analyst_queries: int = 20
    analyst_warehouse: str | None = None
    analyst_messages: int = 0
    pipe_gigabytes: float = 0.0
    query_seconds: float = 5
    task_seconds: float = 10


def use_of(stack: Stack) -> Use:
    """Read `expected_use` of a stack; what is not said is as in `Use`.

    Raises:
        SchemaError: A key that is none, or a value of another type.
    """
    known = {item.name: item for item in fields(Use)}
    given: dict[str, Any] = {}
    at = Position(f"stacks/{stack.name}.yaml", 1, 1)
    for name, value in stack.expected_use.items():
        if name not in known:
            raise SchemaError(f"expected_use has no {name!r}", f"use {', '.join(known)}", at)
        given[name] = _checked(name, value, getattr(Use(), name), at)
    return Use(**given)


def tokens_of(entity: Entity, use: Use) -> int:
    """Tokens of a text of an entity: of a row as expected, of a chunk as many as it can have."""
    parent = entity.parent
    if parent is None or parent.embedding is None or parent.embedding.chunks is None:
        return use.tokens_a_row
    return max(1, parent.embedding.chunks.size // CHARACTERS_A_TOKEN)


def _checked(name: str, value: Plain, default: Any, at: Position) -> Any:
    if name == "chunked_rows":
        default = 0
    if default is None or isinstance(default, str):
        return None if value is None else str(value)
    try:
        number = float(str(value))
    except ValueError:
        raise SchemaError(f"expected_use: {name} is {value!r}", "write a number", at) from None
    if number < 0:
        raise SchemaError(f"expected_use: {name} is negative", "write 0 or more", at)
    return type(default)(number)
