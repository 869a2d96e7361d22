"""A bike rental as newcomers bring it: some modules, a .env file, Compose, a Dockerfile, CI."""

import json
import os
import re
import select
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from .conftest import GitRepository

VALUES = {
    "DATABASE_URL": "postgres://velo@localhost/velo",
    "VELO_PORT_LABEL": "8000",
    "PRICE_PER_HOUR": "4.50",
    "GREETING": "Grüezi",
}
MODULES = {
    "__init__.py": "",
    "__main__.py": "from velo.server import main\n\nmain()\n",
    "settings.py": """\
import os

from dotenv import load_dotenv

load_dotenv()

DATABASE_URL = os.environ["DATABASE_URL"]
LABEL = os.getenv("VELO_PORT_LABEL", "80")
DEBUG = os.environ.get("VELO_DEBUG", "") == "1"
""",
    "prices.py": """\
import os


def price(hours: int) -> float:
    return hours * float(os.environ.get("PRICE_PER_HOUR", "1"))
""",
    "greeting.py": """\
from os import environ, getenv


def greeting() -> str:
    return getenv("GREETING", "hello") if "GREETING" in environ else "hello"
""",
    "children.py": """\
import subprocess
import sys


def seen_by_a_child() -> str:
    code = "import os; print(ascii(os.environ.get('GREETING')))"
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip()
""",
    "bikes.py": 'BIKES = {"city": 12, "cargo": 3}\n',
    "server.py": """\
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from velo import settings
from velo.bikes import BIKES
from velo.children import seen_by_a_child
from velo.greeting import greeting
from velo.prices import price


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answer = {
            "database": settings.DATABASE_URL, "label": settings.LABEL, "debug": settings.DEBUG,
            "price": price(2), "greeting": greeting(), "child": seen_by_a_child(),
            "region": os.getenv("VELO_REGION", "nowhere"), "bikes": BIKES,
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def main() -> None:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.handle_request()
""",
}
COMPOSE = """\
services:
  web:
    build: .
    env_file: .env
    environment:
      VELO_REGION: zh
"""
WORKFLOW = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pip install -r requirements.txt
      - run: pytest
"""
IMAGE = 'FROM python:3.12\nCOPY . /app\nRUN pip install {}\nCMD ["python", "-m", "velo"]\n'
LAYOUTS: dict[str, dict[str, str]] = {
    "velo": {
        "requirements.txt": "python-dotenv\n",
        "Dockerfile": IMAGE.format("-r requirements.txt"),
        "docker-compose.yml": COMPOSE,
        ".github/workflows/test.yml": WORKFLOW,
    },
    "an image that lists": {
        "requirements.txt": "python-dotenv\n",
        "Dockerfile": IMAGE.format("python-dotenv"),
    },
    "src layout": {
        "pyproject.toml": (
            '[build-system]\nrequires = ["setuptools"]\n\n[project]\nname = "velo"\n'
            'version = "1"\ndependencies = [\n    "python-dotenv",\n]\n'
        )
    },
    "poetry": {
        "pyproject.toml": (
            '[tool.poetry]\nname = "velo"\nversion = "1"\n\n[tool.poetry.dependencies]\n'
            'python = "^3.11"\npython-dotenv = "*"\n'
        ),
        "poetry.lock": "# lock\n",
    },
}


def make(repository: GitRepository, layout: str, *, has_file: bool) -> str:
    """Write and commit an application; return the folder that its package is in."""
    base = "src/" if layout == "src layout" else ""
    for name, text in MODULES.items():
        repository.write(f"{base}velo/{name}", text)
    for name, text in LAYOUTS[layout].items():
        repository.write(name, text)
    repository.write(".gitignore", ".env\n__pycache__/\n")
    repository.git("add", ".")
    repository.git("commit", "--quiet", "--message", "Velo")
    if has_file:
        lines = "".join(f"{key}={value}\n" for key, value in VALUES.items())
        repository.write(".env", lines)
    return base


def answer(folder: Path, base: str, *, has_file: bool, **more: str) -> dict[str, Any]:
    """Start the application, ask it once, and return what it answers."""
    variables = {"PATH": os.defpath, "PYTHONPATH": base, "PYTHONDONTWRITEBYTECODE": "1"}
    variables |= {"PYTHONUTF8": "1", **({} if has_file else VALUES), **more}
    child = subprocess.Popen(
        [sys.executable, "-m", "velo"],
        cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with child:
        try:
            assert child.stdout is not None
            assert child.stderr is not None
            ready = select.select([child.stdout], [], [], 60)[0]
            port = child.stdout.readline().strip() if ready else b""
            assert port.isdigit(), child.stderr.read().decode()
            with closing(HTTPConnection("127.0.0.1", int(port), timeout=60)) as connection:
                connection.request("GET", "/")
                loaded: dict[str, Any] = json.loads(connection.getresponse().read())
                return loaded
        finally:
            child.kill()


def screen_of(terminal: int, child: subprocess.Popen[bytes], answers: dict[str, str]) -> str:
    """Read a terminal until the program ends; type each answer when its question comes."""
    screen, deadline, left = "", time.monotonic() + 120, dict(answers)
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            if child.poll() is not None:
                break
            continue
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        screen += part.decode("utf-8", "replace")
        plain = re.sub(r"\x1b\[[0-9;]*m", "", screen)
        for question in [one for one in left if _is_asked(plain, one)]:
            os.write(terminal, f"{left.pop(question)}\n".encode())
    return screen


def _is_asked(screen: str, name: str) -> bool:
    return f"{name}: do it, skip it, or quit" in screen or f"{name}: change it?" in screen
