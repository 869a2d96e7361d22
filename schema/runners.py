"""What a role needs that owns tasks or alerts, and so runs them: granted with the stack.

A task reaches what its text names. Its role gets that and no more: USAGE on what holds it, SELECT
on what is read, and the statements that the text has on the tables that it names. What a text
reaches through a procedure or a function, the project grants itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .kinds.annotations import Target
from .kinds.base import Key, Resource
from .kinds.grant_spec import Grant, grant_name
from .kinds.stream import Stream
from .names import QualifiedName
from .sql.tokens import tokens

# Kind -> fields that hold its statements, and the privileges on the account.
# https://docs.snowflake.com/en/sql-reference/sql/create-task (Access control requirements)
_RUN: Final[Mapping[str, tuple[tuple[str, ...], str, str]]] = {
    "task": (("definition", "when"), "EXECUTE TASK", "EXECUTE MANAGED TASK"),
    "alert": (("condition", "action"), "EXECUTE ALERT", "EXECUTE MANAGED ALERT"),
}
_READ: Final = frozenset({"view", "dynamic_table", "stream"})
_WRITES: Final = frozenset({"INSERT", "UPDATE", "DELETE", "TRUNCATE"})
_EMBED: Final = "SNOWFLAKE.CORTEX_EMBED_USER"
_ALL_FUNCTIONS: Final = "SNOWFLAKE.CORTEX_USER"


def runner_grants(resources: Mapping[Key, Resource]) -> Iterator[tuple[Key, Resource]]:
    """Yield for each task and alert with an owner the grants that it needs to run."""
    for key, resource in resources.items():
        if key.kind in _RUN and resource.owner and Key("role", resource.owner) in resources:
            for spec, on in _grants(resource, resources):
                references = (spec.grantee.key, *((on,) if on in resources else ()))
                name = Key("grant", grant_name(spec))
                yield key, Resource(name, spec, references, at=resource.at)


def _reads(resource: Resource, resources: Mapping[Key, Resource]) -> Iterator[Key]:
    """What it names, and the sources of streams: https://docs.snowflake.com/en/user-guide/streams-intro
    (Required access privileges)"""
    for on in resource.references:
        if on.kind == "table" or on.kind in _READ:
            yield on
        stream = resources.get(on)
        if stream is not None and isinstance(stream.spec, Stream):
            yield stream.spec.on.key


def _grants(
    resource: Resource, resources: Mapping[Key, Resource]
) -> Iterator[tuple[Grant, Key | None]]:
    fields, execute, execute_managed = _RUN[resource.key.kind]
    spec: Any = resource.spec
    grantee = Target("role", QualifiedName.parse(resource.owner))
    words = {
        text.upper() for field in fields for _, text in tokens(str(getattr(spec, field) or ""))
    }

    def grant(kind: str, name: str, *privileges: str) -> tuple[Grant, Key | None]:
        on = Key(kind, name) if kind else None
        held = tuple(sorted(privileges))
        return Grant(grantee=grantee, on_kind=kind, on=name, privileges=held, additive=True), on

    yield grant("", "", execute, *(() if spec.warehouse else (execute_managed,)))
    if spec.warehouse is not None:
        yield grant("warehouse", spec.warehouse.sql, "USAGE")
    functions = {word for word in words if word.startswith(("AI_", "SNOWFLAKE.CORTEX."))}
    if functions:
        embeds = all(word.startswith(("AI_EMBED", "SNOWFLAKE.CORTEX.EMBED")) for word in functions)
        yield grant("database_role", _EMBED if embeds else _ALL_FUNCTIONS, "USAGE")
    schemas = {QualifiedName.parse(resource.key.name).parent}
    for on in dict.fromkeys(_reads(resource, resources)):
        is_named = on.kind == "table" and on in resource.references
        writes = words & _WRITES if is_named else ()
        yield grant(on.kind, on.name, "SELECT", *writes)
        schemas.add(QualifiedName.parse(on.name).parent)
    for schema in sorted(schemas):
        yield grant("schema", schema.sql, "USAGE")
    for database in sorted({schema.parts[0].sql for schema in schemas}):
        yield grant("database", database, "USAGE")
