"""What a project of many entities costs, per entity, from 100 to 1,000 of them.

    python benchmarks/scale.py [--entities 100 300 1000] [--apply 100] [--check]

Every entity has a table, a stream, a task, a search service, a semantic view, a foreign key and
three grants. Each step is a command in a process of its own: processor seconds and peak memory of
that process, without the server's. `--apply` are the sizes that are also applied to a local stack,
captured from it, and planned against it: `server` is what its server took meanwhile. Other sizes
are planned offline, against an empty account and against one that has everything.

The page is opened in headless Chromium, if there is one: milliseconds to the load event and to the
end of the layout after it, how long a search takes, and what it finds.

`--check` exits 1 where the largest size takes more than 1.3 times the processor time per entity of
the smallest, or the page takes 3 s.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hushflake.deploy.applied import Applied
from hushflake.local.server.process import lifecycle
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.project import Project
from hushflake.schema.state import State

MOST_GROWTH, MOST_PAGE_MS = 1.3, 3_000
COMMAND = shutil.which("hushflake", path=str(Path(sys.executable).parent)) or "hushflake"
BASE = """\
- {kind: schema, name: KB}
- {kind: warehouse, name: WH, size: XSMALL, auto_suspend: 60}
- {kind: role, name: READER}
- {kind: role, name: RUNNER}
- {kind: grant, to: READER, privileges: [USAGE], on: {database: "${database}"}}
- {kind: grant, to: READER, privileges: [USAGE], on: {schema: KB}}
"""
ENTITY = """\
entity: E{n:05}
schema: KB
description: Things of sort {n}
key: [id]
fields:
  id: {{type: string(64), required: true, description: Stable id}}
  name: {{type: string(256), description: Name of the thing}}
  status: {{type: string(32), description: Where it stands}}
  amount: {{type: "number(14,2)", description: Worth in US dollars}}
  started_on: {{type: date, description: First day}}
  parent_id: {{type: string(64), references: E{parent:05}.id, description: What it belongs to}}
  summary: {{type: string(8000), description: What it is about}}
title: name
embedding: {{text: "{{name}}. {{summary}}", max_characters: 2048, when: triggered}}
search: {{warehouse: WH, target_lag: 1 hour, attributes: [status]}}
semantic:
  dimensions: [id, name, status, started_on, parent_id]
  facts: [amount]
  metrics: {{total: SUM(E{n:05}.AMOUNT)}}
"""
GRANTS = """\
- {{kind: grant, to: READER, privileges: [SELECT], on: {{table: KB.E{n:05}}}}}
- {{kind: grant, to: READER, privileges: [USAGE], on: {{cortex_search_service: KB.E{n:05}_SEARCH}}}}
- kind: grant
  to: READER
  privileges: [REFERENCES, SELECT]
  on: {{semantic_view: KB.E{n:05}_SEMANTIC}}
