"""Operations to statements, through the templates."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from hushflake.schema.files import read_text
from hushflake.schema.kinds import all_kinds, kind_named
from hushflake.schema.names import Sql, literal
from hushflake.schema.plan import Operation
from hushflake.schema.sql.gate import is_plain, statement_mistake
from hushflake.templates import TemplateError, Templates


@lru_cache(maxsize=8)
def templates_for(overrides: Path | None = None) -> Templates:
    """The templates, those of a project's `templates` folder in front of ours."""
    more = {kind.templates for kind in all_kinds().values() if kind.templates is not None}
    return Templates(overrides, {"literal": literal}, (Sql,), sorted(more), _reader(overrides))


def _reader(overrides: Path | None) -> Callable[[Path, int], str]:
    """Reads what lies in the project that a `templates` folder belongs to, and nothing else."""
    root = overrides.parent if overrides is not None else None

    def read(path: Path, limit: int) -> str:
        return read_text(path, root=root, limit=limit)

    return read


def render(operation: Operation, overrides: Path | None = None) -> tuple[str, ...]:
    """The SQL statements of an operation, in the order in which they must run.

    Args:
        operation: One operation of a plan.
        overrides: `Project.templates`, or None.

    Raises:
        TemplateError: no such template, or it fails on this operation.
    """
    payload = {**operation.payload, "name": Sql(operation.name)}
    # A project's template decides nothing about where the value of a secret goes.
    templates = templates_for(None if operation.kind == "secret" else overrides)
    statements = templates.statements(operation.kind, operation.action, payload)
    for sql in statements:
        # Our templates close what they open, and take text that did: a look is enough for them.
        if templates.is_overridden or not is_plain(sql):
            _refuse_more_than_one(sql, operation, templates)
    return statements


def _refuse_more_than_one(sql: str, operation: Operation, templates: Templates) -> None:
    mistake = statement_mistake(sql)
    if mistake is not None:
        line = sql.count("\n", 0, mistake.at) + 1
        raise TemplateError(
            f"the statement of {operation.kind} {operation.name} is not one statement: "
            f"{mistake.message} (line {line} of it); put {{{{ next_statement }}}} between two",
            templates.path_of(operation.kind, operation.action),
        )


def render_put_back(operation: Operation, overrides: Path | None = None) -> tuple[str, ...]:
    """The statements that take back what an operation had begun when one of its own is refused;
    none for most. Arguments and errors as of `render`."""
    action = kind_named(operation.kind).put_back.get(operation.action)
    return render(replace(operation, action=action), overrides) if action else ()
