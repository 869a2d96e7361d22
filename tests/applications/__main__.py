"""Migrate applications: `python -m tests.applications [NAME …]`, with APPS for the checkouts.

It lays each one out below build/applications, installs it, and then tries the migration without
any network. What became of it goes to build/applications/results; `--page` writes the table of
docs/applications.md from there.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from .application import all_applications
from .page import write_page
from .place import BUILD, ROOT, Missing, Place
from .running import alone, raise_loopback

RESULTS = BUILD / "results"


def prepare(name: str) -> Place:
    """Lay out and install an application."""
    given = os.environ.get("APPS", "")
    checkouts = Path(given).absolute() if given else None
    place = Place(all_applications()[name])
    place.lay(checkouts)
    place.install(checkouts)
    return place


def measure(name: str) -> int:
    """Migrate an application that is laid out, and print what is wrong."""
    from .migrating import Trial  # needs the fakes, which the process apart is given

    raise_loopback()
    result = Trial(Place(all_applications()[name])).run()
    result.write(RESULTS / f"{name}.json")
    print(f"{name}: {result.rewritten} reads, tests {result.before} -> {result.after}")
    for problem in result.problems:
        print(f"  {problem}")
    return 1 if result.problems else 0


def apart(name: str) -> "subprocess.CompletedProcess[str]":
    """Migrate an application that is laid out, in a process without network."""
    return subprocess.run(
        [*alone(), sys.executable, "-m", "tests.applications", "--measure", name],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "fakes")},
        capture_output=True,
        text=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.applications")
    parser.add_argument("names", nargs="*", help="default: all that are declared")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--page", action="store_true", help="write the table of the results")
    given = parser.parse_args()
    if given.measure:
        return measure(given.names[0])
    if given.page:
        write_page(RESULTS)
        return 0
    code = 0
    for name in given.names or all_applications():
        try:
            prepare(name)
        except Missing as missing:
            print(f"{name}: skipped: {missing}", flush=True)
            continue
        done = apart(name)
        print(f"{done.stdout}{done.stderr}", end="", flush=True)
        code = max(code, done.returncode)
    return code


if __name__ == "__main__":
    sys.exit(main())
