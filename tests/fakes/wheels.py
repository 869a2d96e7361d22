"""Wheels of this checkout, built one after the other: builds share the folder build/."""

import fcntl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def building() -> Iterator[None]:
    """Wait for whoever builds this checkout, in any process of this machine."""
    mark = sha256(str(ROOT).encode()).hexdigest()[:16]
    with Path(tempfile.gettempdir(), f"hushflake-building-{mark}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build_wheel(folder: Path) -> Path:
    """Build a wheel into a folder that holds no other, and return it."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    with building():
        done = subprocess.run(
            [*command, "--outdir", str(folder), str(ROOT)], capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("*.whl")
    return found
