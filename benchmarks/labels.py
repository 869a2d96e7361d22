"""Precision and recall of the secret rules on labelled lines of real releases, beside peers.

    pip install 'hushflake[bench]' && python benchmarks/labels.py

`labels/*.tsv` name a release, a file, a line and what a person judged it to be; they hold no
source. The lines are a sample of those that any of four pointed at: ours, bandit B105-B107, ruff
S105-S107, and a search for mixed literals beside a secret word. `seen` was there while tuning.
`first_look` was judged before it was looked at with our rules, and then learnt from; `unseen`
came after all. bandit takes minutes on such trees.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from releases import BUILD, Release, unpack

HERE = Path(__file__).resolve().parent
LABELS = HERE / "labels"
BIN = Path(sys.executable).parent
Line = tuple[str, str, int]


def main() -> None:
    with (LABELS / "releases.tsv").open(encoding="utf-8", newline="") as stream:
        releases = {row[0]: Release(*row[1:]) for row in csv.reader(stream, delimiter="\t")}
    for part in ("seen", "first_look", "unseen"):
        labels = read(part)
        folders = {
            name: unpack(releases[name], BUILD / "labels" / name)
            for name in sorted({line[0] for line in labels})
        }
        wanted = sum(labels.values())
        print(f"{part}: {len(labels)} lines, {wanted} of them credentials")
        for tool, find in (("hushflake", ours), ("bandit", bandit), ("ruff", ruff)):
            found = {line for name, folder in folders.items() for line in find(name, folder)}
            print(f"  {tool:10} {score(labels, found)}")


def read(part: str) -> dict[Line, bool]:
    """Return whether each labelled line holds a credential."""
    with (LABELS / f"{part}.tsv").open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t")
        return {(name, path, int(line)): label == "credential" for name, path, line, label in rows}


def score(labels: dict[Line, bool], found: set[Line]) -> str:
    true = sum(is_one and line in found for line, is_one in labels.items())
    false = sum(not is_one and line in found for line, is_one in labels.items())
    recall, precision = true / sum(labels.values()), true / max(1, true + false)
    return f"recall {recall:.2f}  precision {precision:.2f}  ({true} found, {false} wrong)"


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def lines(name: str, folder: Path, places: Iterable[tuple[str, int]]) -> set[Line]:
    return {
        (name, Path(path).resolve().relative_to(folder).as_posix(), line) for path, line in places
    }


def ours(name: str, folder: Path) -> set[Line]:
    told = run(str(BIN / "hushflake"), "check", str(folder), "--select", "HSF3",
               "--format", "json", "--no-cache", "--no-ignore")  # fmt: skip
    findings = json.loads(told)["findings"]
    return lines(name, folder, ((each["path"], each["line"]) for each in findings))


def bandit(name: str, folder: Path) -> set[Line]:
    told = run(str(BIN / "bandit"), "-q", "-r", str(folder), "-t", "B105,B106,B107", "-f", "json")
    findings = json.loads(told)["results"]
    return lines(name, folder, ((each["filename"], each["line_number"]) for each in findings))


def ruff(name: str, folder: Path) -> set[Line]:
    told = run(str(BIN / "ruff"), "check", "--isolated", "--no-cache", "--no-respect-gitignore",
               "--select", "S105,S106,S107", "--output-format", "json", str(folder))  # fmt: skip
    findings = json.loads(told)
    return lines(name, folder, ((each["filename"], each["location"]["row"]) for each in findings))


if __name__ == "__main__":
    main()
