"""Django's runner, pytest-asyncio, FastAPI, gunicorn and uvicorn: the real ones, in a venv."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from fake_esc import FakeEsc
from wheels import build_wheel

from hushflake.config.audit.verify import files, records, verify
from hushflake.config.audit.verify_folder import verify_folder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "django==5.2.19",
    "fastapi==0.165.0",
    "gunicorn==27.0.1",
    "httpx==0.28.1",
    "pytest==9.2.0",
    "pytest-asyncio==1.5.0",
    "uvicorn==0.54.0",
)


@pytest.fixture(scope="module")
def bin_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with these packages and a wheel of this checkout."""
    folder = tmp_path_factory.mktemp("frameworks")
    uv = str(Path(sys.executable).with_name("uv"))
    venv = folder / "venv"
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, venv],
        [uv, "pip", "install", "--quiet", "--python", venv / "bin" / "python", *PACKAGES],
    ):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    wheel = build_wheel(folder)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", str(venv / "bin" / "python"), str(wheel)],
        check=True,
    )
    return venv / "bin"


def written(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(
    bin_: Path, folder: Path, *command: str, **environ: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(bin_ / "python"), *command],
        cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


DJANGO = {
    "manage.py": """
import os, sys
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
execute_from_command_line(sys.argv)
""",
    "shop/__init__.py": "",
    "shop/settings.py": """
from hushflake.config import configure, get_config_value
configure(esc="acme/shop/prod", esc_url="http://127.0.0.1:1")
SECRET_KEY = get_config_value("SECRET_KEY", "of the tests")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
USE_TZ = True
""",
    "shop/tests.py": """
import os
from unittest import mock
from django.test import SimpleTestCase
from hushflake.config import config_overrides, describe, get_config_value

class One(SimpleTestCase):
    def test_patched(self):
        self.assertEqual(describe()["mode"], "test")
        with mock.patch.dict(os.environ, {"KEY": "patched"}):
            self.assertEqual(get_config_value("KEY"), "patched")

class Two(SimpleTestCase):
    def test_overridden(self):
        with config_overrides({"KEY": "mine"}):
            self.assertEqual(get_config_value("KEY"), "mine")
        self.assertIsNone(get_config_value("KEY"))
""",
}


@pytest.mark.parametrize("command", [["manage.py"], ["-m", "django"]], ids=["manage", "module"])
@pytest.mark.parametrize("parallel", [[], ["--parallel", "2"]], ids=["one", "parallel"])
def test_djangos_runner_is_in_test_mode(
    bin_: Path, tmp_path: Path, command: list[str], parallel: list[str]
) -> None:
    written(tmp_path, DJANGO)
    done = run(bin_, tmp_path, *command, "test", *parallel, DJANGO_SETTINGS_MODULE="shop.settings")
    assert done.returncode == 0, done.stderr
    assert "Ran 2 tests" in done.stderr
    # Another command of it is not: production asks ESC, which is out of reach here.
    checked = run(bin_, tmp_path, *command, "check", DJANGO_SETTINGS_MODULE="shop.settings")
    assert "ConfigSourceError" in checked.stderr


ASYNCIO = """
import pytest
import pytest_asyncio
import hushflake.config as hc

@pytest_asyncio.fixture
async def key():
    with hc.config_overrides({"KEY": "from the fixture"}):
        yield

@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module():
    with hc.config_overrides({"MODULE": "m"}, all_threads=True):
        yield

@pytest.mark.asyncio
async def test_it(key, module):
    assert (hc.get_config_value("KEY"), hc.get_config_value("MODULE")) == ("from the fixture", "m")

@pytest.mark.asyncio
async def test_it_ends(module):
    assert (hc.get_config_value("KEY"), hc.get_config_value("MODULE")) == (None, "m")

def test_all_end():
    assert hc.get_config_value("KEY") is None
"""


def test_async_fixtures_of_pytest_asyncio(bin_: Path, tmp_path: Path) -> None:
    written(tmp_path, {"test_async.py": ASYNCIO})
    done = run(bin_, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert "3 passed" in done.stdout, done.stdout + done.stderr


FASTAPI = """
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
import hushflake.config as hc

app = FastAPI()

async def asynchronous():
    with hc.config_overrides({"KEY": "async"}):
        yield

def threaded():
    with hc.config_overrides({"KEY": "thread"}, all_threads=True):
        yield

def alone():
    with hc.config_overrides({"KEY": "alone"}):
        yield

@app.get("/async", dependencies=[Depends(asynchronous)])
async def one(): return hc.get_config_value("KEY")

@app.get("/thread", dependencies=[Depends(threaded)])
def two(): return hc.get_config_value("KEY")

@app.get("/alone", dependencies=[Depends(alone)])
def three(): return hc.get_config_value("KEY")

@app.get("/none")
def four(): return hc.get_config_value("KEY")

def test_dependencies_with_yield():
    with TestClient(app) as client:
        for _ in range(3):
            got = [client.get(path).json() for path in ("/async", "/thread", "/alone", "/none")]
            # FastAPI runs a plain generator in a thread of its own, whose context nobody else has.
            assert got == ["async", "thread", None, None]
"""


def test_dependencies_of_fastapi(bin_: Path, tmp_path: Path) -> None:
    written(tmp_path, {"test_app.py": FASTAPI})
    done = run(bin_, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


SERVED = """
import os
import hushflake.config as hc
hc.configure(esc="acme/shop/prod", audit_dir=os.environ["TRAIL"], flush_seconds=600)
AT_IMPORT = hc.get_config_value("ONLY_ESC")

def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {hc.require_config_value('API_TOKEN')}".encode()]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = f"{os.getpid()} {hc.require_config_value('API_TOKEN')}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""
SERVERS = {
    "gunicorn": ["gunicorn", "--workers", "2", "--bind", "{address}", "served:wsgi"],
    "gunicorn-preload": [
        "gunicorn", "--preload", "--workers", "2", "--bind", "{address}", "served:wsgi",
    ],
    "uvicorn": ["uvicorn", "--port", "{port}", "served:asgi"],
    "uvicorn-workers": ["uvicorn", "--workers", "2", "--port", "{port}", "served:asgi"],
}  # fmt: skip


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def asked(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("server", SERVERS)
def test_no_read_of_a_servers_worker_is_lost(
    bin_: Path, prod: FakeEsc, tmp_path: Path, port: int, server: str
) -> None:
    written(tmp_path, {"served.py": SERVED})
    trail = tmp_path / "trail"
    name, *rest = SERVERS[server]
    command = [part.format(port=port, address=f"127.0.0.1:{port}") for part in rest]
    process = subprocess.Popen(
        [str(bin_ / name), *command],
        cwd=tmp_path,
        env={**os.environ, "TRAIL": str(trail), "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 40
        answers: list[str] = []
        while len(answers) < 60:
            assert process.poll() is None, process.communicate()[0]
            try:
                answers.append(asked(port))
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=40)[0]
    finally:
        process.kill()
        process.wait()
    assert {answer.split()[1] for answer in answers} == {"esc-token-value"}, output
    reads: Counter[str] = Counter()
    for path in files([trail]):
        for _, record in records(path):
            if record and record["event"] == "config.read":
                reads[record["key"]] += record["count"]
    assert reads["API_TOKEN"] == 60, output
    for path in files([trail]):
        assert verify(path, None).problem == ""
    assert verify_folder(trail, None, files([trail])).problem == ""
