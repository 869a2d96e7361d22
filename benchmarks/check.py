"""Speed of `hushflake check` against peers, in one run, as ratios.

    pip install 'hushflake[bench]' && python benchmarks/check.py [--rounds N] [--bandit] [--check]

Trees: litellm (dense) and pulumi-aws (large and sparse), unpacked fresh. The peers have rules of
the same meaning: ruff TID251 for os.getenv and os.environ with S105-S107, ast-grep the patterns
in `peers/ast_grep_check.yml`, bandit B105-B107, which takes minutes and runs once. Every round
runs each command once, in turn. Ratios are of the fastest runs: what else the machine does only
adds. CPU seconds, of all processes of a command, stand beside the wall times. For `check --staged`
twenty changed files are staged in a repository of three thousand. The tree of 376 files is of the
size of a usual application.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from releases import BUILD, LITELLM, PULUMI_AWS, Release, small_tree, unpack

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
RUFF = """
lint.select = ["TID251", "S105", "S106", "S107"]
[lint.flake8-tidy-imports.banned-api]
"os.getenv".msg = "no"
"os.environ".msg = "no"
"""
# A file of the size that files there have on average, and one of the largest.
CHANGED = {"one changed file, 14 kB": "litellm/router.py", "385 kB": "litellm/main.py"}
# Name, ratio to, limit: what is claimed.
CLAIMS = (
    ("litellm: ours warm", "litellm: ruff warm", 1.0),
    ("litellm: ours cold, all rules", "litellm: ast-grep, all rules", 1.0),
    ("376 files: ours cold, all rules", "376 files: ast-grep, all rules", 1.2),
    ("pulumi-aws: ours cold, HSF1 HSF2", "pulumi-aws: ruff cold", 1.0),
    ("one changed file, 14 kB: ours", "bare Python", 6.0),
    ("20 staged of 3,000 files: ours", "bare Python", 6.0),
    # Told, not claimed.
    ("385 kB: ours", "bare Python", None),
    ("litellm: ours cold, all rules", "litellm: ruff cold", None),
    ("litellm: ours cold, HSF1 HSF2", "litellm: ruff cold", None),
    ("pulumi-aws: ours cold, all rules", "pulumi-aws: ruff cold", None),
    ("pulumi-aws: ours cold, all rules", "pulumi-aws: ast-grep, all rules", None),
    ("pulumi-aws: ours warm", "pulumi-aws: ruff warm", None),
    ("litellm: ours cold, all rules", "litellm: bandit", None),
)


class Taken(NamedTuple):
    """Seconds of one run."""

    wall: float
    cpu: float


def commands(folder: Path, *, with_bandit: bool) -> dict[str, list[str]]:
    """Return what is measured, by name."""
    config = folder / "ruff.toml"
    config.write_text(RUFF, encoding="utf-8")
    table: dict[str, list[str]] = {}
    for name, release in (("litellm", LITELLM), ("pulumi-aws", PULUMI_AWS)):
        tree = str(tree_of(release, BUILD / "check" / name))
        check = [str(BIN / "hushflake"), "check", tree]
        ruff = [str(BIN / "ruff"), "check", "--quiet", "--config", str(config), tree]
        table[f"{name}: ours cold, all rules"] = [*check, "--no-cache"]
        table[f"{name}: ours cold, HSF1 HSF2"] = [*check, "--no-cache", "--select", "HSF1,HSF2"]
        table[f"{name}: ours warm"] = check
        table[f"{name}: ruff cold"] = [*ruff, "--no-cache"]
        table[f"{name}: ruff warm"] = [*ruff, "--cache-dir", str(folder / "ruff")]
        table[f"{name}: ast-grep, all rules"] = [
            str(BIN / "ast-grep"), "scan", "--rule", str(HERE / "peers/ast_grep_check.yml"), tree
        ]  # fmt: skip
    small = str(settled(small_tree(BUILD / "check" / "small")))
    table["376 files: ours cold, all rules"] = [
        str(BIN / "hushflake"), "check", small, "--no-cache"
    ]  # fmt: skip
    table["376 files: ast-grep, all rules"] = [
        str(BIN / "ast-grep"), "scan", "--rule", str(HERE / "peers/ast_grep_check.yml"), small
    ]  # fmt: skip
    dense = BUILD / "check" / "litellm"
    for name, path in CHANGED.items():
        table[f"{name}: ours"] = [str(BIN / "hushflake"), "check", str(dense / path)]
    staged = str(repository_with_staged_files(BUILD / "check" / "staged"))
    table["20 staged of 3,000 files: ours"] = [
        "env", "-C", staged, str(BIN / "hushflake"), "check", "--staged"
    ]  # fmt: skip
    table["bare Python"] = [sys.executable, "-c", "pass"]
    if with_bandit:
        table["litellm: bandit"] = [
            str(BIN / "bandit"), "-q", "-r", str(dense), "-t", "B105,B106,B107"
        ]  # fmt: skip
    return table


def tree_of(release: Release, folder: Path) -> Path:
    """Unpack a release as a repository of its own, old enough to be trusted by caches."""
    return settled(unpack(release, folder))


def settled(folder: Path) -> Path:
    """Make a tree a repository of its own, old enough to be trusted by caches."""
    (folder / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    shutil.rmtree(folder / ".hushflake", ignore_errors=True)
    then = time.time() - 3600
    for path in folder.rglob("*.py"):
        os.utime(path, (then, then))
    # Status changes count too, and cannot be set back: wait for a tick of the caches.
    time.sleep(2.5)
    return folder


def repository_with_staged_files(folder: Path, *, files: int = 3000, staged: int = 20) -> Path:
    """Make a repository of so many files of real releases, some of them changed and staged."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found = [
        path
        for name in ("litellm", "pulumi-aws")
        for path in sorted((BUILD / "check" / name).rglob("*.py"))
        if path.stat().st_size < 30_000
    ]
    (folder / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    # Every n-th, so that both and all their folders are there.
    kept = found[:: max(1, len(found) // files)][:files]
    for number, path in enumerate(kept):
        place = folder / f"part{number // 50}" / f"{path.stem}_{number}.py"
        place.parent.mkdir(exist_ok=True)
        shutil.copy(path, place)
    git = ["git", "-C", str(folder), "-c", "user.name=B", "-c", "user.email=b@example.com"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "One"], check=True)
    grown = [path for path in sorted(folder.rglob("*.py")) if path.stat().st_size > 2000]
    changed = grown[:: len(grown) // staged][:staged]
    for path in changed:
        with path.open("a", encoding="utf-8") as stream:
            stream.write("\n\ndef added():\n    return 1\n")
    subprocess.run([*git, "add", "--all"], check=True)
    return folder


def measure(command: list[str]) -> Taken:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu)


def rounds(table: dict[str, list[str]], number: int) -> dict[str, Taken]:
    """Return the fastest wall time and the least CPU time of each command."""
    taken: dict[str, list[Taken]] = {name: [] for name in table}
    for command in table.values():
        if "bandit" not in command[0]:
            measure(command)  # fills the caches
    for at in range(number):
        for name, command in table.items():
            if "bandit" not in name or at == 0:
                taken[name].append(measure(command))
    return {
        name: Taken(min(each.wall for each in runs), min(each.cpu for each in runs))
        for name, runs in taken.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", metavar="TEXT", help="commands with it in their name")
    parser.add_argument("--bandit", action="store_true", help="measure bandit too: minutes")
    parser.add_argument("--check", action="store_true", help="exit 1 if a claim does not hold")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        table = commands(Path(scratch), with_bandit=options.bandit)
        chosen = {name: command for name, command in table.items() if options.only in name}
        best = rounds(chosen, options.rounds)
    for name, taken in best.items():
        print(f"{name:40} {taken.wall:8.3f} s wall {taken.cpu:8.3f} s CPU")
    missed = 0
    for name, peer, limit in CLAIMS:
        if name not in best or peer not in best:
            continue
        ratio, cpu = best[name].wall / best[peer].wall, best[name].cpu / best[peer].cpu
        told = "" if limit is None else f"  limit {limit}" + ("" if ratio <= limit else "  MISSED")
        missed += told.endswith("MISSED")
        print(f"{name:34} / {peer:32} {ratio:6.2f} wall {cpu:6.2f} CPU{told}")
    return int(options.check and missed > 0)


if __name__ == "__main__":
    sys.exit(main())
