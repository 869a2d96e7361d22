"""Plans a repair: which secrets, which keys, what the target holds of them. Changes nothing."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hushflake.codemods.prepare import rewriter as prepared
from hushflake.codemods.rewrite import Rewriter
from hushflake.codemods.run import Result, run
from hushflake.codemods.secrets import choosing
from hushflake.codemods.secrets.choosing import Group
from hushflake.codemods.secrets.model import Found, Place
from hushflake.codemods.transforms.hardcoded_secrets import HardcodedSecrets
from hushflake.lint_plugin.settings import load

from ..dotenv import age
from ..dotenv.backup import Backup, backups, base_folder
from ..dotenv.comparison import differing
from ..dotenv.names import printable_name
from ..dotenv.targets import Target, TargetOptions, is_target, open_target, usages
from ..errors import ConflictError, RemediationError
from ..git import Repository
from ..inventory.collect import Options, collect
from .env_file import EnvFileTarget, unfit
from .survey import Survey, survey

TRANSFORM = "hardcoded_secrets"
NONE, ENV_FILE = "none", "env-file"
# Forms of reads that are a field of a class, and have its default.
_FIELDS = frozenset({"settings-class", "service-class"})
Tick = Callable[[int, int], None]


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        paths: Files and folders.
        target: `scheme:name` of a target, `env-file`, `none`; "" to only look.
        names: Keys that the user chose: (path, line, column) -> key; column 0 for any.
        create: Make the ESC environment when it is missing.
        recipients: Of age, for an encrypted backup.
        backup_folder: Where backups go, None for the place outside the work tree.
        ignore: Leave out what git ignores.
        jobs: Number of processes.
        key_style: How to spell keys; as in the settings when empty.
        key_mapping: A TOML file of new names; that of the settings when empty.
    """

    paths: tuple[str, ...] = (".",)
    target: str = ""
    names: Mapping[tuple[str, int, int], str] = field(default_factory=dict)
    create: bool = False
    recipients: tuple[str, ...] = ()
    backup_folder: Path | None = None
    ignore: bool = True
    jobs: int = 1
    key_style: str = ""
    key_mapping: str = ""


@dataclass
class Repair:
    """What a repair would do. Values never print themselves.

    Attributes:
        request: What was asked.
        survey: The secrets that were found.
        plan: What they are called.
        result: The rewriting, not written.
        present: Keys that the target holds already with the same value.
        other: Keys that the code reads already and that the target holds with another value: that
            one stays.
        repository: Where it happens, None while nobody has to know.
        unfinished: The backup of a repair that was interrupted.
    """

    request: Request
    survey: Survey
    plan: choosing.Plan
    result: Result
    present: set[str] = field(default_factory=set)
    other: set[str] = field(default_factory=set)
    repository: Repository | None = None
    unfinished: Backup | None = None

    # Keys of other code and of the target, which no suggestion may be.
    taken: set[str] = field(default_factory=set)

    def values(self) -> dict[str, str]:
        """Return key -> value: what the target has to hold when the code is written."""
        return {k: v for k, v in self.plan.values().items() if k not in self.other}

    @property
    def undecided(self) -> list[Group]:
        return self.plan.undecided

    def suggestions(self) -> list[tuple[Group, str]]:
        """Return the groups without a key, each with a name that is free."""
        used = {group.key for group in self.plan.groups} | set(self.plan.values())
        found = []
        for group in self.undecided:
            name = group.suggestion(used | self.taken)
            used.add(name)
            found.append((group, name))
        return found


def plan(request: Request, tick: Tick | None = None) -> Repair:
    """Look at the source and, if one is named, at the target.

    Raises:
        RemediationError: The target, a name or the state of the repository cannot be used.
        ConflictError: The target holds another value under a key that the user chose.
    """
    age.check(request.recipients)
    settings = load(request.paths)
    rewriter = prepared(
        settings, only=[TRANSFORM], key_style=request.key_style, key_mapping=request.key_mapping
    )
    repository = _repository(request)
    target = open_repair_target(request, repository)
    unfinished = _unfinished(repository, request) if request.target else None
    found = survey(request.paths, rewriter, jobs=request.jobs, ignore=request.ignore, tick=tick)
    decided = choosing.group(found.found)
    given = _given(request, found.found, settings.root)
    if unfinished is not None:
        given = {**{(a, b, c): key for a, b, c, key in unfinished.manifest.keys}, **given}
    candidates = {name for group in decided.groups for name in (*group.names, *group.fixed)}
    candidates.update(given.values())
    held = target.read(sorted(candidates)) if target is not None and candidates else {}
    taken = {} if not decided.groups else _read_elsewhere(settings.root, found.found)
    other = _other_values(decided, held, given, request)
    for key in held:
        taken[key] = f"has another value in {request.target}"
    same = {f"{key}\0{value}" for key, value in held.items()}
    choosing.name(decided, given, taken, same, other)
    result = _rewritten(rewriter, decided, request)
    _settle(decided, result)
    repair = Repair(
        request, found, decided, result, other=other,
        repository=repository, unfinished=unfinished, taken=set(taken),
    )  # fmt: skip
    if target is not None:
        _refuse(target, repair)
    repair.present = {key for key, value in repair.values().items() if f"{key}\0{value}" in same}
    return repair


def open_repair_target(request: Request, repository: Repository | None) -> Target | None:
    """Return the target, None where only the code is written or nothing yet.

    Raises:
        RemediationError: There is no such target.
    """
    if request.target in ("", NONE):
        return None
    if request.target == ENV_FILE:
        if repository is None:
            raise RemediationError("--to env-file: needs a git repository, which ignores .env")
        return EnvFileTarget(repository)
    if not is_target(request.target):
        raise RemediationError(
            f"--to {request.target}: is not a target; write {', '.join(usages())}, {ENV_FILE} or "
            f"{NONE}"
        )
    return open_target(request.target, TargetOptions(create=request.create))


