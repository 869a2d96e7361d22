"""How fast definitions become statements, beside two peers on the same estate in the same run.

    python benchmarks/compile.py [--tables 1000 10000] [--runs 3] [--peers PYTHON]

The estate: tables of twelve columns, each with a stream, a task and a view. Ours is measured from
the command line: validate, compile and render to a file. SnowDDL runs `validate`, which parses and
resolves nothing; snowcap reads YAML, plans against an empty account and makes its SQL, driven in
process because its own command connects first. Both get a VARIANT where ours has a VECTOR.

`--peers` is a Python that has snowddl and snowcap (their pins differ from ours):

    python -m venv build/peers && build/peers/bin/pip install snowddl==0.70.1 snowcap==1.0.33

Each figure is of a process of its own; CPU seconds are the ones to compare, wall times are noisy.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

COLUMNS = 12
SNOWCAP = """
import sys
from snowcap import blueprint as b
from snowcap.enums import AccountEdition
from snowcap.gitops import collect_blueprint_config, collect_configs_from_path, merge_configs
from snowcap.resource_name import ResourceName
config = {}
for _, part in collect_configs_from_path(sys.argv[1]):
    config = merge_configs(config, part)
session = {
    "account_edition": AccountEdition.ENTERPRISE, "account_grant_map": {}, "account_locator": "X",
    "account": "X", "available_roles": [ResourceName("SYSADMIN")], "cloud_region": "r",
    "cloud": "c",
    "database": None, "role": ResourceName("SYSADMIN"), "schemas": [], "secondary_roles": [],
    "user": "U", "version": "1", "warehouse": None, "organization": "O", "tag_support": True,
    "current_user_grants": [], "role_privileges": {}, "tags": [],
}
made = b.Blueprint.from_config(collect_blueprint_config(config, {}))
manifest = made.generate_manifest(session)
there = {urn: {} for urn in manifest.urns if type(manifest[urn]).__name__ == "ResourcePointer"}
plan = b.diff(there, manifest)
commands, _ = b.compile_plan_to_sql(session, plan)
print(len(commands))
"""


class Figures(NamedTuple):
    """Of one process: wall and CPU seconds, peak memory in MB."""

    wall: float
    cpu: float
    peak: float


def measure(command: Sequence[str], cwd: Path) -> Figures:
    """Run a program and say what it took; it must succeed."""
    started = time.perf_counter()
    log = cwd / "peer.log"
    with log.open("wb") as output:
        pid = os.posix_spawn(
            command[0],
            list(command),
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, output.fileno(), 2),
            ],
        )
        _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(log.read_text(encoding="utf-8", errors="replace")[-2000:])
    return Figures(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def write_ours(root: Path, tables: int) -> None:
    for folder in ("objects", "stacks"):
        (root / folder).mkdir(parents=True)
    (root / "hushflake.yaml").write_text("project: bench\n", encoding="utf-8")
    (root / "stacks" / "local.yaml").write_text("database: DB\n", encoding="utf-8")
    base = "- {kind: schema, name: S}\n- {kind: warehouse, name: WH}\n"
    (root / "objects" / "base.yaml").write_text(base, encoding="utf-8")
    columns = "".join(
        f"    - {{name: c{n}, type: string(64), comment: Column {n}}}\n" for n in range(COLUMNS - 1)
    )
    for start in range(0, tables, 100):
        text = "".join(
            f"- kind: table\n  name: S.T{n}\n  columns:\n{columns}"
            "    - {name: v, type: vector(768)}\n"
            "  primary_key: [c0]\n  change_tracking: true\n"
            f"- {{kind: stream, name: S.ST{n}, on: {{table: T{n}}}}}\n"
            f"- kind: task\n  name: S.TK{n}\n  warehouse: WH\n"
            f"  when: SYSTEM$STREAM_HAS_DATA('DB.S.ST{n}')\n"
            f"  definition: INSERT INTO DB.S.T{n} SELECT * FROM DB.S.ST{n}\n"
            f"- {{kind: view, name: S.V{n}, query: 'SELECT c0, c1 FROM S.T{n}'}}\n"
            for n in range(start, min(start + 100, tables))
        )
        (root / "objects" / f"t{start:05}.yaml").write_text(text, encoding="utf-8")


def write_snowddl(root: Path, tables: int) -> None:
    schema = root / "db" / "s"
    for kind in ("table", "stream", "task", "view"):
        (schema / kind).mkdir(parents=True)
    (root / "warehouse.yaml").write_text("wh:\n  size: XSMALL\n", encoding="utf-8")
    (root / "db" / "params.yaml").write_text("comment: db\n", encoding="utf-8")
    (schema / "params.yaml").write_text("comment: s\n", encoding="utf-8")
    columns = "".join(
        f"  c{n}:\n    type: VARCHAR(64)\n    comment: Column {n}\n" for n in range(COLUMNS - 1)
    )
    for n in range(tables):
        table = (
            f"columns:\n{columns}  v:\n    type: VARIANT\n"
            "primary_key: [c0]\nchange_tracking: true\n"
        )
        (schema / "table" / f"t{n}.yaml").write_text(table, encoding="utf-8")
        stream = f"object_type: TABLE\nobject_name: t{n}\n"
        (schema / "stream" / f"st{n}.yaml").write_text(stream, encoding="utf-8")
        task = (
            f"body: INSERT INTO t{n} SELECT * FROM st{n}\nwarehouse: wh\n"
            f"when: SYSTEM$STREAM_HAS_DATA('st{n}')\nschedule: 5 MINUTE\n"
        )
        (schema / "task" / f"tk{n}.yaml").write_text(task, encoding="utf-8")
        view = f"text: SELECT c0, c1 FROM t{n}\n"
        (schema / "view" / f"v{n}.yaml").write_text(view, encoding="utf-8")


def write_snowcap(root: Path, tables: int) -> None:
    root.mkdir(parents=True)
    base = (
        "databases:\n  - name: DB\nschemas:\n  - {name: S, database: DB}\n"
        "warehouses:\n  - {name: WH}\n"
    )
    (root / "base.yaml").write_text(base, encoding="utf-8")
    columns = "".join(
        f"      - {{name: c{n}, data_type: VARCHAR(64), comment: Column {n}}}\n"
        for n in range(COLUMNS - 1)
    )
    for start in range(0, tables, 100):
        numbers = range(start, min(start + 100, tables))
        place = "    database: DB\n    schema: S\n"
        text = "tables:\n" + "".join(
            f"  - name: T{n}\n{place}    change_tracking: true\n    columns:\n{columns}"
            "      - {name: v, data_type: VARIANT}\n"
            for n in numbers
        )
        text += "streams:\n" + "".join(
            f"  - name: ST{n}\n{place}    on_table: DB.S.T{n}\n" for n in numbers
        )
        text += "tasks:\n" + "".join(
            f"  - name: TK{n}\n{place}    warehouse: WH\n    schedule: 5 MINUTE\n"
            f"    as_: INSERT INTO DB.S.T{n} SELECT * FROM DB.S.ST{n}\n"
            for n in numbers
        )
        text += "views:\n" + "".join(
            f"  - name: V{n}\n{place}    as_: SELECT c0, c1 FROM DB.S.T{n}\n" for n in numbers
        )
        (root / f"t{start:05}.yaml").write_text(text, encoding="utf-8")


def best(run: Callable[[], Figures], runs: int) -> Figures:
    """The run that took the least CPU: what disturbs only adds."""
    return min((run() for _ in range(runs)), key=lambda figures: figures.cpu)


def show(name: str, tables: int, figures: Figures, ours: Figures | None = None) -> None:
    ratio = f"{figures.cpu / ours.cpu:6.1f}x" if ours else "      "
    print(
        f"{name:22} {tables:6} tables  wall {figures.wall:7.2f} s  CPU {figures.cpu:7.2f} s {ratio}"
        f"  peak {figures.peak:5.0f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tables", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="a Python with snowddl and snowcap")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        found = [compare(Path(folder), tables, options) for tables in options.tables]
    if len(found) > 1:
        growth = found[-1].cpu / found[0].cpu
        times = options.tables[-1] / options.tables[0]
        print(f"{times:g} times the tables take {growth:.1f} times the CPU time")


def compare(folder: Path, tables: int, options: argparse.Namespace) -> Figures:
    root = folder / "estate"
    write_ours(root / "ours", tables)
    hushflake = shutil.which("hushflake", path=str(Path(sys.executable).parent)) or "hushflake"
    command = [
        hushflake,
        "schema",
        "render",
        "--project",
        str(root / "ours"),
        "--out",
        str(folder / "out.sql"),
    ]
    ours = best(lambda: measure(command, folder), options.runs)
    show("hushflake", tables, ours)
    if options.peers and tables == options.tables[0]:
        write_snowcap(root / "snowcap", tables)
        script = folder / "drive_snowcap.py"
        script.write_text(SNOWCAP, encoding="utf-8")
        cap = [str(options.peers), str(script), str(root / "snowcap")]
        show("snowcap 1.0.33", tables, best(lambda: measure(cap, folder), 1), ours)
        write_snowddl(root / "snowddl", tables)
        program = str(options.peers.parent / "snowddl")
        # It asks for these, and connects to nothing.
        ddl = [program, "-c", str(root / "snowddl"), "-a", "x", "-u", "x", "-p", "x", "validate"]
        show("SnowDDL 0.70.1 validate", tables, best(lambda: measure(ddl, folder), 1), ours)
    shutil.rmtree(root)
    return ours


if __name__ == "__main__":
    main()
