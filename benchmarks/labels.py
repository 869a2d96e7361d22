"""Precision and recall of the secret rules on labelled lines of real releases, beside peers.

    pip install 'hushflake[dev]' && python benchmarks/labels.py

`labels/*.tsv` name a release, a file, a line and what a person judged it to be, by the rules in
`labels/README.md`, which also says how the lines were drawn. The parts were labelled one after
the other, each blind to who had pointed at a line, and each was learnt from after its figures
were taken, `unseen` and the newest blind part apart. `--ours` leaves the peers out, and names of
parts leave out the others. The peers get an environment of their own (`scanners.py`).
"""

import csv
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from releases import BUILD, Release, unpack
from scanners import OURS, SCANNERS, Place, prepare

from hushflake.lint_plugin.settings import Policy, Settings

POLICY = Policy(Settings())
LABELS = Path(__file__).resolve().parent / "labels"
Line = tuple[str, str, int]
PARTS = (
    *("seen", "first_look", "second_look", "third_look", "fourth_look", "fifth_look", "sixth_look"),
    *("unseen", "outside_tests", "outside_tests_second", "outside_tests_third", "rehearsal"),
    *("blind", "blind_second"),
)
# How often the releases are drawn anew for an interval, and from which seed.
DRAWS, SEED = 2000, 20261130


def main() -> None:
    lists = ("releases", "blind_releases", "blind_second_releases")
    releases = {name: pin for each in lists for name, pin in releases_of(each).items()}
    tools = OURS if "--ours" in sys.argv else SCANNERS
    if tools is SCANNERS:
        prepare()
    labelled = [part for part in PARTS if (LABELS / f"{part}.tsv").exists()]
    asked = [part for part in labelled if part in sys.argv]
    for part in asked or labelled:
        labels, weights = read(part), drawn(part)
        folder = gather(part, labels, releases)
        labels = {line: is_one for line, is_one in labels.items() if _path(folder, line).exists()}
        # In test files a finding is a note, which fails nothing.
        outside = {line: is_one for line, is_one in labels.items() if not POLICY.is_test(line[1])}
        print(f"{part}: {len(labels)} lines, {sum(labels.values())} of them credentials")
        for tool, find in tools.items():
            found = lines(folder, find(folder))
            print(f"  {tool:14} {score(labels, found)}")
            if len(outside) < len(labels):
                print(f"  {'':14} {score(outside, found)}, outside test files")
            if weights:
                print(f"  {'':14} {estimate(labels, found, weights)}")


def releases_of(name: str) -> dict[str, Release]:
    """Return the pinned releases of a list, by the names that the labels use."""
    with (LABELS / f"{name}.tsv").open(encoding="utf-8", newline="") as stream:
        return {row[0]: Release(*row[1:]) for row in csv.reader(stream, delimiter="\t")}


def folder_of(name: str, release: Release) -> Path | None:
    """Return where a release is unpacked, or nothing where the index has it no more."""
    folder = BUILD / "labels" / name
    if folder.is_dir():
        return folder
    try:
        return unpack(release, folder)
    except subprocess.CalledProcessError:
        print(f"{release.requirement}: not to be had; its lines are left out", file=sys.stderr)
        return None


def gather(part: str, labels: Iterable[Line], releases: dict[str, Release]) -> Path:
    """Copy the files that have labelled lines into a fresh folder, and return it.

    No tool looks at more than a file at a time, and some take minutes for a whole release.
    """
    target = BUILD / "labelled" / part
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in sorted({line[0] for line in labels}):
        folder = folder_of(name, releases[name])
        for path in sorted({line[1] for line in labels if folder and line[0] == name}):
            copy = target / name / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / path, copy)  # type: ignore[operator]
    return target


def _path(folder: Path, line: Line) -> Path:
    return folder / line[0] / line[1]


def read(part: str) -> dict[Line, bool]:
    """Return whether each labelled line holds a credential."""
    with (LABELS / f"{part}.tsv").open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t")
        return {(row[0], row[1], int(row[2])): row[3] == "credential" for row in rows}


def drawn(part: str) -> dict[Line, float]:
    """Return of how many lines each labelled one was drawn, where a part says so."""
    with (LABELS / f"{part}.tsv").open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t")
        return {(row[0], row[1], int(row[2])): float(row[4]) for row in rows if len(row) > 4}


def lines(folder: Path, places: Iterable[Place]) -> set[Line]:
    """Return all lines of places below a folder of releases."""
    found: set[Line] = set()
    for path, first, last in places:
        name, _, rest = Path(path).resolve().relative_to(folder).as_posix().partition("/")
        found.update((name, rest, line) for line in range(first, last + 1))
    return found


class Count(NamedTuple):
    """Weights of the lines that are credentials, that were found, and that were found wrongly."""

    wanted: float
    true: float
    false: float

    @property
    def recall(self) -> float:
        return self.true / self.wanted if self.wanted else 0.0

    @property
    def precision(self) -> float:
        return self.true / (self.true + self.false) if self.true else 0.0


def count(labels: dict[Line, bool], found: set[Line], weights: dict[Line, float]) -> Count:
    wanted = [line for line, is_one in labels.items() if is_one]
    wrong = [line for line, is_one in labels.items() if not is_one and line in found]
    return Count(
        sum(weights.get(line, 1.0) for line in wanted),
        sum(weights.get(line, 1.0) for line in wanted if line in found),
        sum(weights.get(line, 1.0) for line in wrong),
    )


def score(labels: dict[Line, bool], found: set[Line]) -> str:
    of = count(labels, found, {})
    return (
        f"recall {of.recall:.2f}  precision {of.precision:.2f}"
        f"  ({of.true:.0f} found, {of.false:.0f} wrong)"
    )


def estimate(labels: dict[Line, bool], found: set[Line], weights: dict[Line, float]) -> str:
    """Return the figures with each line counted for as many as it was drawn from, and how far they
    go in 95 of 100 draws of as many releases: lines of one release are alike.
    """
    of = count(labels, found, weights)
    by_release: dict[str, dict[Line, bool]] = {}
    for line, is_one in labels.items():
        by_release.setdefault(line[0], {})[line] = is_one
    counts = [count(some, found, weights) for some in by_release.values()]
    chance = random.Random(SEED)
    again = [
        Count(*map(sum, zip(*chance.choices(counts, k=len(counts)), strict=True)))
        for _ in range(DRAWS)
    ]
    return (
        f"recall {of.recall:.2f} {_interval([each.recall for each in again])}"
        f"  precision {of.precision:.2f} {_interval([each.precision for each in again])}"
        " of all lines drawn from"
    )


def _interval(values: list[float]) -> str:
    values = sorted(values)
    low, high = values[int(0.025 * len(values))], values[int(0.975 * len(values))]
    return f"[{low:.2f}, {high:.2f}]"


if __name__ == "__main__":
    main()
