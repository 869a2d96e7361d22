"""A project's files to a compiled stack. Every mistake of every file is reported in one run."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import replace

from .account_names import AccountNames, key_of, keys_of
from .chunk_rules import too_long
from .dbt import dbt_objects
from .definitions import definition_files, field_position, read_file
from .errors import DefinitionError, SchemaError
from .expand import expand
from .folder import MARKER, Project
from .graph import sorted_by_dependency
from .implied import implied_tags
from .kinds import all_kinds
from .kinds.base import Expanded, Key, Mistake, Resource
from .kinds.database import Database
from .loaded import Declared, Loaded
from .marker import ProjectYaml, read_marker
from .masked_entities import shown_texts, with_tag_masks
from .meaningful import meaningful
from .overrides import Overrides
from .owners import Owners, assign
from .protected import blind_owners, copies, inheriting, open_services, without_policies
from .query_warnings import query_warnings
from .references import complete_references
from .renaming import mistakes
from .runners import runner_grants
from .stack import Stack
from .state import Desired
from .verified import add_verified


def load_project(project: Project, stack: Stack, *, thorough: bool = False) -> Desired:
    """Compile a project for a stack; see `compile.compile_stack`."""
    loaded = Loaded()
    marker = _marker(project, loaded)
    external = marker.external
    by_dbt = _by_dbt(project, marker, loaded)
    elsewhere = by_dbt.union(*(keys_of(text, stack.database) for text in external))
    names = AccountNames.of(stack.account_prefix, external, marker.shared)
    overrides = Overrides.read(project, stack)
    for path in definition_files(project):
        read_file(path, project, stack, overrides, names, loaded)
    if not loaded.unparsed:
        loaded.errors += overrides.unused()
    resources = _resources(loaded, stack)
    add_verified(project, stack, resources, loaded)
    tags = implied_tags(loaded, resources, external)
    resources.update({k: tag for k, tag in tags.items() if not _left_out(tag, stack, loaded)})
    complete_references(
        loaded.declared,
        loaded.entity_references,
        resources,
        loaded.late,
        loaded.unread,
        loaded.left_out,
        loaded.broken,
        loaded.loose,
        loaded.loose_fields,
        elsewhere,
        loaded.errors,
    )
    resources.update(_expand_late(loaded, resources, stack))
    _give_owners(resources, stack, names, elsewhere, loaded)
    found = list(inheriting(resources, loaded.entities, stack))
    resources.update({resource.key: resource for resource in found})
    found_masks = with_tag_masks(resources, loaded.entities.values())
    loaded.entities |= {entity.name: entity for entity in found_masks}
    loaded.errors += shown_texts(loaded.entities.values())
    _check(resources, stack, loaded)
    loaded.errors += _made_twice(resources, by_dbt)
    loaded.errors += open_services(resources, loaded.entities.values())
    loaded.errors += mistakes(resources)
    loaded.errors += blind_owners(resources, loaded.entities.values())
    loaded.errors += without_policies(loaded.entities.values(), stack)
    ordered: dict[Key, Resource] = {}
    try:
        ordered = sorted_by_dependency(resources.values())
    except SchemaError as error:
        loaded.errors.append(error)
    if loaded.errors:
        raise DefinitionError(meaningful(loaded))
    return Desired(
        project.name,
        stack.name,
        ordered,
        loaded.entities,
        tuple(loaded.notes),
        stack.account_admin,
        tuple(_warnings(resources, loaded, elsewhere, by_dbt, thorough=thorough)),
        frozenset(key_of(text) for text in marker.shared),
    )


def _warnings(
    resources: Mapping[Key, Resource],
    loaded: Loaded,
    elsewhere: Iterable[Key],
    by_dbt: Collection[Key],
    *,
    thorough: bool,
) -> Iterator[SchemaError]:
    yield from filter(None, map(too_long, loaded.entities.values()))
    if not thorough:
        return
    yield from copies(resources)
    for resource, message, remedy in query_warnings(
        resources, {*elsewhere, *loaded.left_out}, by_dbt
    ):
        at = field_position(resource.at, "query", loaded.paths)
        yield SchemaError(f"{resource.key}: {message}", remedy, at)


def _by_dbt(project: Project, marker: ProjectYaml, loaded: Loaded) -> frozenset[Key]:
    try:
        return dbt_objects(project, marker.dbt)
    except SchemaError as error:
        loaded.errors.append(error)
        return frozenset()


def _made_twice(resources: Mapping[Key, Resource], by_dbt: Iterable[Key]) -> Iterator[SchemaError]:
    """What is declared and made by dbt too: each would undo what the other does."""
    names = {key.name: key for key in by_dbt}
    for key, resource in resources.items():
        if key.name in names and key.kind in ("table", "view", "dynamic_table"):
            message = f"{key}: dbt makes {names[key.name]} too"
            remedy = "remove one: read what dbt makes in a view of another name"
            yield SchemaError(message, remedy, resource.at)


def _marker(project: Project, loaded: Loaded) -> ProjectYaml:
    try:
        return read_marker(project.root / MARKER)
    except SchemaError as error:
        loaded.errors += error.errors if isinstance(error, DefinitionError) else [error]
        return ProjectYaml(project=project.name)


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
        for resource in expand(entity, loaded.entities):
            if resource.key in resources:
                other = resources[resource.key].at
                message = (
                    f"entity {entity.name} makes {resource.key}, which is also declared at {other}"
                )
                loaded.errors.append(SchemaError(message, "remove one", entity.at))
            spec = all_kinds()[resource.key.kind].normalise(resource.spec)
            resources[resource.key] = replace(resource, spec=spec)
    kept = (r for r in resources.values() if not _left_out(r, stack, loaded))
    return {resource.key: _fitted(resource, stack, loaded) for resource in kept}


def _fitted(resource: Resource, stack: Stack, loaded: Loaded) -> Resource:
    spec, notes = all_kinds()[resource.key.kind].fit(resource.spec, stack)
    loaded.notes += [f"{resource.key}: {note}" for note in notes]
    return resource if spec is resource.spec else replace(resource, spec=spec)


def _left_out(resource: Resource, stack: Stack, loaded: Loaded) -> bool:
    kind = all_kinds()[resource.key.kind]
    reason = kind.left_out(resource.spec, stack)
    if not reason and not stack.account_admin:
        reason = kind.needs_account_admin(resource.spec)
    if reason:
        loaded.notes.append(f"{resource.key} is left out: {reason}")
        loaded.left_out[resource.key] = resource
    return bool(reason)


def _expand_late(
    loaded: Loaded, resources: Mapping[Key, Resource], stack: Stack
) -> dict[Key, Resource]:
    """Objects of the kinds that are known only when everything else is (grants)."""
    found: dict[Key, Resource] = {}
    known = {**resources, **loaded.left_out, **loaded.broken}
    for declared in loaded.late:
        try:
            for item in declared.kind.expand(declared.value, known):
                gone = next((r for r in item.references if r in loaded.left_out), None)
                if gone is not None:
                    loaded.notes.append(f"{declared.kind.name} {item.name} is left out with {gone}")
                    continue
                resource = _late_resource(declared, item)
                there = found.get(resource.key) or resources.get(resource.key)
                found[resource.key] = _merged(there, resource) if there else resource
        except SchemaError as error:
            loaded.errors.append(SchemaError(error.message, error.remedy, declared.at))
    return {key: item for key, item in found.items() if not _left_out(item, stack, loaded)}


def _give_owners(
    resources: dict[Key, Resource],
    stack: Stack,
    names: AccountNames,
    elsewhere: Container[Key],
    loaded: Loaded,
) -> None:
    """Put the stack's owners on the objects; who runs something gets what that needs."""
    owners = Owners.of(stack, names, loaded.errors)
    loaded.errors += assign(owners, resources, elsewhere, f"stacks/{stack.name}.yaml")
    wanted: dict[Key, Resource] = {}
    tasks: dict[Key, list[Key]] = {}
    for task, grant in runner_grants(resources):
        there = wanted.get(grant.key) or resources.get(grant.key)
        wanted[grant.key] = _merged(there, grant) if there else grant
        tasks.setdefault(grant.key, []).append(task)
    for key, grant in wanted.items():
        if key not in resources and _left_out(grant, stack, loaded):
            continue
        resources[key] = grant
        for task in tasks[key]:
            waits = dict.fromkeys((*resources[task].references, key))
            resources[task] = resources[task].referring_to(tuple(waits))


