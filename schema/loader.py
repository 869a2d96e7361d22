"""A project's files to a compiled stack. Every mistake of every file is reported in one run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from .binding import Context, bind
from .entity import expand, read_entity
from .errors import DefinitionError, Position, ProjectNotFoundError, SchemaError
from .graph import sorted_by_dependency
from .kinds import all_kinds
from .kinds.base import Key, KindT, Resource
from .kinds.database import Database
from .model import Entity
from .names import Identifier, QualifiedName
from .nodes import Node, compose, plain, position
from .project import Plain, Project, Stack
from .references import complete_references
from .state import Desired
from .suggest import one_of

# Keys of every object, beside the fields of its kind.
COMMON_KEYS: Final = frozenset({"kind", "name", "schema", "protect", "depends_on", "enabled"})
SETTINGS: Final = frozenset(
    {"embedder", "search_index", "journal_schema", "deploy_warehouse", "production", "settings"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackYaml:
    """A stack: where it is, and what differs there."""

    connection: Any = None
    database: Identifier
    edition: Literal["standard", "enterprise", "business_critical"] = "enterprise"
    account_admin: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: Any = None
    expected_use: Any = None
    budget_usd: float | None = None
    embedder: Any = None
    search_index: Any = None
    journal_schema: Any = None
    deploy_warehouse: Any = None
    production: bool = False
    settings: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectYaml:
    """`hushflake.yaml`: the name of the project, and objects that others look after."""

    project: str
    description: str = ""
    external: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """A definition as bound, before references are looked up.

    Attributes:
        found: References: kinds, name, whether it may be unknown, position.
        node: For positions of later mistakes.
    """

    kind: KindT
    name: str
    value: Any
    found: tuple[tuple[tuple[str, ...], str, bool, Position], ...]
    depends_on: tuple[str, ...]
    protect: bool
    at: Position
    field_references: tuple[tuple[str, Position], ...] = ()


@dataclass(slots=True)
class Loaded:
    """What the files hold, gathered while they are read."""

    entities: dict[str, Entity] = field(default_factory=dict)
    entity_references: dict[str, Declared] = field(default_factory=dict)
    declared: dict[Key, Declared] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    late: list[Declared] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: list[SchemaError] = field(default_factory=list)


def read_project_name(marker: Path) -> str:
    """The name in `hushflake.yaml`."""
    return read_marker(marker).project


def read_marker(marker: Path) -> ProjectYaml:
    context = Context(marker.name)
    found = bind(ProjectYaml, _single(marker, marker.name), context)
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
    found = bind(StackYaml, _single(path, context.path), context)
    if found is None:
        raise DefinitionError(context.errors)
    settings = {key: getattr(found, key) for key in sorted(SETTINGS - {"settings"})}
    settings.update(found.settings or {})
    return Stack(
        name=name,
        connection=found.connection,
        database=found.database.sql,
        edition=found.edition,
        account_admin=found.account_admin,
        variables=found.variables,
        overrides=found.overrides or {},
        expected_use=found.expected_use or {},
        budget_usd=found.budget_usd,
        settings={key: value for key, value in settings.items() if value is not None},
    )


def load_project(project: Project, stack: Stack) -> Desired:
    """Compile a project for a stack; see `compile.compile_stack`."""
    marker = read_marker(project.root / "hushflake.yaml")
    loaded = Loaded()
    overrides = _Overrides.read(project, stack)
    for path in definition_files(project):
        _read_file(path, project, stack, overrides, loaded)
    loaded.errors += overrides.unused()
    resources = _resources(loaded, stack)
    complete_references(
        loaded.declared,
        loaded.entity_references,
        resources,
        loaded.late,
        loaded.unread,
        marker.external,
        loaded.errors,
    )
    resources.update(_expand_late(loaded, resources))
    _check(resources, stack, loaded)
    if loaded.errors:
        raise DefinitionError(loaded.errors)
    try:
        ordered = sorted_by_dependency(resources.values())
    except SchemaError as error:
        raise DefinitionError([error]) from None
    return Desired(project.name, stack.name, ordered, loaded.entities, tuple(loaded.notes))


def definition_files(project: Project) -> list[Path]:
    """The files of a project that define something, in a fixed order."""
    return [
        path
        for folder in (project.objects, project.entities)
        for pattern in ("*.yaml", "*.yml")
        for path in sorted(folder.rglob(pattern))
    ]


def shown(path: Path, project: Project) -> str:
    """A path as an error names it: from the working folder if it is below it."""
    for base in (Path.cwd(), project.root):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.as_posix()


def _single(path: Path, name: str) -> Node:
    documents = compose(path.read_text(encoding="utf-8"), name)
    if len(documents) != 1:
        raise SchemaError(
            "one YAML document is wanted here", "write key: value", Position(name, 1, 1)
        )
    return documents[0]


class _Overrides:
    """The `overrides:` of a stack as nodes, by the object that they are for."""

    def __init__(self, by_name: dict[str, Node], keys: dict[str, Node], path: str) -> None:
        self._by_name = by_name
        self._keys = keys
        self._path = path
        self._used: set[str] = set()

    @classmethod
    def read(cls, project: Project, stack: Stack) -> "_Overrides":
        path = project.stacks / f"{stack.name}.yaml"
        if not stack.overrides:
            return cls({}, {}, "")
        if not path.is_file():  # a stack made by hand, in code
            text = yaml.safe_dump({"overrides": _plain_copy(stack.overrides)})
            root = compose(text, "overrides")[0]
        else:
            root = _single(path, shown(path, project))
        for key, value in root.value:
            if key.value == "overrides" and isinstance(value, yaml.MappingNode):
                names = {_override_name(k.value): (k, v) for k, v in value.value}
                return cls(
                    {name: pair[1] for name, pair in names.items()},
                    {name: pair[0] for name, pair in names.items()},
                    shown(path, project),
                )
        return cls({}, {}, "")

    def apply(self, node: Node, kind: str, name: str, context: Context) -> Node:
        """The definition with the stack's fields put over its own."""
        for wanted in (_override_name(f"{kind} {name}"), _override_name(name)):
            override = self._by_name.get(wanted)
            if override is not None:
                self._used.add(wanted)
                _mark_foreign(override, self._path, context)
                node = _merge(node, override)
        return node

    def unused(self) -> Iterator[SchemaError]:
        for name, key in self._keys.items():
            if name not in self._used:
                message = f"the override {key.value!r} is for nothing in this project"
                yield SchemaError(
                    message, "name an entity or object as it is declared", position(key, self._path)
                )


