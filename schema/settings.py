"""The files of a project that define nothing: `hushflake.yaml` and the stacks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from . import connection
from .binding import bind
from .context import Context
from .errors import DefinitionError, Position, ProjectNotFoundError, SchemaError
from .names import Identifier
from .nodes import Node, compose
from .project import Project, Stack
from .suggest import one_of
from .unknown_keys import SECRET_KEYS

# Keys of a stack that belong to other parts; they come in `Stack.settings`.
SETTINGS: Final = frozenset(
    {"embedder", "search_index", "journal_schema", "deploy_warehouse", "production", "settings"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackYaml:
    """A stack: where it is, and what differs there."""

    connection: Any = None
    database: Identifier
    edition: Literal["standard", "enterprise", "business_critical"] = "enterprise"
    account_admin: bool | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: Any = None
    expected_use: Any = None
    budget_usd: float | None = None
    embedder: Any = None
    search_index: Any = None
    journal_schema: Any = None
    deploy_warehouse: Any = None
    production: bool = False
    cortex_search: bool = True
    semantic_views: bool = True
    settings: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectYaml:
    """`hushflake.yaml`: the name of the project, and objects that others look after."""

    project: str
    description: str = ""
    external: tuple[str, ...] = ()


def read_project_name(marker: Path) -> str:
    """The name in `hushflake.yaml`."""
    return read_marker(marker).project


def read_marker(marker: Path) -> ProjectYaml:
    context = Context(marker.name)
    found = bind(ProjectYaml, single(marker, marker.name), context)
    if found is None:
        raise DefinitionError(context.errors)
    return found


def load_stack(project: Project, name: str) -> Stack:
    """Read the settings of a stack; see `compile.load_stack`."""
    path = project.stacks / f"{name}.yaml"
    if not path.is_file():
        known = project.stack_names()
        remedy = one_of(name, known) if known else f"make {shown(path, project)}"
        raise ProjectNotFoundError(f"the project {project.name} has no stack {name!r}", remedy)
    context = Context(shown(path, project))
    found = bind(StackYaml, single(path, context.path), context)
    if found is None:
        raise DefinitionError(context.errors)
    if found.connection is not None:
        connection.check(single(path, context.path), found.connection, context)
    if context.errors:
        raise DefinitionError(context.errors)
    _refuse_secrets(found.variables, path, context)
    settings = {key: getattr(found, key) for key in sorted(SETTINGS - {"settings"})}
    settings.update(found.settings or {})
    stack = Stack(
        name=name,
        connection=found.connection,
        database=found.database.sql,
        edition=found.edition,
        account_admin=bool(found.account_admin),
        variables=found.variables,
        overrides=found.overrides or {},
        expected_use=found.expected_use or {},
        budget_usd=found.budget_usd,
        cortex_search=found.cortex_search,
        semantic_views=found.semantic_views,
        settings={key: value for key, value in settings.items() if value is not None},
    )
    # Nobody but the user is administrator of the local stack.
    admin_by_default = found.account_admin is None and stack.is_local
    return replace(stack, account_admin=True) if admin_by_default else stack


def _refuse_secrets(variables: Mapping[str, str], path: Path, context: Context) -> None:
    """Variables are put into statements, which plans, journals and histories keep."""
    names = [name for name in variables if name.lower() in SECRET_KEYS]
    if not names:
        return
    root = single(path, context.path)
    held = next(value for key, value in root.value if key.value == "variables")
    for key, _ in held.value:
        if key.value in names:
            context.error(
                key,
                f"the variable {key.value} would put a secret into statements",
                "use an integration or a Snowflake secret",
            )
    raise DefinitionError(context.errors)


def shown(path: Path, project: Project) -> str:
    """A path as an error names it: from the working folder if it is below it."""
    for base in (Path.cwd(), project.root):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.as_posix()


def single(path: Path, name: str) -> Node:
    documents = compose(path.read_text(encoding="utf-8"), name)
    if len(documents) != 1:
        raise SchemaError(
            "one YAML document is wanted here", "write key: value", Position(name, 1, 1)
        )
    return documents[0]
