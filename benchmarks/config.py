"""How much a read of configuration costs, against `os.getenv` in the same process.

    python benchmarks/config.py [--json] [--check] [--seconds N]

Every interpreter that is found (this one, and Python 3.11 to 3.13 on PATH or below pyenv) runs the
same measurements on the sources of this repository. Peer and ours alternate in one run, and the
figure is the ratio of their minima: on a busy machine that is the one that stands still.
`--check` exits 1 where a target is missed.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parent.parent
VERSIONS = ("3.11", "3.12", "3.13")
READS = 2000  # reads in one batch

# What is claimed: name -> the ratio that must not be exceeded, by version where it differs.
TARGETS: dict[str, dict[str, float]] = {
    "snapshot hit": {"3.11": 0.9, "3.12": 1.0, "3.13": 1.0},
    "snapshot miss": dict.fromkeys(VERSIONS, 0.5),
    "live hit": dict.fromkeys(VERSIONS, 1.2),
    "typed attribute": dict.fromkeys(VERSIONS, 2.0),
}
LIMITS = {
    "10,000 sites MB": 20.0,
    "cached read µs": 10.0,  # three orders below the 10 ms that were asked for
}
# Limits for a machine that starts a bare Python in 20 ms; one that is slower or busy gets its
# share more.
TIMES = {"import ms": 30.0, "generated import ms": 10.0, "first value ms": 150.0}
FLOOR = 20.0


# Inside one interpreter


def batches(read: Callable[[str], Any], key: str) -> Callable[[], float]:
    """A function that times one batch of reads: nanoseconds a read, the loop included."""

    def batch() -> float:
        begun = perf_counter()
        for _ in range(READS):
            read(key)
        return (perf_counter() - begun) / READS * 1e9

    return batch


def compare(seconds: float, **reads: Callable[[], float]) -> dict[str, float]:
    """Minimum nanoseconds of each, taken in turns, less the empty loop."""
    best = dict.fromkeys(reads, float("inf"))
    end = perf_counter() + seconds
    while perf_counter() < end:
        for name, batch in reads.items():
            best[name] = min(best[name], batch())
    loop = min(_bare_loop() for _ in range(50))
    return {name: ns - loop for name, ns in best.items()}


def _bare_loop() -> float:
    begun = perf_counter()
    for _ in range(READS):
        pass
    return (perf_counter() - begun) / READS * 1e9


def measure_reads(seconds: float) -> dict[str, Any]:
    """Ratios of our reads to `os.getenv`, in each mode."""
    import hushflake.config as hc

    os.environ["BENCHMARK_KEY"] = "value"
    found: dict[str, Any] = {}
    modes: dict[str, dict[str, Any]] = {
        "snapshot": {"mode": "production"},
        "sites": {"mode": "production", "audit": "sites"},
        "live": {"mode": "development"},
        "unconfigured": {},
    }
    for name, arguments in modes.items():
        if arguments:
            hc.configure(**arguments)
        else:
            hc.unconfigure()
        ns = compare(
            seconds,
            getenv=batches(os.getenv, "BENCHMARK_KEY"),
            hit=batches(hc.get_config_value, "BENCHMARK_KEY"),
            getenv_miss=batches(os.getenv, "BENCHMARK_NOPE"),
            miss=batches(hc.get_config_value, "BENCHMARK_NOPE"),
        )
        counted = {record["key"]: record["count"] for record in hc.audit_snapshot()}
        assert counted["BENCHMARK_KEY"] % READS == 0, "the audit trail was not on"
        found[f"{name} hit"] = round(ns["hit"] / ns["getenv"], 3)
        found[f"{name} miss"] = round(ns["miss"] / ns["getenv_miss"], 3)
        if name == "snapshot":
            found |= {"getenv ns": round(ns["getenv"]), "hit ns": round(ns["hit"])}
            found["cached read µs"] = round(ns["hit"] / 1000, 3)
    hc.unconfigure()
    return found


KEYS = """from __future__ import annotations
from hushflake.config import ConfigKeys, Typed

