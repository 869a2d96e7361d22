"""The files of stacks: `stacks/<name>.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from . import connection
from .binding import bind_partly
from .context import Context
from .errors import DefinitionError, ProjectNotFoundError, SchemaError
from .folder import Project
from .names import Identifier
from .nodes import Node, single
from .stack import LOCAL, Stack
from .suggest import did_you_mean
from .unknown_keys import SECRET_KEYS

# Keys of a stack that belong to other parts; they come in `Stack.settings`.
SETTINGS: Final = frozenset(
    {"embedder", "search_index", "journal_schema", "deploy_warehouse", "production", "settings"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackYaml:
    """A stack: where it is, and what differs there."""

    connection: Any = None
    database: Identifier | None = None
    account_prefix: Identifier | None = None
    edition: Literal["standard", "enterprise", "business_critical"] = "enterprise"
    account_admin: bool | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Any] | None = None
    expected_use: Mapping[str, Any] | None = None
    budget_usd: float | None = None
    embedder: Any = None
    search_index: Any = None
    journal_schema: Any = None
    deploy_warehouse: Any = None
    production: bool = False
    cortex_search: bool = True
    semantic_views: bool = True
    owners: Mapping[str, Identifier] = field(default_factory=dict)
    search_inherits_policies: bool = False
    settings: Mapping[str, Any] | None = None


def load_stack(project: Project, name: str) -> Stack:
    """Read the settings of a stack; see `compile.load_stack`."""
    stack, errors = load_stack_partly(project, name)
    if errors:
        raise DefinitionError(errors)
    return stack


def load_stack_partly(project: Project, name: str) -> tuple[Stack, list[SchemaError]]:
    """The settings of a stack, defaults in place of what is wrong, and every mistake.

    Raises:
        ProjectNotFoundError: no such stack, and it is not `local`, which needs no file.
    """
    path = project.stacks / f"{name}.yaml"
    fallback = Stack(name, "local", project.default_database, account_admin=True)
    if not _is_there(path):
        if name == LOCAL:
            return fallback, []
        raise _no_such_stack(project, name, shown(path, project))
    context = Context(shown(path, project))
    try:
        node = single(path, context.path, project.root)
    except DefinitionError as error:
        return fallback, [*error.errors]
    except SchemaError as error:
        return fallback, [error]
    found, failed = bind_partly(StackYaml, node, context)
    if found is None:
        return fallback, context.errors
    if found.connection is not None:
        connection.check(node, found.connection, context)
    _refuse_secrets(found.variables, node, context)
    stack = _stack_of(found, name, project.default_database)
    if found.database is None and not stack.is_local and "database" not in failed:
        context.error(
            node, "the key 'database' is missing", f"add database: {project.default_database}"
        )
    return stack, context.errors


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long
        return False


def _no_such_stack(project: Project, name: str, path: str) -> ProjectNotFoundError:
    known = {*project.stack_names(), LOCAL}
    remedy = did_you_mean(name, known) or (
        f"there is {', '.join(sorted(known))}; for another one write {path}: "
        f"`connection: NAME` (of connections.toml) and `database: {project.default_database}`"
    )
    return ProjectNotFoundError(f"the project {project.name} has no stack {name!r}", remedy)


def _stack_of(found: StackYaml, name: str, default_database: str) -> Stack:
    settings = {key: getattr(found, key) for key in sorted(SETTINGS - {"settings"})}
    settings.update(found.settings or {})
    stack = Stack(
        name=name,
        connection=found.connection,
        database=found.database.sql if found.database else default_database,
        account_prefix=found.account_prefix.text if found.account_prefix else "",
        edition=found.edition,
        account_admin=bool(found.account_admin),
        variables=found.variables,
        overrides=found.overrides or {},
        expected_use=found.expected_use or {},
        budget_usd=found.budget_usd,
        cortex_search=found.cortex_search,
        semantic_views=found.semantic_views,
        owners={key: role.sql for key, role in found.owners.items()},
        search_inherits_policies=found.search_inherits_policies,
        settings={key: value for key, value in settings.items() if value is not None},
    )
    # Nobody but the user is administrator of the local stack.
    admin_by_default = found.account_admin is None and stack.is_local
    return replace(stack, account_admin=True) if admin_by_default else stack


def _refuse_secrets(variables: Mapping[str, str], root: Node, context: Context) -> None:
    """Variables are put into statements, which plans, journals and histories keep."""
    names = [name for name in variables if name.lower() in SECRET_KEYS]
    if not names:
        return
    held = next(value for key, value in root.value if key.value == "variables")
    for key, _ in held.value:
        if key.value in names:
            context.error(
                key,
                f"the variable {key.value} would put a secret into statements",
                "use an integration or a Snowflake secret",
            )


def shown(path: Path, project: Project) -> str:
    """A path as an error names it: from the working folder if it is below it."""
    for base in (Path.cwd(), project.root):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.as_posix()
