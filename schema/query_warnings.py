"""Queries of views and dynamic tables, looked at before an account does: syntax, tables, columns.

All of it is a warning: Snowflake knows more SQL than the parser, and an account more objects than
the project.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from .kinds import all_kinds
from .kinds.dynamic_table import DynamicTable
from .kinds.table import Table
from .kinds.view import View
from .names import QualifiedName
from .resource import Resource
from .sql.tokens import is_too_deep
from .suggest import did_you_mean
from .values import Key

# Longer queries are left to the account.
MAX_CHARACTERS: Final = 50_000
_SOURCES: Final = ("table", "view", "dynamic_table", "stream", "semantic_view")


class QueryWarning(NamedTuple):
    """What is doubtful about the query of an object, and what would be right."""

    resource: Resource
    message: str
    remedy: str


def query_warnings(
    resources: Mapping[Key, Resource],
    elsewhere: Container[Key],
    by_dbt: Iterable[Key] = (),
) -> Iterator[QueryWarning]:
    """Yield what an account would probably refuse.

    Args:
        resources: Everything declared.
        elsewhere: Objects that others look after, or that this stack leaves out.
        by_dbt: Those of them that dbt makes: all that it makes in their schemas.
    """
    columns = {
        key.name: [column.name.text for column in resource.spec.columns]
        for key, resource in resources.items()
        if isinstance(resource.spec, Table)
    }
    sources = {key.name for key in resources if key.kind in _SOURCES}
    of_dbt = {key.name for key in by_dbt}
    schemas = {key.name for key in resources if key.kind == "schema"}
    schemas |= {QualifiedName.parse(name).parent.sql for name in of_dbt}
    for key, resource in resources.items():
        if not isinstance(resource.spec, View | DynamicTable):
            continue
        text = resource.spec.query
        if len(text) > MAX_CHARACTERS:
            continue
        tree = _parsed(text)
        if isinstance(tree, str):
            yield QueryWarning(resource, f"its query cannot be read: {tree}", "check its SQL")
            continue
        own = QualifiedName.parse(key.name)
        names = _names(tree, own)
        for name in sorted(names - sources):
            is_ours = QualifiedName.parse(name).parent.sql in schemas
            known = any(Key(kind, name) in elsewhere for kind in all_kinds())
            if is_ours and not known:
                remedy = did_you_mean(name, sources | of_dbt)
                yield QueryWarning(
                    resource,
                    f"its query reads {name}, which is not declared",
                    remedy or "declare it, or list it under external: in hushflake.yaml",
                )
        if names and names <= columns.keys():
            problem = _unknown_column(tree, {name: columns[name] for name in names})
            if problem is not None:
                yield QueryWarning(resource, f"its query {problem}", "check the name")


def _parsed(text: str) -> Any:
    """The tree of a query, or a text that says where it breaks; None: too deep to say."""
    import sqlglot
    from sqlglot.errors import ParseError, SqlglotError

    if is_too_deep(text):
        return None
    try:
        return sqlglot.parse_one(text, read="snowflake")
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = str(first.get("highlight") or "").strip()[:40]
        return f"line {first.get('line', 1)}" + (f", near {near!r}" if near else "")
    except SqlglotError as error:
        return str(error).partition("\n")[0][:80]
    except RecursionError:
        return None


def _names(tree: Any, own: QualifiedName) -> set[str]:
    """Full names of the tables that a query reads; names of its own WITH are none."""
    from sqlglot import exp

    if tree is None:
        return set()
    local = {cte.alias_or_name.upper() for cte in tree.find_all(exp.CTE)}
    found: set[str] = set()
    for table in tree.find_all(exp.Table):
        parts = [part for part in table.parts if isinstance(part, exp.Identifier)]
        if not parts or len(parts) != len(table.parts) or len(parts) > 3:
            continue  # a table function, a stage
        texts = [part.name if part.quoted else part.name.upper() for part in parts]
        if len(texts) == 1 and texts[0].upper() in local:
            continue
        missing = [part.text for part in own.parts[: 3 - len(texts)]]
        found.add(QualifiedName.of(*missing, *texts).sql)
    return found


def _unknown_column(tree: Any, columns: Mapping[str, list[str]]) -> str | None:
    """What the query names that none of its tables has; None where all is known, or it is more
    than the resolver can follow."""
    from sqlglot.errors import OptimizeError, SqlglotError
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.schema import MappingSchema

    schema = MappingSchema(dialect="snowflake", normalize=False)
    for name, listed in columns.items():
        parts = [part.text for part in QualifiedName.parse(name).parts]
        schema.add_table(".".join(f'"{p}"' for p in parts), dict.fromkeys(listed, "VARCHAR"))
    first = QualifiedName.parse(next(iter(columns)))
    try:
        qualify(
            tree.copy(),
            schema=schema,
            dialect="snowflake",
            catalog=first.parts[0].text,
            db=first.parts[1].text,
            quote_identifiers=False,
        )
    except OptimizeError as error:
        text = str(error).partition("\n")[0]
        return f"names a column that is not there: {text[:120]}" if "could not be" in text else None
    except (SqlglotError, RecursionError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None
