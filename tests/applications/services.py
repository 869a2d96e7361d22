"""Servers that an application or its migration needs, in the network namespace of the trial."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from fake_esc import FakeEsc

from .place import ROOT, Missing, Place

ENVIRONMENT = "acme/application/dev"
FAKES = ROOT / "tests" / "fakes"
# The server refuses to run as root; whoever else tries the applications may run it.
USER = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}


class Service(Protocol):
    """A server that runs."""

    def reset(self) -> None:
        """Take what the application kept in it away."""


class Postgres:
    """PostgreSQL at its usual port, with the empty database `app` of the user `postgres`."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL.

        Raises:
            RuntimeError: It fails.
        """
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            cwd="/",
            capture_output=True,
            text=True,
            **USER,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr or done.stdout}")

    def reset(self) -> None:
        where = ["--host", "127.0.0.1", "--username", "postgres"]
        self.run("dropdb", *where, "--if-exists", "--force", "app")
        self.run("createdb", *where, "app")


@contextmanager
def postgresql(place: Place) -> Iterator[Service]:
    """Run PostgreSQL.

    Raises:
        Missing: It is not on this machine.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        raise Missing("PostgreSQL is not on this machine (Debian: apt-get install postgresql)")
    folder = place.folder / "postgresql"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if USER:
        shutil.chown(folder, **USER)
    server = Postgres(found[-1], folder)
    data = str(folder / "data")
    server.run("initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust")
    options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    log = str(folder / "log")
    server.run("pg_ctl", "start", "--pgdata", data, "--log", log, "--wait", "--options", options)
    try:
        yield server
    finally:
        server.run("pg_ctl", "stop", "--pgdata", data, "--mode", "immediate")


SERVICES = {"postgresql": postgresql}


@contextmanager
def store(place: Place) -> Iterator[dict[str, str]]:
    """Run an ESC service, and yield what the environment names: it, and a keyring in a file."""
    with FakeEsc() as esc:
        esc.save(ENVIRONMENT, "values: {}\n")
        yield {
            "PULUMI_ACCESS_TOKEN": esc.token,
            "PULUMI_BACKEND_URL": esc.url,
            "PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring",
            "TEST_KEYRING_FILE": str(place.kept / "keyring.json"),
            "PYTHONPATH": os.pathsep.join(
                filter(None, [place.application.environ.get("PYTHONPATH", ""), str(FAKES)])
            ),
        }