class Keys(ConfigKeys):
    benchmark_port: Typed[int] = Typed("BENCHMARK_PORT", "int", default=1)
""" + "".join(
    f'    key_{n}: Typed[str] = Typed("KEY_{n}", default="x", description="Number {n}")\n'
    for n in range(99)
)


def measure_typed(seconds: float) -> dict[str, Any]:
    """The ratio of a typed attribute, converted to `int`, to `int(os.getenv(…))`."""
    import hushflake.config as hc

    scope: dict[str, Any] = {}
    exec(KEYS, scope)
    keys = scope["Keys"]()
    os.environ["BENCHMARK_PORT"] = "8000"
    hc.configure(mode="production")
    ns = compare(
        seconds,
        getenv=batches(lambda key: int(os.getenv(key, "")), "BENCHMARK_PORT"),
        typed=batches(lambda _: keys.benchmark_port, ""),
    )
    hc.unconfigure()
    return {"typed attribute": round(ns["typed"] / ns["getenv"], 3)}


def measure_memory() -> dict[str, Any]:
    """Megabytes that 10,000 distinct call sites take."""
    import tracemalloc

    import hushflake.config as hc

    scope: dict[str, Any] = {}
    exec("".join(f"def read_{n}(get): get('BENCHMARK_KEY')\n" for n in range(10_000)), scope)
    hc.configure(mode="production")
    hc.preload()
    tracemalloc.start()
    for number in range(10_000):
        scope[f"read_{number}"](hc.get_config_value)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    hc.unconfigure()
    return {"10,000 sites MB": round(used / 2**20, 2)}


def time_of_children() -> float:
    """Processor time, in seconds, that child processes have taken."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure_import() -> dict[str, Any]:
    """Milliseconds that importing adds to a bare interpreter, and the third parties it brings.

    Processor time of the child, which other processes on the machine do not lengthen.
    """

    program = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    bare: list[float] = []
    ours: list[float] = []
    foreign: set[str] = set()
    for _ in range(9):
        for line, times in (("", bare), ("import hushflake.config; ", ours)):
            begun = time_of_children()
            done = subprocess.run(
                [sys.executable, "-c", line + program],
                capture_output=True,
                text=True,
                check=True,
            )
            times.append(time_of_children() - begun)
            if line:
                foreign = set(done.stdout.split()) - set(sys.stdlib_module_names)
    third = sorted(name for name in foreign if not name.startswith(("hushflake", "_", "__")))
    return {
        "import ms": round((min(ours) - min(bare)) * 1000, 1),
        "third parties": third,
    }