def _repository(request: Request) -> Repository | None:
    """Return the repository; who only looks needs none."""
    path = Path(request.paths[0] if request.paths else ".").absolute()
    if request.target:
        return Repository.of(path)
    try:
        return Repository.of(path)
    except RemediationError:
        return None


def _unfinished(repository: Repository | None, request: Request) -> Backup | None:
    if repository is None:
        return None
    base = base_folder(repository, request.backup_folder, make=False, kind="repair")
    open_ones = [one for one in backups(base) if one.manifest.state == "underway"]
    for one in open_ones:
        if one.manifest.target != request.target:
            raise RemediationError(
                f"an earlier repair to {one.manifest.target} was interrupted: finish it with "
                f"`--to {one.manifest.target}`, or undo it with "
                f"`hushflake dotenv restore --backup {one.folder} --write`"
            )
    return open_ones[-1] if open_ones else None


def _given(request: Request, found: list[Found], root: str) -> dict[Place, str]:
    """Return the keys that the user named, by place.

    Raises:
        RemediationError: There is no secret at such a place.
    """
    given: dict[Place, str] = {}
    for (path, line, column), key in request.names.items():
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
        relative = relative.replace(os.sep, "/")
        places = [
            each
            for each in found
            if each.place[:2] == (relative, line)
            and column in (0, each.column)
            and not each.in_test
        ]
        if not places:
            raise RemediationError(
                f"--key {key}={path}:{line}: no secret stands there; "
                "`hushflake check` lists the places"
            )
        given.update((each.place, key) for each in places)
    return given


def _read_elsewhere(root: str, found: list[Found]) -> dict[str, str]:
    """Return the keys that the code already reads, each with the place that does.

    A field of a settings class is no other read of its key where its own default is the secret.
    """
    ours = {each.key for each in found if each.key}
    defaults = {(each.path, each.line, name) for each in found for name in each.names[:1]}
    inventory = collect([Path(root or ".")], Options(others=False))
    others: dict[str, str] = {}
    for key in inventory.keys:
        reads = [
            each
            for each in key.reads
            if each.form not in _FIELDS or (each.path, each.line, key.name) not in defaults
        ]
        if reads and key.name not in ours:
            others[key.name] = f"is already read at {reads[0].path}:{reads[0].line}"
    return others


def _other_values(
    decided: choosing.Plan, held: Mapping[str, str], given: Mapping[Place, str], request: Request
) -> set[str]:
    """Return the keys of reads that the target holds with another value than the default.

    Raises:
        ConflictError: It does so for a key that the user chose for a literal.
    """
    other: set[str] = set()
    chosen: dict[str, str] = {}
    for group in decided.groups:
        for each in group.places:
            if each.key in held and differing(held, {each.key: group.value}):
                other.add(each.key)
            if each.place in given:
                key = given[each.place]
                chosen.setdefault(key, group.value)
                if differing({key: chosen[key]}, {key: group.value}):
                    raise ConflictError("one key cannot have two values:", [key])
    wrong = [key for key in chosen if key in held and differing(held, {key: chosen[key]})]
    if wrong:
        raise ConflictError(
            f"{request.target} holds other values under these keys; nothing was changed. Choose "
            "other names with --key:",
            wrong,
        )
    return other


def _rewritten(rewriter: Rewriter, decided: choosing.Plan, request: Request) -> Result:
    transform = HardcodedSecrets(decided.choices())
    return run(
        request.paths, rewriter._replace(transforms=[transform]), jobs=request.jobs,
        ignore=request.ignore,
    )  # fmt: skip


def _settle(decided: choosing.Plan, result: Result) -> None:
    """Keep the places that are rewritten: nothing goes to a store that the code does not read."""
    relative = result.settings.relative
    done = {
        (relative(edit.path), edit.line, edit.column, edit.cell): edit.key
        for outcome in result.outcomes
        for edit in outcome.edits
        if edit.action == "rewritten" and edit.form == "secret"
    }
    by_key = {group.key: group for group in decided.groups if group.key}
    known = {(each.path, *each.told) for group in decided.groups for each in group.places}
    for group in decided.groups:
        if not group.taken:
            group.places = [each for each in group.places if (each.path, *each.told) in done]
        group.fixed = [key for key in group.fixed if any(key == e.key for e in group.places)]
    for place, key in done.items():
        group_of = by_key.get(key or "")
        if place not in known and group_of is not None:
            # A literal that no rule flags where it stands, but that is the same secret.
            path, *told = place
            echo = Found(path, told[0], told[1], "", group_of.value, (), "", in_test=False)
            group_of.places.append(replace(echo, told=(told[0], told[1], told[2])))
    decided.groups = [group for group in decided.groups if group.places]


def again(repair: Repair, names: Mapping[str, str]) -> Repair:
    """Return a repair with names for the groups that had none.

    Args:
        repair: The repair.
        names: Suggested name -> chosen name.
    """
    given = dict(repair.request.names)
    root = load(repair.request.paths).root
    for group, suggested in repair.suggestions():
        place = group.places[0]
        given[str(Path(root) / place.path), place.line, place.column] = names.get(
            suggested, suggested
        )
    request = Request(**{**vars(repair.request), "names": given})
    return plan(request)


def _refuse(target: Target, repair: Repair) -> None:
    refused = dict(target.refused(repair.values()))
    if isinstance(target, EnvFileTarget):
        refused |= unfit(repair.values())
    if refused:
        raise ConflictError(
            f"{repair.request.target} cannot hold every key; nothing was changed:",
            [f"{printable_name(key) or 'a key'}: {why}" for key, why in refused.items()],
        )
