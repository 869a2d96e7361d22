"""What an account has, as definitions of a project, without a change of the account.

Objects are read as a plan reads them, written as definitions, compiled and planned as if they had
been applied as found. What then differs cannot be expressed, and is left out with the difference
as its reason. See docs/decisions/0067.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from hushflake.schema.adoption import Definition, InexpressibleError, definitions_of
from hushflake.schema.adoption_entities import Fold, folds_of
from hushflake.schema.compile import load_stack
from hushflake.schema.errors import DefinitionError
from hushflake.schema.importer.writing import dump
from hushflake.schema.kinds import all_kinds
from hushflake.schema.names import Identifier, QualifiedName
from hushflake.schema.project import MARKER, Project
from hushflake.schema.state import Desired, State
from hushflake.schema.values import Key

from .adoptable import Chosen, read_adoptable, selected
from .applied import Applied
from .ddl import from_ddl
from .planning import Planned, Planner
from .session import Session

FOLDER: Final = "adopted"
_QUERYABLE: Final = frozenset({"table", "view", "dynamic_table"})
_ROUNDS: Final = 8


@dataclass
class Adoption:
    """What came of it.

    Attributes:
        definitions: What is expressed, by key.
        left: What is not, and why.
        planned: The plan of the project with them, as if all had been applied as found.
        entities: Tables that an entity may have made, with the entities still to try.
        folded: The objects that the entities among the definitions stand for.
    """

    definitions: dict[Key, tuple[Definition, ...]] = field(default_factory=dict)
    left: dict[Key, str] = field(default_factory=dict)
    planned: Planned | None = None
    entities: dict[Key, tuple[Fold, ...]] = field(default_factory=dict)
    folded: dict[Key, dict[Key, tuple[Definition, ...]]] = field(default_factory=dict)

    def fold(self) -> None:
        """Write entities instead of the objects that they stand for."""
        for table, folds in self.entities.items():
            self._fold(table, folds)

    def _fold(self, table: Key, folds: tuple[Fold, ...]) -> None:
        if not folds or table not in self.definitions:
            return
        covered = {k: self.definitions.pop(k) for k in folds[0].covers if k in self.definitions}
        entity = Key("entity", folds[0].name)
        self.folded[entity] = covered
        self.definitions[entity] = (folds[0].definition,)
        self.entities[table] = folds[1:]

    def leave(self, key: Key, reason: str) -> None:
        """Do without a definition: an entity becomes its objects again, or a smaller entity."""
        del self.definitions[key]
        if key not in self.folded:
            self.left[key] = reason
            return
        covered = self.folded.pop(key)
        self.definitions |= covered
        for table in covered:
            self._fold(table, self.entities.get(table, ()))


def adopt(
    planner: Planner,
    session: Session,
    chosen: Chosen,
    as_entities: Callable[[Sequence[str]], bool],
) -> Adoption:
    """Read the account and write definitions until their plan is empty.

    Args:
        as_entities: Whether tables of these names, which look as entities make them, become such.

    Raises:
        DefinitionError: The project has mistakes of its own.
        MistakeError: The database is not there.
    """
    database = Identifier.parse(planner.stack.database)
    applied = planner.read_applied(session)
    declared = {key for key, r in planner.desired().resources.items() if r.at or r.entity}
    managed = {*declared, *applied.state.resources, *applied.others.used}
    found = read_adoptable(planner, session, database)
    result = Adoption()
    chosen_ones = selected(found, chosen, database, managed)
    kinds = {key.name: key.kind for key in found.resources if key.kind in _QUERYABLE}
    for key, resource in chosen_ones.items():
        try:
            more = from_ddl(session, resource, database)
            result.definitions[key] = tuple(definitions_of(resource, database.text, more, kinds))
        except InexpressibleError as error:
            result.left[key] = str(error)
    result.entities = folds_of(chosen_ones, database.text)
    if result.entities and as_entities([key.name for key in result.entities]):
        result.fold()
    with tempfile.TemporaryDirectory() as folder:
        project = _copy(planner.project, Path(folder))
        for _ in range(_ROUNDS):
            if not _left_something(result, project, planner, session, applied):
                break
    return result


def write(adoption: Adoption, project: Project) -> list[Path]:
    """Add the definitions to `objects/adopted/`, one file a schema, and entities to `entities/`,
    one file each; return the files."""
    by_file: dict[Path, list[Definition]] = {}
    for key, definitions in adoption.definitions.items():
        path = project.objects / FOLDER / f"{_file_of(key)}.yaml"
        if key.kind == "entity":
            path = project.entities / f"{_file_name(key.name)}.yaml"
        by_file.setdefault(path, []).extend(definitions)
    written = []
    for path, found in by_file.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        path.write_text(before + dump(found), encoding="utf-8")
        written.append(path)
    return written


def as_found(planner: Planner, session: Session) -> Planned:
    """The plan of a project as if everything that is declared and there had been applied: with no
    operation, so that carrying it out records and changes nothing."""
    planned = _plan_as_found(planner, session, planner.read_applied(session))
    return replace(planned, plan=replace(planned.plan, operations=(), held=()))


def _left_something(
    result: Adoption, project: Project, planner: Planner, session: Session, applied: Applied
) -> bool:
    """Compile and plan; what has mistakes or differs is left out, and there is a next round."""
    files = _write_apart(result, project)
    try:
        trial = Planner(project, load_stack(project, planner.stack.name))
        trial.desired()
    except DefinitionError as error:
        return _leave_mistakes(result, files, error)
    planned = _plan_as_found(trial, session, applied)
    result.planned = planned
    wrong: dict[Key, str] = {}
    for op in planned.plan.operations:
        key = _definition_of(op.key, result, planned.desired)
        if key is not None:
            wrong.setdefault(key, f"{op.action.replace('_', ' ')}: {op.reason}")
    # A grant may only differ because the object under it does.
    wrong = {key: reason for key, reason in wrong.items() if key.kind != "grant"} or wrong
    for key, reason in wrong.items():
        result.leave(key, reason)
    return bool(wrong)


def _definition_of(key: Key, result: Adoption, desired: Desired) -> Key | None:
    """The definition that an object comes from."""
    if key in result.definitions:
        return key
    resource = desired.resources.get(key)
    entity = Key("entity", resource.entity) if resource and resource.entity else None
    return entity if entity in result.definitions else None


def _leave_mistakes(result: Adoption, files: Mapping[str, Key], error: DefinitionError) -> bool:
    wrong: dict[Key, str] = {}
    for mistake in error.errors:
        key = files.get(mistake.at.path) if mistake.at is not None else None
        if key is None or key not in result.definitions:
            raise error
        wrong.setdefault(key, mistake.message)
    for key, reason in wrong.items():
        result.leave(key, reason)
    return bool(wrong)


def _plan_as_found(planner: Planner, session: Session, applied: Applied) -> Planned:
    desired = planner.desired()
    actual = planner.look(session, desired, applied)
    settled = applied.settle(actual)
    found = {key: r for key, r in desired.resources.items() if key in actual.resources}
    known = {**found, **settled.state.resources}
    state = State(settled.state.account, known)
    return planner.compare(desired, actual, replace(settled, state=state))


def _copy(project: Project, folder: Path) -> Project:
    """The files of a project that define something, for trials."""
    for name in (MARKER, "objects", "entities", "stacks", "templates"):
        source = project.root / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        elif source.is_file():
            shutil.copyfile(source, folder / name)
    return Project(project.name, folder, folder / ".hushflake")


def _write_apart(result: Adoption, project: Project) -> dict[str, Key]:
    """One file a definition, so that a mistake names it; returns path -> key."""
    folder = project.objects / f"{FOLDER}_trial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files: dict[str, Key] = {}
    for number, (key, definitions) in enumerate(result.definitions.items()):
        path = folder / f"{number:06}.yaml"
        path.write_text(dump(definitions), encoding="utf-8")
        files[path.relative_to(project.root).as_posix()] = key
    return files


def _file_of(key: Key) -> str:
    if key.kind == "entity":
        return ""
    if key.kind == "grant":
        return "grants"
    kind = all_kinds()[key.kind]
    if kind.level != "schema":
        return "account" if kind.level == "account" else "schemas"
    schema = QualifiedName.parse(key.name.partition("(")[0]).parts[1].text
    return _file_name(schema)


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", name.lower())
