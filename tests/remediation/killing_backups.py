"""Kills the encryption and the removal of a backup before every change that they make.

Run as a program, as `killing` is: prints how many events there were, and what was wrong at which.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import pyrage
from killing import Trial, in_child

from hushflake.remediation.dotenv import restore as restoring
from hushflake.remediation.dotenv import stored
from hushflake.remediation.git import Repository


class BackupTrial(Trial):
    """A retirement that is done, and its backup."""

    def __init__(self, template: Path, work: Path, name: str, identity: Path) -> None:
        super().__init__(template, work, name)
        self.identity = identity
        self.recipient = str(pyrage.x25519.Identity.from_str(identity.read_text()).to_public())
        in_child(self.retire)

    def only(self) -> stored.Stored:
        (one,) = stored.stored(stored.all_bases())
        return one

    def encrypt(self) -> None:
        stored.encrypt(self.only(), [self.recipient])

    def purge(self) -> None:
        for one in stored.stored(stored.all_bases()):
            stored.purge(one)

    def restore(self) -> None:
        repository = Repository(self.folder)
        backup = restoring.find_backup(repository, None, None)
        planned = restoring.plan(repository, backup, [self.identity])
        restoring.restore(repository, planned, [self.identity])

    def left_open(self) -> str:
        names = [path.name for path in self.only().folder.iterdir()]
        left = [name for name in names if not name.endswith((".age", ".json"))]
        return f"still in plain text: {left}" if left or self.only().plain else ""

    def left_over(self) -> str:
        state = Path(os.environ["XDG_STATE_HOME"])
        left = [path.name for path in state.rglob("*") if path.is_file() and path.name != "lock"]
        return f"left behind: {left}" if left else ""


def encryption(trial: BackupTrial, at: int, *, again: bool) -> tuple[bool, str]:
    killed = in_child(trial.encrypt, at) == -1
    if again:
        in_child(trial.encrypt)
        wrong = trial.left_open()
        if wrong:
            return killed, wrong
    in_child(trial.restore)
    return killed, trial.as_before()


def removal(trial: BackupTrial, at: int) -> tuple[bool, str]:
    killed = in_child(trial.purge, at) == -1
    in_child(trial.purge)
    return killed, trial.left_over() or trial.retired()


def main(template: Path, work: Path, stride: int) -> None:
    wrongs: list[str] = []
    counts: dict[str, int] = {}
    identity = work / "identity"
    work.mkdir()
    identity.write_text(str(pyrage.x25519.Identity.generate()))
    for kind in ("encrypt", "encrypt-again", "purge"):
        at = 1
        while True:
            trial = BackupTrial(template, work, f"{kind}-{at}", identity)
            if kind == "purge":
                killed, wrong = removal(trial, at)
            else:
                killed, wrong = encryption(trial, at, again=kind == "encrypt-again")
            if wrong:
                wrongs.append(f"{kind}, event {at}: {wrong}")
            shutil.rmtree(work / trial.name)
            if not killed:
                break
            at += stride
        counts[kind] = at
    print(json.dumps({"events": counts, "losses": wrongs}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
