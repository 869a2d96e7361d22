"""Kills a repair and its restoration before every change they make, and looks what is left.

Run as a program like `killing.py`, whose forks and events these are.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from esc_project import snapshot
from killing import in_child

from hushflake.config.esc.client import EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.values import leaves
from hushflake.remediation.dotenv import restore as restoring
from hushflake.remediation.dotenv.backup import Backup
from hushflake.remediation.git import Repository
from hushflake.remediation.repair import carrying_out, planning


class Trial:
    """A fresh copy of the repository, a fresh target, a fresh place for backups."""

    def __init__(self, template: Path, work: Path, name: str, *, into_file: bool) -> None:
        self.name = name
        self.folder = work / name / "repository"
        self.target = "env-file" if into_file else f"esc:acme/shop/{name}"
        os.environ["XDG_STATE_HOME"] = str(work / name / "state")
        shutil.copytree(template, self.folder, symlinks=True)
        self.before = snapshot(self.folder)
        self.client = EscClient(
            os.environ["PULUMI_ACCESS_TOKEN"], url=os.environ["PULUMI_BACKEND_URL"]
        )

    def repair(self) -> None:
        os.chdir(self.folder)
        carrying_out.carry_out(planning.plan(planning.Request((".",), self.target, create=True)))

    def restore(self) -> None:
        repository = Repository(self.folder)
        for backup in self.backups():
            if backup.manifest.state != "restored":
                restoring.restore(repository, restoring.plan(repository, backup))

    def backups(self) -> list[Backup]:
        manifests = Path(os.environ["XDG_STATE_HOME"]).rglob("manifest.json")
        return [Backup.load(path.parent) for path in manifests]

    def held(self) -> set[str | None]:
        if self.target == "env-file":
            path = self.folder / ".env"
            return set(path.read_text().split("'")) if path.exists() else set()
        where = Environment.parse(self.target.removeprefix("esc:"))
        found = leaves(self.client.read(where, self.client.open(where)))
        return {leaf.text for leaf in found if len(leaf.path) == 2}

    def nothing_lost(self, secrets: dict[str, str]) -> str:
        """Each file is as it was, or it is whole, its bytes are backed up, its values are held."""
        kept = {
            one.bytes_of(file)
            for one in self.backups()
            for file in one.manifest.changed
            if file.stored
        }
        for path, (content, *_rest) in self.before.items():
            now = (self.folder / path).read_bytes()
            if now == content:
                continue
            compile(now, path, "exec")
            if content not in kept:
                return f"{path} is changed and not backed up"
            if path in secrets and secrets[path] not in self.held():
                return f"{path} is changed and its secret is nowhere"
        return ""

    def repaired(self, secrets: dict[str, str]) -> str:
        for path, secret in secrets.items():
            if secret in (self.folder / path).read_text():
                return f"{path} holds its secret"
            if secret not in self.held():
                return f"the secret of {path} is not kept"
        keys = {(self.folder / path).read_text().split('value("')[1] for path in list(secrets)[:2]}
        if len(keys) != 1:
            return "one secret has two names"
        left = [path.name for path in self.folder.rglob("*.tmp")]
        return f"left behind: {left}" if left else ""

    def as_before(self) -> str:
        after = snapshot(self.folder)
        differing = {k for k in {*after, *self.before} if after.get(k) != self.before.get(k)}
        return f"differs from before: {sorted(differing)}" if differing else ""


def attempt(
    trial: Trial, at: int, secrets: dict[str, str], *, resume: bool, again: int
) -> tuple[bool, str]:
    """Kill a repair, perhaps resume it, restore it (killed as well, perhaps), look each time."""
    killed = in_child(trial.repair, at) == -1
    wrong = trial.nothing_lost(secrets)
    if not wrong and resume:
        in_child(trial.repair)
        wrong = trial.repaired(secrets)
    if not wrong and again:
        killed = in_child(trial.restore, again) == -1
        wrong = trial.nothing_lost(secrets)
    if not wrong:
        in_child(trial.restore)
        wrong = trial.as_before()
    return killed, wrong


def main(template: Path, work: Path, secrets: dict[str, str], stride: int) -> None:
    losses: list[str] = []
    counts: dict[str, int] = {}
    for kind in ("resume", "restore", "restore-killed", "file"):
        at = 1
        while True:
            trial = Trial(template, work, f"{kind}-{at}", into_file=kind == "file")
            killed, wrong = attempt(
                trial, 0 if kind == "restore-killed" else at, secrets,
                resume=kind in ("resume", "file"), again=at if kind == "restore-killed" else 0,
            )  # fmt: skip
            if wrong:
                losses.append(f"{kind}, event {at}: {wrong}")
            shutil.rmtree(work / trial.name)
            if not killed:
                break
            at += stride
        counts[kind] = at
    print(json.dumps({"events": counts, "losses": losses}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.stdin.read()), int(sys.argv[3]))
