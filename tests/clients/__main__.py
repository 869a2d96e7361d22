"""Run the suites of clients: `python -m tests.clients [NAME …]`.

What became of them goes to `build/clients`; `--page` writes the table of docs/local-stack.md from
there.
"""

import argparse
import sys

from .page import write_page
from .running import RESULTS, run
from .suite import all_suites


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.clients")
    parser.add_argument("names", nargs="*", help="default: all that are declared")
    parser.add_argument("--page", action="store_true", help="write the table of the results")
    given = parser.parse_args()
    if given.page:
        write_page(RESULTS)
        return 0
    suites = all_suites()
    code = 0
    for name in given.names or suites:
        result = run(suites[name])
        print(
            f"{name}: {result.passed} of {result.ran} pass, {result.skipped} skipped, "
            f"{result.seconds:.0f} s",
            flush=True,
        )
        for line in (*result.problems, *result.notes):
            print(f"  {line}", flush=True)
        code = code or bool(result.problems)
    return code


if __name__ == "__main__":
    sys.exit(main())
