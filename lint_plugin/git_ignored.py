"""What git ignores in a repository: `git ls-files`, started early and asked late.

So both walk the tree at once. Where the system can spawn a process by itself, that is done
without `subprocess`, whose import takes longer than git does.
"""

import os

_COMMAND = ("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")
# What a hook of git exports would make git look at another repository.
_GIT_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


class Repository:
    """A repository whose listing of ignored files is on its way."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.realpath(folder)
        environment = {k: v for k, v in os.environ.items() if k not in _GIT_VARIABLES}
        arguments = ["git", "-C", self._folder, *_COMMAND]
        start = _Spawned if hasattr(os, "posix_spawnp") else _Popen
        self._listing: _Spawned | _Popen | None
        try:
            self._listing = start(arguments, environment)
        except OSError:
            # Without git nothing is known to be ignored: more files are seen, none is missed.
            self._listing = None

    def ignored(self) -> tuple[set[str], list[str]]:
        """Return ignored files, and ignored folders with a slash at the end, both absolute."""
        if self._listing is None:
            return set(), []
        code, output = self._listing.finish()
        names = [os.fsdecode(name) for name in output.split(b"\0") if name]
        # "./" says that the folder itself is ignored: whoever names it wants it.
        if code or "./" in names:
            return set(), []
        paths = [os.path.join(self._folder, name) for name in names]
        folders = [path for path in paths if path.endswith("/")]
        return {path for path in paths if not path.endswith("/")}, folders


class _Spawned:
    """A child process whose output is read."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self._output, to_write = os.pipe()
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, to_write, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        try:
            self._process = os.posix_spawnp(
                arguments[0], arguments, environment, file_actions=actions
            )
        except OSError:
            os.close(self._output)
            raise
        finally:
            os.close(to_write)

    def finish(self) -> tuple[int, bytes]:
        """Wait for the end; return the exit code and the output."""
        with open(self._output, "rb") as stream:
            output = stream.read()
        try:
            _, status = os.waitpid(self._process, 0)
        except ChildProcessError:
            # Whoever started us ignores its children, and so the system forgot this one.
            return 0, output
        return status, output


class _Popen:
    """The same where there is no `posix_spawnp`."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        from subprocess import DEVNULL, PIPE, Popen

        self._process = Popen(
            arguments, env=environment, stdout=PIPE, stderr=DEVNULL, stdin=DEVNULL
        )

    def finish(self) -> tuple[int, bytes]:
        output, _ = self._process.communicate()
        return self._process.returncode, output
