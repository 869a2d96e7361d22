"""What other programs need to reach a local stack: variables, connection files, snippets."""

import contextlib
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hushflake.local.language.errors import LocalStackUsageError

if TYPE_CHECKING:
    from hushflake.local.server.process.lifecycle import Endpoint

CONNECTION = "hushflake"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")


def variables(endpoint: "Endpoint", place: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that clients of Snowflake read, the password among them.

    Args:
        endpoint: The stack.
        place: `database`, `schema`, `warehouse` and `role`, as far as they are given.
    """
    given = endpoint.connect_arguments()
    held = {
        key: str(given[key]) for key in ("account", "user", "password", "host", "port", "protocol")
    }
    return {f"SNOWFLAKE_{key.upper()}": value for key, value in {**held, **place}.items()}


def connection_entry(endpoint: "Endpoint", place: Mapping[str, str], name: str) -> str:
    """Return a table of connections.toml; it names the file with the token, which is private.

    https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-connect
    """
    given = endpoint.connect_arguments()
    lines = [
        f"[{name}]",
        *(f'{key} = "{given[key]}"' for key in ("account", "user", "host")),
        f"port = {endpoint.port}",
        'protocol = "http"',
        'authenticator = "PROGRAMMATIC_ACCESS_TOKEN"',
        f'token_file_path = "{_quoted(str(endpoint.token_file))}"',
    ]
    lines += [f'{key} = "{_quoted(value)}"' for key, value in place.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def connections_file() -> Path:
    """Return the user's connections.toml, where Snowflake's clients look for it.

    They take SNOWFLAKE_HOME, or ~/.snowflake where that is a folder, or the folder of configuration
    that the platform has. A new ~/.snowflake would hide what a user has in the last.
    https://docs.snowflake.com/en/developer-guide/snowflake-cli/connecting/configure-cli
    """
    home = os.environ.get("SNOWFLAKE_HOME")
    own = Path(home).expanduser() if home else Path.home() / ".snowflake"
    if sys.platform == "darwin":
        platform = Path.home() / "Library" / "Application Support" / "snowflake"
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        platform = Path(base) / "snowflake"
    folder = platform if not home and not own.is_dir() and platform.is_dir() else own
    return (folder / "connections.toml").resolve()


def write_connection(path: Path, name: str, entry: str) -> None:
    """Write a connection into connections.toml; all others stay as they are.

    Raises:
        LocalStackUsageError: The file is not TOML, or the connection stands in it in a form that
            cannot be replaced.
    """
    if not _NAME.fullmatch(name):
        raise LocalStackUsageError(
            f"connection {name!r}: its name has letters, digits, '_' and '-', a letter first"
        )
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before = _parsed(path, text)
    start = re.compile(rf"(?m)^\[{re.escape(name)}\][ \t]*(?:#.*)?\n?(?:(?!\[).*\n?)*")
    made, count = start.subn(lambda _: entry + "\n", text, count=1)
    if not count:
        made = f"{text.rstrip()}\n\n{entry}" if text.strip() else entry
    after = _parsed(path, made)
    others = {key: value for key, value in before.items() if key != name}
    if {key: value for key, value in after.items() if key != name} != others:
        raise LocalStackUsageError(
            f"{path}: the connection {name} cannot be replaced without a change of others; "
            "remove it there, or give --write-connection another name"
        )
    from hushflake.local.server.process.files import replace_file

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Snowflake's clients warn of one that others can read.
    replace_file(path, made.encode())


def _parsed(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LocalStackUsageError(f"{path}: is not TOML: {error}") from None


@contextlib.contextmanager
def environment(endpoint: "Endpoint", place: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield what a program gets: the variables, a connections.toml, and the way to the host."""
    import hushflake.local.server.on_path

    (folder,) = hushflake.local.server.on_path.__path__
    path = os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])
    with tempfile.TemporaryDirectory(prefix="hushflake-") as home:
        write_connection(
            Path(home) / "connections.toml",
            CONNECTION,
            connection_entry(endpoint, place, CONNECTION),
        )
        exempt = [*filter(None, [os.environ.get("NO_PROXY")]), endpoint.host, "localhost"]
        yield {
            **variables(endpoint, place),
            # Nothing between the client and this machine, and no question to a cloud's addresses.
            **dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(exempt)),
            "SNOWFLAKE_DISABLE_PLATFORM_DETECTION": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
            "SNOWFLAKE_HOME": home,
            "SNOWFLAKE_DEFAULT_CONNECTION_NAME": CONNECTION,
            "PYTHONPATH": path,
        }
