"""Secrets planted in real releases go to a store and back; what the modules do stays the same."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main
from hushflake.remediation.dotenv.backup import Backup

from .conftest import GitRepository
from .esc_project import ENVIRONMENT, TARGET, held
from .planting import KEY, SECRETS, plant

pytestmark = [pytest.mark.git, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
# Requirement, wheel, SHA-256, the module that gets the secrets.
RELEASES = {
    "cachetools": (
        "cachetools==5.5.2", "cachetools-5.5.2-py3-none-any.whl",
        "d26a22bcc62eb95c3beabd9f1ee5e820d3d2704fe2967cbe350e20c8ffcd3f0a",
    ),
    "itsdangerous.signer": (
        "itsdangerous==2.2.0", "itsdangerous-2.2.0-py3-none-any.whl",
        "c6242fc49e35958c8b15141343aa660db5fc54d4f13a1db01a3f5891b98700ef",
    ),
    "schedule": (
        "schedule==1.2.2", "schedule-1.2.2-py3-none-any.whl",
        "5bef4a2a0183abf44046ae0d164cadcac21b1db011bdd8102e4a0c1e91e06a7d",
    ),
    "tinydb.queries": (
        "tinydb==4.8.2", "tinydb-4.8.2-py3-none-any.whl",
        "f97030ee5cbc91eeadd1d7af07ab0e48ceb04aa63d4a983adbaca4cba16e86c3",
    ),
    "jwt.api_jws": (
        "PyJWT==2.10.1", "PyJWT-2.10.1-py3-none-any.whl",
        "dcdd193e30abefd5debf142f9adfcdd2b58004e644f25406ffaebd50bd98dacb",
    ),
}  # fmt: skip


def releases() -> ModuleType:
    spec = importlib.util.spec_from_file_location("releases", ROOT / "benchmarks" / "releases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["releases"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def esc(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEsc]:
    with FakeEsc() as served:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", served.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", served.url)
        served.save(ENVIRONMENT, "values:\n  environmentVariables:\n    OTHER: x\n")
        yield served


def file_of(tree: Path, module: str) -> Path:
    path = tree / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def runs(tree: Path, module: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("planting.py")), str(tree), module],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("store", ["esc", "keyring"])
@pytest.mark.parametrize("module", RELEASES)
def test_a_release(
    repository: GitRepository,
    module: str,
    store: str,
    esc: FakeEsc,
    keyring_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tools = releases()
    tree = repository.folder / "src"
    tools.unpack(tools.Release(*RELEASES[module]), tree)
    path = file_of(tree, module)
    plant(path)
    repository.commit("Begin")
    monkeypatch.chdir(repository.folder)
    before, bytes_before = runs(tree, module), path.read_bytes()

    command = ["codemod", "--only", "hardcoded_secrets", "--write", "--yes", "--to"]
    command.append(TARGET if store == "esc" else "keyring:shop")
    # Some names are taken by another secret of the module; what it says is what to do.
    assert main(command) == 2
    error = capsys.readouterr().err
    assert repository.git("status", "--porcelain") == ""
    given = [word for line in error.splitlines() for word in line.partition(": --key ")[2].split()]
    assert main([*command, *(word for name in given for word in ("--key", name))]) == 0
    printed = capsys.readouterr()
    for secret in (*SECRETS.values(), KEY.splitlines()[1]):
        assert secret not in printed.out + printed.err
        assert secret not in path.read_text(encoding="utf-8")
    assert repository.git("diff", "--name-only").splitlines() == [f"src/{path.relative_to(tree)}"]

    # What the program does is the same, with the values from where they are now.
    if store == "esc":
        assert len(held(esc)) > len(SECRETS)
        after = runs(tree, module, PLANTED_ESC=ENVIRONMENT)
    else:
        kept = json.loads(keyring_file.read_text())
        after = runs(
            tree, module,
            PLANTED_KEYRING_KEYS=",".join(name.partition("/")[2] for name in kept),
            PYTHON_KEYRING_BACKEND="file_keyring.FileKeyring",
            PYTHONPATH=str(ROOT / "tests" / "fakes"),
        )  # fmt: skip
    assert after == before
    (manifest,) = Path(os.environ["XDG_STATE_HOME"]).rglob("repair/**/manifest.json")
    folder = str(Backup.load(manifest.parent).folder)
    assert main(["dotenv", "restore", "--backup", folder, "--write"]) == 0
    assert path.read_bytes() == bytes_before
    assert repository.git("status", "--porcelain") == ""