def measure_generated() -> dict[str, Any]:
    """Milliseconds that importing a generated module of 100 keys adds to `hushflake.config`."""
    bare: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "benchmark_keys.py").write_text(KEYS)
        environment = {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{folder}"}
        for _ in range(9):
            for line, times in (("", bare), ("import benchmark_keys", ours)):
                begun = time_of_children()
                command = [sys.executable, "-c", f"import hushflake.config\n{line}"]
                subprocess.run(command, check=True, env=environment)
                times.append(time_of_children() - begun)
    return {"generated import ms": round((min(ours) - min(bare)) * 1000, 1)}


def measure_first_value(url: str, token: str) -> dict[str, Any]:
    """Milliseconds from `configure` to the first value out of ESC, in a fresh interpreter."""
    program = (
        "import time; begun = time.perf_counter()\n"
        "import hushflake.config as hc\n"
        "hc.configure(mode='production', esc='acme/shop/prod')\n"
        "assert hc.get_config_value('FROM_ESC') == 'value'\n"
        "print((time.perf_counter() - begun) * 1000)"
    )
    environment = {**os.environ, "PULUMI_BACKEND_URL": url, "PULUMI_ACCESS_TOKEN": token}
    firsts, bares = [], []
    for _ in range(9):  # in turns, so that a busy machine is as busy for both
        begun = perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bares.append((perf_counter() - begun) * 1000)
        command = [sys.executable, "-c", program]
        firsts.append(float(subprocess.check_output(command, env=environment, text=True)))
    return {
        "bare start ms": round(sorted(bares)[len(bares) // 2], 1),
        "first value ms": round(min(firsts), 1),
    }


def inside(seconds: float) -> None:
    """Measure everything in this interpreter and print it as JSON."""
    found = measure_reads(seconds) | measure_typed(seconds) | measure_memory() | measure_import()
    found |= measure_generated()
    url, token = os.environ.get("BENCHMARK_ESC", ""), os.environ.get("BENCHMARK_TOKEN", "")
    if url:
        found |= measure_first_value(url, token)
    print(json.dumps({"version": f"{sys.version_info[0]}.{sys.version_info[1]}", **found}))


# Over all interpreters


def interpreters() -> Iterator[tuple[str, str]]:
    """(version, program) of each Python that is there and runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in VERSIONS:
        candidates = [
            sys.executable if f"{sys.version_info[0]}.{sys.version_info[1]}" == version else ""
        ]
        candidates.append(shutil.which(f"python{version}") or "")
        candidates += [str(path) for path in sorted(pyenv.glob(f"{version}.*/bin/python"))]
        for candidate in filter(None, candidates):
            probe = subprocess.run(
                [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                capture_output=True,
                text=True,
                check=False,
            )
            if probe.stdout.strip() == version:
                yield version, candidate
                break


@contextlib.contextmanager
def package() -> Iterator[Path]:
    """A folder from which any interpreter imports this repository's `hushflake.config`."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hushflake").mkdir()
        (Path(folder) / "hushflake" / "config").symlink_to(ROOT / "config")
        yield Path(folder)


@contextlib.contextmanager
def local_esc() -> Iterator[dict[str, str]]:
    """A local ESC where its parts are installed (the fake needs PyYAML)."""
    sys.path.insert(0, str(ROOT / "tests" / "fakes"))
    try:
        from fake_esc import FakeEsc
    except ModuleNotFoundError:
        yield {}
        return
    with FakeEsc() as esc:
        variables = ", ".join(f"KEY_{number}: value" for number in range(200))
        esc.save(
            "acme/shop/prod", f"values: {{environmentVariables: {{FROM_ESC: value, {variables}}}}}"
        )
        yield {"BENCHMARK_ESC": esc.url, "BENCHMARK_TOKEN": esc.token}


def run(seconds: float) -> list[dict[str, Any]]:
    """The measurements of every interpreter."""
    found = []
    with package() as folder, local_esc() as esc:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("HUSHFLAKE_")
        }
        environment |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "", **esc}
        for _, program in interpreters():
            command = [program, __file__, "--inside", "--seconds", str(seconds)]
            done = subprocess.run(
                command, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=folder
            )
            found.append(json.loads(done.stdout))
    return found


def missed(result: dict[str, Any]) -> list[str]:
    """The targets that one interpreter misses."""
    version = result["version"]
    wrong = [
        f"{version}: {name} {result[name]} > {targets[version]}"
        for name, targets in TARGETS.items()
        if result[name] > targets[version]
    ]
    share = max(1.0, result.get("bare start ms", FLOOR) / FLOOR)
    limits = LIMITS | {name: round(limit * share, 1) for name, limit in TIMES.items()}
    wrong += [
        f"{version}: {name} {result[name]} > {limit}"
        for name, limit in limits.items()
        if name in result and result[name] > limit
    ]
    if result["third parties"]:
        wrong.append(f"{version}: imports {', '.join(result['third parties'])}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=1.5, help="seconds for each mode")
    options = parser.parse_args()
    if options.inside:
        inside(options.seconds)
        return 0
    results = run(options.seconds)
    if options.json:
        print(json.dumps(results, indent=2, ensure_ascii=False))
    else:
        names = [name for name in results[0] if name not in {"version", "third parties"}]
        print(f"{'':24}" + "".join(f"{result['version']:>10}" for result in results))
        for name in names:
            print(f"{name:24}" + "".join(f"{result.get(name, ''):>10}" for result in results))
    wrong = [line for result in results for line in missed(result)]
    for line in wrong:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if wrong and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
