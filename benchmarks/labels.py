"""Precision and recall of the secret rules on labelled lines of real releases, beside peers.

    pip install 'hushflake[bench]' && python benchmarks/labels.py

`labels/*.tsv` name a release, a file, a line and what a person judged it to be, by the rules in
`labels/README.md`, which also says how the lines were drawn. The parts were labelled one after
the other, each blind to who had pointed at a line, and each was learnt from after its figures
were taken, `unseen` apart. bandit takes minutes on such trees; `--ours` leaves the peers out, and
names of parts leave out the others.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from releases import BUILD, Release, unpack

from hushflake.lint_plugin.settings import Policy, Settings

POLICY = Policy(Settings())
HERE = Path(__file__).resolve().parent
LABELS = HERE / "labels"
BIN = Path(sys.executable).parent
Line = tuple[str, str, int]
PARTS = (
    *("seen", "first_look", "second_look", "third_look", "fourth_look", "fifth_look", "sixth_look"),
    *("unseen", "outside_tests", "outside_tests_second", "outside_tests_third"),
)


def main() -> None:
    with (LABELS / "releases.tsv").open(encoding="utf-8", newline="") as stream:
        releases = {row[0]: Release(*row[1:]) for row in csv.reader(stream, delimiter="\t")}
    tools = {"hushflake": ours, "bandit": bandit, "ruff": ruff}
    if "--ours" in sys.argv:
        tools = {"hushflake": ours}
    asked = [part for part in PARTS if part in sys.argv]
    for part in asked or PARTS:
        labels, weights = read(part), drawn(part)
        folders = {
            name: unpack(releases[name], BUILD / "labels" / name)
            for name in sorted({line[0] for line in labels})
        }
        wanted = sum(labels.values())
        # In test files a finding is a note, which fails nothing.
        outside = {line: is_one for line, is_one in labels.items() if not POLICY.is_test(line[1])}
        print(f"{part}: {len(labels)} lines, {wanted} of them credentials")
        for tool, find in tools.items():
            found = {line for name, folder in folders.items() for line in find(name, folder)}
            print(f"  {tool:10} {score(labels, found)}")
            print(f"  {'':10} {score(outside, found)}, outside test files")
            if weights:
                print(f"  {'':10} {estimate(labels, found, weights)} of all lines drawn from")


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


def score(labels: dict[Line, bool], found: set[Line]) -> str:
    true = sum(is_one and line in found for line, is_one in labels.items())
    false = sum(not is_one and line in found for line, is_one in labels.items())
    recall, precision = true / max(1, sum(labels.values())), true / max(1, true + false)
    return f"recall {recall:.2f}  precision {precision:.2f}  ({true} found, {false} wrong)"


def estimate(labels: dict[Line, bool], found: set[Line], weights: dict[Line, float]) -> str:
    """Return the figures with each line counted for as many as it was drawn from."""
    wanted = sum(weights[line] for line, is_one in labels.items() if is_one)
    true = sum(weights[line] for line, is_one in labels.items() if is_one and line in found)
    false = sum(weights[line] for line, is_one in labels.items() if not is_one and line in found)
    precision = true / max(1, true + false)
    return f"recall {true / max(1, wanted):.2f}  precision {precision:.2f}  (estimated)"


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def lines(name: str, folder: Path, places: Iterable[tuple[str, int, int]]) -> set[Line]:
    """Return all lines of places: path, first line, last line."""
    return {
        (name, Path(path).resolve().relative_to(folder).as_posix(), line)
        for path, first, last in places
        for line in range(first, last + 1)
    }


def ours(name: str, folder: Path) -> set[Line]:
    told = run(str(BIN / "hushflake"), "check", str(folder), "--select", "HSF3",
               "--format", "json", "--no-cache", "--no-ignore")  # fmt: skip
    found = json.loads(told)["findings"]
    return lines(name, folder, ((each["path"], each["line"], each["end_line"]) for each in found))


def bandit(name: str, folder: Path) -> set[Line]:
    told = run(str(BIN / "bandit"), "-q", "-r", str(folder), "-t", "B105,B106,B107", "-f", "json")
    found = json.loads(told)["results"]
    places = ((each["filename"], each["line_number"], each["line_range"][-1]) for each in found)
    return lines(name, folder, places)


def ruff(name: str, folder: Path) -> set[Line]:
    told = run(str(BIN / "ruff"), "check", "--isolated", "--no-cache", "--no-respect-gitignore",
               "--select", "S105,S106,S107", "--output-format", "json", str(folder))  # fmt: skip
    found = json.loads(told)
    places = (
        (each["filename"], each["location"]["row"], each["end_location"]["row"]) for each in found
    )
    return lines(name, folder, places)


if __name__ == "__main__":
    main()
