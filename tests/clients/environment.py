"""The environment of a client, made from its lock file, and the tests that its release holds.

Both are kept between runs, below `CLIENTS_WORK` or the machine's folder for temporary files.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements" / "clients"
BUILD = Path(os.environ.get("CLIENTS_WORK") or Path(tempfile.gettempdir(), "hushflake-clients"))


def interpreter(name: str) -> Path:
    """Return the Python of an environment, installed from `requirements/clients/NAME.txt`."""
    lock = LOCKS / f"{name}.txt"
    folder = BUILD / "environments" / name
    done = folder / ".installed"
    told = hashlib.sha256(lock.read_bytes()).hexdigest()
    with _alone(name):
        if not done.exists() or done.read_text() != told:
            shutil.rmtree(folder, ignore_errors=True)
            _uv("venv", "--quiet", "--python", sys.executable, str(folder))
            python = str(folder / "bin" / "python")
            wanted = ["--require-hashes", "--requirement", str(lock)]
            _uv("pip", "install", "--quiet", "--python", python, *wanted)
            done.write_text(told)
    return folder / "bin" / "python"


def release_tests(environment: str, package: str) -> Path:
    """Return the unpacked source distribution of a package, in the version that the lock names."""
    requirement = locked(LOCKS / f"{environment}.txt", package)
    folder = BUILD / "releases" / _name_of(requirement)
    with _alone(package):
        if not folder.exists():
            archive = _download(requirement)
            unpacked = Path(tempfile.mkdtemp(dir=BUILD))
            with tarfile.open(archive) as opened:
                opened.extractall(unpacked, filter="data")
            (inside,) = unpacked.iterdir()
            folder.parent.mkdir(parents=True, exist_ok=True)
            inside.rename(folder)
            unpacked.rmdir()
    return folder


def locked(lock: Path, package: str) -> str:
    """Return what a lock file says of a package: its version and its hashes."""
    text = lock.read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(package)}==(?:[^\n]*\\\n)*[^\n]*", text, re.MULTILINE)
    assert found, f"{lock.name} names no {package}"
    return found[0]


def version(environment: str, package: str) -> str:
    """Return the version of a package that an environment holds."""
    return _name_of(locked(LOCKS / f"{environment}.txt", package)).partition("==")[2]


def _name_of(requirement: str) -> str:
    return requirement.split()[0]


def _download(requirement: str) -> Path:
    downloads = BUILD / "downloads" / _name_of(requirement)
    downloads.mkdir(parents=True, exist_ok=True)
    wanted = downloads / "requirement.txt"
    wanted.write_text(requirement + "\n")
    subprocess.run(
        [str(_pip()), "download", "--quiet", "--no-deps", "--no-binary=:all:", "--require-hashes",
         "--disable-pip-version-check", "--dest", str(downloads), "--requirement", str(wanted)],
        check=True,
    )  # fmt: skip
    (archive,) = downloads.glob("*.tar.gz")
    return archive


def _pip() -> Path:
    """Return a pip: the one program that only downloads a release."""
    folder = BUILD / "environments" / "pip"
    with _alone("pip"):
        if not folder.exists():
            _uv("venv", "--quiet", "--seed", "--python", sys.executable, str(folder))
    return folder / "bin" / "pip"


def _uv(*arguments: str) -> None:
    program = str(Path(sys.executable).with_name("uv"))
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"uv {' '.join(arguments)}: {done.stderr[-2000:]}")


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Wait for other processes that make the same thing."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
