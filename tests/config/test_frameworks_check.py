"""The check at the start in FastAPI, Django and gunicorn, with the snippets of docs/keys.md."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from .test_frameworks import DJANGO, bin_, run, written

__all__ = ["bin_"]  # a fixture

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
KEYS = """
from hushflake.config import ConfigKeys, Secret, Typed

class Keys(ConfigKeys):
    port: Typed[int] = Typed("SHOP_PORT", "int", required=True)
    token: Typed[Secret] = Typed("SHOP_TOKEN", secret=True, required=True)
"""
MISSING = "SHOP_TOKEN is missing"
WRONG = "SHOP_PORT must be a whole number"
BAD = {"SHOP_PORT": "canary" + "-value", "HUSHFLAKE_MODE": "production"}
GOOD = {"SHOP_PORT": "1", "SHOP_TOKEN": "t", "HUSHFLAKE_MODE": "production"}


def snippet(word: str) -> str:
    (found,) = [text for text in SNIPPETS if word in text]
    return found


def shop(folder: Path, **texts: str) -> Path:
    files = {name.replace("__", "/") + ".py": text for name, text in texts.items()}
    return written(folder, {"shop/__init__.py": "", "shop/keys.py": KEYS, **files})


def fails(done: "subprocess.CompletedProcess[str]") -> None:
    told = done.stdout + done.stderr
    assert done.returncode != 0, told
    assert MISSING in told
    assert WRONG in told
    assert BAD["SHOP_PORT"] not in told


def test_fastapi(bin_: Path, tmp_path: Path) -> None:
    shop(tmp_path, main=snippet("lifespan"))
    fails(run(bin_, tmp_path, "-m", "uvicorn", "main:app", "--port", "0", **BAD))
    start = (
        "from fastapi.testclient import TestClient\nimport main\nwith TestClient(main.app): pass"
    )
    done = run(bin_, tmp_path, "-c", start, **GOOD)
    assert done.returncode == 0, done.stderr


def test_django(bin_: Path, tmp_path: Path) -> None:
    shop(tmp_path, manage=DJANGO["manage.py"], shop__apps=snippet("AppConfig"))
    written(tmp_path, {"shop/settings.py": "INSTALLED_APPS = ['shop.apps.ShopConfig']\n"})
    done = run(bin_, tmp_path, "manage.py", "check", **BAD)
    fails(done)
    assert f"(shop.E001) {MISSING}" in done.stderr
    done = run(bin_, tmp_path, "manage.py", "check", **GOOD)
    assert "no issues" in done.stdout


def test_gunicorn(bin_: Path, tmp_path: Path) -> None:
    shop(tmp_path, app="def app(environ, start):\n    raise SystemExit\n")
    written(tmp_path, {"gunicorn.conf.py": snippet("post_worker_init")})
    done = run(bin_, tmp_path, "-m", "gunicorn", "-b", "127.0.0.1:0", "-w", "2", "app:app", **BAD)
    fails(done)
    serving = subprocess.Popen(
        [str(bin_ / "python"), "-m", "gunicorn", "-b", "127.0.0.1:0", "-w", "2", "app:app"],
        cwd=tmp_path, env={**os.environ, **GOOD}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            serving.wait(5)
    finally:
        serving.terminate()
        serving.communicate(timeout=30)
