"""Which rewritten files go to which branch. Only looks."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hushflake.codemods.rewrite import Outcome
from hushflake.codemods.run import Result
from hushflake.lint_plugin.settings import Policy, Settings

from ..dependency.find import declarations
from ..dependency.need import needs_hushflake
from ..dependency.requirement import default
from ..errors import GitStateError, RemediationError
from ..files import read_regular
from ..git import Repository
from ..wording import counted
from .codeowners import read_code_owners
from .names import printable, slugs
from .packages import package_of

By = Literal["codeowners", "package"]
SHARED = "shared"
NOBODY = "unowned"
_MESSAGE = "Read configuration through the accessor"
# No file that a person keeps is larger.
_LARGEST = 16 << 20


@dataclass(frozen=True)
class Branch:
    """A branch to make.

    Attributes:
        owner: As CODEOWNERS spells it, or a package; `SHARED` for what all others build on.
        name: Of the branch.
        message: Of its commit.
        files: Path from the top -> new bytes.
        commit: The commit, once it is made.
    """

    owner: str
    name: str
    message: str
    files: Mapping[str, bytes]
    commit: str = ""


@dataclass(frozen=True)
class Plan:
    """The branches of a rewrite, and what is in none.

    Attributes:
        branches: The shared one first, if there is one; the others build on it, or on HEAD.
        untracked: Rewritten files that no commit holds yet: they go to no branch.
    """

    top: Path
    branches: Sequence[Branch]
    untracked: Sequence[str]

    @property
    def shared(self) -> Branch | None:
        """The branch that the others build on."""
        first = self.branches[0] if self.branches else None
        return first if first is not None and first.owner == SHARED else None


def plan(repository: Repository, result: Result, by: By, prefix: str) -> Plan:
    """Say which branches a run of the codemod comes to.

    Args:
        repository: It is looked at only.
        result: Of a run that wrote nothing.
        by: How files are grouped.
        prefix: What the names of the branches begin with.

    Raises:
        GitStateError: There is no commit, files to commit have changes, or a branch exists.
        RemediationError: The prefix gives no name of a branch, or there is no CODEOWNERS file.
    """
    if not repository.head:
        raise GitStateError(f"{repository.top}: has no commit yet; commit first")
    changed = _changed(repository, result)
    tracked = set(repository.tracked())
    files = {path: data for path, data in changed.items() if path in tracked}
    shared = _shared(repository, result.settings, sorted(files), tracked)
    _require_unchanged(repository, [*files, *shared])
    groups = _grouped(files, _owner_of(repository, by, tracked))
    names = slugs(groups, taken=[SHARED])
    branches = [Branch(SHARED, prefix + SHARED, f"{_MESSAGE}: what all parts need", shared)]
    branches += [
        Branch(owner, prefix + names[owner], f"{_MESSAGE}: {printable(owner)}", groups[owner])
        for owner in groups
    ]
    branches = [branch for branch in branches if branch.files]
    _require_new(repository, [branch.name for branch in branches])
    return Plan(repository.top, branches, sorted(changed.keys() - tracked))


def _changed(repository: Repository, result: Result) -> dict[str, bytes]:
    """Return the new bytes of the rewritten files, by their path from the top."""
    top = os.path.realpath(repository.top)
    found: dict[str, bytes] = {}
    for outcome in result.outcomes:
        if outcome.new is not None:
            path = os.path.relpath(os.path.realpath(outcome.path), top).replace(os.sep, "/")
            _require_inside(path, outcome)
            found[path] = outcome.new
    return found


def _require_inside(path: str, outcome: Outcome) -> None:
    if path.startswith("../"):
        raise RemediationError(
            f"{outcome.path}: lies outside of this repository; run this in the one that it is in"
        )


def _owner_of(repository: Repository, by: By, tracked: set[str]) -> Callable[[str], str]:
    if by == "package":
        return lambda path: package_of(path, tracked)
    owners = read_code_owners(repository.top)
    return lambda path: " ".join(owners.owners(path)) or NOBODY


def _grouped(
    files: Mapping[str, bytes], owner_of: Callable[[str], str]
) -> dict[str, dict[str, bytes]]:
    groups: dict[str, dict[str, bytes]] = {}
    for path in sorted(files):
        groups.setdefault(owner_of(path), {})[path] = files[path]
    return dict(sorted(groups.items()))


def _shared(
    repository: Repository, settings: Settings, files: Sequence[str], tracked: set[str]
) -> dict[str, bytes]:
    """Return what every branch needs: the accessor module if it is new, and the dependency."""
    if not files:
        return {}
    found: dict[str, bytes] = {}
    policy = Policy(settings)
    for path in repository.untracked():
        if policy.is_accessor(settings.relative(str(repository.top / path))):
            data = read_regular(repository.top / path, _LARGEST)
            if data is not None:
                found[path] = data
    if needs_hushflake(settings):
        requirement = default()
        for one in declarations(repository.top, files):
            is_open = not one.declares and not one.by_hand(requirement)
            # What is rewritten itself has an owner, and stands in that branch alone.
            if is_open and one.path in tracked and one.path not in files:
                found[one.path] = one.edited(requirement).encode("utf-8")
    return found


def _require_unchanged(repository: Repository, paths: Sequence[str]) -> None:
    wanted = set(paths)
    dirty = sorted(wanted.intersection(repository.dirty()))
    if dirty:
        shown = dirty[0] if len(dirty) == 1 else f"{dirty[0]}, …"
        raise GitStateError(
            f"{repository.top}: {counted(len(dirty), 'file')} to rewrite with changes ({shown}); "
            "branches are made from HEAD: commit or stash them first"
        )


def _require_new(repository: Repository, names: Sequence[str]) -> None:
    """Refuse names that are none, and those of branches that exist or stand in the way."""
    for name in names:
        is_option = name.startswith("-")
        if is_option or not repository.succeeds("check-ref-format", f"refs/heads/{name}"):
            raise RemediationError(
                f"--branch-prefix: {name!r} is no name of a branch (git check-ref-format); "
                "use letters, digits, '-' and '/'"
            )
    existing = repository.branches()
    taken = sorted(
        old
        for old in existing
        if any(
            old == new or new.startswith(f"{old}/") or old.startswith(f"{new}/") for new in names
        )
    )
    if taken:
        raise GitStateError(
            f"{repository.top}: the branch {taken[0]!r} exists; delete it, or choose another "
            "--branch-prefix"
        )
