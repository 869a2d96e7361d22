"""Make the planned branches without touching the work tree, the index or HEAD.

Blobs, trees and commits are written as objects, with an index of their own in a folder for the
time being; the branches then appear all at once, or not at all. No hook runs, and nothing is
signed. https://git-scm.com/docs/git-commit-tree, https://git-scm.com/docs/git-update-ref
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from ..errors import GitStateError
from ..git import Repository
from .plan import Branch, Plan

# Hooks of the user run for nothing that is made here, either.
_NO_HOOKS = {"core.hooksPath": os.devnull}


def make(repository: Repository, plan: Plan) -> Plan:
    """Make the branches of a plan.

    Returns:
        The plan with the commits.

    Raises:
        GitStateError: Git knows no name and address of the user, a filter of the repository
            would change a file, or the repository leads out of itself.
        GitError: Git failed; no branch was made then.
    """
    repository.require_written_here()
    paths = [path for branch in plan.branches for path in branch.files]
    repository.require_no_foreign_filter(paths)
    _require_identity(repository)
    head = base = repository.head
    made: list[Branch] = []
    for branch in plan.branches:
        commit = _commit(repository, branch, base)
        made.append(replace(branch, commit=commit))
        if branch is plan.shared:
            base = commit
    _appear(repository, made, head)
    return replace(plan, branches=made)


def _require_identity(repository: Repository) -> None:
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if not repository.succeeds("var", who):
            raise GitStateError(
                f"{repository.top}: git does not know who you are; set `git config --global "
                "user.name` and `user.email`"
            )


def _commit(repository: Repository, branch: Branch, parent: str) -> str:
    modes = repository.modes(parent)
    entries = []
    for path, data in branch.files.items():
        mode = modes.get(path, "100644")
        entries.append(f"{mode} {_blob(repository, path, data)}\t".encode() + os.fsencode(path))
    with tempfile.TemporaryDirectory(prefix="hushflake-") as folder:
        variables = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        repository.run("read-tree", parent, settings=_NO_HOOKS, variables=variables)
        repository.run(
            *("update-index", "-z", "--index-info"),
            given=b"".join(entry + b"\0" for entry in entries),
            settings=_NO_HOOKS,
            variables=variables,
        )
        tree = _line(repository.run("write-tree", settings=_NO_HOOKS, variables=variables))
    message = branch.message.encode("utf-8", "replace") + b"\n"
    return _line(
        repository.run(
            *("commit-tree", tree, "-p", parent, "-F", "-"), given=message, settings=_NO_HOOKS
        )
    )


def _blob(repository: Repository, path: str, data: bytes) -> str:
    """Write a file as git keeps it, its line ends and filters as attributes say."""
    line = repository.run("hash-object", "-w", "--stdin", f"--path={path}", given=data)
    return _line(line)


def _appear(repository: Repository, branches: list[Branch], head: str) -> None:
    """Make all branches in one transaction, which fails where one exists by now."""
    given = "".join(f"create refs/heads/{one.name} {one.commit}\n" for one in branches).encode()
    repository.run(
        *("update-ref", "-m", f"hushflake: from {head[:12]}", "--stdin"),
        given=given,
        settings=_NO_HOOKS,
    )


def _line(output: bytes) -> str:
    return output.decode("ascii").strip()