def _plain_copy(value: Any) -> Plain:
    if isinstance(value, Mapping):
        return {str(key): _plain_copy(item) for key, item in value.items()}
    return value  # type: ignore[no-any-return]


def _override_name(text: str) -> str:
    kind, _, name = text.strip().rpartition(" ")
    return f"{kind.strip().lower()} {name.upper()}".strip()


def _mark_foreign(node: Node, path: str, context: Context) -> None:
    context.foreign[id(node)] = path
    for item in node.value if not isinstance(node, yaml.ScalarNode) else ():
        for child in item if isinstance(item, tuple) else (item,):
            _mark_foreign(child, path, context)


def _merge(base: Node, override: Node) -> Node:
    if not isinstance(base, yaml.MappingNode) or not isinstance(override, yaml.MappingNode):
        return override
    wanted = {key.value: (key, value) for key, value in override.value}
    pairs = [
        (key, _merge(value, wanted.pop(key.value)[1]) if key.value in wanted else value)
        for key, value in base.value
    ]
    return yaml.MappingNode(base.tag, [*pairs, *wanted.values()], base.start_mark, base.end_mark)


def _read_file(
    path: Path, project: Project, stack: Stack, overrides: _Overrides, loaded: Loaded
) -> None:
    context = Context(
        shown(path, project),
        database=Identifier.parse(stack.database),
        variables={**stack.variables, "database": stack.database, "stack": stack.name},
        levels={name: kind.level for name, kind in all_kinds().items()},
        errors=loaded.errors,
    )
    try:
        documents = compose(path.read_text(encoding="utf-8"), context.path)
    except DefinitionError as error:
        loaded.errors += error.errors
        return
    except SchemaError as error:
        loaded.errors.append(error)
        return
    except UnicodeDecodeError as error:
        at = Position(context.path, 1, 1)
        loaded.errors.append(SchemaError(f"not UTF-8 text: {error.reason}", "save it as UTF-8", at))
        return
    for document in documents:
        for node in document.value if isinstance(document, yaml.SequenceNode) else [document]:
            if not _is_nothing(node):
                _read_definition(node, context, overrides, loaded)


