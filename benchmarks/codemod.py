"""Speed and memory of `hushflake codemod --write`, against peers and the floor in one run.

    python benchmarks/codemod.py [--rounds N] [--part NAME] [--check]    # needs hushflake[bench]

Trees: litellm (dense), pulumi-aws (large and sparse) and 376 files of litellm, 91 of them to
change, each fresh before each measurement.
The floor walks, reads and tests the bytes of every file. LibCST's own runner takes minutes on a
whole tree: it is measured, with ours beside it, on every twentieth file.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from releases import BUILD, LITELLM, PULUMI_AWS, Release, small_tree, unpack

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
FLOOR = """
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as stream:
                data = stream.read()
            b"environ" in data or b"getenv" in data
"""


class Figure(NamedTuple):
    """One measurement: wall and CPU seconds, peak memory of the largest process in MB."""

    wall: float
    cpu: float
    peak: float


def ours(jobs: int) -> Callable[[Path], list[str]]:
    return lambda tree: [
        str(BIN / "hushflake"), "codemod", "--write", f"--jobs={jobs}", str(tree)
    ]  # fmt: skip


def floor(tree: Path) -> list[str]:
    return [sys.executable, "-c", FLOOR, str(tree)]


def ast_grep(tree: Path) -> list[str]:
    return [str(BIN / "ast-grep"), "scan", "-r", str(HERE / "peers/ast_grep.yml"), "-U", str(tree)]


def libcst_tool(tree: Path) -> list[str]:
    return [
        sys.executable, "-m", "libcst.tool", "codemod", "-x", "--no-format", "--jobs=2",
        "peers.naive_libcst.NaiveReads", str(tree),
    ]  # fmt: skip


COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "floor": floor,
    "ours, 1 process": ours(1),
    "ours, 2 processes": ours(2),
    "ast-grep -U": ast_grep,
}


def measure(command: list[str]) -> Figure:
    """Run a command and return its figures, those of its children included."""
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=HERE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Figure(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def fresh(original: Path, tree: Path) -> Path:
    """Copy a tree, so that each command finds what the others found, in the page cache."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(original, tree)
    return tree


def compare(
    original: Path, commands: dict[str, Callable[[Path], list[str]]], rounds: int
) -> dict[str, Figure]:
    """Measure the commands in turns and return the medians."""
    found: dict[str, list[Figure]] = {name: [] for name in commands}
    # Outside this repository, whose own files ours would ask who takes a name otherwise.
    with tempfile.TemporaryDirectory(prefix="hushflake-bench-") as folder:
        for _ in range(rounds):
            for name, command in commands.items():
                tree = fresh(original, Path(folder) / "work")
                found[name].append(measure(command(tree)))
    return {
        name: Figure(*(statistics.median(values) for values in zip(*figures, strict=True)))
        for name, figures in found.items()
    }


def sample(original: Path, folder: Path) -> Path:
    """Copy every twentieth file of a tree."""
    shutil.rmtree(folder, ignore_errors=True)
    for file in sorted(original.rglob("*.py"))[::20]:
        target = folder / file.relative_to(original)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return folder


def report(title: str, figures: dict[str, Figure], base: str) -> None:
    """Print a Markdown table; ratios are to `base`."""
    print(f"\n{title}\n\n| | wall s | CPU s | peak MB | wall, ratio | CPU, ratio |")
    print("|---|---|---|---|---|---|")
    for name, figure in figures.items():
        print(
            f"| {name} | {figure.wall:.2f} | {figure.cpu:.2f} | {figure.peak:.0f} "
            f"| {figure.wall / figures[base].wall:.2f} | {figure.cpu / figures[base].cpu:.2f} |"
        )


def dense_part(rounds: int) -> list[str]:
    """Measure the dense tree; return the goals that are missed."""
    figures = compare(tree_of(LITELLM), COMMANDS, rounds)
    report("litellm 1.109.1 (dense)", figures, "ast-grep -U")
    return missed(figures, "dense")


def sparse_part(rounds: int) -> list[str]:
    """Measure the sparse tree."""
    figures = compare(tree_of(PULUMI_AWS), COMMANDS, rounds)
    report("pulumi-aws 7.51.1 (sparse)", figures, "floor")
    near = figures["ours, 2 processes"].wall <= 3 * figures["floor"].wall
    return missed(figures, "sparse") + ([] if near else ["sparse: within 3x of the floor"])


def small_part(rounds: int) -> list[str]:
    """Measure a tree of the size of a usual application."""
    figures = compare(small_tree(BUILD / "bench" / "small"), COMMANDS, rounds)
    report("376 files, 91 to change", figures, "ast-grep -U")
    near = figures["ours, 2 processes"].wall <= 1.2 * figures["ast-grep -U"].wall
    return [] if near else ["small: within 1.2x of ast-grep"]


def tool_part(_rounds: int) -> list[str]:
    """Measure LibCST's own runner, once: it is slow."""
    part = sample(tree_of(LITELLM), BUILD / "bench" / "sample")
    figures = compare(part, {"ours, 2 processes": ours(2), "libcst.tool": libcst_tool}, 1)
    report("every twentieth file of litellm", figures, "ours, 2 processes")
    fast = 10 * figures["ours, 2 processes"].wall <= figures["libcst.tool"].wall
    return [] if fast else ["10x faster than libcst.tool"]


PARTS = {"dense": dense_part, "sparse": sparse_part, "small": small_part, "tool": tool_part}


def missed(figures: dict[str, Figure], tree: str) -> list[str]:
    """Return the goals common to both trees that these figures miss."""
    goals = {
        f"{tree}: no slower than ast-grep": figures["ours, 2 processes"].wall
        <= figures["ast-grep -U"].wall,
        f"{tree}: under 200 MB a process": max(
            figure.peak for name, figure in figures.items() if "ours" in name
        )
        < 200,
    }
    return [goal for goal, is_met in goals.items() if not is_met]


def tree_of(release: Release) -> Path:
    folder = BUILD / "bench" / release.wheel.partition("-")[0]
    return unpack(release, folder)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--part", action="append", choices=PARTS, help="measure this alone")
    options.add_argument("--check", action="store_true", help="exit 1 if a goal is missed")
    chosen = options.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    misses = [goal for part in chosen.part or PARTS for goal in PARTS[part](chosen.rounds)]
    print("\n" + ("missed: " + "; ".join(misses) if misses else "every goal is met"))
    sys.exit(1 if misses and chosen.check else 0)


if __name__ == "__main__":
    main()
