"""What the sync costs: requests for a change, lag at Notion's rate, memory.

    python benchmarks/sync.py [--pages 10000] [--changes 100] [--check]

A local stack and a stand-in for Notion on this machine, spoken to through the real connector and
the real client. Notion's limit of 3 requests a second is kept on a clock that only counts, so the
lag is what an account at that rate would see; the wall clock is this machine's. `--check` exits 1
when a change takes 5 minutes or more to get across, or more than 3 requests.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "fakes"))
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

from sync_place import Place, place, write_project, write_stack  # noqa: E402 - found above

from hushflake.cli.main import main as hushflake  # noqa: E402
from hushflake.local.server.process.lifecycle import stop  # noqa: E402
from hushflake.sync.cycle import Sync  # noqa: E402

LAG = 300.0
MOST_REQUESTS = 3.0
TEXT = "A sentence of some sixty characters that stands for a note. " * 4


def memory() -> float:
    """Most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def applied(folder: Path) -> Path:
    write_project(folder)
    write_stack(folder, {"TEAMS": "0" * 32, "ITEMS": "1" * 32})
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert hushflake(["apply", "--stack", "local"]) == 0
    finally:
        os.chdir(before)
        stop(folder / ".hushflake")
    return folder


class Measure:
    """One sync, and what its cycles took."""

    def __init__(self, here: Place, sync: Sync) -> None:
        self.here = here
        self.sync = sync
        self.clock = sync.source.api.patience.clock

    def until_idle(self, name: str, changes: int) -> tuple[float, float]:
        """Run cycles until one has nothing to do; return requests a change and the lag."""
        began, wall, requests = self.clock.monotonic(), time.perf_counter(), 0
        lag = 0.0
        while True:
            report = self.sync.cycle()
            assert not report.failed, report.plain()
            if report.idle:
                break
            requests += report.requests
            lag = self.clock.monotonic() - began
        per_change = requests / changes
        print(
            f"{name:42} {requests:7} requests  {per_change:5.2f} a change  {lag:7.0f} s at 3/s  "
            f"{time.perf_counter() - wall:6.1f} s here  {memory():5.0f} MB"
        )
        return per_change, lag


def run(here: Place, pages: int, changes: int) -> list[str]:
    print(f"{'start':42} {memory():5.0f} MB")
    for start in range(1, pages + 1, 2000):
        numbers = list(range(start, min(start + 2000, pages + 1)))
        here.sql(
            "INSERT INTO CORE.ITEMS (ITEM_ID, NAME, NOTES, AMOUNT, STAGE) "
            "SELECT 'i' || VALUE::VARCHAR, 'Item ' || VALUE::VARCHAR, ?, VALUE::NUMBER, 'new' "
            "FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))",
            TEXT,
            json.dumps(numbers),
        )
    broken = []
    with here.sync("ITEMS", patience={"rate": 3.0}) as sync:
        measure = Measure(here, sync)
        first, _ = measure.until_idle(f"{pages} rows, first sync", pages)
        print(f"{'floor: one request a page':42} {first:5.2f} x")
        here.workspace.advance(3600)
        sync.cycle()
        before = memory()
        half = changes // 2
        here.sql("UPDATE CORE.ITEMS SET NOTES = 'changed here' WHERE AMOUNT <= ?", half)
        ids = {
            here.workspace.values(p.id)["sync_id"]: p.id
            for p in here.workspace.live(here.sources["ITEMS"])
        }
        for number in range(half + 1, changes + 1):
            here.workspace.edit(ids[f"i{number}"], Notes="changed there")
        per_change, lag = measure.until_idle(f"{changes} changes, half on each side", changes)
        print(f"{'memory that the changes added':42} {memory() - before:5.0f} MB")
        if per_change > MOST_REQUESTS:
            broken.append(f"{per_change:.2f} requests a change")
        if lag >= LAG:
            broken.append(f"a lag of {lag:.0f} s")
        here.workspace.advance(3600)
        sync.cycle()
        report = sync.cycle()
        print(f"{'idle cycle':42} {report.requests:7} requests  warehouse: {report.used_warehouse}")
        if report.used_warehouse:
            broken.append("an idle cycle that wakes the warehouse")
        sync.options.full = True
        began, wall = measure.clock.monotonic(), time.perf_counter()
        report = sync.cycle()
        print(
            f"{'full comparison':42} {report.requests:7} requests  "
            f"{measure.clock.monotonic() - began:7.0f} s at 3/s  "
            f"{time.perf_counter() - wall:6.1f} s here"
        )
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        base = applied(Path(folder) / "base")
        with place(base, Path(folder) / "here") as here:
            broken = run(here, options.pages, options.changes)
    for line in broken:
        print(f"broken: {line}")
    return 1 if options.check and broken else 0


if __name__ == "__main__":
    sys.exit(main())
