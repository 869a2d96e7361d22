"""What real programs read of a .env file: what changes when a key goes is what a reader keeps."""

import hashlib
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import dotenv
import pytest

from hushflake.remediation.dotenv import lines
from hushflake.remediation.inventory.outside import Tree, readers_of

ROOT = Path(__file__).parents[2]
KEYS = ("A", "B", "C", "D")
DOTENV_SHA256 = "20a0bc8a1cf06b168161a943ddb0ec557482af479dfa3023db2118399ec0a3b7"
ENV = "A=1\nB=2\nC=3\nD=4\n"
# Program -> files beside the .env file, and the command that reads it; the keys that it keeps.
PROGRAMS = {
    "sh, sourced": ({"run.sh": ". ./.env\necho $A ${B:-x}\n"}, ["sh", "run.sh"]),
    "sh, exported": (
        {"run.sh": "set -a\n. ./.env\npython3 -c 'import os; print(sorted(os.environ.items()))'\n"},
        ["sh", "run.sh"],
    ),
    "sh, in a substitution": (
        {"run.sh": "export $(grep -v '^#' .env | xargs)\nenv | grep -E '^[A-D]=' | sort\n"},
        ["sh", "run.sh"],
    ),
    "sh, fed": ({"run.sh": "while read -r l; do echo $l; done < .env\n"}, ["sh", "run.sh"]),
    "make, included": ({"Makefile": "include .env\nall:\n\t@echo $(A) $${B}\n"}, ["make", "-s"]),
    "make, exported": (
        {"Makefile": "include .env\nexport\nall:\n\t@env | grep -E '^[A-D]=' | sort\n"},
        ["make", "-s"],
    ),
    "make, exported by name": (
        {"Makefile": "-include .env\nexport B\nall:\n\t@echo $(A) $$B $$C\n"},
        ["make", "-s"],
    ),
}
JAVASCRIPT = {
    "node": (
        {
            "package.json": '{"scripts": {"start": "node --env-file=.env a.js"}}',
            "a.js": "console.log(process.env.A)\n",
        },
        ["npm", "start", "--silent"],
    ),
    "dotenv": (
        {
            "package.json": '{"dependencies": {"dotenv": "18"}}',
            "a.js": "require('dotenv').config({quiet: true});\n"
            "const {A, B: b} = process.env; console.log(A, b, process.env['C'])\n",
        },
        ["node", "a.js"],
    ),
    "dotenv, all": (
        {
            "package.json": '{"dependencies": {"dotenv": "18"}}',
            "a.js": "require('dotenv').config({quiet: true});\n"
            "const all = {...process.env}; console.log(all.A, all.B, all.C, all.D)\n",
        },
        ["node", "a.js"],
    ),
}
HONCHO = {
    "honcho": (
        {"Procfile": "web: echo $A $B\nworker: echo ${C:-none}\n"},
        [sys.executable, "-m", "honcho", "start", "--no-colour", "--no-prefix"],
    ),
    "honcho, another program": (
        {"Procfile": "web: printenv\n"},
        [sys.executable, "-m", "honcho", "start", "--no-colour", "--no-prefix"],
    ),
}


def kept(folder: Path, files: Mapping[str, str]) -> set[str]:
    """Return the keys that the readers keep in the .env file of a folder."""
    tree = Tree(str(folder), [*files, ".env"])
    uses = [
        use
        for path, text in files.items()
        for reader in readers_of(path)
        for use in reader.uses(path, text, tree)
    ]
    return {key for key in KEYS for use in uses if use.reads(".env") and use.takes(key)}


def answer(folder: Path, command: Sequence[str], **variables: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **variables},
    )  # fmt: skip
    # Processes that are started together answer in any order, and with their numbers.
    told = sorted(line for line in done.stdout.splitlines() if "pid" not in line)
    return done.returncode, [line for line in told if not line.startswith(("_=", "HONCHO"))]


def judge(folder: Path, program: tuple[Mapping[str, str], Sequence[str]], **variables: str) -> None:
    """A key whose absence a program shows must be kept."""
    files, command = program
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / ".env").write_text(ENV)
    whole = answer(folder, command, **variables)
    assert whole[0] == 0, whole
    needed = set()
    for key in KEYS:
        (folder / ".env").write_bytes(lines.without(ENV.encode(), {key}))
        if answer(folder, command, **variables) != whole:
            needed.add(key)
    assert needed, "the program reads nothing: this judges nothing"
    found = kept(folder, files)
    assert found >= needed
    # What is not kept may go, all at once.
    (folder / ".env").write_bytes(lines.without(ENV.encode(), set(KEYS) - found))
    assert answer(folder, command, **variables) == whole


@pytest.mark.parametrize("name", PROGRAMS)
def test_shells_and_make(tmp_path: Path, name: str) -> None:
    judge(tmp_path, PROGRAMS[name])


