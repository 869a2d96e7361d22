"""Where an application lies: its sources at a commit, and an interpreter with what it needs."""

import atexit
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wheels import building

from .application import Application

ROOT = Path(__file__).parents[2]
# Outside of this repository, whose configuration an application's own tools would find.
BUILD = Path(os.environ.get("APPS_WORK") or Path(tempfile.gettempdir(), "hushflake-applications"))
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Test"), ("EMAIL", "test@example.com"))
    },
}


class Missing(Exception):
    """Something that the run needs is not on this machine; says what."""


def git(folder: Path, *arguments: str) -> str:
    """Run git without the configuration of the machine, and return what it prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **GIT}, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr}")
    return done.stdout


class Place:
    """The folder of one application.

    `tree` holds its sources, `venv` its interpreter, `home` what it writes, and `kept` what a
    migration keeps outside of the repository.
    """

    def __init__(self, application: Application, base: Path = BUILD) -> None:
        self.application = application
        self.folder = base / application.name
        self.tree = self.folder / "tree"
        self.venv = self.folder / "venv"
        self.home = self.folder / "home"
        self.kept = self.folder / "kept"

    def lay(self, checkouts: Path | None) -> None:
        """Lay out the sources as they were released, in a repository without other history.

        Raises:
            Missing: The commit is not there.
        """
        for folder in (self.tree, self.kept):
            shutil.rmtree(folder, ignore_errors=True)
        self.kept.mkdir(parents=True)
        if self.application.is_release:
            self._unpack()
        else:
            take(self.application.source, self.application.commit, checkouts, self.tree)
        # One commit: the history of the application is not under test.
        git(self.tree, "init", "--quiet", "--initial-branch", "main")
        git(self.tree, "add", "--force", ".")
        git(self.tree, "commit", "--quiet", "--message", "As released")
        # Laid out by git, as a person has it: `.gitattributes` say what line ends are.
        git(self.tree, "rm", "-r", "--quiet", "--cached", ".")
        git(self.tree, "reset", "--hard", "--quiet")
        for path, text in self.application.dotenv.items():
            (self.tree / path).write_text(text, encoding="utf-8")

    def _unpack(self) -> None:
        downloads = self.folder / "download"
        archive = downloads / self.application.file
        if not archive.exists():
            subprocess.run(
                [str(pip()), "download", "--quiet", "--no-deps",
                 "--no-binary=:all:", "--disable-pip-version-check", "--dest", str(downloads),
                 self.application.source],
                check=True,
            )  # fmt: skip
        if hashlib.sha256(archive.read_bytes()).hexdigest() != self.application.commit:
            archive.unlink()
            raise ValueError(f"{archive.name}: is not the pinned file; removed")
        with tarfile.open(archive) as opened:
            opened.extractall(self.folder / "unpacked", filter="data")
        (inside,) = (self.folder / "unpacked").iterdir()
        shutil.move(inside, self.tree)
        shutil.rmtree(self.folder / "unpacked")

    def install(self, checkouts: Path | None) -> None:
        """Make the interpreter of the application, and install what it needs and hushflake.

        Raises:
            Missing: That Python, or a repository that it installs from, is not there.
        """
        for source, commit in self.application.beside.items():
            folder = self.folder / "beside" / source.partition("/")[2]
            if not folder.exists():
                take(source, commit, checkouts, folder)
        told = repr((self.application.python, self.application.install, self.application.beside))
        done = self.venv / ".installed"
        if not done.exists() or done.read_text() != told:
            shutil.rmtree(self.venv, ignore_errors=True)
            self._make_venv()
            for arguments in self.application.install:
                self.pip(*arguments.replace("{beside}", str(self.folder / "beside")).split())
            done.write_text(told)
        self.pip("--force-reinstall", "--no-deps", str(wheel()))
        self.pip("click>=8.1")

    def _make_venv(self) -> None:
        found = next(interpreters(self.application.python), None)
        if found is None:
            raise Missing(f"Python {self.application.python} is not on this machine")
        uv("venv", "--quiet", "--python", found, str(self.venv))

    def pip(self, *arguments: str) -> None:
        """Install into the interpreter of the application."""
        python = str(self.venv / "bin" / "python")
        uv("pip", "install", "--quiet", "--python", python, *arguments, folder=self.tree)

    def environ(self, **more: str) -> dict[str, str]:
        """Return the environment of a run: nothing of the machine but its programs."""
        path = f"{self.venv / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {"PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
        return {**own, **GIT, **self.application.environ, **more}


def take(source: str, commit: str, checkouts: Path | None, target: Path) -> None:
    """Lay the files of a commit into a folder, without history.

    The checkouts are clones in any form, in folders named `NAME`, `OWNER+NAME` or `OWNER/NAME`.
    """
    owner, _, name = source.partition("/")
    if checkouts is None:
        raise Missing(f"needs {source} at {commit[:12]}: set APPS to the folder of the checkouts")
    candidates = (checkouts / f"{owner}+{name}", checkouts / owner / name, checkouts / name)
    for one in candidates:
        if not one.is_dir():
            continue
        for folder in (one, one / "repo"):
            done = subprocess.run(
                ["git", "archive", "--format", "tar", commit], cwd=folder, capture_output=True,
                env={**os.environ, **GIT},
            ) if folder.is_dir() else None  # fmt: skip
            if done and done.returncode == 0:
                target.mkdir(parents=True)
                subprocess.run(["tar", "-x", "-C", str(target)], input=done.stdout, check=True)
                return
    raise Missing(f"{source}: no checkout in {checkouts} has the commit {commit}")


def uv(*arguments: str, folder: Path = ROOT) -> None:
    """Run uv, which the development environment holds."""
    program = str(Path(sys.executable).with_name("uv"))
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"uv {' '.join(arguments)}: {done.stderr[-2000:]}")


def pip() -> Path:
    """Return a pip: the one program that only downloads a release."""
    folder = BUILD / "pip"
    with _alone("pip"):
        if not folder.exists():
            uv("venv", "--quiet", "--seed", "--python", sys.executable, str(folder))
    return folder / "bin" / "pip"


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Wait for other processes that make the same thing."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def interpreters(version: str) -> Iterator[str]:
    """Yield interpreters of a minor version: on the path, and of pyenv."""
    same = version == "{}.{}".format(*sys.version_info)
    places = [sys.executable if same else None, shutil.which(f"python{version}")]
    places += sorted(map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))
    for found in filter(None, places):
        shown = subprocess.run([found, "--version"], capture_output=True, text=True)
        if shown.stdout.startswith(f"Python {version}."):
            yield found


def wheel() -> Path:
    """Return a wheel of hushflake as it is here, built once per process."""
    folder = BUILD / "wheels" / str(os.getpid())
    if not folder.exists():
        with building():
            uv("build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (built,) = folder.glob("*.whl")
    return built
