"""What the .env files in reach mean for a process of this mode: who reads them, and what for."""

from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..reading import process
from ..reading.policy import found_dotenv
from ..settings import OFFLINE
from ..sources.dotenv import read


def loaded_names(described: dict[str, Any], loader: str) -> dict[str, str]:
    """Return the names that the code's own loader puts into the environment -> the .env file.

    Only development mode allows that, and only where the process environment is a source.

    Args:
        described: `describe()`.
        loader: Where the code loads .env files, "" when it does not.
    """
    if not loader or described["mode"] != "development" or described["environment"] == "deny":
        return {}
    names: dict[str, str] = {}
    for path in found_dotenv(Path.cwd()):  # the nearest wins, as `find_dotenv` stops there
        try:
            names = dict.fromkeys(read(path), path.name) | names
        except ConfigError:
            continue  # the loader's own affair: it drops what it does not understand
    return names


def meaning(path: Path, described: dict[str, Any], loader: str) -> str:
    """Return what a .env file means for a process of this mode, and what to do."""
    mode = described["mode"]
    if mode == "production":
        return (
            "a .env file; production mode does not read it. Once a project is configured, a "
            "process into which it was loaded (load_dotenv) refuses to start: set "
            "HUSHFLAKE_MODE=development to work with it, or move its values: hushflake dotenv "
            "retire"
        )
    if mode in OFFLINE:
        return f"a .env file; {mode} mode ignores it"
    active = process.current()
    dotenv = active.settings.dotenv if active is not None else None
    if dotenv and Path(dotenv).resolve() == path.resolve():
        return "a .env file; it is read, below the process environment"
    if loader:
        return f"a .env file; the code loads it itself ({loader})"
    return (
        'a .env file; it is not read: say dotenv=".env" in configure(...) and in '
        "[tool.hushflake.config], or load it yourself"
    )
