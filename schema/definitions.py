"""Files to definitions: bound and named, references still to be looked up."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml

from .account_names import AccountNames
from .binding import bind_partly, collect
from .context import Context, FailedError, shape_of
from .entity import read_entity
from .errors import DefinitionError, Position, SchemaError
from .expand import expand, expanded_keys
from .files import is_inside, read_text
from .folder import Project
from .kinds import Kind, all_kinds
from .kinds.base import Key, KindT, Resource, Spec
from .loaded import Declared, Loaded
from .names import Identifier, QualifiedName
from .nodes import Node, compose, plain, position
from .overrides import Overrides
from .scalars import name_text
from .settings import shown
from .stack import Stack
from .suggest import did_you_mean, nearest, one_of

# Keys of every object, beside the fields of its kind.
COMMON_KEYS: Final = frozenset({"kind", "name", "schema", "protect", "depends_on", "enabled"})


def definition_files(project: Project) -> list[Path]:
    """The files of a project that define something, in a fixed order."""
    found: list[Path] = []
    for folder in (project.objects, project.entities):
        if not is_inside(folder, project.root):
            found.append(folder)  # refused when it is read; what it leads to is not walked
            continue
        for pattern in ("*.yaml", "*.yml"):
            found += sorted(folder.rglob(pattern))
    return found


def field_position(at: Position | None, name: str, paths: Mapping[str, Path]) -> Position | None:
    """Where a field of the definition at a position stands. The file is read again: nodes are not
    kept, for most definitions have no mistake."""
    path = paths.get(at.path) if at else None
    if at is None or path is None:
        return at
    for document in compose(read_text(path, at.path), at.path):
        for node in document.value if isinstance(document, yaml.SequenceNode) else [document]:
            if isinstance(node, yaml.MappingNode) and position(node, at.path) == at:
                for key, value in node.value:
                    if key.value == name:
                        return position(value, at.path)
    return at


def read_file(
    path: Path,
    project: Project,
    stack: Stack,
    overrides: Overrides,
    account_names: AccountNames,
    loaded: Loaded,
) -> None:
    own = {
        "database": stack.database,
        "stack": stack.name,
        "account_prefix": stack.account_prefix,
    }
    context = Context(
        shown(path, project),
        database=Identifier.parse(stack.database),
        variables={**stack.variables, **own},
        account_names=account_names,
        levels={name: kind.level for name, kind in all_kinds().items()},
        errors=loaded.errors,
    )
    loaded.paths[context.path] = path
    try:
        context.source = read_text(path, context.path, project.root)
        documents = compose(context.source, context.path)
    except SchemaError as error:
        loaded.errors += error.errors if isinstance(error, DefinitionError) else [error]
        loaded.unparsed.append(context.source)
        return
    for document in documents:
        for node in document.value if isinstance(document, yaml.SequenceNode) else [document]:
            if not _is_nothing(node):
                _read_definition(node, context, overrides, loaded)


def _is_nothing(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and plain(node) is None


def _read_definition(node: Node, context: Context, overrides: Overrides, loaded: Loaded) -> None:
    if not isinstance(node, yaml.MappingNode):
        context.error(node, "a definition is a mapping", "write kind: …, or entity: …")
        return
    keys = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    context.found = []
    named = next((key for key in ("entity", "kind") if key in keys), "")
    if "<<" in keys:
        context.error(keys["<<"], "merge keys are not part of YAML 1.2", "write the keys out")
    elif named and not isinstance(keys[named], yaml.ScalarNode):
        context.error(keys[named], f"{named}: is {shape_of(keys[named])}", f"write {named}: NAME")
    elif "entity" in keys:
        node = overrides.apply(node, "entity", keys["entity"].value, context)
        _read_entity(node, context, loaded)
    elif "kind" in keys:
        name = keys["name"].value if "name" in keys else ""
        if isinstance(name, str) and name:
            node = overrides.apply(node, keys["kind"].value, name, context)
        _read_object(node, context, loaded)
    else:
        remedy = next((did_you_mean(key, ("kind", "entity")) for key in keys), "")
        context.error(
            node,
            "a definition needs kind: or entity:",
            remedy or "write kind: table, for instance",
        )


def _is_enabled(node: Node) -> bool:
    return not any(key.value == "enabled" and plain(value) is False for key, value in node.value)


def _leave_out(resource: Resource, loaded: Loaded) -> None:
    loaded.notes.append(f"{resource.key} is left out: enabled is false")
    loaded.left_out[resource.key] = resource


def _read_entity(node: Node, context: Context, loaded: Loaded) -> None:
    context.schema = _schema_of(node)
    context.field_references = []
    entity = read_entity(node, context)
    if entity is None:
        _add_broken_entity(node, context, loaded)
        return
    if not _is_enabled(node):
        # Who refers to it is right, and gets no foreign key on this stack.
        loaded.unread.add(entity.name)
        for resource in expand(entity, {}):
            _leave_out(resource, loaded)
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


def _add_broken_entity(node: Node, context: Context, loaded: Loaded) -> None:
    """Note what an entity with mistakes is, would make, and refers to."""
    written = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    name = str(written["entity"].value).upper()
    loaded.unread.add(name)
    loaded.loose += context.found
    loaded.loose_fields += [(name, reference) for reference in context.field_references]
    if context.database is None or context.schema is None:
        return
    try:
        table = QualifiedName((context.database, context.schema, Identifier.parse(name)))
    except SchemaError:
        return
    at = context.at(node)
    for key in expanded_keys(table, written):
        of = None if key.kind == "table" else name
        loaded.broken[key] = Resource(key, Spec(), at=at, entity=of)


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
    children = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    kind = kinds.get(children["kind"].value)
    if kind is None:
        word = str(children["kind"].value)
        context.error(children["kind"], f"unknown kind {word!r}", one_of(word, kinds))
        meant = kinds.get(nearest(word, kinds))
        if meant is not None and meant.yaml_type is None and "name" in children:
            context.schema = _schema_of(node)
            quiet = replace(context, errors=[])
            name = _object_name(meant, children["name"], quiet)
            _add_broken(meant, name or "", None, frozenset(), context.at(node), loaded)
        return
    context.schema = _schema_of(node)
    late = kind.yaml_type is not None
    if not late and "name" not in children:
        context.error(node, f"a {kind.name} needs a name", "add name: …")
        return
    name = "" if late else _object_name(kind, children["name"], context)
    skip = COMMON_KEYS - {"schema"} if kind.level == "account" else COMMON_KEYS
    value, failed = bind_partly(kind.yaml_type or kind.spec_type, node, context, skip)
    if value is None or failed or name is None:
        loaded.loose += context.found
        if name:
            _add_broken(kind, name, value, failed, context.at(node), loaded)
        return
    if late:
        value = kind.with_names(value, context.account_names.complete)
    else:
        value = kind.normalise(value)
        name = kind.full_name(name, value)
    if not _is_enabled(node):
        if not late:
            _leave_out(Resource(Key(kind.name, name), value), loaded)
        return
    declared = Declared(
        kind,
        name,
        value,
        tuple(context.found),
        tuple(
            context.account_names.complete_text(text)
            for text in _strings(children.get("depends_on"), context)
        ),
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


def _add_broken(
    kind: KindT, name: str, value: Any, failed: frozenset[str], at: Position, loaded: Loaded
) -> None:
    """Note an object with mistakes by its name, and what of it can be checked for more."""
    if value is not None and kind.checks_apart:
        value = kind.normalise(value)
        name = kind.full_name(name, value)
        loaded.partial.append((Resource(Key(kind.name, name), value, at=at), failed))
    if name:
        key = Key(kind.name, name)
        loaded.broken[key] = Resource(key, Spec(), at=at)


def _object_name(kind: KindT, node: Node, context: Context) -> str | None:
    try:
        name = QualifiedName.parse(name_text(node, context))
        if name.arguments is not None and type(kind).full_name is Kind.full_name:
            context.error(node, f"the name of a {kind.name} has no brackets", "write SCHEMA.NAME")
            return None
        return context.complete(name, kind.name, node).sql
    except SchemaError as error:
        context.error(node, error.message, error.remedy)
    except FailedError:
        pass  # the context holds what is wrong
    return None


def _strings(node: Node | None, context: Context) -> tuple[str, ...]:
    if node is None:
        return ()
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    try:
        return tuple(collect(items, context.text))
    except FailedError as error:
        return tuple(error.partial)