def _late_resource(declared: Declared, item: Expanded) -> Resource:
    key = Key(declared.kind.name, item.name)
    return Resource(key, item.spec, item.references, declared.protect, declared.at)


def _merged(there: Resource, resource: Resource) -> Resource:
    """Two definitions of an object as one, if its kind may be declared in parts."""
    spec = all_kinds()[resource.key.kind].merged(there.spec, resource.spec)
    if spec is None:
        message = f"{resource.key} is declared twice; first at {there.at}"
        raise SchemaError(message, "remove one")
    references = dict.fromkeys((*there.references, *resource.references))
    return replace(resource, spec=spec, references=tuple(references))


def _check(resources: Mapping[Key, Resource], stack: Stack, loaded: Loaded) -> None:
    kinds = all_kinds()
    for key, resource in resources.items():
        for mistake in kinds[key.kind].check(key.name, resource.spec, stack):
            _add_mistake(resource, mistake, loaded)
    for resource, failed in loaded.partial:
        for mistake in kinds[resource.key.kind].check(resource.key.name, resource.spec, stack):
            # Of a list that failed the rest is there; anything else is a stand-in.
            rest = getattr(resource.spec, mistake.field, ())
            if mistake.field not in failed or (isinstance(rest, tuple) and rest):
                _add_mistake(resource, mistake, loaded)
    for kind in kinds.values():
        for resource, mistake in kind.check_together(resources):
            _add_mistake(resource, mistake, loaded)


def _add_mistake(resource: Resource, mistake: Mistake, loaded: Loaded) -> None:
    at = field_position(resource.at, mistake.field, loaded.paths)
    loaded.errors.append(SchemaError(f"{resource.key}: {mistake.message}", mistake.remedy, at))
