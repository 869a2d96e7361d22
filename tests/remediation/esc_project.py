"""A repository with .env files and an ESC environment to retire them to."""

import os
import stat
from pathlib import Path

from fake_esc import FakeEsc

from hushflake.config.esc.client import EscClient
from hushflake.config.esc.environment import Environment
from hushflake.config.esc.values import leaves

ENVIRONMENT = "acme/shop/dev"
TARGET = f"esc:{ENVIRONMENT}"
# What traps a careless importer: dollars, quotes, blanks, several lines, nothing at all.
VALUES = {
    "API_TOKEN": "tok" + "$$en#1",
    "DOLLAR": "a$b$$c",
    "QUOTED": 'it\'s "so" \\ here',
    "UNICODE": "ü😀\u2028x",
    "LINES": "-----BEGIN\nline 2\n\tend-----",
    "EMPTY": "",
    "BLANKS": "  kept  ",
    "NUMBER": "0123",
    "YAML": "no: [x]",
}
DOTENV = (
    "# a comment\n"
    f"API_TOKEN='{VALUES['API_TOKEN']}'\n"
    f"export DOLLAR={VALUES['DOLLAR']}  # another\n"
    'QUOTED="it\'s \\"so\\" \\\\ here"\n'
    f"UNICODE={VALUES['UNICODE']}\n"
    f"LINES='{VALUES['LINES']}'\n"
    "EMPTY=\n"
    "BLANKS='  kept  '\n"
    "NUMBER=0123\n"
    "YAML='no: [x]'\n"
    "BARE\n"
)


def held(esc: FakeEsc, environment: str = ENVIRONMENT) -> dict[str, str | None]:
    """Return the environment variables that the fake service gives back."""
    client = EscClient(esc.token, url=esc.url)
    where = Environment.parse(environment)
    return {
        str(leaf.path[1]): leaf.text
        for leaf in leaves(client.read(where, client.open(where)))
        if leaf.path[0] == "environmentVariables"
    }


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return every file of a work tree: bytes, permissions; of .env files the time as well."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if relative.startswith(".git/") or path.is_dir():
            continue
        status = os.lstat(path)
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        is_env = ".env" in path.name and path.name != ".env.example"
        found[relative] = (content, oct(status.st_mode), status.st_mtime_ns if is_env else 0)
    return found
