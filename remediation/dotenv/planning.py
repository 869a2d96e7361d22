"""Looks at the .env files of a repository and at the target, before anything is done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hushflake.lint_plugin.settings import Policy, load

from ..errors import ConflictError, GitStateError, RemediationError
from ..git import Repository
from ..inventory.feeding import env_file_readers, readers_of_file
from ..inventory.outside import EnvUse
from . import age, lines
from .backup import Backup, backups, base_folder
from .comparison import present
from .evidence import gathered
from .find import find_ours
from .loader_choice import chosen
from .names import printable_name
from .needed import Decision, decide
from .reading import EnvFile, Reading, read_all, values_of
from .request import Request
from .targets import Target, TargetOptions, open_target


@dataclass
class Plan:
    """What a retirement would do. Values are in `reading` alone, which does not print them."""

    repository: Repository
    request: Request
    reading: Reading
    loaders: Sequence[str]
    tracked: set[str] = field(default_factory=set)
    submodules: list[str] = field(default_factory=list)
    # Known once the target was asked.
    present: set[str] = field(default_factory=set)
    unfinished: Backup | None = None
    # Of an interrupted run: what stood in files that are gone already.
    gone: dict[str, str] = field(default_factory=dict, repr=False)
    # File -> what becomes of it.
    decisions: dict[str, Decision] = field(default_factory=dict)
    # What would have become of them, where the user wants every key to go.
    overruled: dict[str, Decision] = field(default_factory=dict)
    # Places outside Python that name one of the files.
    uses: list[EnvUse] = field(default_factory=list)
    # Files that Python code loads into the environment.
    loaded: set[str] = field(default_factory=set)
    # Files that `flask run` or uvicorn load into it, whatever the code does.
    loaded_anyway: set[str] = field(default_factory=set)

    def values(self) -> dict[str, str]:
        """Return key -> value of the keys that go, over all files."""
        merged = dict(self.gone)
        for file in self.files:
            merged.update({key: file.values[key] for key in self.decisions[file.path].goes})
        return merged

    @property
    def files(self) -> list[EnvFile]:
        """The files that go, or lose some of their keys."""
        return [file for file in self.reading.files if self.decisions[file.path].touches]

    @property
    def staying(self) -> list[EnvFile]:
        """The files of which something stays."""
        return [file for file in self.reading.files if not self.decisions[file.path].removes]

    @property
    def removed(self) -> list[EnvFile]:
        """The files that go as a whole."""
        return [file for file in self.reading.files if self.decisions[file.path].removes]

    @property
    def is_open(self) -> bool:
        """Whether a file holds a key that goes, or that the Python code keeps there."""
        return any(one.touches or one.feeds_python for one in self.decisions.values())

    def kept(self, file: EnvFile) -> bytes | None:
        """Return what a file holds afterwards, None if it goes."""
        decision = self.decisions[file.path]
        return None if decision.removes else lines.without(file.data, decision.goes)


def plan(folder: Path, request: Request) -> Plan:
    """Look at the files and, if one is named, at the target. Changes nothing.

    Raises:
        GitStateError: Not a repository, or a state that comes first.
        AmbiguityError: A file can be read in two ways; lists every place.
        ConflictError: A key exists in the target with another value; lists the keys.
    """
    repository = Repository.of((request.paths[0] if request.paths else folder).absolute())
    age.check(request.recipients)
    found = _found(repository, request.paths)
    loaders = chosen(request.loader, str(repository.top))
    reading = read_all(repository.top, found, loaders.names, request.interpolation)
    planned = Plan(repository, request, reading, loaders.names)
    planned.tracked = set(repository.tracked(":(top,glob)**/.env*", ":(top,glob)**/*.env"))
    planned.submodules = repository.submodules()
    _decide(planned)
    planned.unfinished = _unfinished(repository, request)
    if planned.unfinished is not None:
        planned.gone = _values_gone(planned.unfinished, planned)
    reading.require_certainty(
        {file.path: planned.decisions[file.path].goes for file in planned.files}
    )
    if planned.files or planned.unfinished is not None:
        _check_state(planned)
    if request.target:
        if planned.values():
            loaders.require_known()
        target = target_of(request)
        _refuse(target, planned)
        planned.present = set(present(target, planned.values()))
    return planned


def _decide(planned: Plan) -> None:
    """Find out what becomes of each file, and who goes on without what goes."""
    files = planned.reading.files
    if not files:
        return
    evidence = gathered(planned.repository, planned.request, planned.tracked)
    planned.decisions = decide(files, evidence)
    if planned.request.everything:
        planned.overruled = planned.decisions
        planned.decisions = {file.path: Decision(tuple(file.values)) for file in files}
    loaders = [one for one in env_file_readers(evidence.inventory) if one.into_environment]
    for file in files:
        where = evidence.in_root(file.path)
        if readers_of_file(loaders, where):
            planned.loaded.add(file.path)
        if any(use.loads and use.reads(where) for use in evidence.inventory.env_files):
            planned.loaded_anyway.add(file.path)
        planned.uses += [
            use
            for use in evidence.inventory.env_files
            if use.file and not use.implied and use.reads(where)
        ]


def target_of(request: Request) -> Target:
    """Return the target that a request names."""
    return open_target(request.target, TargetOptions(request.plain, request.create))


def _found(repository: Repository, paths: Sequence[Path]) -> list[Path]:
    top = repository.top
    found: list[Path] = []
    policy = Policy(load([str(top)]))
    for path in paths or (top,):
        # Not `resolve`: a link is judged as a link.
        absolute = path.absolute()
        absolute = absolute.parent.resolve() / absolute.name if absolute.name else absolute
        if not absolute.is_relative_to(top):
            raise RemediationError(f"{path}: is outside the repository {top}; run it there")
        if absolute.is_dir() and not absolute.is_symlink():
            found += find_ours(absolute, policy)
        elif absolute.exists() or absolute.is_symlink():
            found.append(absolute)
        else:
            raise RemediationError(f"{path}: does not exist; name a folder or a .env file")
    return list(dict.fromkeys(found))


def _unfinished(repository: Repository, request: Request) -> Backup | None:
    """Return the backup of a retirement that was interrupted."""
    if not request.target:
        return None
    base = base_folder(repository, request.backup_folder, make=False)
    open_ones = [one for one in backups(base) if one.manifest.state == "underway"]
    for one in open_ones:
        if one.manifest.target != request.target:
            raise RemediationError(
                f"an earlier retirement to {one.manifest.target} was interrupted: finish it with "
                f"`--to {one.manifest.target}`, or undo it with `hushflake dotenv restore`"
            )
    return open_ones[-1] if open_ones else None


def _values_gone(backup: Backup, planned: Plan) -> dict[str, str]:
    """Return what an interrupted run kept of files that are no longer there.

    They are verified like the others: perhaps it was not that run that removed them. Of an
    encrypted backup nothing can be said without the identity.
    """
    now = {file.path: file for file in planned.reading.files}
    values: dict[str, str] = {}
    for file in backup.manifest.files:
        if file.stored.endswith(".age"):
            continue
        data = backup.bytes_of(file)
        there = now.get(file.path)
        if there is not None and (not file.keys or there.data != lines.without(data, file.keys)):
            continue  # not done yet: it is planned like any other
        held = values_of(data, planned.loaders, planned.request.interpolation)
        values.update({key: held[key] for key in held if key in file.keys or not file.keys})
    return values


def _check_state(planned: Plan) -> None:
    repository = planned.repository
    underway = repository.operation_underway()
    if underway:
        raise GitStateError(f"{repository.top}: a {underway} is underway; finish or abort it first")
    ours = {file.path for file in planned.files} | {path for path, _why in planned.reading.left}
    if planned.unfinished is not None:
        manifest = planned.unfinished.manifest
        ours |= {file.path for file in (*manifest.files, *manifest.changed)}
    dirty = [path for path in repository.dirty() if path not in ours]
    if dirty and planned.request.target and not planned.request.allow_dirty:
        raise repository.changes_in_the_way(dirty)


def _refuse(target: Target, planned: Plan) -> None:
    refused = target.refused(planned.values())
    if refused:
        raise ConflictError(
            f"{planned.request.target} cannot hold every key; nothing was changed:",
            [f"{printable_name(key) or 'a key'}: {why}" for key, why in refused.items()],
        )
