"""Retires .env files, one safe step after the other.

backup -> import -> verify -> ignore -> untrack -> remove. Each step finds out by itself what is
left to do, so that the same command, run again after an interruption, goes on where it was.
Nothing is removed in a run that has not itself read every value back from the target.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ..errors import ConflictError, GitStateError, RemediationError, RemediationFailureError
from ..files import failure, read_regular, sweep, sync_folder, write_atomically
from ..git import Repository
from ..ignores import NAME as GITIGNORE
from ..ignores import missing_entries, plan_entries
from ..inventory.collect import uses_of_env_files
from ..inventory.esc import PLACEHOLDER
from ..inventory.model import EnvFile as EnvFileUse
from . import age, example
from .backup import Backup, Manifest, StoredFile, backups, base_folder, locked, sha256
from .find import find
from .loader_choice import chosen
from .names import printable_name
from .reading import LARGEST, EnvFile, Interpolation, Reading, read_all, values_of
from .targets import Target, TargetOptions, open_target
from .targets.base import StaleTargetError

STEPS = {
    "backup": "Back up the files",
    "import": "Import the keys that are new",
    "verify": "Read every key back and compare it byte for byte",
    "ignore": "Ignore .env files, write .env.example with names only",
    "untrack": "Take the files out of git's index",
    "remove": "Remove the files",
}
# Entry of .gitignore -> a path that it is there to ignore.
IGNORES = {
    ".env": ".env",
    ".env.*": ".env.any",
    "*.env": "any.env",
    "!.env.example": ".env.example",
    "!.env.template": ".env.template",
    "!.env.sample": ".env.sample",
    "*.env.bak": "any.env.bak",
    ".envrc": ".envrc",
}

OnStep = Callable[[str], None]


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
        allow_dirty: Go on although tracked files have changes.
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
        target = _target(request)
        _refuse(target, planned)
        planned.present = set(_present(target, planned.values()))
    return planned


def retire(planned: Plan, on_step: OnStep = lambda _step: None) -> Backup | None:
    """Do what a plan says. Run again after an interruption with a new plan.

    Args:
        planned: A plan with a target.
        on_step: Called with each of `STEPS` before it begins.

    Returns:
        The backup, None when there was nothing to do.

    Raises:
        RemediationError: A step stopped; what it says tells what was done.
    """
    if not planned.files and planned.unfinished is None:
        return None
    request, repository = planned.request, planned.repository
    base = base_folder(repository, request.backup_folder)
    with locked(base):
        target = _target(request)
        on_step("backup")
        backup = planned.unfinished or _new_backup(planned, base)
        _back_up(backup, planned)
        values = planned.values()
        on_step("import")
        _import(target, values)
        on_step("verify")
        _verify(target, values)
        on_step("ignore")
        _ignore(backup, planned)
        on_step("untrack")
        repository.untrack([file.path for file in planned.files])
        on_step("remove")
        _remove(repository, planned.files)
        backup.manifest.state = "retired"
        backup.save()
    return backup


# -- looking --------------------------------------------------------------------------------


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
                f"`--to {one.manifest.target}`, or take it back with `hushflake dotenv restore`"
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


def _target(request: Request) -> Target:
    return open_target(request.target, TargetOptions(request.plain, request.create))


def _refuse(target: Target, planned: Plan) -> None:
    refused = target.refused(planned.values())
    if refused:
        raise ConflictError(
            f"{planned.request.target} cannot hold every key; nothing was changed:",
            [f"{printable_name(key) or 'a key'}: {why}" for key, why in refused.items()],
        )


def _present(target: Target, values: Mapping[str, str]) -> list[str]:
    """Return the keys that the target holds already, with the same values.

    Raises:
        ConflictError: Some of them have other values there.
    """
    held = target.read(list(values)) if values else {}
    # What `inventory --format esc` left to be filled in is filled in now.
    held = {key: value for key, value in held.items() if value != PLACEHOLDER.format(key)}
    differing = _differing(held, {key: values[key] for key in held})
    if differing:
        raise ConflictError(
            "these keys exist in the target with other values; nothing was changed. Make them "
            "equal on one side, or rename them:",
            differing,
        )
    return list(held)


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the keys with different values, compared by a hash keyed for this call alone."""
    key = secrets.token_bytes(32)

    def digest(value: str) -> bytes:
        return hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256")

    return sorted(
        name
        for name in other
        if name not in one or not hmac.compare_digest(digest(one[name]), digest(other[name]))
    )


