"""What the plugin adds to a run of flake8: pairs of runs, with it and without, in turn.

    pip install 'hushflake[lint]' && python benchmarks/flake8_plugin.py [--rounds N] [--check]

The tree is every fortieth file of litellm: flake8 takes minutes for all of it. In the run without
the plugin flake8 does not find the distribution, which is what it is like where it is not
installed. Compared is CPU time, in one process; the ratio is the median of those of the pairs.
"""

import argparse
import resource
import statistics
import subprocess
import sys

from releases import BUILD, LITELLM, unpack

LIMIT = 1.05
EVERY = 40
# Both runs start alike; in one the distribution is left out of those that flake8 looks through.
START = """
import importlib.metadata, sys
if sys.argv.pop(1) == "without":
    everything = importlib.metadata.distributions
    importlib.metadata.distributions = lambda **given: (
        each for each in everything(**given) if each.metadata["Name"] != "hushflake"
    )
from flake8.main.cli import main
sys.exit(main(sys.argv[1:]))
"""


def cpu_seconds(which: str, files: list[str]) -> tuple[float, int]:
    """Return what a run costs, and how many findings of ours it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", START, which, "--isolated", "--jobs", "1", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, done.stdout.count(" HSF")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--check", action="store_true", help="exit 1 if the claim does not hold")
    options = parser.parse_args()
    folder = unpack(LITELLM, BUILD / "flake8" / "litellm")
    chosen = sorted(folder.rglob("*.py"))[::EVERY]
    size = sum(path.stat().st_size for path in chosen)
    print(f"{len(chosen)} files, {size / 1e6:.1f} MB")
    ratios: list[float] = []
    for at in range(options.rounds):
        pair: dict[str, float] = {}
        # The first of a pair may find the machine colder or warmer: they take turns.
        for which in ("with", "without") if at % 2 else ("without", "with"):
            pair[which], found = cpu_seconds(which, [str(path) for path in chosen])
            assert (found > 0) is (which == "with"), "the plugin is not where it should be"
        ratios.append(pair["with"] / pair["without"])
        print(f"with {pair['with']:6.2f} s  without {pair['without']:6.2f} s  {ratios[-1]:.3f}")
    median = statistics.median(ratios)
    print(f"median {median:.3f}  limit {LIMIT}{'' if median <= LIMIT else '  MISSED'}")
    return int(options.check and median > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
