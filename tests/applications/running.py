"""Run an application: its own tests, and itself. Nothing reaches further than this machine."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .application import Start, Suite
from .place import Place

RECORDERS = Path(__file__).with_name("recorders")
START_SECONDS = 90


class Unusable(Exception):
    """A run that says nothing about the application; says why."""


def alone() -> list[str]:
    """Return what to put before a command so that it sees no network but the loopback interface.

    Nothing, where this machine does not allow it.
    """
    program = shutil.which("unshare")
    for options in (["-n"], ["-r", "-n"]):
        if (
            program
            and not subprocess.run([program, *options, "true"], capture_output=True).returncode
        ):
            return [program, *options]
    return []


def raise_loopback() -> None:
    """Switch on the loopback interface of a new network namespace."""
    request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened, contextlib.suppress(OSError):
        fcntl.ioctl(opened, 0x8914, request)  # SIOCSIFFLAGS


def outcomes(place: Place, suite: Suite, environ: dict[str, str], log: Path) -> dict[str, str]:
    """Run the tests of the application, and return the outcome of each by its id."""
    record = log.with_suffix(".json")
    record.unlink(missing_ok=True)
    command = list(suite.command)
    if suite.recorder == "pytest":
        environ = {**environ, "PYTEST_ADDOPTS": "-p record_pytest -p no:cacheprovider"}
        environ["PYTHONPATH"] = os.pathsep.join(
            filter(None, [environ.get("PYTHONPATH", ""), str(RECORDERS)])
        )
    else:
        command[1:1] = [str(RECORDERS / "record_unittest.py")]
    environ = {**environ, "RECORD_TO": str(record), "PYTHONDONTWRITEBYTECODE": "1"}
    with log.open("wb") as output:
        ran = subprocess.Popen(
            command, cwd=place.tree / suite.folder, env=environ, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            ran.wait(suite.seconds)
        except subprocess.TimeoutExpired:
            raise Unusable(f"{' '.join(suite.command)}: still runs; see {log}") from None
        finally:
            _end(ran)
    if not record.exists():
        raise Unusable(f"{' '.join(suite.command)}: no outcomes; see {log}")
    found: dict[str, str] = json.loads(record.read_text())
    where = f"{suite.folder}: " if suite.folder else ""
    return {where + name: found[name] for name in found if name not in suite.varies}


def answer(place: Place, start: Start, environ: dict[str, str], log: Path) -> str:
    """Start the application and return what it answers.

    Raises:
        Unusable: It does not start, or answers something else than is declared.
    """
    environ = {**environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with log.open("ab") as output:
        for command in start.prepare:
            done = subprocess.run(
                command,
                cwd=place.tree / start.folder,
                env=environ,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            if done.returncode:
                raise Unusable(f"{' '.join(command)}: exit code {done.returncode}; see {log}")
        text = (
            _page(place, start, environ, output) if start.path else _printed(place, start, environ)
        )
    missing = [one for one in start.answers if one not in text]
    if missing:
        log.write_text(log.read_text(errors="replace") + text, encoding="utf-8")
        raise Unusable(f"{' '.join(start.command)}: answers without {missing}; see {log}")
    return text


def _printed(place: Place, start: Start, environ: dict[str, str]) -> str:
    done = subprocess.run(
        start.command, cwd=place.tree / start.folder, env=environ, stdin=subprocess.DEVNULL,
        timeout=START_SECONDS, capture_output=True, text=True,
    )  # fmt: skip
    return f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"


def _page(place: Place, start: Start, environ: dict[str, str], output: object) -> str:
    port = free_port()
    command = [one.replace("{port}", str(port)) for one in start.command]
    ran = subprocess.Popen(
        command, cwd=place.tree / start.folder, env={**environ, "PORT": str(port)},
        stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        return _asked(ran, f"http://localhost:{port}{start.path}")
    finally:
        _end(ran)


def _asked(ran: "subprocess.Popen[bytes]", url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and ran.poll() is None:
        try:
            with opener.open(url, timeout=20) as response:
                return f"status {response.status}\n{response.read().decode('utf-8', 'replace')}"
        except urllib.error.HTTPError as error:
            return f"status {error.code}\n{error.read().decode('utf-8', 'replace')}"
        except OSError:
            time.sleep(0.2)
    return f"no answer; exit code {ran.poll()}"


def _end(ran: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(ran.pid, signal.SIGKILL)
    ran.wait()


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
