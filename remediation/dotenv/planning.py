"""Looks at the .env files of a repository and at the target, before anything is done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ConflictError, GitStateError, RemediationError
from ..git import Repository
from ..inventory.collect import uses_of_env_files
from ..inventory.model import EnvFile as EnvFileUse
from . import age
from .backup import Backup, backups, base_folder
from .comparison import present
from .find import find
from .loader_choice import chosen
from .names import printable_name
from .reading import EnvFile, Interpolation, Reading, read_all, values_of
from .targets import Target, TargetOptions, open_target


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        paths: Folders and files to look at; the top level of the repository when empty.
        target: `esc:…` or `keyring:…`, "" to only look.
        loader: A loader's name, or `auto`.
        plain: Keys that need not be secret in the target.
        recipients: Of age, for an encrypted backup.
        backup_folder: Where backups go, None for the place outside the work tree.
        allow_dirty: Continue even if tracked files have uncommitted changes.
        create: Make the target when it is missing.
    """

    paths: tuple[Path, ...] = ()
    target: str = ""
    loader: str = "auto"
    interpolation: Interpolation = "stop"
    plain: frozenset[str] = frozenset()
    recipients: tuple[str, ...] = ()
    backup_folder: Path | None = None
    allow_dirty: bool = False
    create: bool = False


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
    # Places outside Python that read one of the files.
    uses: list[EnvFileUse] = field(default_factory=list)

    def values(self) -> dict[str, str]:
        """Return key -> value over all files."""
        return {**self.gone, **self.reading.values()}

    @property
    def files(self) -> list[EnvFile]:
        return self.reading.files


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
    reading = read_all(repository.top, found, loaders, request.interpolation)
    planned = Plan(repository, request, reading, loaders)
    planned.tracked = set(repository.tracked(":(top,glob)**/.env*", ":(top,glob)**/*.env"))
    planned.submodules = repository.submodules()
    planned.uses = uses_of_env_files(repository.top) if planned.files else []
    planned.unfinished = _unfinished(repository, request)
    if planned.unfinished is not None:
        planned.gone = _values_gone(planned.unfinished, planned)
    reading.require_certainty()
    if planned.files or planned.unfinished is not None:
        _check_state(planned)
    if request.target:
        target = target_of(request)
        _refuse(target, planned)
        planned.present = set(present(target, planned.values()))
    return planned


def target_of(request: Request) -> Target:
    """Return the target that a request names."""
    return open_target(request.target, TargetOptions(request.plain, request.create))


def _found(repository: Repository, paths: Sequence[Path]) -> list[Path]:
    top = repository.top
    found: list[Path] = []
    for path in paths or (top,):
        # Not `resolve`: a link is judged as a link.
        absolute = path.absolute()
        absolute = absolute.parent.resolve() / absolute.name if absolute.name else absolute
        if not absolute.is_relative_to(top):
            raise RemediationError(f"{path}: is outside the repository {top}; run it there")
        if absolute.is_dir() and not absolute.is_symlink():
            found += find(absolute)
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
    still = {file.path for file in planned.files}
    values: dict[str, str] = {}
    for file in backup.manifest.files:
        if file.path not in still and not file.stored.endswith(".age"):
            data = backup.bytes_of(file)
            parsed = values_of(data, planned.loaders, planned.request.interpolation)
            values.update(parsed)
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