# -- steps ----------------------------------------------------------------------------------


def _new_backup(planned: Plan, base: Path) -> Backup:
    repository = planned.repository
    manifest = Manifest(
        repository=str(repository.top),
        target=planned.request.target,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        head=repository.head,
        recipients=list(planned.request.recipients),
    )
    return Backup.create(base, manifest)


def _back_up(backup: Backup, planned: Plan) -> None:
    """Keep every file that is not certainly kept already: changed since, or encrypted."""
    known = {file.path: file for file in backup.manifest.files}
    for file in planned.files:
        old = known.get(file.path)
        if old is not None and backup.holds(old, file.data):
            continue
        index = planned.repository.index_entry(file.path)
        if old is not None and index is None:
            index = old.index  # untracked by the run that was interrupted
        entry = StoredFile(file.path, mode=file.mode, mtime_ns=file.mtime_ns, index=index)
        known[file.path] = backup.store(entry, file.data)
        # The manifest is saved file by file: what it names is always there.
        backup.manifest.files = list(known.values())
        backup.save()


def _import(target: Target, values: Mapping[str, str]) -> None:
    for attempt in (1, 2):
        present = _present(target, values)
        missing = {key: value for key, value in values.items() if key not in present}
        if not missing:
            return
        try:
            target.write(missing)
        except StaleTargetError:
            if attempt == 2:
                raise RemediationFailureError(
                    "the target was changed by somebody else twice while keys were imported; "
                    "nothing was removed. Run the same command again when it is quiet"
                ) from None
        else:
            return


def _verify(target: Target, values: Mapping[str, str]) -> None:
    if not values:
        return
    wrong = _differing(target.read(list(values)), values)
    if wrong:
        raise ConflictError(
            "these keys did not come back from the target as they were sent; nothing was removed:",
            wrong,
        )


def _ignore(backup: Backup, planned: Plan) -> None:
    repository = planned.repository
    change = plan_entries(
        repository, missing_entries(repository, IGNORES), "Secrets are kept elsewhere"
    )
    _replace(backup, repository, GITIGNORE, change.before, change.after)
    folders: dict[str, list[str]] = {}
    for file in planned.files:
        folder = file.path.rpartition("/")[0]
        folders.setdefault(folder, []).extend(file.keys)
    for folder, keys in folders.items():
        name = f"{folder}/{example.NAME}".lstrip("/")
        path = repository.top / name
        before = path.read_bytes() if path.is_file() else None
        if keys and not path.is_symlink():
            _replace(backup, repository, name, before, example.with_names(before, keys))


def _replace(
    backup: Backup, repository: Repository, name: str, before: bytes | None, after: bytes
) -> None:
    """Write a file of the work tree, with what it held before noted in the backup."""
    path = repository.top / name
    sweep(path)
    if before == after:
        return
    manifest = backup.manifest
    noted = next((file for file in manifest.changed if file.path == name), None)
    if noted is None:
        noted = StoredFile(name, mode=0o644)
        if before is not None:
            noted = backup.store(noted, before, secret=False)
        manifest.changed.append(noted)
    noted.written_sha256 = sha256(after)
    backup.save()
    write_atomically(path, after)


def _remove(repository: Repository, files: Sequence[EnvFile]) -> None:
    for file in files:
        path = repository.top / file.path
        try:
            now = read_regular(path, LARGEST)
            if now != file.data:
                raise RemediationFailureError(
                    f"{file.path}: was changed while it was retired, and stays; "
                    "run the same command again"
                )
            path.unlink()
            sync_folder(path.parent)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise failure(file.path, "removed", error) from None
