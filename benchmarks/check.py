"""Speed of `hushflake check` against peers, in one run, as ratios of medians.

    pip install 'hushflake[bench]' && python benchmarks/check.py [--rounds N] [--check]

Trees: litellm (dense) and ansible (large and sparse), unpacked fresh. The peers have rules of
the same meaning: ruff TID251 for os.getenv and os.environ with S105-S107, ast-grep the patterns
in `peers/ast_grep_check.yml`, bandit B105-B107. Every round runs each command once, in turn.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from releases import ANSIBLE, BUILD, LITELLM, Release, unpack

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
RUFF = """
lint.select = ["TID251", "S105", "S106", "S107"]
[lint.flake8-tidy-imports.banned-api]
"os.getenv".msg = "no"
"os.environ".msg = "no"
"""
# Name, ratio to, limit: what is claimed.
CLAIMS = (
    ("litellm: ours warm", "litellm: ruff warm", 1.0),
    ("litellm: ours cold, all rules", "litellm: ast-grep, all rules", 1.0),
    ("ansible: ours cold, HSF1 HSF2", "ansible: ruff cold", 1.0),
    ("one changed file: ours", "one changed file: bare Python", 6.0),
    # Told, not claimed.
    ("litellm: ours cold, all rules", "litellm: ruff cold", None),
    ("litellm: ours cold, HSF1 HSF2", "litellm: ruff cold", None),
    ("ansible: ours cold, all rules", "ansible: ruff cold", None),
    ("ansible: ours cold, all rules", "ansible: ast-grep, all rules", None),
    ("litellm: ours cold, all rules", "litellm: bandit", None),
)


def commands(folder: Path) -> dict[str, list[str]]:
    """Return what is measured, by name."""
    config = folder / "ruff.toml"
    config.write_text(RUFF, encoding="utf-8")
    table: dict[str, list[str]] = {}
    for name, release in (("litellm", LITELLM), ("ansible", ANSIBLE)):
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
    # bandit takes minutes on a tree: a round of it is one, on the dense tree alone.
    table["litellm: bandit"] = [
        str(BIN / "bandit"), "-q", "-r", str(BUILD / "check" / "litellm"), "-t", "B105,B106,B107"
    ]  # fmt: skip
    changed = max((BUILD / "check" / "litellm").rglob("router.py"), key=lambda p: len(str(p)))
    table["one changed file: ours"] = [str(BIN / "hushflake"), "check", str(changed)]
    table["one changed file: bare Python"] = [sys.executable, "-c", "pass"]
    return table


def tree_of(release: Release, folder: Path) -> Path:
    """Unpack a release as a repository of its own, old enough to be trusted by caches."""
    unpack(release, folder)
    (folder / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    shutil.rmtree(folder / ".hushflake", ignore_errors=True)
    then = time.time() - 3600
    for path in folder.rglob("*.py"):
        os.utime(path, (then, then))
    # Status changes count too, and cannot be set back: wait for a tick of the caches.
    time.sleep(2.5)
    return folder


def seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", action="store_true", help="exit 1 if a claim does not hold")
    options = parser.parse_args()
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        table = commands(Path(scratch))
        for command in table.values():
            if "bandit" not in command[0]:
                seconds(command)  # fills the caches
        for number in range(options.rounds):
            for name, command in table.items():
                if "bandit" not in name or number == 0:
                    taken.setdefault(name, []).append(seconds(command))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"{name:40} {median:8.3f} s  ({min(taken[name]):.3f}-{max(taken[name]):.3f})")
    missed = 0
    for name, peer, limit in CLAIMS:
        ratio = medians[name] / medians[peer]
        told = "" if limit is None else f"  limit {limit}" + ("" if ratio <= limit else "  MISSED")
        missed += told.endswith("MISSED")
        print(f"{name:34} / {peer:34} {ratio:6.2f}{told}")
    return int(options.check and missed > 0)


if __name__ == "__main__":
    sys.exit(main())