def release(requirement: str, wheel: str, digest: str) -> Path:
    """Return a pinned wheel, downloaded once."""
    spec = importlib.util.spec_from_file_location("releases", ROOT / "benchmarks" / "releases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["releases"] = module
    spec.loader.exec_module(module)
    found: Path = module.fetch(module.Release(requirement, wheel, digest))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", HONCHO)
def test_honcho(tmp_path: Path, name: str) -> None:
    wheel = release(
        "honcho==2.0.0", "honcho-2.0.0-py3-none-any.whl",
        "56dcd04fc72d362a4befb9303b1a1a812cba5da283526fbc6509be122918ddf3",
    )  # fmt: skip
    judge(tmp_path, HONCHO[name], PYTHONPATH=str(wheel))


@pytest.fixture(scope="session")
def npm_dotenv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package dotenv, pinned, in a folder `node_modules`."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm, which is not installed")
    folder = tmp_path_factory.mktemp("npm")
    subprocess.run(
        ["npm", "pack", "--silent", "dotenv@18.0.10"], cwd=folder, check=True, timeout=120,
        capture_output=True,
    )  # fmt: skip
    archive = folder / "dotenv-18.0.10.tgz"
    assert (
        hashlib.sha256(archive.read_bytes()).hexdigest()
        == "20a0bc8a1cf06b168161a943ddb0ec557482af479dfa3023db2118399ec0a3b7"
    )
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    modules = folder / "node_modules"
    modules.mkdir()
    (folder / "package").rename(modules / "dotenv")
    return modules


@pytest.mark.slow
@pytest.mark.parametrize("name", JAVASCRIPT)
def test_node_and_dotenv(tmp_path: Path, npm_dotenv: Path, name: str) -> None:
    (tmp_path / "node_modules").symlink_to(npm_dotenv)
    judge(tmp_path, JAVASCRIPT[name])


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["image: x:$A", 'image: "x:${B:-1}"', "image: x\n    environment: [C]", "image: x:$$D"]
)
def test_what_docker_puts_into_a_compose_file(tmp_path: Path, text: str) -> None:
    """The client of Docker knows `$KEY` and names without a value as Compose does."""
    if shutil.which("docker") is None:
        pytest.skip("needs the client of Docker, which is not installed")
    compose = f"services:\n  web:\n    {text}\n"
    (tmp_path / "compose.yml").write_text(compose)
    command = ["docker", "stack", "config", "-c", "compose.yml"]
    given = {key: f"value{number}" for number, key in enumerate(KEYS)}
    whole = answer(tmp_path, command, **given)
    assert whole[0] == 0, whole
    needed = {
        key
        for key in KEYS
        if answer(tmp_path, command, **{k: v for k, v in given.items() if k != key}) != whole
    }
    assert kept(tmp_path, {"compose.yml": compose}) == needed


# -- what stays is read as before -----------------------------------------------------------


PIECES = (
    *("A=1", "B='x y' # c", 'C="a\\nb"', "export D=4", "# comment", "", "E=", "F", "G=a#b"),
    *('H="x\ny"', "I='{\"a\": 1}'", "  J = 1 ", "K=${A}", "L=$$B", "M=ä", "N=\\"),
)


def random_file(chosen: random.Random) -> bytes:
    some = chosen.sample(PIECES, chosen.randint(3, 10))
    ending = chosen.choice(["\n", "\r\n"])
    text = ending.join(piece.replace("\n", ending) for piece in some)
    return (chosen.choice(["", "\ufeff"]) + text + chosen.choice(["", ending])).encode()


def rest(read: Callable[[bytes], Mapping[str, str | None]], data: bytes, gone: set[str]) -> None:
    before, after = read(data), read(lines.without(data, gone))
    assert after == {key: value for key, value in before.items() if key not in gone}, data


def by_python(folder: Path) -> Callable[[bytes], Mapping[str, str | None]]:
    def read(data: bytes) -> Mapping[str, str | None]:
        (folder / ".env").write_bytes(data)
        return dotenv.dotenv_values(folder / ".env", interpolate=False)

    return read


def test_python_dotenv_reads_the_rest_as_before(tmp_path: Path) -> None:
    chosen, read = random.Random(20), by_python(tmp_path)
    for _ in range(80):
        # It takes the byte order mark for a part of the first key.
        data = random_file(chosen).removeprefix(b"\xef\xbb\xbf")
        keys = sorted(read(data))
        rest(read, data, set(chosen.sample(keys, len(keys) // 2)))


@pytest.mark.slow
def test_npm_dotenv_reads_the_rest_as_before(tmp_path: Path, npm_dotenv: Path) -> None:
    (tmp_path / "node_modules").symlink_to(npm_dotenv)
    chosen = random.Random(21)
    read = by_python(tmp_path)
    cases = []
    for number in range(200):
        data = random_file(chosen)
        keys = sorted(read(data.removeprefix(b"\xef\xbb\xbf")))
        gone = set(chosen.sample(keys, len(keys) // 2))
        (tmp_path / f"{number}.before").write_bytes(data)
        (tmp_path / f"{number}.after").write_bytes(lines.without(data, gone))
        cases.append(gone)
    program = (
        "const fs = require('fs'), d = require('dotenv'); const out = [];"
        f"for (let n = 0; n < {len(cases)}; n++) out.push(['before', 'after'].map("
        "w => d.parse(fs.readFileSync(`${n}.${w}`)))); console.log(JSON.stringify(out))"
    )
    done = subprocess.run(
        ["node", "-e", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    for (before, after), gone in zip(json.loads(done.stdout), cases, strict=True):
        assert after == {key: value for key, value in before.items() if key not in gone}