"""
PROBE = """\
<script>addEventListener("load", () => {
  const laid_out = () => document.body.getBoundingClientRect() && performance.now();
  const load_ms = performance.now(), shown_ms = laid_out();
  const input = document.querySelector("input[type=search]");
  input.value = "e00042_search"; input.dispatchEvent(new Event("input"));
  const search_ms = laid_out() - shown_ms;
  const rows = [...document.querySelectorAll("#table tbody tr")];
  const seen = { load_ms, shown_ms, search_ms, found: rows.filter((row) => !row.hidden).length,
    elements: document.querySelectorAll("*").length };
  for (const key in seen) seen[key] = Math.round(seen[key]);
  document.body.insertAdjacentHTML("beforeend", `<pre id=probe>${JSON.stringify(seen)}</pre>`);
});</script></body>"""


class Figures(NamedTuple):
    """Of one process: processor seconds, peak memory in MB; processor seconds of the server."""

    cpu: float
    peak: float
    server: float = 0.0


def write_project(root: Path, entities: int) -> Project:
    """Write a project of so many entities."""
    for folder in ("objects", "entities", "stacks"):
        (root / folder).mkdir(parents=True)
    (root / "hushflake.yaml").write_text("project: scale\n", encoding="utf-8")
    stack = "connection: local\ndatabase: SCALE\nedition: enterprise\naccount_admin: true\n"
    (root / "stacks" / "local.yaml").write_text(stack, encoding="utf-8")
    numbers = range(entities)
    grants = "".join(GRANTS.format(n=n) for n in numbers)
    (root / "objects" / "all.yaml").write_text(BASE + grants, encoding="utf-8")
    for n in numbers:
        text = ENTITY.format(n=n, parent=n // 2)
        (root / "entities" / f"e{n:05}.yaml").write_text(text, encoding="utf-8")
    return Project("scale", root, root / ".hushflake")


def run(root: Path, *words: str, server: int | None = None) -> Figures:
    """Run a command; it must succeed."""
    before = spent(server)
    log = root / "command.log"
    with log.open("wb") as output:
        both = [(os.POSIX_SPAWN_DUP2, output.fileno(), number) for number in (1, 2)]
        command = [COMMAND, *words, "--project", str(root)]
        pid = os.posix_spawn(COMMAND, command, os.environ, file_actions=both)
        _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(log.read_text(encoding="utf-8", errors="replace")[-2000:])
    took = usage.ru_utime + usage.ru_stime
    return Figures(took, usage.ru_maxrss / 1024, spent(server) - before)


def spent(process: int | None) -> float:
    """Processor seconds of a running process."""
    if process is None:
        return 0.0
    values = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


def offline(root: Path, project: Project) -> Iterator[tuple[str, Figures]]:
    """The steps that need no account."""
    yield "validate", run(root, "schema", "validate")
    yield "render", run(root, "schema", "render", "--out", str(root / "all.sql"))
    yield "docs", run(root, "schema", "docs", "--out", str(root / "page.html"))
    desired = compile_stack(project, load_stack(project, "local"))
    applied = Applied(desired.state("SCALE"), frozenset(desired.resources))
    empty, full = root / "empty.json", root / "full.json"
    empty.write_text(json.dumps(State("SCALE").to_plain()), encoding="utf-8")
    document = {**desired.state("SCALE").to_plain(), "applied": applied.to_plain()}
    full.write_text(json.dumps(document), encoding="utf-8")
    yield "plan, empty account", run(root, "plan", "--against", str(empty))
    printed = (root / "command.log").read_text(encoding="utf-8")
    print(f"  the plan has {printed.count(chr(10)):,} lines", flush=True)
    yield "plan, nothing to do", run(root, "plan", "--against", str(full), "--exit-code")


def online(root: Path) -> Iterator[tuple[str, Figures]]:
    """Apply to a local stack, and plan against it."""
    server = lifecycle.ensure_running(root / ".hushflake").pid
    try:
        yield "local: plan", run(root, "plan", server=server)
        began = time.perf_counter()
        yield "local: apply", run(root, "apply", "--yes", server=server)
        print(f"  applied in {time.perf_counter() - began:.0f} s of wall time", flush=True)
        yield "local: plan, nothing to do", run(root, "plan", "--exit-code", server=server)
        yield "local: capture", run(root, "capture", str(root / "live.json"), server=server)
        live = ("plan", "--against", str(root / "live.json"), "--exit-code")
        yield "local: plan against the capture", run(root, *live)
    finally:
        lifecycle.stop(root / ".hushflake")


def opened(root: Path) -> Mapping[str, int] | None:
    """Open the page and search in it; None without a browser."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        return None
    text = (root / "page.html").read_text(encoding="utf-8")
    page = root / "probed.html"
    page.write_text(text.replace("</body>", PROBE), encoding="utf-8")
    command = [
        *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"),
        *("--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom"),
        *(f"--user-data-dir={root / 'profile'}", page.as_uri()),
    ]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom)
    if found is None:
        raise RuntimeError(f"the page says nothing: {dom[-500:]}")
    seen: dict[str, int] = json.loads(found[1])
    return {"size_kb": len(text.encode()) // 1024, **seen}


def measure(folder: Path, entities: int, *, apply: bool) -> tuple[dict[str, Figures], int | None]:
    """Print and return the figures of a size, and when the page had loaded (ms)."""
    root = folder / f"of{entities}"
    project = write_project(root, entities)
    found: dict[str, Figures] = {}
    for step, figures in chain(offline(root, project), online(root) if apply else ()):
        found[step] = figures
        print(
            f"{entities:5} entities  {step:32} {figures.cpu:7.2f} s "
            f"{1000 * figures.cpu / entities:7.2f} ms each  peak {figures.peak:5.0f} MB"
            + (f"  server {figures.server:6.1f} s" if figures.server else ""),
            flush=True,
        )
    page = opened(root)
    print(f"  the page: {json.dumps(page)}", flush=True)
    return found, page["shown_ms"] if page else None


def missed(sizes: Sequence[int], found: Sequence[Mapping[str, Figures]]) -> Iterator[str]:
    """Print how the figures per entity grow, and yield what grows too much."""
    for step in found[0].keys() & found[-1].keys():
        first, last = found[0][step], found[-1][step]
        growth = (last.cpu / sizes[-1]) / (first.cpu / sizes[0])
        print(f"{step}: {growth:.2f} times the processor time per entity", flush=True)
        if growth > MOST_GROWTH:
            yield f"{step} takes {growth:.2f} times the time per entity: at most {MOST_GROWTH}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--entities", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--apply", type=int, nargs="*", default=[100])
    parser.add_argument("--check", action="store_true", help="exit 1 where a claim is missed")
    options = parser.parse_args()
    found, loaded = [], None
    with TemporaryDirectory() as folder:
        for size in options.entities:
            figures, loaded = measure(Path(folder), size, apply=size in options.apply)
            found.append(figures)
    late = list(missed(options.entities, found))
    if loaded is not None and loaded > MOST_PAGE_MS:
        late.append(f"the page takes {loaded} ms: at most {MOST_PAGE_MS}")
    for line in late:
        print(line, file=sys.stderr)
    return 1 if late and options.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
