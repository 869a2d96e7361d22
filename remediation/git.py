"""Git as this part uses it: one runner, and questions that have a typed answer.

The real program is called, so that worktrees, submodules, excludes and attributes are read as
the user's git reads them. Paths go in and come out separated by NUL, relative to the top level.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .errors import GitError, GitStateError
from .wording import counted

# Variables that would point git at another repository than the folder asked about: they are
# set inside hooks and by `git rebase --exec`.
_POINTERS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _POINTERS}
    return environment | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def _run(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments],
            cwd=folder,
            env=_environment(),
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise GitStateError(
            "git is not installed, and is needed to know which files are tracked: install git"
        ) from None


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
        """
        while not folder.is_dir() and folder != folder.parent:
            folder = folder.parent
        if not has_repository(folder):
            raise GitStateError(
                f"{folder}: not inside a git repository; run `git init` and commit first, "
                "or name a folder inside a repository"
            )
        found = _run(folder, "rev-parse", "--show-toplevel")
        if found.returncode:
            raise GitStateError(f"{folder}: {_first_line(found.stderr)}")
        return cls(Path(os.fsdecode(found.stdout.rstrip(b"\n"))))

    # -- running -------------------------------------------------------------------------

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run git at the top level and return what it prints.

        Raises:
            GitError: git ended with another code than 0.
        """
        done = _run(self.top, *arguments, given=given)
        if done.returncode:
            raise GitError(
                f"{self.top}: git {arguments[0]} failed: {_first_line(done.stderr or done.stdout)}"
            )
        return done.stdout

    def succeeds(self, *arguments: str) -> bool:
        """Say whether git ends with code 0."""
        return _run(self.top, *arguments).returncode == 0

    def line(self, *arguments: str) -> str:
        """Return the one line git prints, or "" when it fails."""
        done = _run(self.top, *arguments)
        return os.fsdecode(done.stdout).strip() if done.returncode == 0 else ""

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

    def dirty(self, *patterns: str, untracked: bool = False) -> list[str]:
        """Return the paths that differ from HEAD or from the index, relative to the top level."""
        kind = "normal" if untracked else "no"
        fields = _names(
            self.run("status", "--porcelain=v1", "-z", f"--untracked-files={kind}", "--", *patterns)
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
        return _names(self.run("diff", "--cached", "--name-only", "-z"))

    def ignored_by_tree(self, path: str) -> bool:
        """Say whether a rule of this repository (not of this user) ignores `path`."""
        done = _run(
            self.top,
            *("-c", f"core.excludesFile={os.devnull}"),
            *("check-ignore", "--no-index", "-v", "-z", "--stdin"),
            given=os.fsencode(path) + b"\0",
        )
        source, _line, pattern, *_ = [*done.stdout.split(b"\0"), b"", b"", b""]
        return bool(pattern) and not pattern.startswith(b"!") and source.endswith(b".gitignore")

    def ignored(self, path: Path) -> bool:
        """Say whether git ignores `path`, by whatever rule."""
        return _run(self.top, "check-ignore", "--quiet", "--no-index", str(path)).returncode == 0

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

    def untrack(self, paths: Sequence[str]) -> None:
        """Take `paths` out of the index; the files stay."""
        if paths:
            names = b"".join(os.fsencode(literal(path)) + b"\0" for path in paths)
            self.run(
                *("rm", "--cached", "--quiet", "--ignore-unmatch", "--force"),
                *("--pathspec-from-file=-", "--pathspec-file-nul"),
                given=names,
            )

    def put_back(self, path: str, mode: str, object_name: str) -> None:
        """Enter `path` into the index with the content that it had."""
        self.run("update-index", "--add", "--cacheinfo", f"{mode},{object_name},{path}")

    def stage(self, paths: Iterable[str]) -> None:
        """Put what is on disk of `paths` into the index; a path that is gone goes."""
        known = [path for path in paths if os.path.lexists(self.top / path) or self._knows(path)]
        if known:
            names = b"".join(os.fsencode(literal(path)) + b"\0" for path in known)
            self.run(
                *("add", "--all", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"),
                given=names,
            )

    def commit(self, message: str) -> str:
        """Commit the index. Return the commit, "" when there was nothing to commit."""
        if self.succeeds("diff", "--cached", "--quiet"):
            return ""
        self.run("commit", "--quiet", "--message", message)
        return self.head

    def _knows(self, path: str) -> bool:
        return bool(self.tracked(literal(path)))


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
