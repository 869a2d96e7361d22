"""Operations to statements, through the templates."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from hushflake.schema.kinds import all_kinds, kind_named
from hushflake.schema.names import Sql, literal
from hushflake.schema.plan import Operation
from hushflake.templates import Templates


@lru_cache(maxsize=8)
def templates_for(overrides: Path | None = None) -> Templates:
    """The templates, those of a project's `templates` folder in front of ours."""
    more = {kind.templates for kind in all_kinds().values() if kind.templates is not None}
    return Templates(overrides, {"literal": literal}, (Sql,), sorted(more))


def render(operation: Operation, overrides: Path | None = None) -> tuple[str, ...]:
    """The SQL statements of an operation, in the order in which they must run.

    Args:
        operation: One operation of a plan.
        overrides: `Project.templates`, or None.

    Raises:
        TemplateError: no such template, or it fails on this operation.
    """
    payload = {**operation.payload, "name": Sql(operation.name)}
    return templates_for(overrides).statements(operation.kind, operation.action, payload)


def render_put_back(operation: Operation, overrides: Path | None = None) -> tuple[str, ...]:
    """The statements that take back what an operation had begun when one of its own is refused;
    none for most. Arguments and errors as of `render`."""
    action = kind_named(operation.kind).put_back.get(operation.action)
    return render(replace(operation, action=action), overrides) if action else ()
