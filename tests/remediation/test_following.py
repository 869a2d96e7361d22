"""Keys that are handed on: through functions, objects, modules and constants of a code base."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hushflake.remediation.inventory.collect import collect
from hushflake.remediation.inventory.model import Inventory, Key, Read


def inventory(root: Path, files: Mapping[str, str]) -> Inventory:
    (root / "pyproject.toml").touch()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return collect([root])


def told(key: Key) -> str:
    """A key with its type, defaults and necessity: `PORT: int = '80'`, `KEY: str!`."""
    default = f" = {key.shown_default}" if key.shown_default else ""
    secret = " secret" if key.secret else ""
    return f"{key.name}: {key.type}{'!' if key.required else ''}{default}{secret}"


def keys(found: Inventory) -> set[str]:
    return {told(key) for key in found.read_keys}


def open_places(found: Inventory) -> list[str]:
    """Where a key is worked out at run time, and not all that it can be is known."""
    return [f"{read.path}:{read.line}" for read in found.dynamic if not read.followed]


def read_of(found: Inventory, name: str) -> Read:
    (read,) = next(key for key in found.read_keys if key.name == name).reads
    return read


SETTINGS = """
import os
from typing import overload

def envbool(s: str, default: str) -> bool:
    v = os.getenv(s, default=default)
    if v not in ("", "True", "False"):
        raise ValueError(f"Unexpected value {s}={v}")
    return v == "True"

def envint(s, default):
    v = os.getenv(s, default)
    if v == "None":
        return None
    return int(v)

@overload
def envsecret(s: str) -> str | None: ...
@overload
def envsecret(s: str, default: str) -> str: ...
def envsecret(s, default=None):
    if path := os.getenv(s + "_FILE"):
        return Path(path).read_text().strip()
    return os.getenv(s, default)

DEBUG = envbool("DEBUG", "True")
TIMEOUT = envint("TIMEOUT", default="60")
SECRET_KEY = envsecret("SECRET_KEY", "---")
TOKEN = envsecret("API_TOKEN")
"""


def test_wrappers_of_one_module(tmp_path: Path) -> None:
    found = inventory(tmp_path, {"app/settings.py": SETTINGS})
    assert keys(found) == {
        "DEBUG: bool = 'True'",
        "TIMEOUT: int = '60'",
        "SECRET_KEY: str = <set> secret",
        "SECRET_KEY_FILE: path",
        "API_TOKEN: str secret",
        "API_TOKEN_FILE: path",
    }
    assert open_places(found) == []
    read = read_of(found, "TIMEOUT")
    assert (read.place, read.wrapper, read.reader) == (
        "app/settings.py:27:11",
        "envint",
        "os.environ",
    )
    assert (read.via, read.reason, read.rewrite) == ("environment", "", "codemod")


CASES = Path(__file__).parent / "cases" / "following.txt"


def cases() -> Iterator[tuple[str, dict[str, str], set[str]]]:
    """What `cases/following.txt` holds: a name, the files, and what is expected of them.

    Cases that begin with `objects` share the module `config` at the beginning.
    """
    shared: dict[str, str] = {}
    for block in re.split(r"^=== ", CASES.read_text(), flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        parts = re.split(r"^--- (.*)\n", rest, flags=re.MULTILINE)[1:]
        files = dict(zip(parts[::2], parts[1::2], strict=True))
        expected = {line for line in files.pop("expected", "").splitlines() if line}
        if name == "shared":
            shared = files
        else:
            yield name, {**(shared if name.startswith("objects") else {}), **files}, expected


@pytest.mark.parametrize(
    ("files", "expected"), [pytest.param(*case[1:], id=case[0]) for case in cases()]
)
def test_what_is_followed(tmp_path: Path, files: dict[str, str], expected: set[str]) -> None:
    found = inventory(tmp_path, files)
    # What `Config.url` reads of an object that is made nowhere is presumed.
    assert keys(found) - {"APP_URL: str"} == expected - {"APP_URL: str"}


def test_an_object_that_nobody_makes_is_presumed_to_have_its_defaults(tmp_path: Path) -> None:
    config = next(files for name, files, _ in cases() if name.startswith("objects"))["config.py"]
    assert keys(inventory(tmp_path, {"config.py": config})) == {"APP_URL: str"}
    made = {"config.py": config, "app.py": "from config import Config\nConfig('X_').url\n"}
    assert keys(inventory(tmp_path, made)) == {"APP_X_URL: str"}


def test_addresses_that_django_settings_take_from_the_environment(tmp_path: Path) -> None:
    found = inventory(
        tmp_path,
        {
            "settings.py": (
                "import dj_database_url\nimport dj_email_url\n"
                "from django_cache_url import config as cache\n"
                "DATABASE = dj_database_url.config(conn_max_age=600)\n"
                "OTHER = dj_database_url.config(env='OTHER_URL', default='sqlite://')\n"
                "MAIL, CACHE = dj_email_url.config(), cache('HOT_CACHE_URL')\n"
                "PARSED = dj_database_url.parse('sqlite://')\n"
            )
        },
    )
    assert keys(found) == {
        "DATABASE_URL: url secret", "OTHER_URL: url = 'sqlite://'", "EMAIL_URL: url",
        "HOT_CACHE_URL: url",
    }  # fmt: skip
    # Left to the library: a key of a .env file that it reads is not taken out.
    assert {read.reason for key in found.read_keys for read in key.reads} == {"library"}
