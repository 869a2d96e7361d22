"""Kills retire and restore before every change they make to the world, and looks what is left.

Run as a program, one thread: each attempt is a fork that ends itself with SIGKILL when its n-th
event comes (a file opened for writing, renamed, linked, removed; a program started; a connection
made). Prints one JSON document: how many events there were, and what was lost at which.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from esc_project import VALUES, snapshot

from hushflake.config.esc.client import EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.values import leaves
from hushflake.remediation.dotenv import planning
from hushflake.remediation.dotenv import restore as restoring
from hushflake.remediation.dotenv import retire as retiring
from hushflake.remediation.dotenv.backup import Backup
from hushflake.remediation.dotenv.request import Request
from hushflake.remediation.errors import RemediationError
from hushflake.remediation.git import Repository

EVENTS = {
    "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.chmod", "os.utime",
    "subprocess.Popen", "socket.connect",
}  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Bomb:
    """Counts events once armed; kills the process at the n-th."""

    def __init__(self) -> None:
        self.count = 0
        self.at = 0
        self.armed = False
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.armed:
            return
        if event in EVENTS or (event == "open" and arguments[2] & WRITING):
            self.count += 1
            if self.count == self.at:
                os.kill(os.getpid(), signal.SIGKILL)


BOMB = Bomb()


def in_child(body: Callable[[], object], at: int = 0) -> int:
    """Run `body` in a fork that dies at its event `at`. Return how many events it had.

    -1 says that it was killed.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        BOMB.at, BOMB.armed = at, True
        try:
            body()
            BOMB.armed = False
            os.write(writer, str(BOMB.count).encode())
        except BaseException as error:
            BOMB.armed = False
            os.write(writer, f"!{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(writer)
    answer = b""
    while part := os.read(reader, 4096):
        answer += part
    os.close(reader)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return -1
    if answer.startswith(b"!"):
        raise RuntimeError(answer.decode())
    return int(answer)


class Trial:
    """A fresh copy of the repository, a fresh ESC environment, a fresh place for backups."""

    def __init__(self, template: Path, work: Path, name: str) -> None:
        self.name = name
        self.folder = work / name / "repository"
        self.environment = f"acme/shop/{name}"
        os.environ["XDG_STATE_HOME"] = str(work / name / "state")
        shutil.copytree(template, self.folder, symlinks=True)
        self.before = snapshot(self.folder)
        self.index = Repository(self.folder).run("ls-files", "--stage")
        self.client = EscClient(
            os.environ["PULUMI_ACCESS_TOKEN"], url=os.environ["PULUMI_BACKEND_URL"]
        )

    def retire(self) -> None:
        target = f"esc:{self.environment}"
        request = Request((self.folder,), target, create=True, everything=True)
        retiring.retire(planning.plan(self.folder, request))

    def restore(self) -> None:
        repository = Repository(self.folder)
        try:
            backup = restoring.find_backup(repository, None, None)
        except RemediationError:
            return
        restoring.restore(repository, restoring.plan(repository, backup))

    def held(self) -> dict[str, str | None]:
        where = Environment.parse(self.environment)
        found = leaves(self.client.read(where, self.client.open(where)))
        return {str(leaf.path[1]): leaf.text for leaf in found if len(leaf.path) == 2}

    def backed_up(self) -> set[bytes]:
        manifests = Path(os.environ["XDG_STATE_HOME"]).rglob("manifest.json")
        backups = [Backup.load(path.parent) for path in manifests]
        return {one.bytes_of(file) for one in backups for file in one.manifest.files}

    def nothing_lost(self) -> str:
        """Each file is as it was, or its bytes are backed up and its values are in ESC."""
        for path, (content, *_rest) in self.before.items():
            now = self.folder / path
            if not path.endswith((".env", ".production")):
                continue
            if now.exists() and now.read_bytes() != content:
                return f"{path} is neither old nor gone"
            if now.exists():
                continue
            if content not in self.backed_up():
                return f"{path} is gone and not backed up"
            if not VALUES.items() <= self.held().items():
                return f"{path} is gone and its values are nowhere"
        return ""

    def retired(self) -> str:
        held = self.held()
        if not VALUES.items() <= held.items() or "DB_PASSWORD" not in held:
            return "values are missing in the target"
        if any((self.folder / path).exists() for path in (".env", "api/.env.production")):
            return "a file is still there"
        left = [path.name for path in self.folder.rglob("*.tmp")]
        return f"left behind: {left}" if left else ""

    def as_before(self) -> str:
        after = snapshot(self.folder)
        if after != self.before:
            differing = {
                key for key in {*after, *self.before} if after.get(key) != self.before.get(key)
            }
            return f"differs from before: {sorted(differing)}"
        index = Repository(self.folder).run("ls-files", "--stage")
        return "" if index == self.index else "the index differs from before"


def attempt(trial: Trial, at: int, *, resume: bool, again: int = 0) -> tuple[bool, str]:
    """Kill a retirement, perhaps resume it, restore it (killed as well, perhaps), look each time.

    Returns:
        Whether it was killed at all, and what is wrong.
    """
    killed = in_child(trial.retire, at) == -1
    wrong = trial.nothing_lost()
    if not wrong and resume:
        in_child(trial.retire)
        wrong = trial.retired()
    if not wrong and again:
        killed = in_child(trial.restore, again) == -1
        wrong = trial.nothing_lost()
    if not wrong:
        in_child(trial.restore)
        wrong = trial.as_before()
    return killed, wrong


def main(template: Path, work: Path, stride: int, first: int = 1) -> None:
    losses: list[str] = []
    counts: dict[str, int] = {}
    for kind in ("resume", "restore", "restore-killed"):
        at = first
        while True:
            trial = Trial(template, work, f"{kind}-{at}")
            if kind == "restore-killed":
                killed, wrong = attempt(trial, 0, resume=False, again=at)
            else:
                killed, wrong = attempt(trial, at, resume=kind == "resume")
            if wrong:
                losses.append(f"{kind}, event {at}: {wrong}")
            shutil.rmtree(work / trial.name)
            if not killed:
                break
            at += stride
        counts[kind] = at
    print(json.dumps({"events": counts, "losses": losses}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