def _is_nothing(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and plain(node) is None


def _read_definition(node: Node, context: Context, overrides: _Overrides, loaded: Loaded) -> None:
    if not isinstance(node, yaml.MappingNode):
        context.error(node, "a definition is a mapping", "write kind: …, or entity: …")
        return
    keys = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    context.found = []
    if "<<" in keys:
        context.error(keys["<<"], "merge keys are not part of YAML 1.2", "write the keys out")
    elif "entity" in keys:
        node = overrides.apply(node, "entity", keys["entity"].value, context)
        _read_entity(node, context, loaded)
    elif "kind" in keys:
        name = keys["name"].value if "name" in keys else ""
        if isinstance(name, str) and name:
            node = overrides.apply(node, keys["kind"].value, name, context)
        _read_object(node, context, loaded)
    else:
        context.error(
            node, "a definition needs kind: or entity:", "write kind: table, for instance"
        )


def _is_enabled(node: Node, loaded: Loaded, what: str, stack_note: str) -> bool:
    for key, value in node.value:
        if key.value == "enabled" and plain(value) is False:
            loaded.notes.append(f"{what} is left out: {stack_note}")
            return False
    return True


def _read_entity(node: Node, context: Context, loaded: Loaded) -> None:
    context.schema = _schema_of(node)
    context.field_references = []
    entity = read_entity(node, context)
    if entity is None:
        loaded.unread.add(_written_name(node))
        return
    if not _is_enabled(node, loaded, f"entity {entity.name}", "enabled: false"):
        return
    if entity.name in loaded.entities:
        first = loaded.entities[entity.name].at
        context.error(
            node, f"the entity {entity.name} is declared twice; first at {first}", "remove one"
        )
        return
    loaded.entities[entity.name] = entity
    kind = all_kinds()["table"]
    loaded.entity_references[entity.name] = Declared(
        kind,
        entity.table.sql,
        entity,
        tuple(context.found),
        (),
        entity.protect,
        context.at(node),
        tuple(context.field_references),
    )


def _written_name(node: Node) -> str:
    return next((str(v.value).upper() for k, v in node.value if k.value == "entity"), "")


def _schema_of(node: Node) -> Identifier | None:
    """The schema that unqualified names within a definition belong to."""
    for key, value in node.value:
        if key.value in ("schema", "name") and isinstance(value, yaml.ScalarNode):
            try:
                parts = QualifiedName.parse(value.value).parts
            except SchemaError:
                continue
            if key.value == "schema":
                return parts[-1]
            if len(parts) > 1:
                return parts[-2]
    return None


def _read_object(node: Node, context: Context, loaded: Loaded) -> None:
    kinds = all_kinds()
    children = {key.value: value for key, value in node.value}
    kind = kinds.get(children["kind"].value)
    if kind is None:
        word = str(children["kind"].value)
        context.error(children["kind"], f"unknown kind {word!r}", one_of(word, kinds))
        return
    context.schema = _schema_of(node)
    late = kind.yaml_type is not None
    if not late and "name" not in children:
        context.error(node, f"a {kind.name} needs a name", "add name: …")
        return
    name = "" if late else _object_name(kind, children["name"], context)
    skip = COMMON_KEYS - {"schema"} if kind.level == "account" else COMMON_KEYS
    value = bind(kind.yaml_type or kind.spec_type, node, context, skip)
    if value is None or name is None:
        return
    if not _is_enabled(node, loaded, f"{kind.name} {name}".strip(), "enabled: false"):
        return
    declared = Declared(
        kind,
        name,
        value if late else kind.normalise(value),
        tuple(context.found),
        _strings(children.get("depends_on"), context),
        "protect" in children and plain(children["protect"]) is True,
        context.at(node),
    )
    key = Key(kind.name, name)
    if late:
        loaded.late.append(declared)
    elif key in loaded.declared:
        context.error(
            node, f"{key} is declared twice; first at {loaded.declared[key].at}", "remove one"
        )
    else:
        loaded.declared[key] = declared


def _object_name(kind: KindT, node: Node, context: Context) -> str | None:
    try:
        name = QualifiedName.parse(context.text(node))
        return context.complete(name, kind.level, node).sql
    except SchemaError as error:
        context.error(node, error.message, error.remedy)
    except Exception as failed:  # the context holds what is wrong
        if not context.errors:
            raise failed
    return None


def _strings(node: Node | None, context: Context) -> tuple[str, ...]:
    if node is None:
        return ()
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(context.text(item) for item in items)


def _resources(loaded: Loaded, stack: Stack) -> dict[Key, Resource]:
    """Resources of everything declared and of every entity, references still to come."""
    database = Key("database", stack.database)
    resources = {
        key: Resource(key, declared.value, (), declared.protect, declared.at)
        for key, declared in loaded.declared.items()
    }
    if database not in resources:
        resources[database] = Resource(database, Database())
    for entity in loaded.entities.values():
        for resource in expand(entity):
            if resource.key in resources:
                other = resources[resource.key].at
                message = (
                    f"entity {entity.name} makes {resource.key}, which is also declared at {other}"
                )
                loaded.errors.append(SchemaError(message, "remove one", entity.at))
            resources[resource.key] = resource
    kept = (r for r in resources.values() if not _left_out(r, stack, loaded))
    return {resource.key: _fitted(resource, stack, loaded) for resource in kept}


def _fitted(resource: Resource, stack: Stack, loaded: Loaded) -> Resource:
    spec, notes = all_kinds()[resource.key.kind].fit(resource.spec, stack)
    loaded.notes += [f"{resource.key}: {note}" for note in notes]
    return resource if spec is resource.spec else replace(resource, spec=spec)


def _left_out(resource: Resource, stack: Stack, loaded: Loaded) -> bool:
    reason = all_kinds()[resource.key.kind].left_out(resource.spec, stack)
    if reason:
        loaded.notes.append(f"{resource.key} is left out: {reason}")
    return bool(reason)


def _expand_late(loaded: Loaded, resources: Mapping[Key, Resource]) -> dict[Key, Resource]:
    """Objects of the kinds that are known only when everything else is (grants)."""
    from .kinds.grant import merged

    found: dict[Key, Resource] = {}
    for declared in loaded.late:
        try:
            for item in declared.kind.expand(declared.value, resources):
                key = Key(declared.kind.name, item.name)
                there = found.get(key)
                spec = merged(there.spec, item.spec) if there else item.spec
                references = (*there.references, *item.references) if there else item.references
                found[key] = Resource(
                    key, spec, tuple(dict.fromkeys(references)), declared.protect, declared.at
                )
        except SchemaError as error:
            loaded.errors.append(SchemaError(error.message, error.remedy, declared.at))
    return found


def _check(resources: Mapping[Key, Resource], stack: Stack, loaded: Loaded) -> None:
    kinds = all_kinds()
    for key, resource in resources.items():
        for mistake in kinds[key.kind].check(key.name, resource.spec, stack):
            loaded.errors.append(
                SchemaError(f"{key}: {mistake.message}", mistake.remedy, resource.at)
            )
