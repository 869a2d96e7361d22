"""What it means that an embedding's model or text changed: rows, tokens and dollars, as notes.

Every row of the entity is embedded again by its task after the change. How many there are is
asked of the account with one SHOW an entity, and only when the plan holds such a change; tokens
are the stack's `expected_use` a row, as in the cost estimate.
"""

from collections.abc import Iterable
from dataclasses import replace

from hushflake.schema.chunks import cut_task, with_chunks
from hushflake.schema.expected_use import Use, tokens_of
from hushflake.schema.model import Entity
from hushflake.schema.names import QualifiedName, literal
from hushflake.schema.plan import Operation
from hushflake.schema.prices import prices
from hushflake.schema.project import Stack

from .planning import Planned
from .session import Session

ACTION = "embed_again"


def with_estimates(planned: Planned, stack: Stack, session: Session | None) -> Planned:
    """Return the plan with a note for each embedding that changes.

    Args:
        session: Counts the rows; without one the note says how many the stack expects.
    """
    by_task = _by_task(planned.desired.entities.values())
    notes = [
        _note(op, by_task[op.name], stack, session)
        for op in planned.plan.operations
        if op.action == ACTION and op.name in by_task
    ]
    if not notes:
        return planned
    return replace(planned, plan=replace(planned.plan, notes=(*planned.plan.notes, *notes)))


def _by_task(entities: Iterable[Entity]) -> dict[str, Entity]:
    """What each task embeds; one that cuts makes chunks, which are then embedded."""
    found: dict[str, Entity] = {}
    for entity in with_chunks(entities):
        if entity.task is not None:
            found[str(entity.task)] = entity
        if entity.parent is not None:
            found[str(cut_task(entity.parent))] = entity
    return found


def _note(op: Operation, entity: Entity, stack: Stack, session: Session | None) -> str:
    use = _use(stack)
    rows = _rows(entity.table, session) if session is not None else None
    unit = "row" if entity.parent is None else "chunk"
    counted = f"{unit}s not counted" if rows is None else f"{rows:,} {unit}{'s' * (rows != 1)}"
    tokens = (rows if rows is not None else use.rows) * tokens_of(entity, use)
    model = entity.embedding.model if entity.embedding is not None else ""
    rate = prices().embedding_credits_per_million_tokens.get(model)
    price = ""
    if rate is not None:
        price = f", about ${tokens / 1e6 * rate * prices().ai_credit_usd:,.2f}"
    return f"{op.name} embeds {entity.name} again: {counted}, about {tokens:,} tokens{price}"


def _use(stack: Stack) -> Use:
    given = stack.expected_use.get("tokens_a_row")
    rows = stack.expected_use.get("rows")
    use = Use()
    return replace(
        use,
        tokens_a_row=given if isinstance(given, int) else use.tokens_a_row,
        rows=rows if isinstance(rows, int) else use.rows,
    )


def _rows(table: QualifiedName, session: Session) -> int | None:
    like = literal(table.last.text)
    for row in session.query(f"SHOW TABLES LIKE {like} IN SCHEMA {table.parent}"):
        if row["name"] == table.last.text and row.get("rows") is not None:
            return int(row["rows"])
    return None
