"""Rules about where values may come from that are checked when the sources are loaded."""

import os
from pathlib import Path

from ..errors import ConfigError, PolicyError
from ..sources.dotenv import read


def refuse_loaded_dotenv(start: Path | None = None) -> None:
    """Production mode: stop when somebody loaded a .env file into this process.

    A file counts as loaded when the process environment holds everything in it, with the file's
    values, and the process was not started with all of that (by a shell, or by `env_file` of
    Compose). The files looked at are those that `load_dotenv()` would find from the working folder.

    Raises:
        PolicyError: It names the file and no value.
    """
    for path in found_dotenv(start or Path.cwd()):
        try:
            values = read(path)
        except ConfigError:
            continue  # no loader could have made anything certain of it either
        if not values or any(os.environ.get(key) != value for key, value in values.items()):
            continue
        given = at_start()
        if any(given.get(os.fsencode(key)) != os.fsencode(value) for key, value in values.items()):
            raise PolicyError(
                f"{path}: this .env file was loaded into the process, which production mode "
                "forbids; remove the file and the call that loads it, or set "
                "HUSHFLAKE_MODE=development"
            )


def found_dotenv(start: Path) -> list[Path]:
    """The .env files in `start` and above it, up to the repository's root."""
    found = []
    for folder in (start, *start.parents):
        try:
            if (folder / ".env").is_file():
                found.append(folder / ".env")
            if any((folder / mark).exists() for mark in (".git", ".hg", "pyproject.toml")):
                break
        except OSError:
            break
    return found


def at_start(path: Path = Path("/proc/self/environ")) -> dict[bytes, bytes]:
    """The environment that this process was started with; empty where the system does not tell."""
    try:
        entries = path.read_bytes().split(b"\0")
    except OSError:
        return {}
    return {name: value for name, _, value in (entry.partition(b"=") for entry in entries)}
