"""Git as this part uses it: questions that have a typed answer.

The real program is called, so that worktrees, submodules, excludes and attributes are read as
the user's git reads them; through `lint_plugin.git`, so that it runs nothing that the repository
names. Paths go in and come out separated by NUL, relative to the top level.

What changes the index, a branch or the history gets the same care. The user's own programs (home
and system configuration) stay: signing, the filter of Git LFS, hooks. The hooks of the repository
run for a commit only where the user asks for them.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from hushflake.lint_plugin.errors import LintFailureError
from hushflake.lint_plugin.git.calls import run
from hushflake.lint_plugin.git.folder import holder, irregular, leads_out
from hushflake.lint_plugin.git.process import PATIENCE, Done, GitStalledError
from hushflake.lint_plugin.git.programs import overrides

from .errors import GitError, GitStateError
from .wording import counted

# A commit waits for the passphrase of a signing key, or for hooks. Seconds.
_FOR_A_PERSON = 900.0


def _run(
    folder: Path,
    *arguments: str,
    given: bytes = b"",
    settings: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
    variables: Mapping[str, str] | None = None,
) -> Done:
    try:
        return run(
            str(folder), *arguments, given=given, settings=settings, patience=patience,
            variables=variables,
        )  # fmt: skip
    except FileNotFoundError:
        raise GitStateError(
            "git is not installed, and is needed to know which files are tracked: install git"
        ) from None
    except GitStalledError as error:
        raise GitError(str(error)) from None


def _names(output: bytes) -> list[str]:
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def has_repository(folder: Path) -> bool:
    """Say whether `folder` or one above it holds a `.git`, without calling git."""
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


class Repository:
    """A work tree and its git folder. Make it with `Repository.of`."""

    def __init__(self, top: Path) -> None:
        self.top = top

    @classmethod
    def of(cls, folder: Path) -> "Repository":
        """Return the repository that holds `folder`, or the file of that name.

        Raises:
            GitStateError: There is none, it is bare, or git refuses to work in it.
            GitError: Something in `.git` cannot be read.
        """
        while not folder.is_dir() and folder != folder.parent:
            folder = folder.parent
        if not has_repository(folder):
            raise GitStateError(
                f"{folder}: not inside a git repository; run `git init` and commit first, "
                "or name a folder inside a repository"
            )
        holding = holder(str(folder))
        wrong = irregular(holding)
        if wrong:
            raise GitError(f"{wrong}: cannot be read: is not a regular file")
        found = _run(folder, "rev-parse", "--show-toplevel")
        if found.code:
            raise GitStateError(f"{folder}: {_first_line(found.errors)}")
        top = os.fsdecode(found.output.rstrip(b"\n"))
        if os.path.realpath(top) != holding:
            raise GitStateError(
                f"{folder}: the configuration of {holding}/.git has its work tree elsewhere, at "
                f"{top}; run this there"
            )
        return cls(Path(top))

    # -- running -------------------------------------------------------------------------

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        settings: Mapping[str, str] | None = None,
        patience: float = PATIENCE,
        variables: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run git at the top level and return what it prints.

        Raises:
            GitError: git ended with another code than 0.
        """
        done = self._done(
            *arguments, given=given, settings=settings, patience=patience, variables=variables
        )
        if done.code:
            raise GitError(
                f"{self.top}: git {arguments[0]} failed: {_first_line(done.errors or done.output)}"
            )
        return done.output

    def succeeds(self, *arguments: str) -> bool:
        """Say whether git ends with code 0."""
        return self._done(*arguments).code == 0

    def line(self, *arguments: str) -> str:
        """Return the one line git prints, or "" when it fails."""
        done = self._done(*arguments)
        return os.fsdecode(done.output).strip() if done.code == 0 else ""

    def _done(
        self,
        *arguments: str,
        given: bytes = b"",
        settings: Mapping[str, str] | None = None,
        patience: float = PATIENCE,
        variables: Mapping[str, str] | None = None,
    ) -> Done:
        settings = {**self._overrides, **(settings or {})}
        return _run(
            self.top, *arguments, given=given, settings=settings, patience=patience,
            variables=variables,
        )  # fmt: skip

    @cached_property
    def _overrides(self) -> dict[str, str]:
        """What takes away the programs that this repository names for git."""
        try:
            return overrides(str(self.top))
        except LintFailureError as error:
            raise GitError(str(error)) from None

    # -- questions -----------------------------------------------------------------------

    @property
    def head(self) -> str:
        """The commit checked out, or "" in a repository without one."""
        return self.line("rev-parse", "--verify", "--quiet", "HEAD")

    @property
    def branch(self) -> str:
        """The branch checked out, or "" when HEAD is detached."""
        return self.line("symbolic-ref", "--short", "--quiet", "HEAD")

    @property
    def git_folder(self) -> Path:
        """The folder of this work tree's own state (of a linked worktree, its own)."""
        return Path(self.line("rev-parse", "--absolute-git-dir"))

    def operation_underway(self) -> str:
        """Return the name of a merge, rebase, … that is not finished, or ""."""
        marks = {
            "MERGE_HEAD": "merge",
            "REBASE_HEAD": "rebase",
            "rebase-merge": "rebase",
            "rebase-apply": "rebase",
            "CHERRY_PICK_HEAD": "cherry-pick",
            "REVERT_HEAD": "revert",
            "BISECT_LOG": "bisect",
        }
        folder = self.git_folder
        return next((name for mark, name in marks.items() if (folder / mark).exists()), "")

    def tracked(self, *patterns: str) -> list[str]:
        """Return the paths in the index, relative to the top level."""
        return _names(self.run("ls-files", "-z", "--full-name", "--", *patterns))

    def untracked(self) -> list[str]:
        """Return the files that git neither tracks nor ignores, relative to the top level."""
        return _names(self.run("ls-files", "-z", "--full-name", "--others", "--exclude-standard"))

    def branches(self) -> list[str]:
        """Return the names of the local branches."""
        printed = self.run("for-each-ref", "--format=%(refname)", "refs/heads/")
        return [os.fsdecode(line).removeprefix("refs/heads/") for line in printed.splitlines()]

    def modes(self, commit: str) -> dict[str, str]:
        """Return the mode of each file of a commit, such as `100755`."""
        printed = self.run("ls-tree", "-r", "-z", "--full-tree", commit)
        entries = (entry.partition("\t") for entry in _names(printed))
        return {path: facts.partition(" ")[0] for facts, _, path in entries}

    def dirty(self, *patterns: str, untracked: bool = False) -> list[str]:
        """Return the paths that differ from HEAD or from the index, relative to the top level."""
        kind = "normal" if untracked else "no"
        # Of a submodule only its commit is looked at: git would run in it with its configuration.
        fields = _names(
            self.run(
                *("status", "--porcelain=v1", "-z", f"--untracked-files={kind}"),
                *("--ignore-submodules=dirty", "--", *patterns),
            )
        )
        return list(_status_paths(fields))

    def changes_in_the_way(self, paths: Sequence[str]) -> GitStateError:
        """Return the error that refuses to work beside changes of the user's."""
        shown = paths[0] if len(paths) == 1 else f"{paths[0]}, …"
        return GitStateError(
            f"{self.top}: {counted(len(paths), 'tracked file')} with changes ({shown}); commit or "
            "stash them, or say --allow-dirty"
        )

    def staged(self) -> list[str]:
        """Return the paths whose index entries differ from HEAD."""
        return _names(self.run(*_DIFF, "--name-only", "-z"))

    def ignored_by_tree(self, path: str) -> bool:
        """Say whether a rule of this repository (not of this user) ignores `path`."""
        done = self._done(
            *("check-ignore", "--no-index", "-v", "-z", "--stdin"),
            given=os.fsencode(path) + b"\0",
            settings={"core.excludesFile": os.devnull},
        )
        source, _line, pattern, *_ = [*done.output.split(b"\0"), b"", b"", b""]
        return bool(pattern) and not pattern.startswith(b"!") and source.endswith(b".gitignore")

    def ignored(self, path: Path) -> bool:
        """Say whether git ignores `path`, by whatever rule."""
        return self.succeeds("check-ignore", "--quiet", "--no-index", "--", str(path))

    def index_entry(self, path: str) -> tuple[str, str] | None:
        """Return (mode, object) of `path` in the index, or None when it is not tracked."""
        printed = self.run("ls-files", "-z", "--stage", "--full-name", "--", literal(path))
        if not printed:
            return None
        mode, object_name, _stage = os.fsdecode(printed).split("\t", 1)[0].split(" ")
        return mode, object_name

    def submodules(self) -> list[str]:
        """Return the paths of the submodules in the index."""
        staged = _names(self.run("ls-files", "-z", "--stage", "--full-name"))
        return [line.split("\t", 1)[1] for line in staged if line.startswith("160000 ")]

    # -- changes -------------------------------------------------------------------------

    def require_written_here(self) -> None:
        """Fail where git would write into another place than this repository.

        Raises:
            GitStateError: Its `.git` leads there.
        """
        path = self._leads_out
        if path:
            raise GitStateError(
                f"{path}: leads out of this repository, so that git would write elsewhere; work in "
                "a clone of it (of a git folder of your own that lies apart, say where its files "
                f"are: `git config core.worktree {self.top}`)"
            )

    @cached_property
    def _leads_out(self) -> str:
        tree = self._done("config", "--get", "core.worktree")
        try:
            return leads_out(str(self.top), os.fsdecode(tree.output).rstrip("\n"))
        except OSError as error:
            raise GitError(f"{error.filename or self.top}: cannot be read: {error}") from None

    def go_to_new(self, branch: str) -> None:
        """Make a branch here and check it out."""
        self.require_written_here()
        self.run("switch", "--quiet", "--create", branch)

    def untrack(self, paths: Sequence[str]) -> None:
        """Take `paths` out of the index; the files stay."""
        if paths:
            self.require_written_here()
            names = b"".join(os.fsencode(literal(path)) + b"\0" for path in paths)
            self.run(
                *("rm", "--cached", "--quiet", "--ignore-unmatch", "--force"),
                *("--pathspec-from-file=-", "--pathspec-file-nul"),
                given=names,
            )

    def put_back(self, path: str, mode: str, object_name: str) -> None:
        """Enter `path` into the index with the content that it had."""
        self.require_written_here()
        self.run("update-index", "--add", "--cacheinfo", f"{mode},{object_name},{path}")

    def stage(self, paths: Iterable[str]) -> None:
        """Put what is on disk of `paths` into the index; a path that is gone goes."""
        known = [path for path in paths if os.path.lexists(self.top / path) or self._knows(path)]
        if known:
            self.require_written_here()
            self.require_no_foreign_filter(known)
            names = b"".join(os.fsencode(literal(path)) + b"\0" for path in known)
            self.run(
                *("add", "--all", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"),
                given=names,
            )

    def commit(self, message: str, *, hooks: bool = False) -> str:
        """Commit the index.

        Args:
            message: Of the commit.
            hooks: Run the hooks of this repository, which are programs of whoever made it.

        Returns:
            The commit, "" when there was nothing to commit.
        """
        if self.succeeds(*_DIFF, "--quiet"):
            return ""
        self.require_written_here()
        settings = {"core.hooksPath": self._hooks_path()} if hooks else None
        self.run(
            *("commit", "--quiet", "--message", message), settings=settings, patience=_FOR_A_PERSON
        )
        return self.head

    def _hooks_path(self) -> str:
        """Return where git looks for hooks: as configured, else in its own folder."""
        for scope in ("--local", "--global", "--system"):
            done = _run(self.top, "config", scope, "--type=path", "--get", "core.hooksPath")
            if done.output.rstrip(b"\n"):
                return os.fsdecode(done.output.rstrip(b"\n"))
        common = self.line("rev-parse", "--git-common-dir")
        return str(self.top / common / "hooks")

    def require_no_foreign_filter(self, paths: Sequence[str]) -> None:
        """Refuse to add what a filter of the repository would change, for it does not run.

        Without the filter of git-crypt, for example, plain text would be committed.
        """
        drivers = {
            name[len("filter.") :].rpartition(".")[0]
            for name in self._overrides
            if name.startswith("filter.")
        }
        if not drivers:
            return
        given = b"".join(os.fsencode(path) + b"\0" for path in paths)
        fields = _names(self.run("check-attr", "-z", "--stdin", "filter", given=given))
        for path, _, driver in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
            if driver in drivers:
                raise GitStateError(
                    f"{path}: git would pass this file through the filter {driver}, a program that "
                    "this repository's own configuration names and that is not run; if you trust "
                    f"it, define filter.{driver} with `git config --global`"
                )

    def _knows(self, path: str) -> bool:
        return bool(self.tracked(literal(path)))


# `--no-ext-diff`, `--no-textconv`: programs that attributes choose.
_DIFF = ("diff", "--cached", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty")


def literal(path: str) -> str:
    """Return `path` as a pathspec that means itself alone, from the top level."""
    return f":(top,literal){path}"


def _status_paths(fields: Sequence[str]) -> Iterator[str]:
    """Read `git status -z`: a rename or copy is followed by the path it came from."""
    rest = iter(fields)
    for field in rest:
        yield field[3:]
        if field[0] in "RC":
            yield next(rest, "")


def _first_line(message: bytes) -> str:
    lines = os.fsdecode(message).strip().splitlines()
    return lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else "no message"
